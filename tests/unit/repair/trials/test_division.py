"""Pictures that judge a cure are none that it was fitted on."""

import numpy as np
import pytest

from xai_core.errors import StudyRefused
from xai_core.repair.trials.division import halves, separate


def test_halves_share_no_picture_and_have_the_same_groups(repair_pictures):
    found = halves(repair_pictures, seed=3)
    first, second = found.fitted_on, found.held_back
    assert not set(first.image_ids) & set(second.image_ids)
    assert len(first) == len(second) == 80
    for count in (np.bincount(first.truth), np.bincount(second.truth)):
        assert count.tolist() == [20] * 4
    assert first.evidence.sum() == second.evidence.sum() == 10


def test_halves_of_odd_classes_are_of_one_size(repair_pictures):
    odd = repair_pictures.take(np.r_[0:13, 40:53, 80:93, 120:133])
    found = halves(odd)
    assert abs(len(found.fitted_on) - len(found.held_back)) <= 2
    assert halves(odd, seed=1).fitted_on.image_ids != found.fitted_on.image_ids


def test_too_few_pictures_are_refused(repair_pictures):
    with pytest.raises(StudyRefused, match="39 pictures are too few"):
        halves(repair_pictures.take(np.arange(39)))


def test_copies_of_the_repair_set_do_not_judge(repair_pictures, other_pictures):
    copies = set(other_pictures.image_ids[:10])
    found = separate(repair_pictures, other_pictures, copies)
    assert (len(found.held_back), found.left_out) == (150, 10)
    assert not copies & set(found.held_back.image_ids)
    with pytest.raises(StudyRefused, match="All 160 pictures of the study are in the repair set too"):
        separate(repair_pictures, other_pictures, other_pictures.image_ids)
