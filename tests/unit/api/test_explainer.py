"""Explainer: any model in, additive maps out, in the calling thread."""

import gc
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import resnet18

from xai_core import Explainer
from xai_core.errors import ExplanationFailed, ModelRefused, NameUnknown, PictureUnreadable, SettingRefused
from xai_core.model.spec import ModelSpec

LABELS = ["red", "green", "blue"]
SIDE = 16
SPEC = ModelSpec(labels=("a", "b", "c"), input_size=(SIDE, SIDE), short_side=None, interpolation="bilinear")


def channel_means(pictures):
    """Logits of a function in shap's convention: the mean of each channel, in units of 255."""
    return pictures.mean(axis=(1, 2)) / 255


def half_red():
    """A picture whose left half is red and whose right half is black."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[:, : SIDE // 2, 0] = 255
    return picture


@pytest.fixture
def explainer():
    return Explainer(channel_means, labels=LABELS, input_size=(SIDE, SIDE))


@pytest.fixture
def explanation(explainer):
    return explainer.explain(half_red(), evaluations=40, mask="colour", colour=(0, 0, 0), progress=False)


def test_a_function_receives_pictures_as_shap_passes_them():
    received = []

    def spy(pictures):
        received.append(pictures)
        return channel_means(pictures)

    explainer = Explainer(spy, labels=LABELS, input_size=(SIDE, SIDE))
    explainer.explain(half_red(), evaluations=2, progress=False)
    assert {(batch.shape[1:], batch.dtype.name) for batch in received} == {((SIDE, SIDE, 3), "float32")}
    assert max(batch.max() for batch in received) == 255


def test_the_maps_add_up_to_the_logits(explanation):
    assert explanation.map("red").shape == (SIDE, SIDE)
    assert explanation.map("red").dtype == np.float32
    assert explanation.map("red").sum() == pytest.approx(0.5, abs=1e-5)
    np.testing.assert_allclose(explanation.logits, [0.5, 0, 0], atol=1e-6)


def test_the_evidence_lies_where_the_picture_is_red(explanation):
    left = explanation.map("red")[:, : SIDE // 2]
    # Of 0.5 in all. With so few evaluations the prior leaves some of it beside the edge.
    assert left.sum() > 0.4


def test_a_contrast_is_the_difference_of_two_maps(explanation):
    np.testing.assert_array_equal(explanation.contrast("red", "blue"), explanation.map("red") - explanation.map("blue"))


def test_an_overlay_is_a_picture_that_a_notebook_shows(explanation):
    overlay = explanation.overlay("red", rather_than="blue", backdrop="none", opacity=1.0)
    assert isinstance(overlay, Image.Image)
    assert overlay.size == (SIDE, SIDE)
    left, right = np.asarray(overlay)[8, 2], np.asarray(overlay)[8, 13]
    assert left[0] > left[2]  # red: evidence for the first label
    assert tuple(right) == (255, 255, 255)  # no evidence


def test_to_shap_gives_what_image_plot_draws(explanation):
    values = explanation.to_shap(["red", "blue"])
    assert values.values.shape == (1, SIDE, SIDE, 3, 2)
    assert values.data.shape == (1, SIDE, SIDE, 3)
    np.testing.assert_allclose(values.values.sum(axis=(1, 2, 3)), [[0.5, 0]], atol=1e-5)


def test_a_path_a_pil_picture_and_an_array_give_the_same_map(explainer, explanation, tmp_path):
    file = tmp_path / "half.png"
    Image.fromarray(half_red()).save(file)
    for picture in (file, str(file), Image.fromarray(half_red())):
        again = explainer.explain(picture, evaluations=40, mask="colour", colour=(0, 0, 0), progress=False)
        np.testing.assert_array_equal(again.map("red"), explanation.map("red"))


def test_a_picture_of_another_size_is_stretched_to_the_input(explainer):
    assert explainer.explain(np.zeros((40, 20, 3), np.uint8), evaluations=2, progress=False).view.shape == (16, 16, 3)


def test_a_rotated_photograph_is_turned_upright(explainer):
    photo = Image.fromarray(half_red())
    photo.getexif()[0x0112] = 3  # upside down
    turned = explainer.explain(photo, evaluations=2, progress=False)
    np.testing.assert_array_equal(turned.view, half_red()[::-1, ::-1])


def test_the_same_question_to_a_model_file_is_computed_once(tiny_model):
    explainer, black = Explainer(tiny_model), np.zeros((32, 32, 3), np.uint8)
    first = explainer.explain(black, evaluations=20, progress=False)
    assert explainer.explain(black, evaluations=20, progress=False).explanation is first.explanation
    with pytest.raises(ValueError, match="read-only"):
        first.logits[0] = 7


def test_a_module_that_was_trained_meanwhile_is_explained_anew():
    module = Head()
    explainer = Explainer(module, labels=LABELS, input_size=(SIDE, SIDE))
    first = explainer.explain(half_red(), evaluations=2, progress=False)
    assert explainer.explain(half_red(), evaluations=2, progress=False).explanation is first.explanation
    with torch.no_grad():
        module.scale *= 2
    np.testing.assert_allclose(
        explainer.explain(half_red(), evaluations=2, progress=False).logits, 2 * first.logits, rtol=1e-5
    )


def test_a_function_whose_model_changed_is_explained_anew():
    scale = [1.0]
    explainer = Explainer(lambda x: scale[0] * channel_means(x), labels=LABELS, input_size=(SIDE, SIDE))
    first = explainer.explain(half_red(), evaluations=2, progress=False)
    scale[0] = 3.0
    second = explainer.explain(half_red(), evaluations=2, progress=False)
    np.testing.assert_allclose(second.logits, 3 * first.logits, rtol=1e-5)


def test_threads_that_share_a_module_leave_it_as_it_was():
    module = Head().train()
    explainer = Explainer(module, labels=LABELS, input_size=(SIDE, SIDE))
    threads = [
        threading.Thread(target=explainer.explain, args=(half_red(),), kwargs={"evaluations": 30, "progress": False})
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert all(part.training for part in module.modules())


@pytest.mark.parametrize("engine", ["partition", "regions"])
def test_every_engine_can_be_chosen(explainer, engine):
    explanation = explainer.explain(half_red(), evaluations=70, engine=engine, seed=3, progress=False)
    assert explanation.explanation.settings.engine == engine
    assert engine in repr(explanation)


def test_progress_is_reported_to_a_function(explainer):
    steps = []
    explainer.explain(half_red(), evaluations=30, progress=lambda done, planned: steps.append((done, planned)))
    assert steps[-1] == (30, 30)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_progress_is_shown_as_a_bar(explainer, capsys):
    explainer.explain(half_red(), evaluations=30, progress=True)
    assert "Explaining" in capsys.readouterr().err


def test_no_progress_means_silence(explainer, capsys):
    explainer.explain(half_red(), evaluations=30, progress=False)
    assert capsys.readouterr() == ("", "")


class Head(nn.Module):
    """Channel means as logits, with dropout that would disturb them in training mode."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.drop = nn.Dropout(0.9)

    def forward(self, pictures):
        return self.drop(pictures.mean(dim=(2, 3)) * self.scale)


