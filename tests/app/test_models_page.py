"""Page Models with two studies whose models differ."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from pages.ui.loaders import comparisons, models
from pages.ui.models import figures, matrix
from pages.ui.reports import report as reports_report
from tests.read import alt_texts, map_alts, texts, wait_for_jobs
from xai_core.exports import report
from xai_core.study.build import create_study

PAIR = {"study": "tiny", "other": "other", "of": "pair", "truth": "pork_chop", "guess": "ravioli", "flips": "all"}


@pytest.fixture
def other(study, other_data, other_model):
    """Second study of 8 pictures of the first. Its model knows gyoza but no omelette, and never answers ravioli."""
    return create_study("other", study.folder.parent, data=other_data, model=other_model)


@pytest.fixture
def computed(open_at):
    """Function that opens the page and runs it again once both models are open and the maps are computed."""

    def opened(**query):
        at = open_at("models", study="tiny", evals="100", **query)
        models.wait_until_idle(30)
        at.run()
        wait_for_jobs(at, "models")
        return at.run()

    return opened


@pytest.mark.usefixtures("other")
def test_both_models_explain_a_changed_guess_on_one_scale(computed, monkeypatch):
    offers = []
    monkeypatch.setattr(reports_report, "draw_report_downloads", lambda *offer: offers.append(offer))
    at = computed(look="list")
    assert not at.exception
    assert not at.error
    assert at.query_params.items() >= (PAIR | {"picture": "pork_chop/4", "flips_page": "1"}).items()
    assert [metric.value for metric in at.metric] == ["62.5%", "37.5%", "0", "2", "2", "50.0%"]
    assert "of 8 pictures that both studies have, tiny has 5 right and other 3" in texts(at.markdown).lower()
    for sentence in (
        "10 pictures of tiny are not in the other study.",
        "Left out: 1 picture whose true class is another one in other: omelette 1.",
        "The model of tiny can never guess 1 class of the other model: gyoza.",
    ):
        assert sentence in texts(at.caption)
    pairs = at.dataframe[0].value
    assert pairs.iloc[0][["truth", "guess", "before", "after", "mended", "broken"]].tolist() == [
        "pork chop",
        "ravioli",
        2,
        0,
        0,
        0,
    ]
    # Each model has its own spelling.
    truths = [alt.removeprefix("Evidence for ravioli rather than ").partition(" in red")[0] for alt in map_alts(at)]
    assert truths == ["pork chop", "Pork Chop"]
    assert "2 mistakes before, 0 after, of 3 pictures of the class" in texts(at.markdown)
    numbers = at.dataframe[1].value
    assert numbers["model"].tolist() == ["tiny", "other"]
    # The second model differs in one offset, which no map contains.
    assert numbers["net"].iloc[0] == pytest.approx(numbers["net"].iloc[1], abs=1e-4)
    page, stem, titles, make = offers[-1]
    made = make()
    assert (page, stem) == ("models", "tiny-other-compared")
    assert [figure.title for figure in report.panels(made)] == titles
    html = report.render_html(made).decode()
    assert "pork chop taken for gyoza" in html
    assert "logits per hundredth of the picture, for both models." in html
    assert offers[0][-1] is None


@pytest.mark.usefixtures("other")
def test_cards_show_both_guesses_and_choose_the_picture(open_at):
    at = open_at("models", study="tiny", of="all", flips="broken", truth="ravioli")
    assert sorted(alt_texts(at)[-2:]) == [f"ravioli {number}, ravioli before and gyoza after" for number in (3, 4)]
    first = at.query_params["picture"]
    (chosen,) = {"ravioli/3", "ravioli/4"} - {first}
    at.button(key=f"flip {chosen}").click().run()
    assert at.query_params["picture"] == chosen
    # Only the second model has the class.
    assert "The model of tiny does not have the class gyoza, so it has no such contrast." in texts(at.caption)
    at.button(key="models_swap").click().run()
    assert not at.exception
    assert at.query_params.items() >= {"study": "other", "other": "tiny", "flips": "broken"}.items()
    assert "No picture of this choice has this kind of change." in texts(at.info)


@pytest.mark.usefixtures("other")
def test_a_bad_link_gets_notes_and_the_defaults(open_at):
    bad = {"other": "<b>", "truth": "unicorn", "of": "some", "flips": "x", "picture": "y/1", "flips_page": "9"}
    at = open_at("models", study="tiny", **bad)
    assert not at.exception
    assert not at.error
    assert len(at.warning) == len(bad)
    assert at.query_params.items() >= PAIR.items()


@pytest.mark.usefixtures("study")
def test_a_single_study_gets_the_commands_that_make_another(open_at):
    at = open_at("models", other="none")
    assert not at.exception
    assert "There is no other study to compare tiny with." in texts(at.info)
    assert "repair tiny --pair" in at.main.code[0].value


def test_studies_of_other_pictures_are_refused_and_the_choice_stays(study, other_data, other_model, open_at):
    for file in other_data.rglob("*.jpg"):
        file.write_bytes(file.read_bytes() + b"\0")
    create_study("other", study.folder.parent, data=other_data, model=other_model)
    at = open_at("models", study="tiny")
    assert not at.exception
    assert "have no picture in common" in texts(at.error)
    assert "study create NAME" in at.main.code[0].value
    assert at.selectbox(key="other").value == "other"


@pytest.mark.usefixtures("other")
def test_a_slow_comparison_shows_its_progress(open_at, monkeypatch):
    goes_on = threading.Event()
    compare = comparisons.compare_studies

    def slow(before, after, *, progress):
        progress(3, 12)
        assert goes_on.wait(30)
        return compare(before, after, progress=progress)

    monkeypatch.setattr(comparisons, "compare_studies", slow)
    monkeypatch.setattr(comparisons, "PATIENCE_S", 0.05)
    at = open_at("models", study="tiny")
    assert at.get("progress")[0].proto.text == "Matching the pictures by content: 3 of 12 files read"
    assert not at.metric
    goes_on.set()
    monkeypatch.setattr(comparisons, "PATIENCE_S", 30)
    assert at.run().metric


def test_the_matrix_colours_changes_by_their_meaning():
    before, after = np.array([[5, 3], [0, 4]]), np.array([[7, 1], [1, 3]])
    chart = matrix.figure(before, after, ("a", "b"), np.arange(2), ("a", "b"))
    same, changed, wrong, right = chart.data
    # More right answers and fewer mistakes are positive, and one picture is 1.
    np.testing.assert_allclose(changed.z, [[1 + np.log10(2)] * 2, [-1, -1]], rtol=1e-6)
    assert np.isnan(same.z).all()
    assert [list(row) for row in changed.text] == [["+2", "-2"], ["+1", "-1"]]
    assert wrong.selectedpoints.tolist() == [0]
    assert right.selectedpoints.tolist() == []
    assert wrong.customdata.tolist() == [[3, 1], [0, 1]]


def test_guesses_of_classes_without_pictures_are_counted():
    before, after = np.array([[5, 3, 2], [0, 4, 0], [0, 0, 0]]), np.array([[8, 2, 0], [0, 4, 0], [0, 0, 0]])
    result = SimpleNamespace(before=before, after=after)
    (sentence,) = figures.absent_classes(result)
    assert sentence.startswith("2 guesses before and 0 after are of classes that no picture here has.")
    assert figures.absent_classes(SimpleNamespace(before=after, after=before)) == []
