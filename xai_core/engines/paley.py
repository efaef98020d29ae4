"""Balanced blocks of fair-coin coalitions, with any two regions together as often as apart."""

from itertools import count

import numpy as np
from numpy.typing import NDArray


def balanced_block(regions: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Sample a balanced block of coalitions, each of which shows every region with probability 1/2.

    Independent coin flips are correlated by chance, and a regression then attributes a part of one region's effect to
    another region: with hardly more coalitions than regions that doubles the variance. The rows of an orthogonal array
    (R. L. Plackett, J. P. Burman, "The Design of Optimum Multifactorial Experiments", Biometrika 1946; constructed from
    R. Paley's matrices of 1933) have no such correlations. Rows, columns and signs are permuted at random, so that each
    coalition by itself is one of fair coins, and interactions of two regions bias no value on average.

    Parameters
    ----------
    regions
        Number of regions, at least 1.
    random
        Source of the permutations.

    Returns
    -------
    (n, regions) bool, True where shown. n is the smallest prime that is at least `regions` and leaves 3 when divided by
    4, plus 1. In each column, and in each two columns, all combinations are equally frequent.
    """
    prime = next(n for n in count(regions) if n % 4 == 3 and _is_prime(n))
    square = np.zeros(prime, np.bool_)
    square[np.arange(prime) ** 2 % prime] = True
    steps = np.arange(prime)
    # Paley's construction: entry (i, j) is True unless j - i is a square modulo the prime. For primes that leave 3 the
    # columns, with the row of ones above them, are orthogonal.
    rows = np.concatenate([np.ones((1, prime), np.bool_), ~square[(steps - steps[:, None]) % prime]])
    chosen = rows[random.permutation(prime + 1)][:, random.permutation(prime)[:regions]]
    return chosen ^ (random.random(regions) < 1 / 2)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
