"""Page Confusions with its counts, pairs and pictures."""

import numpy as np
import pytest

from pages.ui.confusions import gallery, matrix
from pages.ui.loaders import pictures as loaders_pictures
from tests.read import alt_texts, texts
from xai_core.confusions import confusion
from xai_core.errors import PictureUnreadable
from xai_core.labels import words

pytestmark = pytest.mark.usefixtures("study")

PAIR = {"study": "tiny", "view": "pair", "truth": "pork_chop", "guess": "ravioli"}
MATRIX = {"look": "matrix", "order": "cluster", "first": "counts"}
EVERYTHING = {"conf": "0,100", "margin": "0,100", "verdict": "all", "sort": "confident", "page": "1"}


def links(at, page):
    return [element.proto.query_string for element in at.page_link if element.proto.page == page]


def named(image_id):
    return words(image_id).replace("/", " ")


def test_the_most_frequent_pair_comes_first_and_is_opened(open_at):
    at = open_at(look="list")
    assert not at.exception
    assert at.title[0].value == "Confusions"
    table = at.dataframe[0].value
    assert table.iloc[0][["truth", "guess", "count", "reverse"]].tolist() == ["pork chop", "ravioli", 2, 1]
    assert at.subheader[0].value == "Pork chop taken for ravioli: 2 pictures"


def test_the_matrix_is_shown_first_with_the_marked_cell_in_words(open_at):
    at = open_at()
    assert [element.type for element in at.get("plotly_chart")] == ["plotly_chart"]
    assert not at.dataframe
    assert "Marked: **pork chop** taken for **ravioli**, 2 of 5 pictures." in texts(at.markdown)


def test_what_is_shown_is_in_the_url_even_where_it_is_the_default(open_at):
    assert open_at().query_params == PAIR | MATRIX | EVERYTHING


def test_every_mistake_links_to_its_comparison_and_every_picture_to_its_explanation(open_at):
    at = open_at()
    assert sorted(links(at, "compare")) == [
        "study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F4",
        "study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F5",
    ]
    assert len(links(at, "explain")) == 2
    at = open_at(view="truth", truth="pork_chop", which="right")
    assert links(at, "compare") == []
    assert sorted(links(at, "explain")) == [
        f"study=tiny&source=study&picture=pork_chop%2F{number}" for number in (1, 2, 3)
    ]


def test_a_card_has_both_probabilities_and_the_rank_of_the_truth(study, open_at):
    first = study.table[study.table["image_id"].isin(["pork_chop/4", "pork_chop/5"])].nlargest(1, "p_guess").iloc[0]
    assert f"ravioli {first.p_guess:.1%}  \npork chop {first.p_truth:.1%}, rank {first.rank_of_truth}" in [
        element.value for element in open_at().main.caption
    ]


def test_every_picture_has_an_alternative_text_in_words(open_at):
    assert sorted(alt_texts(open_at())) == ["pork chop 4, taken for ravioli", "pork chop 5, taken for ravioli"]


def test_a_pair_with_one_mistake_is_shown_in_the_singular(open_at):
    at = open_at(truth="ravioli", guess="pork_chop")
    assert at.subheader[0].value == "Ravioli taken for pork chop: 1 picture"
    assert len(at.image) == 1


def test_a_pair_without_mistakes_is_a_note_and_not_an_error(open_at):
    at = open_at(truth="omelette", guess="pizza")
    assert texts(at.info) == "No picture of omelette was taken for pizza."
    assert not at.image
    assert not at.exception


def test_a_class_is_not_a_confusion_with_itself(open_at):
    at = open_at(truth="pizza", guess="pizza")
    assert texts(at.info).startswith("Pick two different classes")
    assert not at.exception


def test_another_true_class_brings_its_most_frequent_guess_and_the_url_follows(open_at):
    at = open_at()
    at.selectbox(key="truth").select("ravioli").run()
    assert at.selectbox(key="guess").value == "pork_chop"
    assert at.query_params == PAIR | MATRIX | EVERYTHING | {"truth": "ravioli", "guess": "pork_chop"}


def test_a_bad_link_opens_the_most_frequent_pair_with_a_note(open_at):
    at = open_at(study="none", truth="unicorn", guess="<script>")
    assert not at.exception
    assert [element.value.partition(",")[0] for element in at.warning] == [
        "The link asks for the study “none”",
        "The link asks for the class “unicorn”",
        r"The link asks for the class “\<script>”",
    ]
    assert at.query_params == PAIR | MATRIX | EVERYTHING | {"first": "pictures"}
    assert len(at.run().warning) == 3
    assert not at.selectbox(key="guess").select("pizza").run().warning


