"""Confusions are counted, with exact numbers on a table that fits a screen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_core import language
from xai_core.confusions import confusion, similar_pairs
from xai_core.errors import SettingRefused
from xai_core.labels import words

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
    found = pd.DataFrame(ROWS, columns=COLUMNS)
    return found.assign(loss=[0.1, 2, 3, 1, 1.5, 0.2, np.nan], margin=[0.8, 0.7, 0.1, 0.3, 0.5, 0.4, np.nan])


def test_copies_count_once_under_the_label_of_the_first_that_can_be_read(table):
    groups = [("pork/3", "ravioli/1", "pork/2"), ("samosa/1", "ravioli/2")]
    left = similar_pairs.distinct(table, groups)
    assert list(left["image_id"]) == ["pork/1", "pork/2", "pork/4", "ravioli/2", "samosa/1"]


def test_pairs_are_ranked_by_count_then_by_mean_confidence_with_share_and_reverse(table):
    assert confusion.pairs(table).to_dict("records") == [
        {
            "truth": "pork",
            "guess": "ravioli",
            "count": 2,
            "share": 0.5,
            "mean_p_guess": pytest.approx(0.7),
            "reverse": 1,
        },
        {"truth": "ravioli", "guess": "pork", "count": 1, "share": 0.5, "mean_p_guess": 0.7, "reverse": 2},
        {"truth": "pork", "guess": "samosa", "count": 1, "share": 0.25, "mean_p_guess": 0.5, "reverse": 0},
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


def test_correct_pictures_are_no_mistakes(table):
    assert confusion.mistakes(table, "pork", "pork").empty


NAMES = st.sampled_from(["a", "b", "c"])


@settings(max_examples=20)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_pictures_changes_nothing_and_every_mistake_is_counted_once(answers, random):
    def ranked(these):
        rows = [(f"{t}/{i}", t, g, 0.5, 1 + (t != g), "") for i, (t, g) in enumerate(these)]
        return confusion.pairs(pd.DataFrame(rows, columns=COLUMNS))

    shuffled = random.sample(answers, len(answers))
    pd.testing.assert_frame_equal(ranked(answers), ranked(shuffled))
    assert ranked(answers)["count"].sum() == sum(t != g for t, g in answers)


def test_the_hardest_class_comes_first_with_what_it_is_taken_for(table):
    assert confusion.class_table(table).to_dict("records") == [
        {"truth": "pork", "pictures": 4, "right": 1, "recall": 0.25, "taken_for": "ravioli", "taken_count": 2},
        {"truth": "ravioli", "pictures": 2, "right": 1, "recall": 0.5, "taken_for": "pork", "taken_count": 1},
    ]


def test_the_matrix_counts_truths_in_rows_and_guesses_in_columns(table):
    np.testing.assert_array_equal(
        confusion.matrix(table, ("pork", "ravioli", "samosa", "unseen")),
        [[1, 2, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    )


def test_a_matrix_needs_rows_for_pictures_and_columns_for_guesses_too(table):
    counts = confusion.matrix(table, ("pork", "ravioli", "samosa", "unseen"))
    rows, columns = confusion.occurring_classes(counts)
    assert list(rows) == [True, True, False, False]
    assert list(columns) == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["pork chop ravioli", "pork chop creme brulee", "ravioli pork chop"]),
        ("Pork_Chop", ["pork chop ravioli", "pork chop creme brulee", "ravioli pork chop"]),
        ("  RAV ", ["pork chop ravioli", "ravioli pork chop"]),
        ("ravioli pork", ["pork chop ravioli", "ravioli pork chop"]),
        ("crème brûlée", ["pork chop creme brulee"]),
        ("(", []),
        ("sushi", []),
    ],
)
def test_pairs_are_found_by_words_of_either_class_however_they_are_typed(text, expected):
    ranked = pd.DataFrame(
        [("pork_chop", "ravioli"), ("pork_chop", "creme_brulee"), ("ravioli", "pork_chop")], columns=["truth", "guess"]
    )
    found = confusion.filter_pairs(ranked, text)
    assert [words(f"{truth} {guess}") for truth, guess in found.to_numpy()] == expected
    assert list(found.index) == list(range(len(expected)))


def test_pairs_are_found_by_the_names_that_the_reader_sees(monkeypatch):
    ranked = pd.DataFrame([("pork_chop", "ravioli"), ("ravioli", "my_own")], columns=["truth", "guess"])
    assert confusion.filter_pairs(ranked, "ポーク").empty
    monkeypatch.setenv("XAI_LANG", "ja")
    monkeypatch.setattr(language, "_reader", language.of_environment)
    assert list(confusion.filter_pairs(ranked, "ポーク ラビ")["guess"]) == ["ravioli"]
    assert list(confusion.filter_pairs(ranked, "my own")["guess"]) == ["my_own"]


COUNTS = np.array([[9, 0, 0, 1], [0, 5, 5, 0], [0, 4, 6, 0], [3, 0, 0, 7]])


def test_classes_are_ordered_by_name_or_by_error():
    assert list(confusion.class_order(COUNTS, "name")) == [0, 1, 2, 3]
    assert list(confusion.class_order(COUNTS, "error")) == [1, 2, 3, 0]


def test_classes_without_pictures_come_last_by_error():
    counts = np.array([[0, 0, 0], [0, 4, 0], [1, 0, 3]])
    assert list(confusion.class_order(counts, "error")) == [2, 1, 0]


def test_a_cluster_puts_confused_classes_side_by_side():
    order = list(confusion.class_order(COUNTS, "cluster"))
    assert abs(order.index(1) - order.index(2)) == 1
    assert abs(order.index(0) - order.index(3)) == 1


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=5, max_size=5),
    st.sampled_from(["error", "cluster"]),
)
def test_every_order_holds_every_class_once(counts, by):
    assert sorted(confusion.class_order(np.array(counts), by)) == [0, 1, 2, 3, 4]


def test_an_unknown_order_is_refused_with_the_choices():
    with pytest.raises(SettingRefused, match="'luck'; expected name, error or cluster"):
        confusion.class_order(COUNTS, "luck")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"truth": "pork", "guess": "ravioli"}, ["pork/2", "pork/3"]),
        ({"guess": "ravioli", "which": "all"}, ["pork/2", "pork/3", "ravioli/2"]),
        ({"guess": "ravioli", "which": "all", "sort": "narrow"}, ["pork/3", "ravioli/2", "pork/2"]),
        ({"truth": "pork", "which": "right"}, ["pork/1"]),
        ({"sort": "loss"}, ["pork/3", "pork/2", "ravioli/1", "pork/4"]),
        ({"sort": "narrow"}, ["pork/3", "pork/4", "ravioli/1", "pork/2"]),
        ({"sort": "name"}, ["pork/2", "pork/3", "pork/4", "ravioli/1"]),
        ({"confidence": (0.6, 0.7)}, ["ravioli/1", "pork/3"]),
        ({"margin": (0.0, 0.3)}, ["pork/3", "pork/4"]),
        ({"truth": "samosa", "which": "all"}, []),
    ],
)
def test_a_gallery_has_the_requested_pictures_in_the_requested_order(table, asked, expected):
    assert list(confusion.gallery(table, **asked)["image_id"]) == expected


@pytest.mark.parametrize(
    ("asked", "sentence"), [({"which": "some"}, "wrong, right or all"), ({"sort": "x"}, "confident, loss")]
)
def test_a_gallery_refuses_what_it_does_not_know(table, asked, sentence):
    with pytest.raises(SettingRefused, match=sentence):
        confusion.gallery(table, **asked)


@pytest.mark.parametrize(
    ("unreadable", "sentence"),
    [
        (0, "The model makes no mistake on these pictures."),
        (1, "The model makes no mistake on these pictures. 1 other cannot be read."),
        (2, "The model makes no mistake on these pictures. 2 others cannot be read."),
        (3, "None of the 3 pictures can be read."),
    ],
)
def test_a_study_without_a_pair_says_why(unreadable, sentence):
    assert confusion.why_no_pairs(confusion.Summary(3, unreadable, 1.0, 1.0)) == sentence
