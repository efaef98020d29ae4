"""What values foresee of coalitions that come after them is said of what came after them, and only where enough did."""

import numpy as np
import pytest

from xai_core.engines.holdout_r2 import LEAST, Foresight, foreseen

VALUES = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5]])
COALITIONS = np.random.default_rng(4).random((2 * LEAST, 3)) < 0.5


def looked(values, noise, coalitions=COALITIONS, mean=7.0):
    """A block whose logits are the sums of VALUES, a mean and noise."""
    block, random = Foresight(values, 2), np.random.default_rng(1)
    for shown in coalitions:
        block.take(shown, mean + VALUES[shown].sum(axis=0) + noise * random.normal(size=2))
    return block


def test_what_is_foreseen_to_a_constant_is_foreseen_wholly():
    np.testing.assert_allclose(foreseen([looked(VALUES, noise=0)]), 1)


def test_noise_is_not_foreseen():
    said = foreseen([looked(VALUES, noise=2)])
    assert ((said > 0) & (said < 0.8)).all()


def test_wrong_values_are_worse_than_none():
    assert (foreseen([looked(-VALUES, noise=0)]) < 0).all()
    np.testing.assert_allclose(foreseen([looked(np.zeros((3, 2)), noise=0)]), 0, atol=1e-12)


@pytest.mark.parametrize(
    "block", [looked(None, 0), looked(VALUES, 0, COALITIONS[: LEAST - 1]), Foresight(VALUES, 2)], ids=["no", "few", "0"]
)
def test_without_values_or_with_few_coalitions_nothing_is_said(block):
    assert np.isnan(foreseen([block])).all()


def test_the_last_two_blocks_that_have_enough_are_taken_together():
    good, bad, short = looked(VALUES, 0), looked(np.zeros((3, 2)), 0), looked(-VALUES, 0, COALITIONS[:3])
    np.testing.assert_allclose(foreseen([bad, good, good, short]), 1)
    np.testing.assert_allclose(foreseen([good, bad, short]), 0.5)


def test_of_what_never_varies_nothing_can_be_foreseen():
    block = Foresight(np.zeros((3, 2)), 2)
    for shown in COALITIONS:
        block.take(shown, np.full(2, 1 / 3))
    assert np.isnan(foreseen([block])).all()