def test_a_missing_picture_is_reported_in_its_card(open_at, monkeypatch):
    def gone(_study, image_id):
        raise PictureUnreadable(image_id, "the file is missing")

    monkeypatch.setattr(loaders_pictures, "thumbnail", gone)
    at = open_at()
    assert not at.exception
    assert "The picture pork_chop/4 cannot be read: the file is missing." in texts(at.caption)
    assert len(links(at, "explain")) == 2


def test_a_class_shows_its_mistakes_first_and_counts_its_unreadable_pictures(open_at):
    at = open_at(view="truth", truth="pork_chop")
    assert at.subheader[0].value == "Pork chop: 5 pictures"
    assert all(alt.endswith("taken for ravioli") for alt in alt_texts(at)[:2])
    assert sorted(alt_texts(at)[2:]) == [f"pork chop {number}, recognised" for number in (1, 2, 3)]
    assert "Marked: **pork chop** recognised, 3 of 5 pictures." in texts(at.markdown)
    assert "right, rank 1" in texts(at.caption)
    at = open_at(view="truth", truth="pizza")
    assert at.subheader[0].value == "Pizza: 4 pictures"
    assert "Not shown, because they cannot be read: 1 picture of this class." in texts(at.caption)


@pytest.mark.parametrize(
    ("which", "heading"),
    [
        ("all", "Called ravioli: 6 pictures"),
        ("wrong", "Wrongly called ravioli: 2 pictures"),
        ("right", "Rightly called ravioli: 4 pictures"),
    ],
)
def test_pictures_of_a_guessed_class_can_be_split_into_right_and_wrong(open_at, which, heading):
    at = open_at(view="guess", guess="ravioli", which=which)
    assert at.subheader[0].value == heading
    assert at.query_params["which"] == which
    assert "truth" not in at.query_params


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"view": "truth", "truth": "omelette", "which": "wrong"},
            "No picture of omelette was taken for anything else.",
        ),
        ({"view": "guess", "guess": "pizza", "which": "wrong"}, "No picture was wrongly called pizza."),
        ({"look": "list", "find": "sushi roll"}, "No confusion has “sushi roll” in the name of either class."),
        ({"conf": "0,1"}, "None of the 2 pictures passes the filters for confidence and margin."),
    ],
)
def test_an_empty_result_is_explained_in_a_sentence(open_at, asked, sentence):
    at = open_at(**asked)
    assert sentence in texts(at.info)
    assert not at.exception
    assert not at.warning


def test_pairs_are_found_by_words_of_either_class_and_the_search_is_in_the_url(open_at):
    at = open_at(look="list", find="RAVIOLI pork")
    assert len(at.dataframe[0].value) == 2
    assert at.query_params["find"] == "RAVIOLI pork"
    at.text_input(key="find").set_value("omelette").run()
    assert "No confusion has “omelette”" in texts(at.info)
    assert at.query_params["find"] == "omelette"


def test_filters_narrow_the_pictures_count_them_and_are_in_the_url(study, open_at):
    of_pair = confusion.mistakes(study.table, "pork_chop", "ravioli")
    apart = round(100 * of_pair["p_guess"].mean())
    at = open_at()
    at.slider(key="conf").set_value((apart, 100)).run()
    assert at.subheader[0].value == "Pork chop taken for ravioli: 1 of 2 pictures"
    assert alt_texts(at) == [f"{named(of_pair['image_id'].iloc[0])}, taken for ravioli"]
    assert at.query_params["conf"] == f"{apart},100"
    at.slider(key="conf").set_value((0, 100)).run()
    at.slider(key="margin").set_value((0, 0)).run()
    assert "None of the 2 pictures" in texts(at.info)
    assert at.query_params["margin"] == "0,0"


def test_the_order_of_the_pictures_can_be_chosen(study, open_at):
    rows = study.table[study.table["truth"] == "pork_chop"]
    for sort, expected in [("narrow", rows.sort_values("margin")), ("loss", rows.sort_values("loss", ascending=False))]:
        pictures = alt_texts(open_at(view="truth", truth="pork_chop", sort=sort))
        assert [alt.partition(",")[0] for alt in pictures] == [named(image_id) for image_id in expected["image_id"]]
    pictures = alt_texts(open_at(view="truth", truth="pork_chop", sort="name"))
    assert [alt.partition(",")[0] for alt in pictures] == [f"pork chop {number}" for number in range(1, 6)]


