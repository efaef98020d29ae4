"""Reports in the app: what they say is what the page shows, and there is none before there is something to say."""

import threading

import numpy as np
import pytest

from pages.ui.loaders import models, pictures, studies
from pages.ui.reports import report as reports_report
from xai_core import report
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore

MISTAKE = "pork_chop/4"


@pytest.fixture
def offered(monkeypatch):
    """What is offered, run by run: place, stem, titles, and what makes the report."""
    found = []
    monkeypatch.setattr(reports_report, "offer", lambda *offer: found.append(offer))
    return found


@pytest.fixture
def computed(study, open_at):
    """Open a page and run it again once all that it asked for has been computed."""

    def opened(page, **query):
        at = open_at(page, picture=MISTAKE, evals=100, **query)
        models.runtime(studies.study(study.name)).result(timeout=30)
        at.run()
        for job in at.session_state[f"_jobs_{page}"].jobs:
            assert job.wait(timeout_s=30)
        return at.run()

    return opened


def text(of):
    return report.page(of).decode("utf-8")


def test_explain_reports_what_it_shows(computed, offered, study):
    VerdictStore(study.folder).put(MISTAKE, "wrong label", seen=0, note="<b>Pasta</b>", author="Ann")
    at = computed("explain", top_k=3)
    assert not at.exception
    place, stem, titles, make = offered[-1]
    told = make()
    assert (place, stem) == ("explain", "pork_chop-4 why ravioli rather than pork_chop")
    assert told.title == "Why ravioli rather than pork chop?"
    assert [each.title for each in report.panels(told)] == list(titles)
    assert titles[:2] == ("As the model sees it", "The contrast")
    captions = {each.value.replace("  \n", "\n") for each in at.caption}
    for figure in report.panels(told)[2:]:
        assert "\n".join(figure.lines) in captions
    for row in told.sections[-1].table.rows:
        logit, base, total = map(float, row[2:])
        assert logit == pytest.approx(base + total, abs=2e-3)
    assert told.remarks[0] == "Verdict on pork chop 4: wrong label: <b>Pasta</b>"
    assert told.remarks[1].startswith("by Ann, ")
    facts = dict(told.facts)
    assert study.model_id in facts["Model"]
    assert "onnxruntime" in facts["Versions"]
    assert "evaluations 100" in facts["All settings"]
    assert "&lt;b&gt;Pasta&lt;/b&gt;" in text(told)


def test_compare_reports_every_picture_for_every_question(computed, offered):
    at = computed("compare", companions=2, top_k=3)
    assert not at.exception
    place, stem, titles, make = offered[-1]
    told = make()
    assert (place, stem) == ("compare", "pork_chop-4 compared")
    assert told.title == "Pork chop taken for ravioli"
    assert len(titles) == len(report.panels(told)) == 3 * len(told.sections)
    assert titles[0] == "pork chop 4"
    assert titles[3] == "pork chop 4, why ravioli rather than pork chop?"
    assert [each.columns for each in told.sections] == [3] * len(told.sections)
    captions = {each.value.replace("  \n", "\n") for each in at.caption}
    assert all("\n".join(each.lines) in captions for section in told.sections[1:] for each in section.figures)
    np.testing.assert_array_equal(
        told.sections[0].figures[0].picture, pictures.sight(studies.study("tiny"), MISTAKE).view
    )


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_a_report_says_what_values_are_whether_they_are_enough_and_what_is_not_drawn(computed, offered, page):
    computed(page, engine="regions")
    told = offered[-1][3]()
    facts = dict(told.facts)
    assert facts["Engine"].startswith("Regions along edges (regions ")
    assert facts["What its values are"].startswith("Least-squares values under fair-coin coalitions")
    assert facts["Seed of what it draws"] == "0"
    assert told.scale.lines[-1] == "Without colour: regions within noise, whose 95% interval holds 0."
    enough = told.sections[-1]
    assert enough.title == "Is it enough?"
    assert "strongest regions would stay" in enough.text[0]
    assert "base, sum, values and shares are of all regions" in enough.text[-1]
    drawn = [figure.picture for figure in report.panels(told)]
    computed(page, engine="regions", noise="show")
    other = offered[-1][3]()
    assert other.scale.lines[-1].endswith("are coloured too.")
    assert any((a != b.picture).any() for a, b in zip(drawn, report.panels(other), strict=True))


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_a_report_of_what_is_not_estimated_says_nothing_of_noise(computed, offered, page):
    computed(page)
    told = offered[-1][3]()
    assert "noise" not in text(told)
    assert dict(told.facts)["Engine"].startswith("SHAP's partition (partition ")


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_there_is_no_report_before_there_is_an_answer(open_at, study, offered, page, monkeypatch):
    opened = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: opened.wait(timeout=30))
    open_at(page, picture=MISTAKE)
    assert {make for *_, make in offered} == {None}
    opened.set()


def test_the_files_are_offered(computed):
    at = computed("explain")
    named = {each.proto.label: each.proto for each in at.get("download_button")}
    assert not named["Report, HTML"].disabled
    assert not named["Download"].disabled
    assert "One picture, PNG" in [each.proto.popover.label for each in at.get("popover")]


def test_a_damaged_file_of_verdicts_is_told_in_the_report_too(computed, offered, study):
    (study.folder / "verdicts.sqlite").write_bytes(b"no database" * 100)
    computed("explain")
    assert "cannot be read" in offered[-1][3]().remarks[0]


def test_evidence_reports_the_claim_its_proof_and_what_people_said(computed, offered, study):
    store = VerdictStore(study.folder)
    store.put(MISTAKE, "wrong label", seen=0, note="Pasta.")
    store.put("ravioli/5", "ambiguous", seen=0)  # of another pair
    at = computed("evidence", truth="pork_chop", guess="ravioli")
    assert not at.exception
    place, stem, titles, make = offered[-1]
    told = make()
    assert (place, stem) == ("evidence", "pork_chop taken for ravioli evidence")
    assert told.title == "Pork chop taken for ravioli"
    shown = "\n".join(each.value for each in at.markdown).replace("**", "")
    assert all(sentence in shown for sentence in told.sections[0].text[:3])
    assert told.lead.startswith("It rests on 2 mistakes of this pair")
    assert [each.title for each in report.panels(told)] == list(titles)
    assert len(set(titles)) == len(titles)
    assert "Mistakes, laid by the frame" in titles
    assert "pork chop 4, for ravioli" in titles
    assert "One scale for all but what is laid by the object: full tint is" in "".join(told.scale.lines)
    assert "What is laid by the object has a scale of its own: full tint is" in text(told)
    (remark,) = told.remarks
    assert remark.startswith("pork chop 4: wrong label: Pasta. (")
    assert len(told.sections[-1].table.rows) == len(at.session_state["_jobs_evidence"].jobs)
