"""Sentences of the claim about a pair, with its numbers and its limits."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from pages.ui.frame.plain_text import literal_words
from xai_core.evidence.findings import Findings
from xai_core.evidence.permutation_test import FEW, RESAMPLES, GroupDifference
from xai_core.labels import words
from xai_core.texts import counted

LOCATIONS = {"in_middle": "in the middle half of the picture", "on_object": "on the object in the middle"}
"""Locations that the measures are about, as they follow "The evidence lies"."""


def group_name(group: str, truth: str, guess: str) -> str:
    """Return the name of a group of pictures."""
    names = {"mistakes": "Mistakes", "of_truth": f"{words(truth)}, right", "of_guess": f"{words(guess)}, right"}
    return names[group].capitalize()


def measured(found: Findings, group: str, measure: str) -> pd.Series:
    """Return a measure of the pictures of a group that have evidence for the guess.

    For the other pictures the share is 0 by definition and not by measurement.
    """
    rows = found.of(group)
    return rows[measure][rows["for_guess"] > 0]


def even(found: Findings, measure: str) -> float:
    """Return the value of a measure if evidence were spread evenly over the pictures."""
    return 0.5 if measure == "in_middle" else float(found.numbers["object_area"].mean())


def claim(found: Findings, truth: str, guess: str, measure: str) -> str:
    """Return what the mistakes show, with its numbers.

    Parameters
    ----------
    found
        Findings with one mistake at least.
    truth, guess
        The pair.
    measure
        One of `findings.MEASURES`.
    """
    wrong, right = (measured(found, group, measure) for group in ("mistakes", "of_truth"))
    if wrong.empty:
        return (
            f"**There is no evidence for {literal_words(guess)} rather than {literal_words(truth)} in these pictures.**"
        )
    mistakes = "this mistake" if len(wrong) == 1 else f"these {len(wrong)} mistakes"
    start = (
        f"Of the evidence for {literal_words(guess)} rather than {literal_words(truth)} in {mistakes}, "
        f"**{wrong.mean():.0%} lies {LOCATIONS[measure]}**."
    )
    evenly = f"Evidence spread evenly would give {even(found, measure):.0%}."
    if right.empty:
        return f"{start} {evenly}"
    pictures = "one picture" if len(right) == 1 else f"{len(right)} pictures"
    beside = f"In {pictures} of {literal_words(truth)} that the model gets right it is **{right.mean():.0%}**."
    return f"{start} {beside} {evenly}"


def reading(found: Findings, measure: str) -> str:
    """Return the claim in a few words, or nothing if the difference may be chance."""
    difference, evenly = found.differences[measure], even(found, measure)
    if difference is None or not difference.significant:
        return ""
    inside = "the middle of the picture" if measure == "in_middle" else "the object in the middle"
    # "Outside" or "on" is claimed only if the mistakes differ in the same direction from evenly spread evidence, too.
    if difference.mean_mistakes < min(difference.mean_correct, evenly):
        return f"The mistakes rest on what lies outside {inside}"
    if difference.mean_mistakes > max(difference.mean_correct, evenly):
        return f"The mistakes rest on {inside}"
    more = "more" if difference.mean_mistakes > difference.mean_correct else "less"
    return f"The mistakes rest {more} on {inside} than right predictions do"


def says_nothing(found: Findings, measure: str) -> str:
    """Return one sentence if mistakes and correct pictures may have their evidence in the same places, else "".

    Without pictures to compare, or with too few of them, the place is neither telling nor not, and the result is "".
    """
    difference = found.differences[measure]
    if difference is None or difference.undecidable or difference.significant:
        return ""
    return (
        f"Where the evidence lies says nothing here: {difference.mean_mistakes:.0%} of it lies {LOCATIONS[measure]} in "
        f"the mistakes, {difference.mean_correct:.0%} in correct pictures ({p_value(difference.p_value)})."
    )


def verdict(found: Findings, truth: str, guess: str, measure: str) -> str:
    """Return whether the difference may be chance, with a warning if there are too few pictures."""
    difference = found.differences[measure]
    if difference is None:
        return _no_comparison(len(found.of("of_truth")), literal_words(truth), literal_words(guess))
    if difference.undecidable:
        pictures = f"{counted(difference.mistakes, 'mistake')} and {counted(difference.correct, 'correct picture')}"
        return f"With {pictures} even the largest difference could be chance. Take it as a hint, not as a finding."
    test = f"{p_value(difference.p_value)}, a {difference.size} effect"
    sentence = (
        f"The difference is more than chance ({test})."
        if difference.significant
        else f"**The difference may be chance** ({test})."
    )
    fewest = min(difference.mistakes, difference.correct)
    if fewest < FEW:
        return f"{sentence} One of the groups has only {fewest}, so one more picture may change the result."
    return sentence


def _no_comparison(correct: int, truth: str, guess: str) -> str:
    if not correct:
        return f"The model gets no picture of {truth} right, so the mistakes cannot be compared."
    pictures = "one picture" if correct == 1 else f"{correct} pictures"
    return f"In {pictures} of {truth} that the model gets right there is no evidence for {guess} rather than {truth}."


def how_tested(difference: GroupDifference | None) -> str:
    """Return how the verdict was computed, or nothing without a verdict."""
    if difference is None or difference.undecidable:
        return ""
    ways = "in every possible way" if difference.exact else f"in {RESAMPLES:,} random ways"
    return (
        f"Permutation test: if these pictures are divided into two groups {ways}, the groups differ at least as much "
        f"in {_percent(difference.p_value)} of the cases ({p_value(difference.p_value)}). Effect size: Cliff's delta "
        f"is {difference.delta:+.2f}, which is {difference.size}. At 0 neither group tends to have the larger values. "
        "At -1 or +1 the groups do not overlap."
    )


def p_value(value: float) -> str:
    """Return a p-value as it is written in text.

    >>> p_value(0.00002), p_value(0.034), p_value(0.6142)
    ('p < 0.001', 'p = 0.034', 'p = 0.61')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _percent(share: float) -> str:
    """Return a share in percent with two digits, or as a whole number from 10 % on.

    >>> _percent(0.0002), _percent(0.034), _percent(0.61)
    ('0.02%', '3.4%', '61%')
    """
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


def agreement(found: Findings, locations: Sequence[str]) -> str:
    """Return whether the evidence of the mistakes lies in the same location.

    Parameters
    ----------
    found
        Findings with one mistake at least.
    locations
        Location of the evidence of each cluster, in words.
    """
    mistakes = Counter[str]()
    for location, members in zip(locations, found.clusters, strict=True):
        mistakes[location] += len(members)
    count = mistakes.total()
    if len(found.clusters) == 1:
        where = "In this mistake" if count == 1 else f"On average over the {count} mistakes"
        return f"{where} the evidence lies {locations[0]}."
    if len(mistakes) == 1:
        return f"In all {count} mistakes the evidence lies {locations[0]}."
    named = [f"{location} in {size}" for location, size in mistakes.most_common()]
    return f"The evidence lies {', '.join(named[:-1])} and {named[-1]} of the {count} mistakes."
