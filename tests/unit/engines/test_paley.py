"""Balanced blocks are fair coins without correlations by chance."""

import numpy as np
import pytest

from xai_core.engines.paley import balanced_block


@pytest.mark.parametrize(("regions", "rows"), [(1, 4), (3, 4), (7, 8), (8, 12), (64, 68), (144, 152)])
def test_every_two_regions_are_shown_in_all_four_ways_equally_often(regions, rows):
    block = balanced_block(regions, np.random.default_rng(1))
    assert (block.shape, block.dtype) == ((rows, regions), np.bool_)
    signs = np.where(block, 1, -1)
    np.testing.assert_array_equal(signs.T @ signs, rows * np.eye(regions, dtype=int))
    assert not signs.sum(axis=0).any()


def test_a_coalition_by_itself_is_one_of_fair_coins():
    # By 400 blocks of 8 coalitions: a coin's mean has a standard error of 0.009.
    blocks = np.stack([balanced_block(5, np.random.default_rng(seed)) for seed in range(400)])
    shown = blocks.mean(axis=(0, 1))
    np.testing.assert_allclose(shown, 0.5, atol=1e-12)
    first = blocks[:, 0]
    np.testing.assert_allclose(first.mean(axis=0), 0.5, atol=0.1)
    assert first.sum(axis=1).std() == pytest.approx((5 / 4) ** 0.5, rel=0.1)


def test_the_same_seed_gives_the_same_block_and_another_seed_another():
    first, again, other = (balanced_block(20, np.random.default_rng(seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
