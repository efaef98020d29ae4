"""Least-squares values find what adds up over regions, and their errors and R2 show what does not."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.engines.regions import FEWEST, MOST, WINDOW, RegionSearch
from xai_core.settings.explain_settings import ExplainSettings

SETTINGS = ExplainSettings(engine="regions", evaluations=400, search_width=20, steer_top=2)
SHAPE = (24, 20)
VIEW = np.random.default_rng(6).integers(0, 256, (*SHAPE, 3), np.uint8)


def shown(coalition):
    """(H, W) bool of any coalition."""
    if isinstance(coalition, np.ndarray):
        return coalition
    return np.full(SHAPE, bool(coalition))


class Sum:
    """Logits that add up over pixels."""

    def __init__(self, labels=3, seed=2):
        self.weights = np.random.default_rng(seed).normal(size=(*SHAPE, labels)) / 8

    def __call__(self, masks):
        return np.array([self.weights[shown(mask)].sum(axis=0) - 2 for mask in masks])

    def of_regions(self, region_of):
        return np.stack(
            [np.bincount(region_of.ravel(), plane.ravel()) for plane in np.moveaxis(self.weights, -1, 0)], 1
        )


class Parity(Sum):
    """`Sum` with an interaction of two corners, which no sum over regions can express."""

    def __call__(self, masks):
        together = [(shown(mask)[:12, :10].mean() > 0.5) ^ (shown(mask)[12:, 10:].mean() > 0.5) for mask in masks]
        return super().__call__(masks) + 3 * np.array(together)[:, None]


def explored(search, model, batches=None):
    while (masks := search.ask()) and batches != 0:
        search.tell(model(masks))
        batches = None if batches is None else batches - 1
    return search


def test_the_first_question_is_the_hidden_and_the_shown_picture():
    hidden, whole = RegionSearch(VIEW, SETTINGS).ask()
    assert (hidden, whole) == ((), ((0, 24, 0, 20),))


@pytest.mark.parametrize("size", [(24, 30), (25, 31), (1, 7)])
def test_a_coalition_shows_whole_regions_in_a_picture_of_any_size(size):
    view = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    search = RegionSearch(view, SETTINGS)
    search.tell(np.zeros((2, 3)))
    regions = search.result().region_of
    for mask in search.ask():
        assert (mask.shape, mask.dtype) == (size, np.bool_)
        shown = np.bincount(regions.ravel(), mask.ravel()) / np.bincount(regions.ravel())
        assert set(shown) <= {0.0, 1.0}
        assert 0 < shown.sum() < len(shown)


def test_the_first_answer_is_a_preview_without_errors():
    search = explored(RegionSearch(VIEW, SETTINGS), Sum(), batches=1)
    answer = search.result()
    area = np.bincount(answer.region_of.ravel()) / answer.region_of.size
    np.testing.assert_allclose(answer.values, np.outer(area, answer.full - answer.base), rtol=1e-5)
    assert answer.uncertainty is None
    two_likeliest = np.argsort(-answer.full)[:2]
    assert search.work_left == pytest.approx(np.abs(answer.full - answer.base)[two_likeliest].max())


def test_there_is_no_result_before_both_are_known():
    with pytest.raises(ValueError, match="no result before"):
        RegionSearch(VIEW, SETTINGS).result()


def test_logits_that_add_up_are_found_for_every_label_within_their_errors():
    model = Sum()
    answer = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=1500)), model).result()
    true = model.of_regions(answer.region_of)
    off = np.abs(answer.values - true)
    assert len(true) == MOST
    assert off.mean() < np.abs(true).mean() / 10
    assert (off <= 1.96 * answer.uncertainty.errors(answer.values)).mean() > 0.85


def test_the_more_is_known_the_smaller_the_errors():
    answers = [
        explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Parity()).result()
        for evaluations in (106, 400)
    ]
    sizes = [np.sqrt((found.uncertainty.errors(0 * found.values) ** 2).mean()) for found in answers]
    assert sizes == sorted(sizes, reverse=True)


def test_what_no_sum_can_express_lowers_r2():
    plain, tangled = (
        explored(RegionSearch(VIEW, SETTINGS), model).result().uncertainty.r2 for model in (Sum(), Parity())
    )
    assert (plain > 0.5).all()
    assert (tangled < plain - 0.2).all()


def test_without_predicted_coalitions_r2_is_not_known():
    few = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=WINDOW)), Sum()).result()
    assert np.isnan(few.uncertainty.r2).all()


def test_errors_are_estimated_as_soon_as_there_are_enough_coalitions():
    for evaluations in (FEWEST + 1, FEWEST + 2):
        answer = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Sum()).result()
        assert (answer.uncertainty is not None) == (evaluations == FEWEST + 2)


def test_the_budget_is_kept_to_the_evaluation():
    for evaluations in (2, 3, 47, 153):
        search = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Sum())
        assert (search.evaluations, search.finished) == (evaluations, True)


@pytest.mark.parametrize("stop", [2, 3, 49, 50, 51, 200])
def test_going_on_loses_nothing_and_ends_where_a_longer_search_ends(stop):
    model = Parity()
    straight = explored(RegionSearch(VIEW, SETTINGS), model)
    stopped = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=stop)), model)
    resumed = RegionSearch(VIEW, SETTINGS, known=stopped.logits)
    assert resumed.evaluations == stop
    explored(resumed, model)
    np.testing.assert_array_equal(resumed.logits, straight.logits)
    np.testing.assert_array_equal(resumed.result().values, straight.result().values)
    np.testing.assert_array_equal(resumed.result().uncertainty.spread, straight.result().uncertainty.spread)


def test_what_a_longer_search_knows_answers_a_smaller_budget_without_asking():
    longer = explored(RegionSearch(VIEW, SETTINGS), Parity())
    smaller = replace(SETTINGS, evaluations=123)
    taken = RegionSearch(VIEW, smaller, known=longer.logits)
    assert (taken.finished, taken.evaluations) == (True, 123)
    straight = explored(RegionSearch(VIEW, smaller), Parity())
    np.testing.assert_array_equal(taken.result().values, straight.result().values)


def test_looking_at_the_answer_changes_nothing():
    looked, left = RegionSearch(VIEW, SETTINGS), explored(RegionSearch(VIEW, SETTINGS), Parity())
    while masks := looked.ask():
        looked.tell(Parity()(masks))
        looked.result()
    np.testing.assert_array_equal(looked.result().values, left.result().values)


def test_another_seed_hides_other_regions_and_finds_much_the_same():
    first, second = (
        explored(RegionSearch(VIEW, replace(SETTINGS, seed=seed, evaluations=70)), Sum()) for seed in (0, 1)
    )
    assert (first.logits[2:] != second.logits[2:]).any()
    np.testing.assert_array_equal(first.result().region_of == 0, second.result().region_of == 0)
    assert np.corrcoef(first.result().values[:, 0], second.result().values[:, 0])[0, 1] > 0.8


def test_it_stops_early_where_little_is_left_if_it_may():
    search = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=5000, settle=0.4)), Sum())
    assert search.evaluations < 5000


def test_logits_of_another_number_of_labels_are_refused():
    search = explored(RegionSearch(VIEW, SETTINGS), Sum(), batches=1)
    with pytest.raises(ValueError, match=r"shape \(1, 2\); expected at most \(398, 3\)"):
        search.tell(np.zeros((1, 2)))


GRID = (3, 2)
LABELS = ("pizza", "ramen", "steak")


class Places:
    """Network whose logits are means over six places, each of which sees its own sixth of the picture.

    `rows` are answer rows with the shares of the two labels that are the most probable ones of the whole picture.
    """

    def __init__(self, seed=2):
        self.weights = np.random.default_rng(seed).normal(0.2, 1, size=(*SHAPE, 3)) / 8

    def shares(self, masks):
        seen = [(np.where(shown(mask)[..., None], self.weights, 0)).reshape(3, 8, 2, 10, 3) for mask in masks]
        return np.sin(np.array(seen).sum(axis=(2, 4)).reshape(-1, 6, 3))

    def rows(self, masks):
        steering = np.argsort(-self.shares([np.ones(SHAPE, bool)]).sum(axis=1)[0], kind="stable")[:2]
        found = self.shares(masks)
        rows = [found.sum(axis=1), found[..., steering].reshape(len(found), -1)]
        return np.concatenate(rows, axis=1).astype(np.float32)

    def logits(self, masks):
        return self.shares(masks).sum(axis=1)


def by_places(evaluations=200, known=None, **settings):
    return RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations, **settings), known, LABELS, grid=GRID)


def test_place_by_place_all_labels_still_add_up():
    answer = explored(by_places(), Places().rows).result()
    np.testing.assert_allclose(answer.base + answer.values.sum(axis=0), answer.full, atol=1e-5)
    assert answer.uncertainty.steering.tolist() == np.argsort(-answer.full, kind="stable")[:2].tolist()
    assert answer.uncertainty.covariance.shape == (len(answer.values), 2, 2)


def test_the_preview_puts_the_change_of_each_place_into_its_window():
    answer = explored(by_places(), Places().rows, batches=1).result()
    first = answer.uncertainty is None and np.argmax(answer.full)
    change = Places().shares([np.ones(SHAPE, bool)])[0, :, first]
    sixths = [plane.mean() for half in np.split(spread(answer)[..., first], 3) for plane in np.split(half, 2, axis=1)]
    assert np.corrcoef(sixths, change)[0, 1] > 0.95


def spread(answer):
    """(H, W, L) values by pixel."""
    return (answer.values / np.bincount(answer.region_of.ravel())[:, None])[answer.region_of]


def test_shares_of_places_make_two_seeds_agree_better_than_logits_do():
    model, agreement = Places(), []
    for grid, answers in ((GRID, model.rows), (None, model.logits)):
        maps = []
        for seed in (0, 1):
            settings = replace(SETTINGS, evaluations=100, seed=seed)
            answer = explored(RegionSearch(VIEW, settings, None, LABELS, grid=grid), answers).result()
            maps.append(spread(answer)[..., np.argmax(answer.full)].ravel())
        agreement.append(np.corrcoef(*maps)[0, 1])
    assert agreement[0] > agreement[1]


def test_going_on_with_places_ends_where_a_longer_search_ends():
    straight = explored(by_places(), Places().rows)
    stopped = explored(by_places(evaluations=77), Places().rows)
    resumed = explored(by_places(known=stopped.logits.astype(np.float32)), Places().rows)
    np.testing.assert_array_equal(resumed.result().values, straight.result().values)
    np.testing.assert_array_equal(resumed.result().uncertainty.covariance, straight.result().uncertainty.covariance)


def test_rows_without_the_shares_of_the_places_are_refused():
    with pytest.raises(ValueError, match=r"rows have 3 numbers; expected 15"):
        explored(by_places(), Places().logits, batches=1)
