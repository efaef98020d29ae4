"""A wrong order of names is recognised by the permutation that explains the mistakes, and by nothing less."""

import numpy as np
import pytest

from xai_core.doctor.label_order import check_label_order, confusion_counts

LABELS = ("apple_pie", "cheese_plate", "cheesecake", "pizza", "ramen", "sushi")


def counts_of(rows):
    return np.array(rows, np.int64)


def faithful(pictures=50, mistakes=5):
    """Counts of a good model: the mistakes of each class are called the class after the next."""
    counts = np.diag(np.full(len(LABELS), pictures - mistakes, np.int64))
    for row in range(len(LABELS)):
        counts[row, (row + 2) % len(LABELS)] += mistakes
    return counts


def renamed(counts, order):
    """Counts of the same model if output i is called by the name order[i]."""
    return counts[:, np.argsort(order)]


def test_guesses_are_counted_by_true_class():
    counts = confusion_counts(np.array([0, 0, 2]), np.array([0, 1, 2]), 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [0, 0, 0], [0, 0, 1]])


def test_a_right_order_is_left_alone():
    assert check_label_order(faithful(), LABELS) == ()


def test_two_swapped_names_are_named_with_their_counts():
    (finding,) = check_label_order(renamed(faithful(), [0, 2, 1, 3, 4, 5]), LABELS)
    assert finding.fault == "swapped labels"
    assert finding.sentence == (
        "The names cheese plate and cheesecake seem swapped: 45 of 50 pictures of cheese plate are called cheesecake, "
        "and 45 of 50 the other way round."
    )


def test_two_pairs_of_swapped_names_are_two_findings():
    found = check_label_order(renamed(faithful(), [1, 0, 2, 4, 3, 5]), LABELS)
    assert [finding.fault for finding in found] == ["swapped labels", "swapped labels"]


@pytest.mark.parametrize(("shift", "where"), [(1, "after"), (-1, "before")])
def test_a_shift_by_one_is_named(shift, where):
    counts = np.zeros((6, 6), np.int64)
    for row in range(6):
        if 0 <= row + shift < 6:
            counts[row, row + shift] = 40
        counts[row, 0 if shift > 0 else 5] += 3
    (finding,) = check_label_order(counts, LABELS)
    assert finding.fault == "shifted labels"
    assert f"the name that stands one line {where} their class" in finding.sentence


def test_a_longer_cycle_is_one_finding():
    (finding,) = check_label_order(renamed(faithful(), [3, 1, 2, 5, 4, 0]), LABELS)
    assert finding.fault == "permuted labels"
    assert finding.sentence.startswith("The names of 3 classes seem to be in another order: apple pie is called pizza")


def test_a_class_that_is_mostly_mistaken_is_no_renaming():
    # All pork chops are called ravioli, and ravioli are recognised: no permutation of names explains that.
    counts = faithful()
    counts[0] = 0
    counts[0, 3] = 50
    assert check_label_order(counts, LABELS) == ()


def test_two_classes_that_the_model_confuses_half_of_the_time_are_no_swap():
    counts = faithful()
    counts[1, [1, 2]], counts[2, [1, 2]] = (25, 25), (25, 25)
    assert check_label_order(counts, LABELS) == ()


def test_a_few_pictures_prove_nothing():
    counts = faithful(pictures=4, mistakes=0)
    assert check_label_order(renamed(counts, [0, 2, 1, 3, 4, 5]), LABELS) == ()


def test_classes_that_the_set_lacks_take_no_part():
    counts = faithful()
    counts[[0, 3]] = 0
    (finding,) = check_label_order(renamed(counts, [0, 2, 1, 3, 4, 5]), LABELS)
    assert finding.fault == "swapped labels"
