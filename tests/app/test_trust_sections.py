"""Page Trust: checks Masks, Methods and Sanity."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pages.ui.loaders import evaluations, models, studies
from tests.read import alt_texts, jobs_of, texts, wait_for_jobs
from xai_core.model.preprocess import normalise
from xai_core.model.spec import default_spec
from xai_core.runtimes.architectures import build_network, calibrate_batch_norms
from xai_core.runtimes.opening.writing import save_checkpoint
from xai_core.runtimes.torch_runtime import as_tensor
from xai_core.settings.engine_table import ENGINES
from xai_core.study.build import create_study

MISTAKE = {"picture": "pork_chop/4", "evals": "100"}
SLOTS = ("trust", "trust_masks", "trust_methods", "trust_methods_curves", "trust_sanity")
SIDE = 32
SMALL = "mobilenet_v3_small"
PATIENCE_S = 60


@pytest.fixture
def settled():
    """Run an opened page until all jobs are over."""

    def waited(at, study):
        of = studies.open_study(study.name)
        models.runtime_future(of).result(PATIENCE_S)
        models.methods_ready()
        models.wait_until_idle(PATIENCE_S)
        known = -1
        while known != len(jobs_of(at, *SLOTS)):
            known = len(jobs_of(at, *SLOTS))
            at.run()
            for job in wait_for_jobs(at, *SLOTS, timeout_s=PATIENCE_S):
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
    calibrate_batch_norms(network, as_tensor(normalise(views, spec)))
    save_checkpoint(tmp_path / "small.safetensors", network, spec)
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("small", tmp_path / "studies", data=tiny_food101, model=tmp_path / "small.safetensors")


def titles(at):
    """Return the headings of the pictures."""
    return values([heading for heading in at.main.markdown if heading.value.startswith("**")])


def values(elements):
    return [element.value for element in elements]


def test_every_mask_is_shown_with_the_model_s_answer_and_the_agreement_of_its_map(open_at, study, settled):
    at = settled(open_at("trust", check="masks", blur="16", **MISTAKE), study)
    assert at.query_params["masks"] == "blur8,blur16,blur32,inpaint,mean"
    assert [alt for alt in alt_texts(at) if "hidden" in alt] == [
        f"The picture with all of it hidden: {title}"
        for title in ("Blur 8 px", "Blur 16 px", "Blur 32 px", "Inpainting", "Mean colour")
    ]
    assert sum("All hidden, the model predicts" in text for text in values(at.caption)) == 5
    agreements = [
        element.value for element in at.caption if element.value.startswith("agreement with the mask as set: **")
    ]
    assert len(agreements) == 4
    assert "**Blur 16 px** :gray-badge[as set]" in values(at.markdown)
    assert "How far do the maps agree?" in values(at.subheader)
    assert "Agreement with the map for blur 16 px:" in texts(at.markdown)
    assert "What the maps of all masks have in common does not depend on the mask." in texts(at.caption)


def test_masks_are_in_the_link_and_the_one_that_is_set_is_always_shown(open_at, study, settled):
    at = settled(open_at("trust", check="masks", mask="gaussian", masks="mean,blur8", **MISTAKE), study)
    assert titles(at) == ["**Gaussian blur 32 px** :gray-badge[as set]", "**Blur 8 px**", "**Mean colour**"]
    at.button_group(key="masks").set_value([]).run()
    assert at.query_params["masks"] == ""
    assert at.info[0].value == "Choose more masks to see how far their maps agree."


def test_masks_that_do_not_exist_get_a_warning_and_are_left_out(open_at, study, settled):
    at = settled(open_at("trust", check="masks", masks="mean,fog", **MISTAKE), study)
    assert "The link asks for the masks “mean,fog”, which does not exist here." in at.warning[0].value


def test_a_mask_with_a_confident_base_gets_a_warning(open_at, study, settled, monkeypatch):
    def hidden_logits(_study, _hash, settings, _view, _model):
        return np.array([9, 0, 0, 0] if settings.mask == "mean" else [0, 0, 0, 0], np.float32)

    monkeypatch.setattr(evaluations, "hidden_logits", hidden_logits)
    at = settled(open_at("trust", check="masks", masks="mean", **MISTAKE), study)
    (warning,) = values(at.warning)
    assert warning.startswith("The model is confident of a class although the whole picture is hidden.")
    assert "Mean colour: omelette, over 99.9%." in warning
    assert "Blur" not in warning


def test_other_methods_are_shown_with_meaning_and_figures_and_grad_cam_with_the_reason_for_its_absence(
    open_at, study, settled
):
    at = settled(open_at("trust", check="methods", **MISTAKE), study)
    assert {"**LIME**", "**Kernel SHAP**", "**Occlusion**", "**Grad-CAM**"} < set(titles(at))
    (absent,) = values(at.info)
    assert absent.startswith(
        "Not available for this model. colours.onnx is an ONNX graph: it can be run, but gives neither"
    )
    assert "study of the model's own checkpoint" in absent
    assert texts(at.caption).count("agreement with this map **") == len(ENGINES) + 2
    assert "The values do not sum to the logit." in texts(at.caption)
    assert texts(at.caption).count("faithfulness correlation **") == len(ENGINES) + 3
    (figures,) = [element.value for element in at.dataframe if "relevance" in element.value]
    assert {"LIME", "Kernel SHAP", "Occlusion"} < set(figures["order"])
    assert figures["insertion"].notna().all()


def overlay(at, method):
    return next(image.proto.imgs[0].url for image in at.image if f", {method}. Evidence" in image.proto.imgs[0].alt)


def test_beside_other_methods_the_choice_of_noise_changes_the_regions_engine_alone(open_at, study, settled):
    at = settled(open_at("trust", check="methods", **MISTAKE), study)
    others = "SHAP's partition", "LIME"
    assert texts(at.caption).count("within noise: ") == 1
    before = {name: overlay(at, name) for name in ("Regions along edges", *others)}
    at.button_group(key="noise").set_value("show").run()
    after = {name: overlay(at, name) for name in before}
    assert [name for name in before if before[name] != after[name]] == ["Regions along edges"]


def test_masks_follow_the_choice_of_noise_and_agreements_do_not(open_at, study, settled):
    at = settled(open_at("trust", check="masks", masks="mean", engine="regions", **MISTAKE), study)
    before, agreed = sources(at), [element.value for element in at.caption if "agreement" in element.value]
    at.button_group(key="noise").set_value("show").run()
    assert [a == b for a, b in zip(sources(at), before, strict=True)] == [False, False]
    assert [element.value for element in at.caption if "agreement" in element.value] == agreed


def sources(at):
    return [image.proto.imgs[0].url for image in at.image if "Evidence for" in image.proto.imgs[0].alt]


def test_without_layers_there_is_no_sanity_check_and_the_page_says_why(open_at, study, settled):
    at = settled(open_at("trust", check="sanity", **MISTAKE), study)
    (reason,) = values(at.info)
    assert reason.startswith("There is no sanity check for this model. colours.onnx is an ONNX graph")
    assert not at.error


def test_with_layers_there_are_grad_cam_and_the_sanity_check(open_at, open_study, settled):
    picture = {"picture": "pork_chop/4", "evals": "100"}
    at = settled(open_at("trust", check="sanity", **picture), open_study)
    # The page opens the network in the background, and once it is open it has its weights randomised.
    for _ in range(2):
        models.wait_until_idle(PATIENCE_S)
        at = settled(at, open_study)
    assert titles(at) == ["**The model**", "**Last layer randomised**", "**All layers randomised**"]
    figures = at.dataframe[-1].value
    assert figures["network"].tolist() == ["Last layer randomised", "All layers randomised"]
    assert figures[["size", "rank", "structure"]].abs().le(1).all(axis=None)
    assert any(badge in texts(at.markdown) for badge in ("badge[passed]", "badge[passed in part]", "badge[failed]"))
    at.button_group(key="check").set_value("methods").run()
    at = settled(at, open_study)
    assert not at.info
    assert "2 passes forward and back" in texts(at.caption)
    assert "no unit, so scaled to the largest value of the others" in texts(at.caption)
    assert "Grad-CAM" in at.dataframe[-1].value["order"].tolist()
