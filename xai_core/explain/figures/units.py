"""Units in which figures of a map are said: logits, log-odds or probability.

Maps are always explained in logits, because only logits are additive. The other units say the same explanation in
other words, and cost no evaluation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.labels import index_of
from xai_core.language import mark, tr


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit with its title and its meaning in a sentence, both texts for `tr`."""

    title: str
    meaning: str


LOGIT, LOG_ODDS, PROBABILITY = "logit", "log-odds", "probability"

UNITS: Mapping[str, Unit] = {
    LOGIT: Unit(
        mark("Logits"), mark("Logits are what the network adds up: base and values of all regions give the logit.")
    ),
    LOG_ODDS: Unit(
        mark("Log-odds"),
        mark(
            "Log-odds compare a class with all others together: 0 is even odds, and 2.3 is ten to one. Between two "
            "classes they are the difference of their logits."
        ),
    ),
    PROBABILITY: Unit(
        mark("Probability"),
        mark(
            "Base and total are the model's own answers to the hidden and to the whole picture. The value of a region "
            "is what the map predicts that the probability loses without it, in points: an approximation, and such "
            "values do not add up."
        ),
    ),
}


def amounts(logits: NDArray[np.floating], labels: Sequence[str], target: Target, unit: str) -> NDArray[np.float64]:
    """Return answers of a model in a unit.

    Parameters
    ----------
    logits : (n, L)
    labels
        Names of the L outputs.
    target
        Label, or contrast of two labels. The probability of a contrast is that between its two labels alone.
    unit
        One of `UNITS`.

    Returns
    -------
    (n,) float64 in logits, in log-odds (natural logarithm), or a probability from 0 to 1.

    Raises
    ------
    NameUnknown
        If there is no such label.
    """
    if unit == PROBABILITY:
        return target.probability(logits, labels)
    score = target.score(logits, labels)
    if unit == LOGIT or target.rather_than is not None:
        return score
    others = np.delete(logits.astype(np.float64), index_of(target.label, labels), axis=1)
    # A model with one label has no others: its odds are infinite.
    against = special.logsumexp(others, axis=1) if others.shape[1] else np.full(len(score), -np.inf)
    return np.asarray(score - against, np.float64)


def region_changes(answer: Explanation, target: Target, unit: str) -> NDArray[np.float64]:
    """Return what each region adds, (R,): its value, or what the map predicts that the answer loses without it.

    In logits these are the values of the map. In the other units the region's values of all labels are taken away from
    the logits of the whole picture.
    """
    if unit == LOGIT:
        return answer.values_of(target).astype(np.float64)
    whole = answer.full[None].astype(np.float64)
    without = whole - answer.values.astype(np.float64)
    labels = answer.labels
    changes: NDArray[np.float64] = amounts(whole, labels, target, unit) - amounts(without, labels, target, unit)
    return changes


def change_text(change: float, unit: str) -> str:
    """Return a change in words, with its sign.

    >>> change_text(0.031, PROBABILITY), change_text(-1.5, LOGIT)
    ('+3.1 points', '-1.50')
    """
    return tr("{change:+.1f} points", change=100 * change) if unit == PROBABILITY else f"{change:+.2f}"


def sum_text(full: float, base: float, unit: str) -> str:
    """Return how an answer comes from that to the hidden picture.

    >>> sum_text(0.653, 0.5, PROBABILITY), sum_text(2, 0.5, LOGIT)
    ('65.3% = base 50.0% + 15.3 points', '2.00 = base 0.50 + sum 1.50')
    """
    sign, total = ("+" if full >= base else "-"), abs(full - base)
    if unit == PROBABILITY:
        return tr(
            "{full} = base {base} {sign} {total:.1f} points",
            full=probability_text(full),
            base=probability_text(base),
            sign=sign,
            total=100 * total,
        )
    return tr("{full:.2f} = base {base:.2f} {sign} sum {total:.2f}", full=full, base=base, sign=sign, total=total)
