"""Import checks in the app: a likely fault stands on Overview and About, a sound import on About alone."""

import json

import pytest

from tests.read import texts
from xai_core.doctor.finding import Finding, ImportReport

FAULT = Finding(
    kind="preprocessing",
    fault="channels",
    sentence="With blue first, 71% instead of 43% of 300 pictures are right.",
    cure="Check the order of the channels.",
    settings={"channels": "bgr"},
)


def store(study, report):
    """Give a study another report."""
    file = study.folder / "import_check.json"
    content = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(content | report.to_json()), "utf-8")


@pytest.fixture
def faulty(study):
    """A study whose report has a fault."""
    store(study, ImportReport(findings=(FAULT,), pictures=300, alternatives=12, evaluations=900))
    return study


@pytest.mark.parametrize("page", ["overview", "about"])
def test_a_likely_fault_is_shown_with_its_cure(open_at, faulty, page):
    at = open_at(page)
    assert not at.exception
    assert [warning.value for warning in at.warning] == [
        f"**The preprocessing may be wrong.** {FAULT.sentence} {FAULT.cure}"
    ]


def test_a_sound_import_is_told_on_about_alone(open_at, study):
    store(study, ImportReport(pictures=300, alternatives=9, evaluations=40))
    assert "The preprocessing, the order of the labels and the outputs show no fault." in texts(
        open_at("about").markdown
    )
    assert not open_at("overview").warning


def test_about_says_if_the_pictures_were_too_few_to_compare_preprocessings(open_at, study):
    store(study, ImportReport(pictures=19))
    assert "too few pictures to compare preprocessings" in texts(open_at("about").markdown)


def test_a_study_without_a_report_says_how_to_get_one(open_at, study):
    (study.folder / "import_check.json").unlink()
    assert "has no import check yet" in texts(open_at("about").markdown)
    assert not open_at("overview").exception
