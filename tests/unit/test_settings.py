"""The key is the question: it changes with what changes the map, and only then."""

from dataclasses import replace

import pytest

from xai_core.errors import SettingRefused
from xai_core.settings import ExplainSettings

ASKED = {"model_id": "b1-abc", "picture_hash": "d00f"}
BASE = ExplainSettings()


def test_the_same_question_has_the_same_key_in_every_process():
    # A literal, so that a new Python or a refactoring cannot quietly orphan everybody's explanations.
    assert BASE.key(**ASKED) == "1009af2be29ee2f9ad52bbf6a7583a62"


@pytest.mark.parametrize("change", [{"evaluations": 100}, {"blur_px": 16}, {"steer_top": 5}, {"search_width": 10}])
def test_a_setting_that_changes_the_map_changes_the_key(change):
    assert replace(BASE, **change).key(**ASKED) != BASE.key(**ASKED)


@pytest.mark.parametrize("change", [{"model_id": "other"}, {"picture_hash": "other"}])
def test_another_model_or_picture_is_another_question(change):
    assert BASE.key(**(ASKED | change)) != BASE.key(**ASKED)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"evaluations": 1}, "evaluations is 1; expected at least 2"),
        ({"blur_px": 0}, "blur is 0; expected at least 1 pixel"),
        ({"blur_px": -3}, "blur is -3; expected at least 1 pixel"),
        ({"steer_top": 0}, "steer_top is 0; expected at least 1"),
        ({"search_width": 0}, "search width is 0; expected at least 1"),
        ({"mask": "fog"}, "mask is 'fog'; expected blur"),
        ({"engine": "magic"}, "engine is 'magic'; expected partition"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_the_number(change, sentence):
    with pytest.raises(SettingRefused, match=sentence):
        replace(BASE, **change)


def test_a_blur_wider_than_the_picture_is_refused():
    with pytest.raises(SettingRefused, match="blur is 128; expected at most 96 pixels"):
        BASE.check_against((96, 120), labels=101)


def test_more_steering_labels_than_outputs_are_refused():
    with pytest.raises(SettingRefused, match="steer_top is 4; expected at most 3"):
        BASE.check_against((240, 240), labels=3)
