"""Values add up, are the same for one label as for many, and lie between an even spread and the best fit."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.engines.regression import RATIO, Equations

SHARES = np.array([0.5, 0.25, 0.25])
WORTH = np.array([[3.0, 0.0], [-1.0, 2.0], [0.5, 1.0]])
ALL = np.array(list(product([False, True], repeat=3)))


def told(coalitions, logits):
    equations = Equations(len(coalitions[0]), logits.shape[1])
    for shown, row in zip(coalitions, logits, strict=True):
        equations.add(shown, row)
    return equations


def noisy(rows=30, labels=2, seed=0):
    random = np.random.default_rng(seed)
    coalitions = random.random((rows, 3)) < 0.5
    return coalitions, random.normal(size=(rows, labels))


def test_all_coalitions_of_a_sum_give_its_parts():
    fit = told(ALL, ALL @ WORTH + 5).fit(SHARES, WORTH.sum(axis=0), ratio=1e-9)
    np.testing.assert_allclose(fit.values, WORTH, atol=1e-5)
    np.testing.assert_allclose(fit.noise, 0, atol=1e-6)


def test_of_all_coalitions_of_any_game_they_are_banzhaf_values_shifted_to_the_sum():
    game = np.random.default_rng(5).normal(size=(8, 1))
    banzhaf = np.array([game[ALL[:, k]].mean(axis=0) - game[~ALL[:, k]].mean(axis=0) for k in range(3)])
    whole = game[-1] - game[0]
    fit = told(ALL, game).fit(np.full(3, 1 / 3), whole, ratio=1e-9)
    np.testing.assert_allclose(fit.values, banzhaf + (whole - banzhaf.sum(axis=0)) / 3, atol=1e-5)


@given(st.floats(1e-3, 1e3), st.integers(0, 99))
def test_values_add_up_whatever_was_seen(ratio, seed):
    whole = np.array([2.0, -7.0])
    values = told(*noisy(seed=seed)).fit(SHARES, whole, ratio).values
    np.testing.assert_allclose(values.sum(axis=0), whole, atol=1e-9)


def test_the_noisier_logits_are_taken_to_be_the_more_even_values_are():
    whole = np.array([4.0, 8.0])
    even = np.outer(SHARES, whole)
    away = [np.abs(told(*noisy()).fit(SHARES, whole, ratio).values - even).sum() for ratio in (0.01, 1, 100, 1e9)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 1e-6


def test_a_label_s_values_are_the_same_alone_and_among_others():
    coalitions, logits = noisy(labels=5)
    together = told(coalitions, logits).fit(SHARES, np.ones(5), RATIO)
    alone = told(coalitions, logits[:, 3:4]).fit(SHARES, np.ones(1), RATIO)
    np.testing.assert_allclose(together.values[:, 3:4], alone.values, atol=1e-12)
    np.testing.assert_allclose(together.spread, alone.spread)


def test_a_region_s_parts_share_what_was_seen_of_it_by_their_pixels():
    coalitions, logits = noisy()
    equations = told(coalitions, logits)
    whole = np.array([1.0, 2.0])
    before = equations.fit(SHARES, whole, RATIO).values
    equations.end_block(np.array([0, 0, 1, 2]))
    after = equations.fit(np.array([0.4, 0.1, 0.25, 0.25]), whole, RATIO).values
    np.testing.assert_allclose(after[:2].sum(axis=0), before[0])
    np.testing.assert_allclose(after[0], 4 * after[1])
    np.testing.assert_allclose(after[2:], before[1:])


def test_what_a_block_has_for_all_its_coalitions_is_no_evidence():
    coalitions, logits = noisy()
    plain, shifted = told(coalitions[:15], logits[:15]), told(coalitions[:15], logits[:15])
    for equations, shift in ((plain, 0), (shifted, 100)):
        equations.end_block(np.arange(3))
        for shown, row in zip(coalitions[15:], logits[15:] + shift, strict=True):
            equations.add(shown, row)
    first, second = (equations.fit(SHARES, np.ones(2), RATIO) for equations in (plain, shifted))
    np.testing.assert_allclose(first.values, second.values, atol=1e-9)
    np.testing.assert_allclose(first.noise, second.noise, atol=1e-9)


@pytest.mark.parametrize(("noise", "least", "most"), [(0.01, 0, 0.1), (1.0, 0.5, 4), (30.0, 4, 16)])
def test_the_likeliest_ratio_tells_noise_from_worth(noise, least, most):
    random = np.random.default_rng(7)
    worth = random.normal(size=(40, 3))
    coalitions = random.random((300, 40)) < 0.5
    logits = coalitions @ worth + noise * np.sqrt(10) * random.normal(size=(300, 3))
    ratio = told(coalitions, logits).likeliest(np.full(40, 1 / 40), worth.sum(axis=0), np.arange(3))
    assert least <= ratio <= most


PARTS = np.array([0, 0, 1, 1])


def relevances_of(worth, rows=64):
    coalitions = np.random.default_rng(0).random((rows, 4)) < 0.5
    logits = coalitions @ worth[:, None] + np.random.default_rng(1).normal(size=(rows, 1)) / 10
    question = np.full(4, 1 / 4), worth.sum(keepdims=True)
    return told(coalitions, logits).relevances(*question, RATIO, np.array([0]), PARTS)


def test_a_part_where_values_vary_is_more_relevant_than_one_where_they_are_even():
    lively, even = relevances_of(np.array([5.0, -3.0, 0.5, 0.5]))
    assert lively > 4
    assert even < 1


def test_no_part_is_more_relevant_than_another_before_there_is_evidence():
    nothing = Equations(4, 2)
    found = nothing.relevances(np.full(4, 1 / 4), np.ones(2), RATIO, np.array([0, 1]), PARTS)
    np.testing.assert_allclose(found, found[0])
