"""The claim about a pair in words, with its numbers and with what speaks against believing it."""

from collections import Counter

import pandas as pd

from pages.ui.frame.components import counted
from xai_core.evidence.difference import FEW, RESAMPLES, Difference
from xai_core.evidence.findings import Findings
from xai_core.labels import words

WHERE = {"in_middle": "in the middle half of the picture", "on_object": "on the object in the middle"}
"""Measures in words: "... lies in the middle half of the picture"."""


def group_name(group: str, truth: str, guess: str) -> str:
    """A group of pictures in words."""
    named = {"mistakes": "Mistakes", "of_truth": f"{words(truth)}, right", "of_guess": f"{words(guess)}, right"}
    return named[group].capitalize()


def measured(found: Findings, group: str, measure: str) -> pd.Series:
    """A measure of the pictures of a group that have evidence for the guess; of others it is no measurement."""
    rows = found.of(group)
    return rows[measure][rows["for_guess"] > 0]


def even(found: Findings, measure: str) -> float:
    """What a measure is where evidence lies evenly."""
    return 0.5 if measure == "in_middle" else float(found.numbers["object_area"].mean())


def claim(found: Findings, truth: str, guess: str, measure: str) -> str:
    """What the mistakes show, with its numbers.

    Parameters
    ----------
    found
        With one mistake at least.
    truth, guess
        The pair.
    measure
        One of `findings.MEASURES`.
    """
    wrong, right = (measured(found, group, measure) for group in ("mistakes", "of_truth"))
    if wrong.empty:
        return f"**Nothing in these pictures speaks for {words(guess)} rather than {words(truth)}.**"
    these = "this mistake" if len(wrong) == 1 else f"these {len(wrong)} mistakes"
    begin = f"Of what speaks for {words(guess)} rather than {words(truth)} in {these}, **{wrong.mean():.0%} lies"
    evenly = f"evenly strewn, it would be {even(found, measure):.0%}"
    if right.empty:
        return f"{begin} {WHERE[measure]}**; {evenly}."
    pictures = "one picture" if len(right) == 1 else f"{len(right)} pictures"
    beside = f"in {pictures} of {words(truth)} that the model gets right it is **{right.mean():.0%}**"
    return f"{begin} {WHERE[measure]}**; {beside} ({evenly})."


def reading(found: Findings, measure: str) -> str:
    """What the claim means, in a few words; empty where it may be chance."""
    apart, evenly = found.differences[measure], even(found, measure)
    if apart is None or not apart.sure:
        return ""
    inside = "the middle of the picture" if measure == "in_middle" else "the object itself"
    if apart.mean_mistakes < min(apart.mean_correct, evenly):
        return f"The mistakes go by what lies around {inside}"
    if apart.mean_mistakes > max(apart.mean_correct, evenly):
        return f"The mistakes go by {inside}"
    more = "more" if apart.mean_mistakes > apart.mean_correct else "less"
    return f"The mistakes go {more} by {inside} than right answers do"


def verdict(found: Findings, truth: str, guess: str, measure: str) -> str:
    """Whether the difference may be chance, with a warning where there are too few pictures."""
    apart = found.differences[measure]
    if apart is None:
        return _nothing_against(len(found.of("of_truth")), words(truth), words(guess))
    if apart.hopeless:
        pictures = f"{counted(apart.mistakes, 'mistake')} and {counted(apart.correct, 'correct picture')}"
        return f"With {pictures} no difference whatever could be told from chance: a hint, not a finding."
    how = f"{p_value(apart.p_value)}, a {apart.size} effect"
    told = (
        f"The difference is more than chance ({how})." if apart.sure else f"**The difference may be chance** ({how})."
    )
    fewest = min(apart.mistakes, apart.correct)
    return f"{told} With only {fewest} in a group, one picture more may turn the answer." if fewest < FEW else told


def _nothing_against(correct: int, truth: str, guess: str) -> str:
    if not correct:
        return f"The model gets no picture of {truth} right, so there is nothing to set the mistakes against."
    pictures = "one picture" if correct == 1 else f"{correct} pictures"
    return f"In {pictures} of {truth} that the model gets right nothing at all speaks for {guess} rather than {truth}."


def how_tested(apart: Difference | None) -> str:
    """How the verdict comes about; empty where there is none."""
    if apart is None or apart.hopeless:
        return ""
    ways = "in all ways" if apart.exact else f"in {RESAMPLES:,} random ways"
    return (
        f"Permutation test: dealt into two groups {ways}, these mistakes and correct pictures differ as much in "
        f"{_percent(apart.p_value)} of the cases ({p_value(apart.p_value)}). Effect size: Cliff's delta is "
        f"{apart.delta:+.2f}, which is {apart.size}; at 0 either group is as often the larger, at -1 or +1 the groups "
        "do not overlap."
    )


def p_value(value: float) -> str:
    """A p-value as people write it.

    >>> p_value(0.00002), p_value(0.034), p_value(0.6142)
    ('p < 0.001', 'p = 0.034', 'p = 0.61')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _percent(share: float) -> str:
    """A share as people say it.

    >>> _percent(0.0002), _percent(0.034), _percent(0.61)
    ('0.02%', '3.4%', '61%')
    """
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


def agreement(found: Findings, places: list[str]) -> str:
    """Whether the evidence of the mistakes lies in the same place.

    Parameters
    ----------
    found
        With one mistake at least.
    places
        Where the evidence of each cluster lies, in words.
    """
    mistakes = Counter[str]()
    for place, members in zip(places, found.clusters, strict=True):
        mistakes[place] += len(members)
    count = mistakes.total()
    if len(found.clusters) == 1:
        return f"In it that lies {places[0]}." if count == 1 else f"On average over the {count} it lies {places[0]}."
    if len(mistakes) == 1:
        return f"In all {count} it lies {places[0]}."
    named = [f"{place} in {size}" for place, size in mistakes.most_common()]
    return f"Where it lies: {', '.join(named[:-1])} and {named[-1]} of the {count} mistakes."
