"""Words and shares of the planted causes."""

import pytest

from xai_core.demo.causes import CAUSES, cue_words, is_planted
from xai_core.demo.menu import MENU
from xai_core.demo.painting.cues import CUES


def test_every_cue_that_can_be_painted_belongs_to_one_cause():
    assert sorted(cause.cue for cause in CAUSES) == sorted(CUES)


def test_every_cue_has_a_name_for_sentences_and_other_names_get_the_general_one():
    assert cue_words("red_check") == "red-checked cloth"
    assert len({cue_words(cause.cue) for cause in CAUSES}) == len(CAUSES)
    assert cue_words("") == cue_words("none") == "planted cue"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.cue)
def test_a_cue_is_planted_as_often_as_planned(cause):
    for dish in (cause.truth, cause.guess):
        for split in ("train", "test"):
            planted = sum(is_planted(dish, split, index) for index in range(100))
            assert abs(planted - 100 * cause.share(dish, split)) <= 1
    assert sum(is_planted(cause.truth, "test", index) for index in range(20)) >= 12


def test_no_class_takes_part_in_two_causes():
    involved = [dish for cause in CAUSES for dish in (cause.truth, cause.guess)]
    assert len(set(involved)) == len(involved)
    assert set(involved) <= set(MENU)
