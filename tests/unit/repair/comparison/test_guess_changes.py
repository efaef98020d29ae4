"""Two sets of guesses on the same pictures are compared by picture and by pair."""

import numpy as np
import pandas as pd
import pytest

from xai_core.repair.comparison.guess_changes import GuessChanges

ROWS = [
    ("a/1", "a", "a", "a", 0.9),
    ("a/2", "a", "b", "a", 0.8),  # mended
    ("a/3", "a", "b", "a", 0.7),  # mended
    ("a/4", "a", "b", "c", 0.6),  # another mistake
    ("b/1", "b", "b", "a", 0.5),  # broken
    ("b/2", "b", "c", "c", 0.4),  # the same mistake
    ("c/1", "c", "c", "d", 0.3),  # broken, into a class that only the second model has
]


@pytest.fixture
def changes():
    table = pd.DataFrame(ROWS, columns=["image_id", "truth", "before", "after", "p_after"]).assign(p_before=0.5)
    return GuessChanges.of(table, "abcd")


def test_every_picture_has_an_outcome(changes):
    expected = ["same", "mended", "mended", "other mistake", "broken", "same", "broken"]
    assert changes.table["outcome"].tolist() == expected


def test_flips_are_the_changed_guesses_with_the_most_confident_first(changes):
    assert changes.flips()["image_id"].tolist() == ["a/2", "a/3", "a/4", "b/1", "c/1"]
    assert changes.flips("broken")["image_id"].tolist() == ["b/1", "c/1"]
    assert changes.flips(truth="a", guess="c")["image_id"].tolist() == ["a/4"]
    assert changes.flips("mended", truth="a", guess="b")["image_id"].tolist() == ["a/2", "a/3"]
    assert changes.flips(truth="b")["image_id"].tolist() == ["b/1"]


def test_the_difference_matrix_is_after_minus_before(changes):
    expected = np.array([[2, -3, 1, 0], [1, -1, 0, 0], [0, 0, -1, 1], [0, 0, 0, 0]])
    assert (changes.difference() == expected).all()
    assert (changes.matrix("after").sum(axis=1) == changes.matrix("before").sum(axis=1)).all()


def test_pairs_are_ranked_by_their_change(changes):
    found = changes.pairs().set_index(["truth", "guess"])
    assert found.index[0] == ("a", "b")
    assert found.loc[("a", "b")].drop(["p_value", "q_value"]).to_dict() == {
        "before": 3,
        "after": 0,
        "change": -3,
        "left": 3,
        "entered": 0,
        "mended": 2,
        "broken": 0,
    }
    assert found.loc[("b", "a")][["change", "broken"]].tolist() == [1, 1]
    assert found.loc[("b", "c")][["before", "after", "left"]].tolist() == [1, 1, 0]
    assert found["p_value"][("a", "b")] == pytest.approx(0.25)
    assert (found["q_value"] >= found["p_value"]).all()


def test_the_test_of_a_pair_is_that_of_its_row(changes):
    found = changes.pairs().set_index(["truth", "guess"]).loc[("a", "b")]
    pair = changes.pair("a", "b")
    assert (pair.before, pair.after, pair.gained, pair.lost, pair.pictures) == (3, 0, 0, 3, 4)
    assert pair.p_value == pytest.approx(found["p_value"])


def test_top_1_and_agreement(changes):
    right = changes.right
    assert (right.before, right.after, right.gained, right.lost) == (3, 3, 2, 2)
    assert changes.agreement == pytest.approx(2 / 7)
    # Expected by chance: (1 * 3 + 2 * 2) / 49 for a and c; b and d are guessed by one model only.
    chance = (1 * 4 + 4 * 0 + 2 * 2) / 49
    assert changes.kappa == pytest.approx((2 / 7 - chance) / (1 - chance))


def test_equal_guesses_change_nothing(changes):
    table = changes.table.assign(after=changes.table["before"]).drop(columns="outcome")
    same = GuessChanges.of(table, "abcd")
    assert (same.agreement, same.kappa, len(same.flips())) == (1, 1, 0)
    assert not same.difference().any()
    assert not same.pairs()["change"].any()
