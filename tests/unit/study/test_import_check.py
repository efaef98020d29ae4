"""Import checks of a study: run once, stored with it, and made again when its model or pictures change."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from xai_core.data.sources.table import open_data
from xai_core.doctor.finding import Finding, ImportReport
from xai_core.errors import PictureUnreadable
from xai_core.model import preprocess
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.function_runtime import FunctionRuntime
from xai_core.study import import_check
from xai_core.study.import_check import check_import, check_model, update_report
from xai_core.study.import_report import stored_report
from xai_core.study.inference import NOT_FINITE
from xai_core.study.study import open_study


def test_a_new_study_has_its_report(tiny_study):
    report = stored_report(tiny_study)
    assert report is not None
    assert report.pictures == 19
    assert report.findings == ()


def test_a_report_is_stored_and_not_made_again(tiny_study, monkeypatch):
    monkeypatch.setattr(import_check, "check_import", lambda *_a, **_k: pytest.fail("It was checked again."))
    assert update_report(tiny_study, tiny_study.open_runtime()) == stored_report(tiny_study)


def test_a_report_of_another_model_is_not_shown(tiny_study):
    assert stored_report(replace(tiny_study, model_id="another")) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1, "model_id": 3}'])
def test_a_damaged_report_counts_as_missing(tiny_study, content):
    (tiny_study.folder / "import_check.json").write_text(content, "utf-8")
    assert stored_report(tiny_study) is None
    assert update_report(tiny_study, tiny_study.open_runtime()) is not None
    assert stored_report(tiny_study) is not None


def test_a_failure_ends_nothing(tiny_study, monkeypatch, caplog):
    def broken(*_arguments, **_named):
        raise PictureUnreadable("pizza/1", "the file is missing")

    (tiny_study.folder / "import_check.json").unlink()
    monkeypatch.setattr(import_check, "check_import", broken)
    assert update_report(tiny_study, tiny_study.open_runtime()) is None
    assert "import checks of the study tiny failed" in caplog.text
    assert open_study("tiny", tiny_study.folder.parent).name == "tiny"


def test_a_report_survives_its_file(tmp_path):
    finding = Finding(kind="labels", fault="swapped labels", sentence="A.", cure="B.", settings={"mean": [0.5]})
    report = ImportReport(findings=(finding,), pictures=300, alternatives=12, evaluations=900)
    assert ImportReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_swapped_labels_of_a_study_are_named(tiny_study):
    names = dict(zip(("omelette", "pork_chop"), ("pork_chop", "omelette"), strict=True))
    table = tiny_study.table.assign(truth=[names.get(truth, truth) for truth in tiny_study.table["truth"]])
    report = check_import(replace(tiny_study, table=table), tiny_study.open_runtime())
    assert [finding.fault for finding in report.findings] == ["swapped labels"]


def test_a_model_is_checked_on_a_labelled_set_without_a_study(tiny_study):
    runtime = tiny_study.open_runtime()
    assert check_model(runtime, tiny_study.data) == stored_report(tiny_study)


def test_a_set_without_a_readable_picture_gives_an_empty_report(tiny_study):
    runtime = tiny_study.open_runtime()
    for file in tiny_study.data.root.rglob("*.jpg"):
        file.write_bytes(b"no picture")
    assert check_model(runtime, tiny_study.data) == ImportReport()


def test_pictures_without_finite_outputs_are_reported(tiny_study):
    first = int(tiny_study.table.index[tiny_study.table["unreadable"] == ""][0])
    table = tiny_study.table.copy()
    table.loc[first, "unreadable"] = NOT_FINITE
    logits = np.array(tiny_study.logits)
    logits[first] = np.nan
    report = check_import(replace(tiny_study, table=table, logits=logits), tiny_study.open_runtime())
    assert [finding.fault for finding in report.findings] == ["not finite"]
    assert "for 1 of 19 pictures" in report.findings[0].sentence


def test_a_model_that_is_not_finite_for_some_pictures_is_checked_on_the_others(tiny_study):
    opened = tiny_study.open_runtime()

    def logits(inputs):
        found = opened.logits(inputs)
        found[inputs[:, 0, 0, 0] < np.median(corners)] = np.nan
        return found

    corners = [
        preprocess.normalise(tiny_study.model_view(image_id).view, opened.spec)[0, 0, 0]
        for image_id in tiny_study.table.loc[tiny_study.table["unreadable"] == "", "image_id"]
    ]
    report = check_model(FunctionRuntime(logits, opened.spec, lambda: "overflow"), tiny_study.data)
    assert [finding.fault for finding in report.findings][-1] == "not finite"
    assert "for 9 of 19 pictures" in report.findings[-1].sentence


def test_a_preprocessing_that_explains_exchanged_names_is_named_instead(tmp_path):
    # A network that tells red from blue calls each the other if it is fed blue, green, red.
    for name, colour in {"red": (200, 0, 0), "blue": (0, 0, 200)}.items():
        (tmp_path / name).mkdir()
        for number in range(12):
            Image.new("RGB", (4, 4), colour).save(tmp_path / name / f"{number}.png")

    spec = ModelSpec(
        labels=("blue", "green", "red"), input_size=(4, 4), short_side=None, interpolation="bilinear", channels="bgr"
    )
    fed_wrongly = FunctionRuntime(lambda inputs: inputs.mean(axis=(1, 2))[..., ::-1], spec, lambda: "colours")
    report = check_model(fed_wrongly, open_data(tmp_path))
    assert [finding.fault for finding in report.findings] == ["channels"]
