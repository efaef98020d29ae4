"""Confusions: what the reader sees of pairs and their pictures."""

import pytest

from pages.ui import loaders
from xai_core.errors import PictureUnreadable

pytestmark = pytest.mark.usefixtures("study")


def texts(elements):
    return " ".join(each.value for each in elements)


def test_the_commonest_pair_comes_first_and_is_opened(open_at):
    at = open_at()
    assert not at.exception
    assert at.title[0].value == "Confusions"
    table = at.dataframe[0].value
    assert table.iloc[0][["truth", "guess", "count", "reverse"]].tolist() == ["pork chop", "ravioli", 2, 1]
    assert at.subheader[0].value == "Pork chop taken for ravioli: 2 pictures"


def test_what_is_shown_is_in_the_url_even_where_it_is_the_default(open_at):
    assert open_at().query_params == {"study": "tiny", "truth": "pork_chop", "guess": "ravioli"}


def test_every_mistake_leads_to_its_comparison(open_at):
    at = open_at()
    links = [each.proto.query_string for each in at.page_link]
    assert [each.proto.page for each in at.page_link] == ["compare", "compare"]
    assert sorted(links) == [
        "study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F4",
        "study=tiny&truth=pork_chop&guess=ravioli&picture=pork_chop%2F5",
    ]


def test_a_card_tells_both_probabilities_and_the_rank_of_the_truth(study, open_at):
    surest = study.table[study.table["image_id"].isin(["pork_chop/4", "pork_chop/5"])].nlargest(1, "p_guess").iloc[0]
    assert f"ravioli {surest.p_guess:.0%}  \npork chop {surest.p_truth:.0%}, rank {surest.rank_of_truth}" in [
        each.value for each in open_at().main.caption
    ]


def test_every_picture_has_an_alternative_text_in_words(open_at):
    alternatives = sorted(each.proto.imgs[0].alt for each in open_at().image)
    assert alternatives == ["pork chop 4, taken for ravioli", "pork chop 5, taken for ravioli"]


def test_a_pair_with_one_mistake_is_shown_in_the_singular(open_at):
    at = open_at(truth="ravioli", guess="pork_chop")
    assert at.subheader[0].value == "Ravioli taken for pork chop: 1 picture"
    assert len(at.image) == 1


def test_a_pair_without_mistakes_is_told_and_not_an_error(open_at):
    at = open_at(truth="omelette", guess="pizza")
    assert texts(at.info) == "No picture of omelette was taken for pizza."
    assert not at.image
    assert not at.exception


def test_a_class_is_not_a_confusion_with_itself(open_at):
    assert texts(open_at(truth="pizza", guess="pizza").info).startswith("Pick two different classes")


def test_another_true_class_brings_its_commonest_guess_and_the_url_follows(open_at):
    at = open_at()
    at.selectbox(key="truth").select("ravioli").run()
    assert at.selectbox(key="guess").value == "pork_chop"
    assert at.query_params == {"study": "tiny", "truth": "ravioli", "guess": "pork_chop"}


def test_a_link_with_nonsense_is_answered_with_the_commonest_pair_and_a_note(open_at):
    at = open_at(study="none", truth="unicorn", guess="<script>")
    assert not at.exception
    assert [each.value.partition(",")[0] for each in at.warning] == [
        "The link asks for the study “none”",
        "The link asks for the class “unicorn”",
        "The link asks for the class “<script>”",
    ]
    assert at.query_params == {"study": "tiny", "truth": "pork_chop", "guess": "ravioli"}
    assert len(at.run().warning) == 3
    assert not at.selectbox(key="guess").select("pizza").run().warning


def test_a_picture_that_has_gone_is_told_in_its_place(open_at, monkeypatch):
    def gone(_study, image_id):
        raise PictureUnreadable(image_id, "the file is missing")

    monkeypatch.setattr(loaders, "thumbnail", gone)
    at = open_at()
    assert not at.exception
    assert "The picture pork_chop/4 cannot be read: the file is missing." in texts(at.caption)
    assert len(at.page_link) == 2
