"""A repaired model becomes a study without a forward pass."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xai_core.errors import SettingRefused, StudyRefused, XaiError
from xai_core.model.preprocess import normalise
from xai_core.repair.comparison.studies import compare_studies
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.repaired_study import write_model_with_study, write_repaired_model

# Ravioli becomes less likely: both mistakes are mended.
CURE = LayerChange(np.float32(np.diag([0, 0, 0, -2])), np.float32([0, 0, 0, -0.2]))


@pytest.fixture
def make(tiny_study, tmp_path):
    """Function that writes the repaired model and its study under a name."""

    def made(name, fitted_on=()):
        out = tmp_path / f"{Path(name).name}.onnx"
        studies = tiny_study.folder.parent
        record = {"cure": "refit"}
        return write_model_with_study(
            tiny_study, CURE, record, out=out, name=name, studies=studies, fitted_on=fitted_on
        )

    return made


def test_its_predictions_are_those_of_the_written_model(tiny_study, make):
    repaired, found = make("repaired")
    runtime = found.open_runtime()
    assert runtime.model_id == found.model_id == repaired.model_id != tiny_study.model_id
    assert found.spec.training["repair"] == {"of_model": tiny_study.model_id, "cure": "refit"}
    seen = found.table[found.table["unreadable"] == ""]
    views = np.stack([found.model_view(image_id).view for image_id in seen["image_id"]])
    expected = runtime.logits(normalise(views, runtime.spec))
    assert found.logits[seen.index] == pytest.approx(expected, abs=0.02)
    assert (found.table["unreadable"] != "").sum() == 1
    assert found.title == "tiny, repaired"
    compared = compare_studies(tiny_study, found)
    assert len(compared.changes.table) == 19


def test_pictures_that_it_was_fitted_on_are_left_out(tiny_study, make):
    fitted_on = tiny_study.table["image_id"].tolist()[:7]
    _, found = make("rest", fitted_on)
    assert set(found.table["image_id"]) == set(tiny_study.table["image_id"]) - set(fitted_on)
    assert "7 pictures that the repair was fitted on are left out." in found.record.notes
    with pytest.raises(StudyRefused, match="fitted on all pictures"):
        make("none", tiny_study.table["image_id"])


@pytest.mark.parametrize("name", ["tiny", "no/name"])
def test_no_study_is_overwritten(make, name):
    with pytest.raises(SettingRefused, match="expected a new name"):
        make(name)


def test_no_file_is_replaced(tiny_study, tmp_path):
    with pytest.raises(SettingRefused, match="which exists already; expected the name of a new file"):
        write_repaired_model(tiny_study, CURE, tiny_study.model_file, {})
    (tmp_path / "x.json").write_text("notes", "utf-8")
    with pytest.raises(SettingRefused, match=r"x\.json, which exists already"):
        write_repaired_model(tiny_study, CURE, tmp_path / "x.onnx", {})
    assert (tmp_path / "x.json").read_text("utf-8") == "notes"


@pytest.mark.parametrize(("name", "left_out"), [("tiny", ()), ("no/name", ()), ("empty", "all")])
def test_a_refused_study_leaves_no_model_behind(tiny_study, tmp_path, name, left_out):
    fitted_on = tiny_study.table["image_id"].tolist() if left_out else ()
    with pytest.raises(XaiError):
        write_model_with_study(
            tiny_study,
            CURE,
            {},
            out=tmp_path / "new.onnx",
            name=name,
            studies=tiny_study.folder.parent,
            fitted_on=fitted_on,
        )
    assert not list(tmp_path.glob("new.*"))


def test_a_study_without_embeddings_is_refused(tiny_study, tmp_path):
    with pytest.raises(StudyRefused, match="has no embeddings"):
        write_repaired_model(replace(tiny_study, embeddings=None), CURE, tmp_path / "x.onnx", {})