def test_a_torch_module_runs_in_evaluation_mode_and_gets_its_own_mode_back():
    module = Head().train()
    module.drop.eval()
    explainer = Explainer(module, labels=LABELS, input_size=(SIDE, SIDE))
    first = explainer.explain(half_red(), evaluations=2, progress=False).logits
    assert module.training
    assert not module.drop.training
    expected = (np.array([0.5, 0, 0]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(first, expected, atol=1e-5)


def test_other_weights_are_another_model():
    module = Head()
    first = Explainer(module, labels=LABELS, input_size=(SIDE, SIDE)).explain(half_red(), evaluations=2, progress=False)
    with torch.no_grad():
        module.scale *= 2
    second = Explainer(module, labels=LABELS, input_size=(SIDE, SIDE)).explain(
        half_red(), evaluations=2, progress=False
    )
    assert first.explanation.model_id != second.explanation.model_id


def test_a_torchvision_module_brings_its_own_preprocessing():
    explainer = Explainer(resnet18(num_classes=3), labels=LABELS)
    assert (explainer.preprocessing.short_side, explainer.preprocessing.input_size) == (256, (224, 224))
    assert explainer.labels == tuple(LABELS)


def test_a_model_file_is_opened_as_in_a_study(tiny_model):
    explainer = Explainer(str(tiny_model))
    explanation = explainer.explain(np.full((32, 32, 3), 255, np.uint8), evaluations=20, progress=False)
    assert set(explanation.ranked_labels) == set(explainer.labels)


def test_no_thread_outlives_the_explainer(tiny_model):
    before = set(threading.enumerate())
    explainer = Explainer(tiny_model)
    explainer.explain(np.zeros((32, 32, 3), np.uint8), evaluations=40, progress=True)
    del explainer
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("text", ["red\ngreen\nblue\n", '["red", "green", "blue"]', "0 red\n1 green\n2 blue\n"])
@pytest.mark.parametrize("as_given", [Path, str])
def test_labels_may_stand_in_a_file_of_any_form(tmp_path, text, as_given):
    file = tmp_path / "labels.txt"
    file.write_text(text, "utf-8")
    explainer = Explainer(channel_means, labels=as_given(file), input_size=(SIDE, SIDE))
    assert explainer.labels == ("red", "green", "blue")


def test_a_missing_file_of_labels_is_named(tmp_path):
    with pytest.raises(ModelRefused, match=r"none\.txt cannot be read"):
        Explainer(channel_means, labels=tmp_path / "none.txt", input_size=(SIDE, SIDE))


@pytest.mark.parametrize("labels", [np.array(LABELS), (label for label in LABELS), dict.fromkeys(LABELS)])
def test_labels_may_be_any_list_of_names(labels):
    assert Explainer(channel_means, labels=labels, input_size=np.array([SIDE, SIDE])).labels == tuple(LABELS)


def test_given_labels_replace_those_of_the_preprocessing():
    explainer = Explainer(channel_means, labels=LABELS, preprocessing=SPEC)
    assert explainer.labels == tuple(LABELS)
    assert explainer.explain(half_red(), evaluations=2, progress=False).labels == tuple(LABELS)
    assert Explainer(channel_means, preprocessing=SPEC).labels == ("a", "b", "c")


def test_an_explainer_shows_what_it_explains(explainer):
    assert repr(explainer) == "<Explainer of a model with 3 labels, input 16 x 16, function>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": 7, "labels": LABELS}, r"model is a int; expected a path, a torch module or a function\."),
        ({"model": channel_means, "labels": LABELS}, r"input_size is missing; expected \(height, width\)"),
        (
            {"model": channel_means, "labels": LABELS, "input_size": (0, 5)},
            r"input_size is \(0, 5\); expected two whole",
        ),
        ({"model": channel_means, "input_size": (SIDE, SIDE)}, "labels is missing; expected class names"),
        ({"model": nn.Linear, "labels": LABELS}, "model is the class Linear; expected an object of it"),
        ({"model": channel_means, "labels": LABELS, "input_size": 32}, "input_size is 32; expected two whole numbers"),
        (
            {"model": channel_means, "labels": LABELS, "input_size": (8.5, 8)},
            r"input_size is \(8\.5, 8\); expected two",
        ),
        (
            {"model": channel_means, "labels": LABELS, "preprocessing": {}},
            "preprocessing is a dict; expected a ModelSpec",
        ),
        (
            {"model": channel_means, "labels": LABELS, "device": "tpu"},
            "device is 'tpu'; expected one of auto, cpu, cuda",
        ),
        ({"model": channel_means, "labels": ["a", "a"]}, "labels is a list that holds 'a' twice"),
        ({"model": channel_means, "labels": ["a", " "]}, "labels is a list that holds ' '; expected class names"),
        ({"model": channel_means, "labels": []}, "labels is an empty list; expected class names"),
        ({"model": channel_means, "labels": [1, 2]}, r"labels is \[1, 2\]; expected a list of class names"),
        ({"model": channel_means, "labels": 3}, "labels is 3; expected a list of class names"),
        (
            {"model": channel_means, "labels": LABELS[:2], "preprocessing": SPEC},
            "labels is a list of 2 names; expected 3, as many as `preprocessing` has",
        ),
        (
            {"model": channel_means, "labels": ["c", "b", "a"], "preprocessing": SPEC},
            "labels is a list of the classes of `preprocessing` in another order",
        ),
        (
            {"model": channel_means, "preprocessing": SPEC, "input_size": (8, 8)},
            r"input_size is \(8, 8\); expected \(16, 16\), the model's own",
        ),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(SettingRefused, match=message):
        Explainer(**arguments)


