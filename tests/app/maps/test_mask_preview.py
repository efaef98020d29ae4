"""Preview of the completely hidden picture."""

import re

import pytest

from tests.read import alt_texts, texts

MISTAKE = {"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"}


@pytest.mark.usefixtures("model")
def test_preview_lists_the_most_probable_classes_of_the_hidden_picture(open_at, asked):
    at = asked(open_at("explain", **MISTAKE, mask="mean"))
    assert "The picture with all of it hidden by the mean colour" in alt_texts(at)
    sentence = r"All hidden, the model predicts (.+)\. Every map starts from this base\."
    shares = [int(share) for share in re.findall(r"(\d+)%", re.search(sentence, texts(at.caption))[1])]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)


@pytest.mark.usefixtures("model")
def test_confident_prediction_for_the_hidden_picture_gets_a_warning(open_at, asked):
    at = asked(open_at("explain", **MISTAKE, mask="colour", colour="white"))
    start = "Nothing of the picture is visible, and the model still predicts ravioli ("
    assert at.warning[0].value.startswith(start)
