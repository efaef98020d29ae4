"""Import checks of a study: run once, stored with it, and made again when its model or pictures change."""

import json
from dataclasses import replace

import pytest

from xai_core.doctor.finding import Finding, ImportReport
from xai_core.errors import PictureUnreadable
from xai_core.study import import_check
from xai_core.study.import_check import check_import, check_model, update_report
from xai_core.study.import_report import stored_report
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