def test_many_pictures_have_pages_and_another_order_begins_with_the_first_page(open_at, monkeypatch):
    monkeypatch.setattr(gallery, "PAGE", 2)
    at = open_at(view="truth", truth="pork_chop", sort="name", page="3")
    assert alt_texts(at) == ["pork chop 5, taken for ravioli"]
    at.selectbox(key="sort").select("confident").run()
    assert len(alt_texts(at)) == 2
    assert at.query_params["page"] == "1"
    assert at.button(key="gallery_Previous").disabled
    at.button(key="gallery_Next").click().run()
    assert at.query_params["page"] == "2"
    at = open_at(view="truth", truth="pork_chop", page="4")
    assert texts(at.warning) == (
        "The link asks for the page “4”, which does not exist here. There are 3 pages. Shown is the first."
    )


def test_nonsense_in_any_part_of_a_link_is_answered_with_a_note_each(open_at):
    nonsense = {
        "view": "x",
        "look": "pie",
        "order": "luck",
        "conf": "90,20",
        "margin": "-1,5",
        "sort": "x",
        "page": "0",
    }
    at = open_at(**nonsense)
    assert not at.exception
    assert len(at.warning) == len(nonsense)
    assert at.query_params == PAIR | MATRIX | EVERYTHING
    assert len(open_at(view="truth", which="some").warning) == 1
    at = open_at(look="list", find="x" * 81)
    assert "A search has at most 80 characters." in texts(at.warning)
    assert at.text_input(key="find").value == ""


def test_a_link_to_a_pair_opens_the_pair_after_another_view(open_at):
    at = open_at(view="truth", truth="pork_chop")
    assert at.subheader[0].value == "Pork chop: 5 pictures"
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/confusions.py")
    at.query_params.clear()
    at.query_params.update(truth="ravioli", guess="pork_chop")
    assert at.run().subheader[0].value == "Ravioli taken for pork chop: 1 picture"


@pytest.mark.usefixtures("perfect")
def test_a_model_without_mistakes_still_shows_its_classes_and_pictures(open_at):
    at = open_at(view="pair", look="list")
    assert not at.exception
    assert len(at.warning) == 2
    assert "The model makes no mistake" in texts(at.info)
    assert at.subheader[0].value == "Omelette: 5 pictures"
    assert at.query_params["view"] == "truth"


@pytest.mark.usefixtures("unreadable")
def test_without_a_readable_picture_there_is_nothing_to_count(open_at):
    at = open_at(study="unreadable")
    assert not at.exception
    assert texts(at.info) == "None of the pictures can be read, so there is nothing to count."


def cells(chart):
    """Return the counts of the cells that can be clicked, by (truth, guess)."""
    markers = [trace for trace in chart.data if trace.type == "scattergl"]
    return {
        (int(truth), int(guess)): int(told[0])
        for trace in markers
        for truth, guess, told in zip(trace.y, trace.x, trace.customdata, strict=True)
    }


COUNTS = np.array([[9, 0, 1, 0], [0, 0, 0, 0], [100, 0, 0, 2], [0, 0, 0, 0]])
LABELS = ("pork_chop", "unseen", "ravioli", "never_a_truth")


def test_every_cell_of_the_occurring_classes_can_be_clicked_even_an_empty_one():
    chart = matrix.figure(COUNTS, LABELS, np.array([2, 3, 0, 1]), ("ravioli", "pork_chop"))
    assert cells(chart) == {(0, 0): 9, (0, 2): 1, (0, 3): 0, (2, 0): 100, (2, 2): 0, (2, 3): 2}
    assert list(chart.layout.yaxis.categoryarray) == [2, 0]
    assert list(chart.layout.xaxis.categoryarray) == [2, 3, 0]
    assert chart.layout.xaxis.labelalias["0"] == "pork chop"


def test_colour_follows_the_logarithm_of_the_mistakes_and_right_answers_stay_grey():
    chart = matrix.figure(COUNTS, LABELS, np.arange(4), ("ravioli", "pork_chop"))
    right, wrong = (trace.z for trace in chart.data if trace.type == "heatmap")
    np.testing.assert_allclose(wrong, [[np.nan, 0, np.nan], [2, np.nan, np.log10(2)]])
    np.testing.assert_allclose(right, [[0.9, np.nan, np.nan], [np.nan, 0, np.nan]])
    assert list(chart.data[1].colorbar.ticktext) == ["1", "2", "5", "10", "20", "50", "100"]


def test_the_opened_cell_is_marked():
    wrong, right = (
        trace
        for trace in matrix.figure(COUNTS, LABELS, np.arange(4), ("ravioli", "pork_chop")).data
        if trace.type == "scattergl"
    )
    assert [(wrong.y[place], wrong.x[place]) for place in wrong.selectedpoints] == [(2, 0)]
    assert not len(right.selectedpoints)