def test_a_missing_model_file_is_named(tmp_path):
    with pytest.raises(ModelRefused, match=r"There is no model file .*none\.onnx"):
        Explainer(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (
            np.zeros((4, 4, 3)),
            r"picture is an array \(4, 4, 3\) of float64; expected a path, a PIL picture, or an array",
        ),
        (np.zeros((4, 4), np.uint8), r"picture is an array \(4, 4\) of uint8; expected"),
        (5, "picture is int; expected"),
        (np.zeros((0, 0, 3), np.uint8), "picture is 0 x 0 pixels; expected at least one pixel"),
    ],
)
def test_a_picture_of_another_kind_is_refused(explainer, picture, message):
    with pytest.raises(SettingRefused, match=message):
        explainer.explain(picture, progress=False)


def test_a_missing_picture_is_named(explainer):
    with pytest.raises(PictureUnreadable, match=r"none\.jpg"):
        explainer.explain(Path("none.jpg"), progress=False)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"evaluations": 1}, "evaluations is 1; expected at least 2"),
        ({"engine": "magic"}, "engine is 'magic'; expected one of partition, regions"),
        ({"mask": "fog"}, "mask is 'fog'; expected one of"),
        ({"blur_px": 99}, "blur_px is 99; expected at most 16 pixels"),
        ({"evaluations": "50"}, "evaluations is '50'; expected at least 2"),
        ({"colour": "red", "mask": "colour"}, "colour is 'red'; expected three whole numbers"),
    ],
)
def test_a_wrong_setting_is_named(explainer, setting, message):
    with pytest.raises(SettingRefused, match=message):
        explainer.explain(half_red(), progress=False, **setting)


