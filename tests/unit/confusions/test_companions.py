"""Companions are correct pictures of the requested class, the most similar first."""

import numpy as np
import pandas as pd
import pytest

from xai_core.confusions.companions import (
    companions,
    companions_of_embedding,
    cosine_similarities,
    divide_among_classes,
)
from xai_core.errors import NameUnknown, SettingRefused

TABLE = pd.DataFrame(
    [
        ("pork/0", "pork", "ravioli", 0.9, ""),
        ("pork/1", "pork", "pork", 0.6, ""),
        ("pork/2", "pork", "pork", 0.8, ""),
        ("pork/3", "pork", "pork", 0.6, ""),
        ("ravioli/1", "ravioli", "ravioli", 0.99, ""),
        ("pork/4", "pork", "", np.nan, "truncated"),
    ],
    columns=["image_id", "truth", "guess", "p_guess", "unreadable"],
)
EMBEDDINGS = np.array([[1, 0], [0, 1], [1, 1], [3, 0.1], [1, 0], [1, 0]], np.float16)


def test_nearest_goes_by_angle_not_by_length():
    found = companions(TABLE, EMBEDDINGS, "pork/0", "pork", count=3)
    assert found == ("pork/3", "pork/2", "pork/1")


def test_most_confident_first_and_ties_by_id():
    found = companions(TABLE, EMBEDDINGS, "pork/0", "pork", count=3, by="confident")
    assert found == ("pork/2", "pork/1", "pork/3")


def test_without_embeddings_nearest_means_most_confident():
    assert companions(TABLE, None, "pork/0", "pork", count=1) == ("pork/2",)


def test_a_picture_outside_of_the_study_has_all_correct_pictures_the_nearest_first():
    own = np.array([0.1, 1], np.float32)
    assert companions_of_embedding(TABLE, EMBEDDINGS, own, "pork") == ("pork/1", "pork/2", "pork/3")
    assert companions_of_embedding(TABLE, EMBEDDINGS, None, "pork") == ("pork/2", "pork/1", "pork/3")
    assert companions_of_embedding(TABLE, EMBEDDINGS, own, "sushi") == ()


def test_a_picture_is_not_its_own_companion():
    assert "pork/2" not in companions(TABLE, EMBEDDINGS, "pork/2", "pork", count=9)


def test_companions_of_the_guessed_class_can_be_requested():
    assert companions(TABLE, EMBEDDINGS, "pork/0", "ravioli", count=2) == ("ravioli/1",)


def test_a_class_without_correct_pictures_has_no_companions():
    assert companions(TABLE, EMBEDDINGS, "pork/0", "samosa", count=2) == ()


@pytest.mark.parametrize(
    ("count", "placed"),
    [
        (0, ()),
        (1, ("a",)),
        (2, ("a", "y")),
        (3, ("a", "b", "y")),
        (4, ("a", "b", "y", "z")),
        (6, ("a", "b", "c", "d", "y", "z")),
        (9, ("a", "b", "c", "d", "y", "z")),
    ],
)
def test_two_classes_have_equal_shares_and_one_fills_up_for_the_other(count, placed):
    assert divide_among_classes(["abcd", "yz"], count) == placed


def test_a_single_class_has_all_companions():
    assert divide_among_classes(["abcd"], 3) == ("a", "b", "c")
    assert divide_among_classes(["", "yz"], 1) == ("y",)


def test_an_embedding_without_length_is_like_nothing():
    assert list(cosine_similarities(np.array([[0, 0], [1, 0]], np.float16), 1, np.array([0, 1]))) == [0, 1]


def test_an_unknown_picture_is_named():
    with pytest.raises(NameUnknown, match="no picture 'pork/99'"):
        companions(TABLE, EMBEDDINGS, "pork/99", "pork", count=1)


def test_an_unknown_order_is_refused_with_the_choices():
    with pytest.raises(SettingRefused, match="'random'; expected nearest or confident"):
        companions(TABLE, EMBEDDINGS, "pork/0", "pork", count=1, by="random")
