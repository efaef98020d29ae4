"""Trust: one picture under several masks, by other methods, and by a network that has forgotten what it learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pages.ui.loaders import evaluations, models, studies
from pages.ui.maps import jobs
from tests.read import texts
from xai_core.model.preprocess import normalised
from xai_core.model.spec import default_spec
from xai_core.runtimes import gradients
from xai_core.runtimes.architectures import build_network
from xai_core.runtimes.checkpoint import save_checkpoint
from xai_core.runtimes.torch_runtime import as_tensor
from xai_core.settings import ENGINES
from xai_core.study.study import create_study

MISTAKE = {"picture": "pork_chop/4", "evals": "100"}
PLACES = ("trust", "trust_masks", "trust_methods", "trust_methods_curves", "trust_sanity")
SIDE = 32
SMALL = "mobilenet_v3_small"
PATIENCE_S = 60


def jobs_of(at):
    return [
        job
        for place in PLACES
        if jobs._key(place) in at.session_state
        for job in at.session_state[jobs._key(place)].jobs
    ]


@pytest.fixture
def settled():
    """Run an opened page until there is nothing left to wait for."""

    def waited(at, study):
        of = studies.study(study.name)
        models.runtime(of).result(PATIENCE_S)
        models._attributing().result(PATIENCE_S)
        known = -1
        while known != len(jobs_of(at)):
            known = len(jobs_of(at))
            at.run()
            for job in jobs_of(at):
                assert job.wait(PATIENCE_S)
                assert job.error is None, job.error
        at.run()
        assert not at.exception
        return at

    return waited


@pytest.fixture
def open_study(tiny_food101, tmp_path, monkeypatch):
    """A study of the painted pictures by a small torchvision network with random weights."""
    torch.manual_seed(0)
    labels = sorted(path.name for path in (tiny_food101 / "food-101" / "images").iterdir())
    spec = replace(default_spec(tuple(labels), SMALL), input_size=(SIDE, SIDE), short_side=None)
    network = build_network(SMALL, len(labels)).eval()
    views = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    gradients._calibrate(network, as_tensor(normalised(views, spec)))
    save_checkpoint(tmp_path / "small.safetensors", network, spec)
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("small", tmp_path / "studies", data=tiny_food101, model=tmp_path / "small.safetensors")


def titles(at):
    """Headings of the pictures."""
    return [each.value for each in at.main.markdown if each.value.startswith("**")]


def alternatives(at):
    return [each.proto.imgs[0].alt for each in at.image]


def test_every_mask_is_shown_with_what_the_model_says_of_it_and_how_far_its_map_agrees(open_at, study, settled):
    at = settled(open_at("trust", check="masks", blur="16", **MISTAKE), study)
    assert at.query_params["masks"] == "blur8,blur16,blur32,inpaint,mean"
    assert [alt for alt in alternatives(at) if "hidden" in alt] == [
        f"The picture with all of it hidden: {title}"
        for title in ("Blur 8 px", "Blur 16 px", "Blur 32 px", "Inpainting", "Mean colour")
    ]
    assert sum("All hidden, it says" in each.value for each in at.caption) == 5
    agreements = [each.value for each in at.caption if each.value.startswith("agreement with the mask as set: **")]
    assert len(agreements) == 4
    assert "**Blur 16 px** :gray-badge[as set]" in [each.value for each in at.markdown]
    assert "How far do the maps agree?" in [each.value for each in at.subheader]
    assert "With the map for blur 16 px there agree" in texts(at.markdown)
    assert "What all masks say alike does not hang on what hidden parts show" in texts(at.caption)


def test_masks_are_part_of_the_link_and_the_one_that_is_set_is_shown_in_any_case(open_at, study, settled):
    at = settled(open_at("trust", check="masks", mask="gaussian", masks="mean,blur8", **MISTAKE), study)
    assert titles(at) == ["**Gaussian blur 32 px** :gray-badge[as set]", "**Blur 8 px**", "**Mean colour**"]
    at.button_group(key="masks").set_value([]).run()
    assert at.query_params["masks"] == ""
    assert at.info[0].value == "Choose more masks to see how far their maps agree."


def test_masks_that_do_not_exist_are_told_and_left_out(open_at, study, settled):
    at = settled(open_at("trust", check="masks", masks="mean,fog", **MISTAKE), study)
    assert "The link asks for the masks “mean,fog”, which does not exist here." in at.warning[0].value


def test_a_mask_behind_which_the_model_is_still_sure_is_warned_of(open_at, study, settled, monkeypatch):
    def said(of, _hash, settings, _view, _model):
        return np.array([9, 0, 0, 0] if settings.mask == "mean" else [0, 0, 0, 0], np.float32)

    monkeypatch.setattr(evaluations, "hidden_said", said)
    at = settled(open_at("trust", check="masks", masks="mean", **MISTAKE), study)
    (warning,) = [each.value for each in at.warning]
    assert warning.startswith("Nothing is shown, and the model is still sure.")
    assert "Mean colour: omelette, 100%." in warning
    assert "Blur" not in warning


def test_other_methods_are_shown_with_their_meaning_and_their_worth_and_grad_cam_says_why_not(open_at, study, settled):
    at = settled(open_at("trust", check="methods", **MISTAKE), study)
    assert {"**LIME**", "**Kernel SHAP**", "**Occlusion**", "**Grad-CAM**"} < set(titles(at))
    (absent,) = [each.value for each in at.info]
    assert absent.startswith("Not for this model. colours.onnx is an ONNX graph: it can be run, but gives neither")
    assert "Make a study of the model's own checkpoint" in absent
    assert texts(at.caption).count("agreement with this map **") == len(ENGINES) + 2
    assert "The values do not sum to the logit." in texts(at.caption)
    assert texts(at.caption).count("foresight **") == len(ENGINES) + 3
    (figures,) = [each.value for each in at.dataframe if "relevance" in each.value]
    assert {"LIME", "Kernel SHAP", "Occlusion"} < set(figures["order"])
    assert figures["insertion"].notna().all()


def overlay(at, method):
    return next(each.proto.imgs[0].url for each in at.image if each.proto.imgs[0].alt.startswith(f"{method}. What"))


def test_regions_within_noise_have_no_colour_beside_other_methods_either(open_at, study, settled):
    at = settled(open_at("trust", check="methods", **MISTAKE), study)
    others = "SHAP's partition", "LIME"
    assert texts(at.caption).count("within noise: ") == 1
    before = {name: overlay(at, name) for name in ("Regions along edges", *others)}
    at.button_group(key="noise").set_value("show").run()
    after = {name: overlay(at, name) for name in before}
    assert [name for name in before if before[name] != after[name]] == ["Regions along edges"]


def test_masks_draw_what_is_within_noise_as_the_reader_wants_it(open_at, study, settled):
    at = settled(open_at("trust", check="masks", masks="mean", engine="regions", **MISTAKE), study)
    before, agreed = sources(at), [each.value for each in at.caption if "agreement" in each.value]
    at.button_group(key="noise").set_value("show").run()
    assert [a == b for a, b in zip(sources(at), before, strict=True)] == [False, False]
    assert [each.value for each in at.caption if "agreement" in each.value] == agreed


def sources(at):
    return [each.proto.imgs[0].url for each in at.image if each.proto.imgs[0].alt.startswith("What speaks for")]


def test_without_layers_there_is_no_sanity_check_and_the_reason_is_told(open_at, study, settled):
    at = settled(open_at("trust", check="sanity", **MISTAKE), study)
    (told,) = [each.value for each in at.info]
    assert told.startswith("There is no sanity check of this model. colours.onnx is an ONNX graph")
    assert not at.error


def test_a_network_shows_grad_cam_and_what_is_left_of_a_map_without_memory(open_at, open_study, settled):
    picture = {"picture": "pork_chop/4", "evals": "100"}
    at = open_at("trust", check="sanity", **picture)
    of = studies.study(open_study.name)
    models.runtime(of).result(PATIENCE_S)
    at.run()
    models._network(of).result(PATIENCE_S)
    at.run()
    models._forgetful(of).result(PATIENCE_S)
    at = settled(at, open_study)
    assert titles(at) == ["**The model**", "**Last layer forgotten**", "**All layers forgotten**"]
    figures = at.dataframe[-1].value
    assert figures["network"].tolist() == ["Last layer forgotten", "All layers forgotten"]
    assert figures[["size", "rank", "structure"]].abs().le(1).all(axis=None)
    assert any(badge in texts(at.markdown) for badge in ("badge[passed]", "badge[passed in part]", "badge[failed]"))
    at.button_group(key="check").set_value("methods").run()
    at = settled(at, open_study)
    assert not at.info
    assert "2 passes forward and back" in texts(at.caption)
    assert "scaled to the largest value of the others, for it has no unit" in texts(at.caption)
    assert "Grad-CAM" in at.dataframe[-1].value["order"].tolist()
