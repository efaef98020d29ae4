"""The tail of the binomial distribution is the p-value of the exact one-sided test."""

import pytest

from xai_core.doctor.binomial import p_at_least


@pytest.mark.parametrize(
    ("successes", "trials", "chance", "p"),
    [(3, 3, 0.5, 0.125), (2, 3, 0.5, 0.5), (1, 2, 0.25, 0.4375), (0, 5, 0.5, 1.0), (0, 0, 0.5, 1.0)],
)
def test_it_is_the_probability_of_at_least_that_many(successes, trials, chance, p):
    assert p_at_least(successes, trials, chance) == pytest.approx(p, abs=1e-12)
