"""Least-squares values find what adds up over regions, and their errors and R2 show what does not."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from xai_core.engines.regions import COARSE, FIRST, RegionSearch
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


def test_until_something_was_hidden_the_picture_is_one_region():
    search = explored(RegionSearch(VIEW, SETTINGS), Sum(), batches=1)
    answer = search.result()
    np.testing.assert_array_equal(answer.values, (answer.full - answer.base)[None])
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
    assert len(true) > FIRST
    assert off.mean() < np.abs(true).mean() / 10
    assert (off <= 1.96 * answer.uncertainty.errors).mean() > 0.85


def test_the_more_is_known_the_smaller_the_errors():
    errors = [
        explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Parity()).result().uncertainty
        for evaluations in (106, 400)
    ]
    sizes = [np.sqrt((found.errors**2).mean()) for found in errors]
    assert sizes == sorted(sizes, reverse=True)


def test_what_no_sum_can_express_lowers_r2():
    plain, tangled = (
        explored(RegionSearch(VIEW, SETTINGS), model).result().uncertainty.r2 for model in (Sum(), Parity())
    )
    assert (plain > 0.5).all()
    assert (tangled < plain - 0.2).all()


def test_without_predicted_coalitions_r2_is_not_known():
    few = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=COARSE)), Sum()).result()
    assert np.isnan(few.uncertainty.r2).all()


def test_the_more_evaluations_the_finer_the_regions_and_a_finer_region_lies_within_a_coarser_one():
    answers = [
        explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Sum()).result().region_of.ravel()
        for evaluations in (40, 150, 400)
    ]
    counts = [len(np.unique(region_of)) for region_of in answers]
    assert counts == sorted(set(counts))
    for coarse, fine in pairwise(answers):
        assert len(np.unique(np.stack([coarse, fine]), axis=1).T) == len(np.unique(fine))


def test_the_budget_is_kept_to_the_evaluation():
    for evaluations in (2, 3, 47, 153):
        search = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=evaluations)), Sum())
        assert (search.evaluations, search.finished) == (evaluations, True)


@pytest.mark.parametrize("stop", [2, 3, 45, 46, 47, 200])
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
    search = explored(RegionSearch(VIEW, replace(SETTINGS, evaluations=5000, settle=0.2)), Sum())
    assert search.evaluations < 5000


def test_logits_of_another_number_of_labels_are_refused():
    search = explored(RegionSearch(VIEW, SETTINGS), Sum(), batches=1)
    with pytest.raises(ValueError, match=r"shape \(1, 2\); expected at most \(398, 3\)"):
        search.tell(np.zeros((1, 2)))
