"""Coalitions by a fair coin, balanced: in every block each two regions are shown together as often as apart."""

from itertools import count

import numpy as np
from numpy.typing import NDArray


def balanced_block(regions: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a block of coalitions, each of which shows every region with the probability 1/2.

    Coins that are thrown independently are correlated by chance, and regression then takes one region's effect for
    another's in part: with hardly more coalitions than regions that doubles the variance. The rows of an orthogonal
    array (R. L. Plackett, J. P. Burman, "The Design of Optimum Multifactorial Experiments", Biometrika 1946; by
    R. Paley's matrices of 1933) have no such correlations. Which row, column and sign is which is drawn, so that each
    coalition by itself is one of fair coins, and what the model does with two regions together falsifies no value in
    the mean.

    Parameters
    ----------
    regions
        How many, at least 1.
    random
        What is drawn from.

    Returns
    -------
    (n, regions) bool, True where shown. n is by 1 larger than the smallest prime of at least `regions` that leaves 3
    when divided by 4; in each column, and in each two of them, all combinations are equally frequent.
    """
    prime = next(n for n in count(regions) if n % 4 == 3 and _is_prime(n))
    square = np.zeros(prime, np.bool_)
    square[np.arange(prime) ** 2 % prime] = True
    steps = np.arange(prime)
    rows = np.concatenate([np.ones((1, prime), np.bool_), ~square[(steps - steps[:, None]) % prime]])
    chosen = rows[random.permutation(prime + 1)][:, random.permutation(prime)[:regions]]
    return chosen ^ (random.random(regions) < 1 / 2)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
