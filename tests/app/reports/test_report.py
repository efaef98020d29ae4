"""Reports of all pages, which say what the page shows."""

import numpy as np
import pytest

from pages.ui.loaders import models, pictures, studies
from pages.ui.reports import report as reports_report
from tests.read import jobs_of, texts, wait_for_jobs
from xai_core.exports import report
from xai_core.language import using
from xai_core.verdicts.patch_names import PatchNames
from xai_core.verdicts.store import VerdictStore

MISTAKE = "pork_chop/4"


@pytest.fixture
def offered(monkeypatch):
    """Offers of the pages, run by run: page, stem of the file names, titles, and the maker of the report."""
    found = []
    monkeypatch.setattr(reports_report, "draw_report_downloads", lambda *offer: found.append(offer))
    return found


@pytest.fixture
def computed(study, open_at):
    """Function that opens a page and runs it again once all is computed."""

    def opened(page, **query):
        at = open_at(page, picture=MISTAKE, evals=100, **query)
        models.runtime_future(studies.open_study(study.name)).result(timeout=30)
        at.run()
        wait_for_jobs(at, page)
        return at.run()

    return opened


def html(made):
    return report.render_html(made).decode("utf-8")


def test_report_of_explain_has_the_numbers_of_the_page_verdict_and_provenance(computed, offered, study):
    VerdictStore(study.folder).put(MISTAKE, "wrong label", seen=0, note="<b>Pasta</b>", author="Ann")
    at = computed("explain", engine="partition", top_k=3)
    assert not at.exception
    page, stem, titles, make = offered[-1]
    made = make()
    assert (page, stem) == ("explain", "pork_chop-4-why-ravioli-rather-than-pork_chop")
    assert made.title == "Why ravioli rather than pork chop?"
    assert [figure.title for figure in report.panels(made)] == list(titles)
    assert titles[:3] == ("As the model sees it", "The contrast", "Where the evidence is strongest")
    finding = made.introduction.partition(" pork chop 4: the model calls it ravioli")[0]
    assert f"**{finding}**" in texts(at.markdown)
    assert finding in report.panels(made)[1].alt
    captions = {caption.value.replace("  \n", "\n") for caption in at.caption}
    for figure in report.panels(made)[3:]:
        assert "\n".join(figure.lines) in captions
    for row in made.sections[-1].table.rows:
        logit, base, total = map(float, row[2:])
        assert logit == pytest.approx(base + total, abs=2e-3)
    assert made.remarks[0] == "Verdict on pork chop 4: wrong label: <b>Pasta</b>"
    assert made.remarks[1].startswith("by Ann, ")
    facts = dict(made.facts)
    assert study.model_id in facts["Model"]
    assert "onnxruntime" in facts["Versions"]
    assert "evaluations 100" in facts["All settings"]
    with using("ja"):
        assert "評価回数（evaluations）：100、" in dict(make().facts)["すべての設定"]  # noqa: RUF001
    assert "&lt;b&gt;Pasta&lt;/b&gt;" in html(made)


def test_report_of_compare_has_every_picture_in_every_row(computed, offered, study):
    PatchNames(study.folder).put("pork_chop", "ravioli", "red cloth", [MISTAKE], author="")
    at = computed("compare", engine="partition", companions=2, top_k=3)
    assert not at.exception
    page, stem, titles, make = offered[-1]
    made = make()
    assert (page, stem) == ("compare", "pork_chop-4-compared")
    assert made.title == "Pork chop taken for ravioli"
    assert len(titles) == len(report.panels(made)) == 3 * len(made.sections)
    assert titles[0] == "pork chop 4"
    assert titles[3] == "pork chop 4, why ravioli rather than pork chop?"
    assert titles[6] == "pork chop 4, enlarged"
    assert [section.columns for section in made.sections] == [3] * len(made.sections)
    finding = made.introduction.partition(" This is pork chop 4")[0]
    assert made.introduction.endswith(" Readers named its strongest part: red cloth.")
    assert f"**{finding}**" in texts(at.markdown)
    contrast = made.sections[1].figures
    assert contrast[0].alt.startswith("pork chop 4, mistake. Evidence for ravioli rather than pork chop in red")
    assert len({figure.alt for figure in contrast}) == 3
    numbers = at.dataframe[0].value
    total = f"{numbers['margin'].iloc[0]:.2f} = base {numbers['base'].iloc[0]:.2f}"
    assert contrast[0].lines[1].startswith(f"ravioli minus pork chop: {total}")
    np.testing.assert_array_equal(
        made.sections[0].figures[0].picture, pictures.model_view(studies.open_study("tiny"), MISTAKE).view
    )