def test_an_unknown_label_or_palette_is_named(explanation):
    with pytest.raises(NameUnknown, match="'gren'"):
        explanation.map("gren")
    with pytest.raises(SettingRefused, match="palette is 'jet'; expected one of red and blue"):
        explanation.overlay("red", palette="jet")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"limit": 0}, "limit is 0; expected a number above 0"),
        ({"limit": -1}, "limit is -1; expected a number above 0"),
        ({"limit": float("nan")}, "limit is nan; expected a number above 0"),
        ({"limit": "much"}, "limit is 'much'; expected a number above 0"),
        ({"opacity": 2}, "opacity is 2; expected a share from 0 to 1"),
        ({"opacity": -1}, "opacity is -1; expected a share from 0 to 1"),
        ({"opacity": None}, "opacity is None; expected a share from 0 to 1"),
        ({"backdrop": ["grey"]}, r"backdrop is \['grey'\]; expected one of grey, picture, none"),
        ({"palette": None}, "palette is None; expected one of red and blue"),
    ],
)
def test_an_argument_of_an_overlay_out_of_range_is_named(explanation, argument, message):
    with pytest.raises(SettingRefused, match=message):
        explanation.overlay("red", **argument)


@pytest.mark.parametrize("label", [1, None])
def test_a_label_that_is_no_name_is_named(explanation, label):
    with pytest.raises(NameUnknown, match=f"There is no class {label} here"):
        explanation.overlay(label)


def test_to_shap_takes_a_single_label_too(explanation):
    assert explanation.to_shap("red").values.shape == (1, SIDE, SIDE, 3, 1)
    assert explanation.to_shap().values.shape == (1, SIDE, SIDE, 3, 3)
    with pytest.raises(SettingRefused, match="labels is 5; expected a list of labels"):
        explanation.to_shap(5)
    with pytest.raises(SettingRefused, match="labels is an empty list; expected at least one label"):
        explanation.to_shap([])


class NamedOutputs(nn.Module):
    """Module that returns its logits in a dictionary."""

    def forward(self, pictures):
        return {"logits": pictures.mean(dim=(2, 3))}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda _pictures: None, r"The function returned a NoneType; expected logits \(n, 3\)"),
        (lambda _pictures: "red", r"The function returned a str; expected logits \(n, 3\)"),
        (lambda _pictures: [[1], [2, 3]], r"The function returned a list that numpy cannot read"),
        (NamedOutputs(), r"The torch module returned a dict; expected a tensor of logits \(n, L\)"),
    ],
)
def test_outputs_that_are_no_logits_are_named(model, message):
    explainer = Explainer(model, labels=LABELS, input_size=(SIDE, SIDE))
    with pytest.raises(ExplanationFailed, match=message):
        explainer.explain(half_red(), evaluations=2, progress=False)


def test_outputs_that_look_like_probabilities_are_noted_once(caplog):
    def softmax(pictures):
        powers = np.exp(channel_means(pictures))
        return powers / powers.sum(axis=1, keepdims=True)

    explainer = Explainer(softmax, labels=LABELS, input_size=(SIDE, SIDE))
    explainer.explain(half_red(), evaluations=20, progress=False)
    assert caplog.text.count("The outputs of the function look like probabilities") == 1


def test_logits_are_not_taken_for_probabilities(explainer, caplog):
    explainer.explain(half_red(), evaluations=20, progress=False)
    assert "probabilities" not in caplog.text


def test_a_function_that_fails_is_explained():
    def broken(pictures):
        raise RuntimeError("no such layer")

    explainer = Explainer(broken, labels=LABELS, input_size=(SIDE, SIDE))
    with pytest.raises(ExplanationFailed, match=r"The function raised RuntimeError: no such layer\."):
        explainer.explain(half_red(), progress=False)


def test_a_function_with_other_outputs_than_labels_is_refused():
    explainer = Explainer(channel_means, labels=[*LABELS, "white"], input_size=(SIDE, SIDE))
    with pytest.raises(ExplanationFailed, match=r"outputs of shape \(\d, 3\); expected \(\d, 4\)"):
        explainer.explain(half_red(), progress=False)
