"""A wrong order of names is recognised by the permutation that explains the mistakes, and by nothing less."""

import numpy as np
import pytest

from xai_core.doctor.label_order import check_label_order, confusion_counts

LABELS = ("apple_pie", "cheese_plate", "cheesecake", "pizza", "ramen", "sushi")


def findings(counts, labels=LABELS):
    """Findings for pictures with these counts of guesses (columns) by true class (rows)."""
    truth, guess = np.indices(counts.shape)
    return check_label_order(np.repeat(truth, counts.ravel()), np.repeat(guess, counts.ravel()), labels).findings


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
    assert findings(faithful()) == ()


def test_two_swapped_names_are_named_with_their_counts():
    (finding,) = findings(renamed(faithful(), [0, 2, 1, 3, 4, 5]))
    assert finding.fault == "swapped labels"
    assert finding.sentence == (
        "The names cheese plate and cheesecake seem swapped: 45 of 50 pictures of cheese plate are called cheesecake, "
        "and 45 of 50 the other way round."
    )


def test_two_pairs_of_swapped_names_are_two_findings():
    found = findings(renamed(faithful(), [1, 0, 2, 4, 3, 5]))
    assert [finding.fault for finding in found] == ["swapped labels", "swapped labels"]


@pytest.mark.parametrize(("shift", "where"), [(1, "after"), (-1, "before")])
def test_a_shift_by_one_is_named(shift, where):
    counts = np.zeros((6, 6), np.int64)
    for row in range(6):
        if 0 <= row + shift < 6:
            counts[row, row + shift] = 40
        counts[row, 0 if shift > 0 else 5] += 3
    (finding,) = findings(counts)
    assert finding.fault == "shifted labels"
    assert f"the name that stands one line {where} their class" in finding.sentence


def test_one_name_for_all_pictures_is_neither_a_shift_nor_another_order():
    # A wrong value range makes the model blind. Half of the pictures are of the class before that name.
    counts = np.zeros((6, 6), np.int64)
    counts[:, 3] = [20, 20, 100, 0, 30, 30]
    assert findings(counts) == ()


def test_a_longer_cycle_is_one_finding():
    (finding,) = findings(renamed(faithful(), [3, 1, 2, 5, 4, 0]))
    assert finding.fault == "permuted labels"
    assert finding.sentence.startswith("The names of 3 classes seem to be in another order: apple pie is called pizza")


def test_a_class_that_is_mostly_mistaken_is_no_renaming():
    # All pork chops are called ravioli, and ravioli are recognised: no permutation of names explains that.
    counts = faithful()
    counts[0] = 0
    counts[0, 3] = 50
    assert findings(counts) == ()


def test_two_classes_that_the_model_confuses_half_of_the_time_are_no_swap():
    counts = faithful()
    counts[1, [1, 2]], counts[2, [1, 2]] = (25, 25), (25, 25)
    assert findings(counts) == ()


def test_the_classes_of_a_weak_model_are_recognised_as_swapped_too():
    # Neither name has the majority, but 17 pictures with the other's name against 1 with its own are no accident.
    counts = faithful(pictures=20)
    counts[1] = [0, 1, 8, 4, 4, 3]
    counts[2] = [3, 9, 0, 4, 4, 0]
    (finding,) = findings(counts)
    assert finding.fault == "swapped labels"


def test_a_pair_that_a_poor_model_hardly_recognises_is_named_where_pictures_are_many():
    # 184 of 1,000 and 349 of 1,000 are recognised, as of cheesecakes and cheese plates of 64 pixels.
    counts = faithful(pictures=1000)
    counts[1] = [300, 30, 184, 200, 186, 100]
    counts[2] = [301, 349, 20, 100, 130, 100]
    (finding,) = findings(counts)
    assert finding.fault == "swapped labels"
    assert findings(counts // 100) == ()


def test_another_order_is_named_though_the_set_lacks_most_classes():
    # Three classes of a hundred, each of which has the name of a class that the set lacks.
    labels = tuple(f"class {number}" for number in range(100))
    counts = np.zeros((100, 100), np.int64)
    counts[[10, 20, 30], [77, 55, 33]] = 20
    counts[[10, 20, 30], [5, 5, 5]] = 10
    (finding,) = findings(counts, labels)
    assert finding.fault == "permuted labels"
    assert finding.sentence == (
        "The names of 3 classes seem to be in another order: class 10 is called class 77 (20 of 30 pictures), class 20 "
        "is called class 55 (20 of 30 pictures), class 30 is called class 33 (20 of 30 pictures)."
    )


def test_random_guesses_are_no_other_order():
    # The best of all orders explains many of them: a third of 300 pictures of a hundred classes.
    random = np.random.default_rng(2)
    truth, guess = np.arange(300) % 100, random.integers(0, 100, 300)
    assert check_label_order(truth, guess, [f"class {number}" for number in range(100)]).findings == ()


def test_a_few_pictures_prove_nothing():
    counts = faithful(pictures=4, mistakes=0)
    assert findings(renamed(counts, [0, 2, 1, 3, 4, 5])) == ()


def test_classes_that_the_set_lacks_take_no_part():
    counts = faithful()
    counts[[0, 3]] = 0
    (finding,) = findings(renamed(counts, [0, 2, 1, 3, 4, 5]))
    assert finding.fault == "swapped labels"


@pytest.mark.parametrize(
    ("renaming", "columns"), [([0, 1, 2], [0, 1, 2]), ([1, 2, 0], [1, 2, 0]), ([2, 1, 0], [2, 1, 0])]
)
def test_the_column_of_each_class_is_told(renaming, columns):
    truth = np.repeat([0, 1, 2], 20)
    found = check_label_order(truth, np.array(renaming)[truth], ("a", "b", "c"))
    assert found.columns.tolist() == columns
