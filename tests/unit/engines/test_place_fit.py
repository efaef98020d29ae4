"""The fit place by place is Bayesian regression, written out once more here, and finds Banzhaf values in the limit."""

import numpy as np
import pytest

from xai_core.engines.nuisance import projected
from xai_core.engines.place_fit import Design, PlaceEquations
from xai_core.engines.place_prior import Kriging, PlacePrior, kriging_length

RANDOM = np.random.default_rng(12)
REGION_OF = np.repeat(np.arange(9), [3, 5, 2, 7, 4, 6, 3, 2, 4]).reshape(6, 6).astype(np.int32)
VIEW = RANDOM.integers(0, 256, (6, 6, 3), np.uint8)
GRID = (2, 2)
PRIOR = PlacePrior(Kriging(VIEW, REGION_OF, kriging_length(GRID)), GRID)


def equations(shown, changes, whole, prior=PRIOR):
    """Equations of coalitions (n, R) without groups, with the (n, P, K) changes they cause."""
    columns = np.concatenate([shown, changes.reshape(len(shown), -1)], axis=1)
    area = shown @ prior.shares
    found, freedom = projected(columns.astype(float), np.zeros(len(shown), int), area, np.ones(len(shown)))
    regions = shown.shape[1]
    moved = found[:, regions:].reshape(changes.shape)
    return PlaceEquations(prior, Design(found[:, :regions]), moved, whole, freedom), found


SHOWN = RANDOM.random((40, 9)) < 0.5
TRUE = RANDOM.normal(size=(9, 4, 2))
CHANGES = np.einsum("nr,rpk->npk", SHOWN, TRUE) + 0.1 * RANDOM.normal(size=(40, 4, 2))
WHOLE = TRUE.sum(axis=0)


@pytest.mark.parametrize("count", [40, 9, 6])
def test_values_and_deviations_are_those_of_the_textbook_at_every_place(count):
    fitted, found = equations(SHOWN[:count], CHANGES[:count], WHOLE)
    fit = fitted.fit(0.5)
    shown, changes = found[:, :9], found[:, 9:].reshape(count, 4, 2)
    values = np.zeros((9, 2))
    for place in range(4):
        prior, mean = PRIOR.covariances[place].astype(float), np.outer(PRIOR.windows[place], WHOLE[place])
        # The information form of Gaussian regression; the code solves the covariance form. The prior leaves out the
        # sum of the values, whose variance is 0, so that its inverse is taken along the other directions.
        ridge = 0.5 * np.trace(shown @ prior @ shown.T) / count
        basis = np.linalg.eigh(prior)[1][:, 1:]
        precision = np.linalg.inv(basis.T @ prior @ basis) + basis.T @ shown.T @ shown @ basis / ridge
        posterior = basis @ np.linalg.inv(precision) @ basis.T
        values += mean + posterior @ shown.T @ (changes[:, place] - shown @ mean) / ridge
        np.testing.assert_allclose(fit.spreads[place] ** 2, posterior.diagonal() / ridge, rtol=1e-3)
    np.testing.assert_allclose(fit.values, values, atol=1e-4)
    np.testing.assert_allclose(fit.values.sum(axis=0), WHOLE.sum(axis=0), atol=1e-12)


def test_errors_of_places_join_by_the_correlation_of_their_noise():
    fit = equations(SHOWN, CHANGES, WHOLE)[0].fit(1.0)
    covariance = fit.covariance()
    region, noise = 4, fit.noise
    expected = sum(
        fit.spreads[p, region] * fit.spreads[q, region] * noise[p, 0, q, 1] for p in range(4) for q in range(4)
    )
    assert covariance.shape == (9, 2, 2)
    assert covariance[region, 0, 1] == pytest.approx(expected)
    assert (np.linalg.eigvalsh(covariance) > -1e-9).all()


def test_the_noise_of_equal_labels_is_that_of_one_label_twice():
    twice = np.repeat(CHANGES[..., :1], 2, axis=2)
    covariance = equations(SHOWN, twice, np.repeat(WHOLE[:, :1], 2, axis=1))[0].fit(1.0).covariance()
    np.testing.assert_allclose(covariance, np.broadcast_to(covariance[:, :1, :1], covariance.shape), rtol=1e-5)


def test_noisy_logits_ask_for_a_larger_ratio_than_exact_ones():
    exact = np.einsum("nr,rpk->npk", SHOWN, TRUE)
    noisy = exact + 5 * RANDOM.normal(size=exact.shape)
    assert equations(SHOWN, exact, WHOLE)[0].likeliest(1.0) == 0.5
    assert equations(SHOWN, noisy, WHOLE)[0].likeliest(1.0) == 2.0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nothing_known_leaves_the_prior(count):
    # An intercept, the area and its square explain up to three coalitions.
    fit = equations(SHOWN[:count], CHANGES[:count], WHOLE)[0].fit(1.0)
    np.testing.assert_allclose(fit.values, PRIOR.windows.T @ WHOLE, atol=1e-6)
    assert fit.undecided == pytest.approx(1)


@pytest.mark.parametrize("grid", [None, (2, 2), (1, 3)])
def test_from_all_coalitions_without_regularisation_values_are_banzhaf_values_plus_one_constant_per_pixel(grid):
    prior = PlacePrior(Kriging(VIEW, REGION_OF, 0.3), grid, np.float64)
    places = 1 if grid is None else grid[0] * grid[1]
    every = np.array(np.meshgrid(*[[False, True]] * 9, indexing="ij")).reshape(9, -1).T
    # Games with interactions of every order, one for each place and label.
    worth = np.random.default_rng(3).normal(size=(len(every), places, 2))
    worth -= worth[:1]
    fit = equations(every, worth, worth[-1], prior)[0].fit(1e-11)
    # Banzhaf value by its definition, the mean change over all coalitions of the others.
    game = worth.sum(axis=1)
    banzhaf = np.array([(game[every[:, player]] - game[~every[:, player]]).mean(axis=0) for player in range(9)])
    remainder = game[-1] - banzhaf.sum(axis=0)
    assert (np.abs(remainder) > 0.1).all()
    np.testing.assert_allclose(fit.values, banzhaf + np.outer(prior.shares, remainder), atol=1e-6)
