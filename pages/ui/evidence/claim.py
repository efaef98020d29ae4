"""Sentences of the claim about a pair, with its numbers and its limits."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from pages.ui.frame.plain_text import literal_words
from xai_core.evidence.findings import Findings
from xai_core.evidence.permutation_test import FEW, RESAMPLES, GroupDifference
from xai_core.labels import words
from xai_core.language import mark, tr, tr_n
from xai_core.texts import counted, joined, paragraph

LOCATIONS = {"in_middle": mark("in the middle half of the picture"), "on_object": mark("on the object in the middle")}
"""Locations that the measures are about, as they follow "The evidence lies"; texts for `tr`."""

PLACES = {"in_middle": mark("the middle of the picture"), "on_object": mark("the object in the middle")}
"""Names of these locations, texts for `tr`."""


def group_name(group: str, truth: str, guess: str) -> str:
    """Return the name of a group of pictures."""
    if group == "mistakes":
        return tr("Mistakes")
    return tr("{label}, right", label=words(truth if group == "of_truth" else guess)).capitalize()


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
        return tr(
            "**There is no evidence for {guess} rather than {truth} in these pictures.**",
            guess=literal_words(guess),
            truth=literal_words(truth),
        )
    values: dict[str, object] = {
        "guess": literal_words(guess),
        "truth": literal_words(truth),
        "share": wrong.mean(),
        "location": tr(LOCATIONS[measure]),
    }
    start = (
        tr(
            "Of the evidence for {guess} rather than {truth} in this mistake, **{share:.0%} lies {location}**.",
            **values,
        )
        if len(wrong) == 1
        else tr(
            "Of the evidence for {guess} rather than {truth} in these {number} mistakes, **{share:.0%} lies "
            "{location}**.",
            number=len(wrong),
            **values,
        )
    )
    evenly = tr("Evidence spread evenly would give {share:.0%}.", share=even(found, measure))
    if right.empty:
        return paragraph(start, evenly)
    beside = tr_n(
        "In one picture of {truth} that the model gets right it is **{share:.0%}**.",
        "In {number} pictures of {truth} that the model gets right it is **{share:.0%}**.",
        len(right),
        truth=literal_words(truth),
        share=right.mean(),
    )
    return paragraph(start, beside, evenly)


def reading(found: Findings, measure: str) -> str:
    """Return the claim in a few words, or nothing if the difference may be chance."""
    difference, evenly = found.differences[measure], even(found, measure)
    if difference is None or not difference.significant:
        return ""
    place = tr(PLACES[measure])
    # "Outside" or "on" is claimed only if the mistakes differ in the same direction from evenly spread evidence, too.
    if difference.mean_mistakes < min(difference.mean_correct, evenly):
        return tr("The mistakes rest on what lies outside {place}", place=place)
    if difference.mean_mistakes > max(difference.mean_correct, evenly):
        return tr("The mistakes rest on {place}", place=place)
    if difference.mean_mistakes > difference.mean_correct:
        return tr("The mistakes rest more on {place} than right predictions do", place=place)
    return tr("The mistakes rest less on {place} than right predictions do", place=place)


def says_nothing(found: Findings, measure: str) -> str:
    """Return one sentence if mistakes and correct pictures may have their evidence in the same places, else "".

    Without pictures to compare, or with too few of them, the place is neither telling nor not, and the result is "".
    """
    difference = found.differences[measure]
    if difference is None or difference.undecidable or difference.significant:
        return ""
    return tr(
        "Where the evidence lies says nothing here: {mistakes:.0%} of it lies {location} in the mistakes, "
        "{correct:.0%} in correct pictures ({p_value}).",
        mistakes=difference.mean_mistakes,
        location=tr(LOCATIONS[measure]),
        correct=difference.mean_correct,
        p_value=p_value(difference.p_value),
    )


def verdict(found: Findings, truth: str, guess: str, measure: str) -> str:
    """Return whether the difference may be chance, with a warning if there are too few pictures."""
    difference = found.differences[measure]
    if difference is None:
        return _no_comparison(len(found.of("of_truth")), literal_words(truth), literal_words(guess))
    if difference.undecidable:
        return tr(
            "With {mistakes} and {correct} even the largest difference could be chance. Take it as a hint, not as a "
            "finding.",
            mistakes=counted(difference.mistakes, "mistake"),
            correct=counted(difference.correct, "correct picture"),
        )
    test: dict[str, object] = {"p_value": p_value(difference.p_value), "size": tr(difference.size)}
    sentence = (
        tr("The difference is more than chance ({p_value}, a {size} effect).", **test)
        if difference.significant
        else tr("**The difference may be chance** ({p_value}, a {size} effect).", **test)
    )
    fewest = min(difference.mistakes, difference.correct)
    if fewest >= FEW:
        return sentence
    warning = tr(
        "One of the groups has only {fewest}, so one more picture may change the result.",
        fewest=fewest,
    )
    return paragraph(sentence, warning)


def _no_comparison(correct: int, truth: str, guess: str) -> str:
    if not correct:
        return tr("The model gets no picture of {truth} right, so the mistakes cannot be compared.", truth=truth)
    return tr_n(
        "In one picture of {truth} that the model gets right there is no evidence for {guess} rather than {truth}.",
        "In {number} pictures of {truth} that the model gets right there is no evidence for {guess} rather than "
        "{truth}.",
        correct,
        truth=truth,
        guess=guess,
    )


def how_tested(difference: GroupDifference | None) -> str:
    """Return how the verdict was computed, or nothing without a verdict."""
    if difference is None or difference.undecidable:
        return ""
    values: dict[str, object] = {"share": _percent(difference.p_value), "p_value": p_value(difference.p_value)}
    test = (
        tr(
            "Permutation test: if these pictures are divided into two groups in every possible way, the groups differ "
            "at least as much in {share} of the cases ({p_value}).",
            **values,
        )
        if difference.exact
        else tr(
            "Permutation test: if these pictures are divided into two groups in {ways:,} random ways, the groups "
            "differ at least as much in {share} of the cases ({p_value}).",
            ways=RESAMPLES,
            **values,
        )
    )
    effect = tr(
        "Effect size: Cliff's delta is {delta:+.2f}, which is {size}. At 0 neither group tends to have the larger "
        "values. At -1 or +1 the groups do not overlap.",
        delta=difference.delta,
        size=tr(difference.size),
    )
    return paragraph(test, effect)


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
        if count == 1:
            return tr("In this mistake the evidence lies {location}.", location=locations[0])
        return tr(
            "On average over the {number} mistakes the evidence lies {location}.", number=count, location=locations[0]
        )
    if len(mistakes) == 1:
        return tr("In all {number} mistakes the evidence lies {location}.", number=count, location=locations[0])
    named = [tr("{location} in {number}", location=location, number=size) for location, size in mistakes.most_common()]
    return tr("The evidence lies {locations} of the {number} mistakes.", locations=joined(named), number=count)
