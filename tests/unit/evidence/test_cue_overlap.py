"""The share of the evidence on a known cue is compared with its share of the area."""

import numpy as np
import pytest

from xai_core.evidence.cue_overlap import cue_overlap
from xai_core.evidence.patches import strongest_patch


def cue(rows):
    mask = np.zeros((24, 24), np.bool_)
    mask[:rows] = True
    return mask


def measured(contrasts, cues):
    return cue_overlap(
        contrasts, cues, [strongest_patch(str(number), contrast) for number, contrast in enumerate(contrasts)]
    )


def test_evidence_on_the_cue_is_counted_against_its_area(spotted):
    found = measured([spotted(0, 0) + spotted(20, 20)] * 6, [cue(6)] * 6)
    assert (found.pictures, found.area, found.evidence) == (6, pytest.approx(0.25), pytest.approx(0.5))
    assert (found.times, found.more) == (pytest.approx(2), 6)
    assert found.p_value == pytest.approx(1 / 64)
    assert found.found


def test_a_few_pictures_do_not_find_a_cue(spotted):
    assert not measured([spotted(0, 0)] * 4, [cue(6)] * 4).found


def test_evidence_elsewhere_does_not_find_it(spotted):
    found = measured([spotted(20, 20)] * 9, [cue(6)] * 9)
    assert (found.evidence, found.patches, found.more, found.found) == (0, 0, 0, False)


def test_pictures_without_the_cue_do_not_count(spotted):
    found = measured([spotted(0, 0), spotted(20, 20)], [cue(6), cue(0)])
    assert (found.pictures, found.evidence) == (1, 1)
    assert found.patches == pytest.approx(6 / 8)


def test_where_no_picture_shows_the_cue_there_is_nothing_to_say(spotted):
    assert measured([spotted(0, 0)], [cue(0)]) is None
    assert cue_overlap([], [], []) is None


def test_a_picture_without_a_patch_counts_all_the_same(spotted):
    assert measured([-spotted(0, 0)], [cue(6)]).patches == 0
