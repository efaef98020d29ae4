"""The search asks for the right coalitions in the right order, and credits changes to the right pixels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_core.engines.partition import PartitionSearch
from xai_core.settings.explain_settings import ExplainSettings

SETTINGS = ExplainSettings(evaluations=100_000, search_width=6, steer_top=2)
SIZES = st.tuples(st.integers(1, 7), st.integers(1, 7))


def blank(shape):
    """A picture of a size: the engine looks at nothing else of it."""
    return np.zeros((*shape, 3), np.uint8)


def shown(shape, coalition):
    """(H, W) bool of a coalition; every pixel is shown once at most."""
    times = np.zeros(shape, int)
    for top, bottom, left, right in coalition:
        times[top:bottom, left:right] += 1
    assert times.max(initial=0) <= 1
    return times == 1


class Game:
    """Logits of masks: smooth, not additive, different for every label."""

    def __init__(self, shape, labels=3, seed=1):
        random = np.random.default_rng(seed)
        self.shape = shape
        self.first = random.normal(size=(shape[0] * shape[1], 6))
        self.second = random.normal(size=(6, labels))

    def of_mask(self, mask):
        return np.tanh(mask.ravel() @ self.first) @ self.second

    def __call__(self, coalitions):
        return np.array([self.of_mask(shown(self.shape, coalition)) for coalition in coalitions])


def explored(search, game, batches=None):
    """The search after so many batches, or to its end."""
    while (masks := search.ask()) and batches != 0:
        search.tell(game(masks))
        batches = None if batches is None else batches - 1
    return search


def maps(regions):
    """(H, W, L) values spread over pixels."""
    pixels = np.bincount(regions.region_of.ravel())
    return (regions.values / pixels[:, None])[regions.region_of]


def owen(game, rect, context, weight, into):
    """Owen values by definition, with every node in every context, down to the pixel."""
    top, bottom, left, right = rect
    inside = np.zeros(game.shape, bool)
    inside[top:bottom, left:right] = True
    if inside.sum() == 1:
        into[top, left] += weight * (game.of_mask(context | inside) - game.of_mask(context))
        return
    if bottom - top >= right - left:
        middle = (top + bottom + 1) // 2
        halves = (top, middle, left, right), (middle, bottom, left, right)
    else:
        middle = (left + right + 1) // 2
        halves = (top, bottom, left, middle), (top, bottom, middle, right)
    for half, other in (halves, halves[::-1]):
        with_other = context.copy()
        with_other[other[0] : other[1], other[2] : other[3]] = True
        owen(game, half, context, weight / 2, into)
        owen(game, half, with_other, weight / 2, into)


def test_the_first_question_is_the_hidden_and_the_shown_picture():
    assert PartitionSearch(blank((4, 6)), SETTINGS).ask() == ((), ((0, 4, 0, 6),))


def test_there_is_no_result_before_both_are_known():
    search = PartitionSearch(blank((2, 2)), SETTINGS)
    with pytest.raises(ValueError, match="no result before"):
        search.result()


def test_two_evaluations_make_one_region_of_the_whole_picture():
    search = PartitionSearch(blank((3, 5)), replace(SETTINGS, evaluations=2))
    search.tell(np.array([[1.0, 5.0], [4.0, 3.0]]))
    assert (search.finished, search.ask(), search.evaluations) == (True, (), 2)
    regions = search.result()
    np.testing.assert_array_equal(regions.region_of, np.zeros((3, 5)))
    np.testing.assert_array_equal(regions.values, [[3.0, -2.0]])
    np.testing.assert_array_equal(regions.base, [1.0, 5.0])
    np.testing.assert_array_equal(regions.full, [4.0, 3.0])


@pytest.mark.parametrize(
    ("shape", "halves"),
    [
        ((4, 4), ((2, 4, 0, 4), (0, 2, 0, 4))),
        ((3, 3), ((2, 3, 0, 3), (0, 2, 0, 3))),
        ((3, 5), ((0, 3, 3, 5), (0, 3, 0, 3))),
        ((5, 3), ((3, 5, 0, 3), (0, 3, 0, 3))),
        ((1, 3), ((0, 1, 2, 3), (0, 1, 0, 2))),
        ((2, 1), ((1, 2, 0, 1), (0, 1, 0, 1))),
    ],
)
def test_the_longer_side_is_halved_rows_where_equal_and_the_lower_or_right_half_comes_first(shape, halves):
    search = PartitionSearch(blank(shape), SETTINGS)
    search.tell(np.array([[0.0, 0.0], [1.0, 2.0]]))
    assert search.ask() == tuple((half,) for half in halves)


def test_a_half_is_asked_about_without_and_with_the_other_half():
    search = PartitionSearch(blank((4, 4)), replace(SETTINGS, search_width=100))
    search.tell(np.array([[0.0], [10.0]]))
    search.tell(np.array([[2.0], [1.0]]))
    upper, lower = (0, 2, 0, 4), (2, 4, 0, 4)
    # |f| * weight: upper alone 0.5, lower alone 1, upper beside lower 4, lower beside upper 4.5.
    beside_upper = [((2, 4, 2, 4), upper), ((2, 4, 0, 2), upper)]
    beside_lower = [((0, 2, 2, 4), lower), ((0, 2, 0, 2), lower)]
    alone = [((2, 4, 2, 4),), ((2, 4, 0, 2),), ((0, 2, 2, 4),), ((0, 2, 0, 2),)]
    assert list(search.ask()) == beside_upper + beside_lower + alone


def test_equal_priorities_are_taken_in_the_order_they_came():
    search = PartitionSearch(blank((4, 4)), replace(SETTINGS, search_width=100))
    search.tell(np.array([[0.0], [2.0]]))
    search.tell(np.array([[1.0], [1.0]]))
    upper, lower = (0, 2, 0, 4), (2, 4, 0, 4)
    right_above, right_below = (0, 2, 2, 4), (2, 4, 2, 4)
    assert search.ask()[::2] == ((right_below,), (right_above,), (right_below, upper), (right_above, lower))


def test_only_the_most_likely_labels_steer():
    search = PartitionSearch(blank((2, 4)), replace(SETTINGS, steer_top=1, search_width=2))
    # Label 1 is the most likely one; label 0 changes more, but nobody follows it.
    search.tell(np.array([[0.0, 0.0], [1.0, 5.0]]))
    search.tell(np.array([[9.0, 1.0], [0.0, 4.5]]))
    # The left half alone, |4.5 - 0|, before it beside the right, |5 - 1|, and before the right.
    assert search.ask() == (((1, 2, 0, 2),), ((0, 1, 0, 2),))


def test_of_equally_likely_labels_the_first_steers():
    search = PartitionSearch(blank((1, 4)), replace(SETTINGS, steer_top=1, search_width=2))
    search.tell(np.array([[0.0, 0.0], [5.0, 5.0]]))
    search.tell(np.array([[0.0, 4.0], [4.0, 0.0]]))
    # For label 0 the left half beside the right comes first, |5 - 0|; for label 1 the right beside the left would.
    assert search.ask() == (((0, 1, 1, 2), (0, 1, 2, 4)), ((0, 1, 0, 1), (0, 1, 2, 4)))


@pytest.mark.parametrize("evaluations", [2, 3, 4, 5, 8, 9, 24, 25])
def test_an_odd_budget_is_overshot_by_one_because_a_node_takes_two_masks(evaluations):
    search = explored(PartitionSearch(blank((8, 8)), replace(SETTINGS, evaluations=evaluations)), Game((8, 8)))
    assert search.evaluations == evaluations + evaluations % 2


@pytest.mark.parametrize(("width", "batch"), [(1, 2), (2, 2), (5, 6), (6, 6)])
def test_a_batch_of_odd_width_is_one_larger(width, batch):
    search = explored(PartitionSearch(blank((8, 8)), replace(SETTINGS, search_width=width)), Game((8, 8)), batches=4)
    assert len(search.ask()) == batch


@settings(deadline=None, max_examples=30)
@given(st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_explored_to_the_end_it_gives_owen_values_by_their_definition(shape):
    game = Game(shape)
    search = explored(PartitionSearch(blank(shape), SETTINGS), game)
    expected = np.zeros((*shape, 3))
    owen(game, (0, shape[0], 0, shape[1]), np.zeros(shape, bool), 1.0, expected)
    np.testing.assert_allclose(maps(search.result()), expected, atol=1e-6)
    assert search.work_left == 0


@settings(deadline=None, max_examples=30)
@given(SIZES)
def test_a_model_that_only_adds_up_gives_every_pixel_its_own_weight(shape):
    weights = np.random.default_rng(3).normal(size=(*shape, 2))
    search = PartitionSearch(blank(shape), SETTINGS)
    while masks := search.ask():
        search.tell(np.array([weights[shown(shape, coalition)].sum(axis=0) for coalition in masks]))
    np.testing.assert_allclose(maps(search.result()), weights, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(SIZES, st.integers(2, 60), st.integers(1, 12))
def test_after_every_batch_there_is_a_whole_additive_answer(shape, evaluations, width):
    game = Game(shape)
    search = PartitionSearch(blank(shape), replace(SETTINGS, evaluations=evaluations, search_width=width))
    while masks := search.ask():
        search.tell(game(masks))
        regions = search.result()
        np.testing.assert_allclose(regions.base + regions.values.sum(axis=0), regions.full, atol=1e-5)
        np.testing.assert_array_equal(np.unique(regions.region_of), np.arange(len(regions.values)))
        for region in range(len(regions.values)):
            rows, columns = np.nonzero(regions.region_of == region)
            assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1), "a region is a rectangle"


def test_asking_changes_nothing():
    game, search = Game((6, 6)), PartitionSearch(blank((6, 6)), SETTINGS)
    explored(search, game, batches=3)
    before = search.result()
    assert search.ask() == search.ask()
    np.testing.assert_array_equal(search.result().region_of, before.region_of)
    np.testing.assert_array_equal(search.result().values, before.values)


def test_a_batch_may_be_told_in_parts():
    game, whole, parts = (
        Game((8, 8)),
        PartitionSearch(blank((8, 8)), SETTINGS),
        PartitionSearch(blank((8, 8)), SETTINGS),
    )
    explored(whole, game, batches=5)
    while parts.evaluations < whole.evaluations:
        parts.tell(game(parts.ask()[:1]))
    np.testing.assert_array_equal(parts.result().values, whole.result().values)
    assert parts.ask() == whole.ask()


@pytest.mark.parametrize("logits", [np.zeros((3, 2)), np.zeros(2), np.zeros((2, 2, 2))])
def test_logits_that_answer_another_question_are_refused_with_their_shape(logits):
    with pytest.raises(ValueError, match=r"logits have shape .*; expected at most \(2, 2\)"):
        PartitionSearch(blank((4, 4)), SETTINGS).tell(logits)


def test_a_change_in_the_number_of_labels_is_refused():
    search = PartitionSearch(blank((4, 4)), SETTINGS)
    search.tell(np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"shape \(2, 4\); expected at most \(2, 5\)"):
        search.tell(np.zeros((2, 4)))


@pytest.mark.parametrize("stop", [2, 3, 8, 10, 14, 20, 31])
def test_going_on_with_a_larger_budget_equals_straight_through_wherever_it_stopped(stop):
    # Batches end at 2, 8, 14, 20, ...: 10 and 31 cut one short, and 3 and 31 are overshot.
    game, larger = Game((9, 7)), replace(SETTINGS, evaluations=80)
    straight = explored(PartitionSearch(blank((9, 7)), larger), game)
    stopped = explored(PartitionSearch(blank((9, 7)), replace(larger, evaluations=stop)), game)
    resumed = PartitionSearch(blank((9, 7)), larger, known=stopped.logits)
    assert resumed.evaluations == stopped.evaluations
    np.testing.assert_array_equal(explored(resumed, game).logits, straight.logits)
    np.testing.assert_array_equal(resumed.result().values, straight.result().values)
    np.testing.assert_array_equal(resumed.result().region_of, straight.result().region_of)


def test_what_a_longer_search_knows_answers_a_smaller_budget_without_asking():
    game = Game((8, 8))
    longer = explored(PartitionSearch(blank((8, 8)), replace(SETTINGS, evaluations=60)), game)
    shorter = explored(PartitionSearch(blank((8, 8)), replace(SETTINGS, evaluations=22)), game)
    taken = PartitionSearch(blank((8, 8)), replace(SETTINGS, evaluations=22), known=longer.logits)
    assert (taken.finished, taken.evaluations) == (True, 22)
    np.testing.assert_array_equal(taken.result().values, shorter.result().values)


def test_work_left_starts_at_the_whole_change_and_halves_with_each_level_of_a_model_that_adds_up():
    weights = np.ones((4, 4, 1))
    search = PartitionSearch(blank((4, 4)), replace(SETTINGS, search_width=100))
    left = []
    while masks := search.ask():
        search.tell(np.array([weights[shown((4, 4), coalition)].sum(axis=0) for coalition in masks]))
        left.append(search.work_left)
    assert left[0] == 16
    assert left[:3] == [16, 8, 4]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0


def test_the_same_question_twice_gives_the_same_bits():
    game = Game((9, 5))
    first, second = (
        explored(PartitionSearch(blank((9, 5)), replace(SETTINGS, evaluations=50)), game) for _ in range(2)
    )
    np.testing.assert_array_equal(first.result().values, second.result().values)
    np.testing.assert_array_equal(first.result().region_of, second.result().region_of)
