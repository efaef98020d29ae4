"""Exact binomial tail probability, which both kinds of checks test their counts with."""

from scipy.special import bdtrc


def p_at_least(successes: int, trials: int, chance: float) -> float:
    """Return the probability of at least that many successes in independent trials, 1 for no trials.

    It is the p-value of the one-sided exact binomial test. scipy.stats has it too, but takes longer to import than all
    checks of a sound model take.

    Parameters
    ----------
    successes, trials
        Counts, 0 <= successes <= trials.
    chance
        Probability of a success in each trial.
    """
    return float(bdtrc(successes - 1, trials, chance)) if successes else 1.0