def test_report_of_evidence_has_the_claim_its_pictures_and_the_verdicts_of_the_pair(computed, offered, study):
    store = VerdictStore(study.folder)
    store.put(MISTAKE, "wrong label", seen=0, note="Pasta.")
    store.put("ravioli/5", "ambiguous", seen=0)  # of another pair
    at = computed("evidence", truth="pork_chop", guess="ravioli")
    assert not at.exception
    page, stem, titles, make = offered[-1]
    made = make()
    assert (page, stem) == ("evidence", "pork_chop-taken-for-ravioli-evidence")
    assert made.title == "Pork chop taken for ravioli"
    shown = "\n".join(element.value for element in at.markdown).replace("**", "")
    assert all(sentence in shown for sentence in made.sections[0].text[:3])
    assert made.introduction.startswith("The claim rests on 2 mistakes of this pair")
    assert [figure.title for figure in report.panels(made)] == list(titles)
    assert len(set(titles)) == len(titles)
    assert "Mistakes, aligned by the frame" in titles
    assert "pork chop 4, for ravioli" in titles
    assert "One scale for all but what is aligned by the object: full colour is" in "".join(made.scale.lines)
    assert "What is aligned by the object has its own scale: full colour is" in html(made)
    (remark,) = made.remarks
    assert remark.startswith("pork chop 4: wrong label: Pasta. (")
    assert len(made.sections[-1].table.rows) == len(jobs_of(at, "evidence"))


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_report_of_estimated_values_says_what_they_are_and_how_certain(computed, offered, page):
    computed(page, engine="regions")
    made = offered[-1][3]()
    facts = dict(made.facts)
    assert facts["Engine"].startswith("Regions along edges (regions ")
    assert facts["Meaning of its values"].startswith("Least-squares values of regions along the picture")
    assert facts["Seed of its samples"] == "0"
    assert made.scale.lines[-1] == "Without colour: regions within noise, whose 95% interval contains 0."
    convergence = made.sections[-1]
    assert convergence.title == "Are these enough evaluations?"
    assert "strongest regions would stay" in convergence.text[0]
    assert "base, sum, values and shares are of all regions" in convergence.text[-1]
    drawn = [figure.picture for figure in report.panels(made)]
    computed(page, engine="regions", noise="show")
    other = offered[-1][3]()
    assert other.scale.lines[-1].endswith("are coloured too.")
    assert any((a != b.picture).any() for a, b in zip(drawn, report.panels(other), strict=True))


@pytest.mark.parametrize("page", ["explain", "compare"])
def test_report_of_exact_values_does_not_mention_noise(computed, offered, page):
    computed(page, engine="partition")
    made = offered[-1][3]()
    assert "noise" not in html(made)
    assert dict(made.facts)["Engine"].startswith("SHAP's partition (partition ")


@pytest.mark.parametrize("page", ["explain", "compare"])
@pytest.mark.usefixtures("study", "opening")
def test_there_is_no_report_before_there_is_an_answer(open_at, offered, page):
    open_at(page, picture=MISTAKE)
    assert {make for *_, make in offered} == {None}


def test_downloads_are_enabled_once_all_is_computed(computed):
    at = computed("explain")
    named = {button.proto.label: button.proto for button in at.get("download_button")}
    assert not named["Report, HTML"].disabled
    assert not named["Download"].disabled
    assert "One picture, PNG" in [popover.proto.popover.label for popover in at.get("popover")]


def test_damaged_file_of_verdicts_is_named_in_the_report(computed, offered, study):
    (study.folder / "verdicts.sqlite").write_bytes(b"no database" * 100)
    computed("explain")
    assert "cannot be read" in offered[-1][3]().remarks[0]
