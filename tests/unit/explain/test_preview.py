"""What is shown in place of hidden parts is what the engine shows the model, and its answer is the maps' base."""

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.explain import preview
from xai_core.explain.question import explain
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS

SIDE = 8


@pytest.fixture
def view():
    return np.random.default_rng(7).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def spec_of(**changed):
    usual = {"value_range": (0.0, 1.0), "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
    return ModelSpec(
        labels=("a", "b"), input_size=(SIDE, SIDE), short_side=None, interpolation="bilinear", **(usual | changed)
    )


def masking(mask="blur", **changed):
    colour = (10, 128, 250) if mask == "colour" else None
    return ExplainSettings(**({"mask": mask, "colour": colour, "blur_px": 4, "steer_top": 2} | changed))


@pytest.mark.parametrize("spec", [spec_of(), spec_of(value_range=(0.0, 255.0), mean=(0.0,) * 3, std=(1.0,) * 3)])
def test_a_colour_is_previewed_exactly_whatever_the_model_is_shown(view, spec):
    hidden = preview.hidden_view(view, spec, masking("colour"))
    assert hidden.dtype == np.uint8
    np.testing.assert_array_equal(hidden, np.broadcast_to([10, 128, 250], (SIDE, SIDE, 3)).astype(np.uint8))


def test_the_mean_colour_is_that_of_the_picture(view):
    hidden = preview.hidden_view(view, spec_of(), masking("mean"))
    np.testing.assert_allclose(hidden[0, 0], view.reshape(-1, 3).mean(axis=0), atol=0.51)
    assert (hidden == hidden[0, 0]).all()


def test_a_blur_of_one_pixel_hides_nothing_and_a_wider_one_evens_out(view):
    np.testing.assert_array_equal(preview.hidden_view(view, spec_of(), masking(blur_px=1)), view)
    spread = [preview.hidden_view(view, spec_of(), masking(blur_px=blur)).std() for blur in (1, 3, 8)]
    assert spread == sorted(spread, reverse=True)


@pytest.mark.parametrize("mask", MASKS)
def test_what_the_model_says_when_all_is_hidden_is_the_base_of_the_explanation(ask, runtime, mask):
    settings = {"mask": mask, "colour": (10, 128, 250) if mask == "colour" else None}
    question = ask(evaluations=2, **settings)
    found, _ = explain(question)
    np.testing.assert_allclose(
        preview.hidden_logits(question.view, runtime, question.settings), found.base, rtol=1e-5, atol=1e-5
    )


def test_what_the_model_says_of_the_whole_is_what_the_explanation_adds_up_to(ask, runtime):
    question = ask(evaluations=2)
    found, _ = explain(question)
    said = preview.shown_logits(question.view, runtime)
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, found.full, rtol=1e-5, atol=1e-5)


def test_each_answer_costs_one_evaluation(view, runtime):
    preview.shown_logits(view, runtime)
    preview.hidden_logits(view, runtime, masking())
    assert runtime.evaluations == 2


def test_a_blur_larger_than_the_input_is_refused_before_the_model_is_asked(view, runtime):
    with pytest.raises(SettingRefused, match="blur_px is 9"):
        preview.hidden_logits(view, runtime, masking(blur_px=SIDE + 1))
    assert runtime.evaluations == 0
