"""Hiding the cause turns mistakes right, and hiding a random spot does not."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import StudyRefused
from xai_core.repair.suspects.cause_effects import sign_flip_p_value
from xai_core.repair.suspects.cause_test import cause_test
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.settings.explain_settings import ExplainSettings

SETTINGS = ExplainSettings(blur_px=16, evaluations=60, steer_top=2)
PICTURES = PairPictures("pork_chop", "ravioli", 2, ("pork_chop/4", "pork_chop/5"), ("pork_chop/1", "pork_chop/2"))


@pytest.fixture
def tested(tiny_study):
    return cause_test(tiny_study, PICTURES, SETTINGS, tiny_study.open_runtime(), fillings=("mean", "inpaint_telea"))


def test_hiding_the_disc_lowers_the_margin_more_than_random_spots(tested):
    assert [effect.filling for effect in tested.effects] == ["mean", "inpaint_telea"]
    for effect in tested.effects:
        assert (effect.mistakes, effect.right) == (2, 2)
        assert effect.margin.mean > 0
        assert effect.left_pair >= effect.control_left_pair
        assert effect.turned_right_interval[0] <= effect.turned_right / 2 <= effect.turned_right_interval[1]
    assert 0.05 < tested.area < 0.9
    assert tested.evaluations == 4 * 2 * 5


def test_two_mistakes_are_too_few_for_a_conclusion(tested):
    assert tested.sentence == "2 mistakes, too few for a test: at least 6 are needed."


def test_the_sentence_says_when_fillings_disagree(tested):
    strong = [replace(effect, mistakes=9, p_margin=0.01) for effect in tested.effects]
    assert replace(tested, effects=tuple(strong)).sentence.startswith("With every filling")
    weak = [replace(effect, p_margin=0.5) for effect in strong]
    assert "no more than hiding random parts" in replace(tested, effects=tuple(weak)).sentence
    mixed = replace(tested, effects=(strong[0], weak[1]))
    assert not mixed.agree
    assert mixed.sentence.startswith("The fillings disagree: only with mean")


def test_unreadable_pictures_are_counted(tiny_study):
    lost = replace(PICTURES, right=("pizza/5",))
    runtime = tiny_study.open_runtime()
    assert cause_test(tiny_study, lost, SETTINGS, runtime, fillings=("mean",)).unreadable == 1
    with pytest.raises(StudyRefused, match="No mistake of pork_chop taken for ravioli can be read"):
        cause_test(tiny_study, replace(PICTURES, mistakes=("pizza/5",)), SETTINGS, runtime, fillings=("mean",))


def test_sign_flips_are_exact_for_few_pictures():
    assert sign_flip_p_value(np.full(6, 1.0)) == pytest.approx(2 / 64)
    assert sign_flip_p_value(np.array([1.0, -1.0, 1.0, -1.0])) == 1
    assert sign_flip_p_value(np.array([3.0])) == 1
