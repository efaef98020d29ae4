"""Counting confusions: exact numbers on a table that fits a screen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core import confusion

ROWS = [
    # image_id, truth, guess, p_guess, rank_of_truth, unreadable
    ("pork/1", "pork", "pork", 0.9, 1, ""),
    ("pork/2", "pork", "ravioli", 0.8, 2, ""),
    ("pork/3", "pork", "ravioli", 0.6, 7, ""),
    ("pork/4", "pork", "samosa", 0.5, 3, ""),
    ("ravioli/1", "ravioli", "pork", 0.7, 2, ""),
    ("ravioli/2", "ravioli", "ravioli", 0.7, 1, ""),
    ("samosa/1", "samosa", "", np.nan, 0, "truncated"),
]
COLUMNS = ["image_id", "truth", "guess", "p_guess", "rank_of_truth", "unreadable"]


@pytest.fixture
def table():
    return pd.DataFrame(ROWS, columns=COLUMNS)


def test_pairs_are_ranked_by_count_with_share_confidence_and_reverse(table):
    assert confusion.pairs(table).to_dict("records") == [
        {
            "truth": "pork",
            "guess": "ravioli",
            "count": 2,
            "share": 0.5,
            "mean_p_guess": pytest.approx(0.7),
            "reverse": 1,
        },
        {"truth": "pork", "guess": "samosa", "count": 1, "share": 0.25, "mean_p_guess": 0.5, "reverse": 0},
        {"truth": "ravioli", "guess": "pork", "count": 1, "share": 0.5, "mean_p_guess": 0.7, "reverse": 2},
    ]


def test_a_study_without_mistakes_has_no_pairs_but_keeps_its_columns(table):
    right = table[table["truth"] == table["guess"]]
    assert confusion.pairs(right).empty
    assert list(confusion.pairs(right)) == ["truth", "guess", "count", "share", "mean_p_guess", "reverse"]


def test_summary_counts_unreadable_pictures_apart(table):
    assert confusion.summary(table) == confusion.Summary(pictures=7, unreadable=1, top1=2 / 6, top5=5 / 6)


def test_summary_of_nothing_is_zero(table):
    assert confusion.summary(table.iloc[:0]) == confusion.Summary(0, 0, 0.0, 0.0)


def test_mistakes_come_most_confident_first(table):
    assert list(confusion.mistakes(table, "pork", "ravioli")["image_id"]) == ["pork/2", "pork/3"]


def test_right_answers_are_no_mistakes(table):
    assert confusion.mistakes(table, "pork", "pork").empty


NAMES = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_pictures_changes_nothing_and_every_mistake_is_counted_once(answers, random):
    def ranked(these):
        rows = [(f"{t}/{i}", t, g, 0.5, 1 + (t != g), "") for i, (t, g) in enumerate(these)]
        return confusion.pairs(pd.DataFrame(rows, columns=COLUMNS))

    shuffled = random.sample(answers, len(answers))
    pd.testing.assert_frame_equal(ranked(answers), ranked(shuffled))
    assert ranked(answers)["count"].sum() == sum(t != g for t, g in answers)
