"""Hold-out R2 scores values on later coalitions, and only where there are enough of them."""

import numpy as np
import pytest

from xai_core.engines.holdout_r2 import LEAST, HoldoutR2, pooled_r2

VALUES = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5]])
COALITIONS = np.random.default_rng(4).random((2 * LEAST, 3)) < 0.5


def looked(values, noise, coalitions=COALITIONS, mean=7.0):
    """A window whose logits are the sums of VALUES, a mean and noise."""
    block, random = HoldoutR2(values, 2), np.random.default_rng(1)
    for shown in coalitions:
        block.take(shown, mean + VALUES[shown].sum(axis=0) + noise * random.normal(size=2))
    return block


def test_a_prediction_that_is_right_except_for_a_constant_scores_one():
    np.testing.assert_allclose(pooled_r2([looked(VALUES, noise=0)]), 1)


def test_noise_is_not_predicted():
    found = pooled_r2([looked(VALUES, noise=2)])
    assert ((found > 0) & (found < 0.8)).all()


def test_wrong_values_are_worse_than_none():
    assert (pooled_r2([looked(-VALUES, noise=0)]) < 0).all()
    np.testing.assert_allclose(pooled_r2([looked(np.zeros((3, 2)), noise=0)]), 0, atol=1e-12)


@pytest.mark.parametrize(
    "block", [looked(None, 0), looked(VALUES, 0, COALITIONS[: LEAST - 1]), HoldoutR2(VALUES, 2)], ids=["no", "few", "0"]
)
def test_without_values_or_with_few_coalitions_there_is_no_r2(block):
    assert np.isnan(pooled_r2([block])).all()


def test_windows_are_taken_together():
    good, bad = looked(VALUES, 0), looked(np.zeros((3, 2)), 0)
    np.testing.assert_allclose(pooled_r2([good, bad]), 0.5)
    halves = [looked(VALUES, 0, half) for half in np.split(COALITIONS, 2)]
    assert (halves[0].count, len(COALITIONS)) == (LEAST, 2 * LEAST)
    np.testing.assert_allclose(pooled_r2([HoldoutR2(None, 2), *halves]), 1)


def test_every_group_of_coalitions_has_a_mean_of_its_own():
    window = HoldoutR2(VALUES, 2)
    for number, shown in enumerate(COALITIONS):
        window.take(shown, VALUES[shown].sum(axis=0) + 5 * (number % 3), number % 3)
    np.testing.assert_allclose(pooled_r2([window]), 1)


def test_a_logit_that_never_varies_has_no_r2():
    block = HoldoutR2(np.zeros((3, 2)), 2)
    for shown in COALITIONS:
        block.take(shown, np.full(2, 1 / 3))
    assert np.isnan(pooled_r2([block])).all()
