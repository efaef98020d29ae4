"""Checks of the order of class names, from the counts of a study's guesses.

A wrong order makes a good model look bad in a pattern that a permutation explains: two classes are called each other,
or every class is called its neighbour.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest

from xai_core.doctor.finding import Finding
from xai_core.labels import words

MIN_PICTURES = 5
"""Pictures that a class needs to take part in a permutation."""

MAJORITY = 0.5
"""Share of a class's pictures that must get the permuted name."""

SHIFTS = (1, -1)
"""Positions by which a list of names is off if a background class was added or dropped."""

_LISTED = 4


def confusion_counts(truth: NDArray[np.int64], guess: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    """Return the counts (L, L) of guesses (columns) for each true class (rows)."""
    counts = np.zeros((labels, labels), np.int64)
    np.add.at(counts, (truth, guess), 1)
    return counts


def check_label_order(counts: NDArray[np.int64], labels: Sequence[str]) -> tuple[Finding, ...]:
    """Find a shift or a permutation of the names that explains the mistakes.

    Parameters
    ----------
    counts : (L, L) int64
        Pictures of the class of a row that were given the name of a column.
    labels
        Names of the L outputs in their present order.
    """
    shifted = _shift(counts, labels)
    if shifted is not None:
        return (shifted,)
    cycles = _cycles(counts)
    if not cycles:
        return ()
    pairs = [cycle for cycle in cycles if len(cycle) == 2]
    longer = [cycle for cycle in cycles if len(cycle) > 2]
    findings = [_swapped(counts, labels, first, second) for first, second in pairs]
    if longer:
        findings.append(_permuted(counts, labels, longer))
    return tuple(findings)


def _shift(counts: NDArray[np.int64], labels: Sequence[str]) -> Finding | None:
    total, right = int(counts.sum()), int(np.trace(counts))
    for shift in SHIFTS:
        moved = int(np.trace(counts, offset=shift))
        if moved <= 2 * right or moved < MAJORITY / 2 * total:
            continue
        # Under a right order no neighbour is guessed more often than the truth.
        if binomtest(moved, moved + right, alternative="greater").pvalue > 1e-3:
            continue
        where = "after" if shift > 0 else "before"
        example = int(np.diagonal(counts, offset=shift).argmax()) + max(0, -shift)
        return Finding(
            kind="labels",
            fault="shifted labels",
            sentence=(
                f"{moved:,} of {total:,} pictures get the name that stands one line {where} their class, and {right:,} "
                f"get their own: {words(labels[example])} is called {words(labels[example + shift])}, for example."
            ),
            cure=(
                "The list of labels is probably shifted by one, as with a background class. "
                "Give the names in the order of the model's outputs."
            ),
        )
    return None


def _cycles(counts: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Return the cycles of classes in which most pictures of every class get the name of the next one."""
    classes = np.flatnonzero(counts.sum(axis=1) >= MIN_PICTURES)
    # Only names of classes that occur can be tested; the assignment is the most likely renaming among them.
    among = counts[np.ix_(classes, classes)]
    rows, columns = linear_sum_assignment(among, maximize=True)
    renamed = {int(classes[row]): int(classes[column]) for row, column in zip(rows, columns, strict=True)}
    moved = {
        first: second for first, second in renamed.items() if first != second and _is_majority(counts, first, second)
    }
    cycles, seen = [], set[int]()
    for start in sorted(moved):
        cycle = [start]
        while cycle[-1] in moved and moved[cycle[-1]] not in cycle:
            cycle.append(moved[cycle[-1]])
        closed = moved.get(cycle[-1]) == start
        if closed and start not in seen:
            cycles.append(tuple(cycle))
        seen.update(cycle)
    return cycles


def _is_majority(counts: NDArray[np.int64], truth: int, name: int) -> bool:
    moved, right, total = int(counts[truth, name]), int(counts[truth, truth]), int(counts[truth].sum())
    return moved > MAJORITY * total and moved > 2 * right


def _swapped(counts: NDArray[np.int64], labels: Sequence[str], first: int, second: int) -> Finding:
    one, other = words(labels[first]), words(labels[second])
    return Finding(
        kind="labels",
        fault="swapped labels",
        sentence=(
            f"The names {one} and {other} seem swapped: {counts[first, second]} of {counts[first].sum()} pictures of "
            f"{one} are called {other}, and {counts[second, first]} of {counts[second].sum()} the other way round."
        ),
        cure="Check the order of the labels; Food-101's own classes.txt is not sorted, for example.",
    )


def _permuted(counts: NDArray[np.int64], labels: Sequence[str], cycles: Sequence[tuple[int, ...]]) -> Finding:
    number = sum(map(len, cycles))
    first = cycles[0]
    named = [
        f"{words(labels[truth])} is called {words(labels[name])} "
        f"({counts[truth, name]} of {counts[truth].sum()} pictures)"
        for truth, name in zip(first, (*first[1:], first[0]), strict=True)
    ]
    more = "" if number <= _LISTED else " and so on"
    return Finding(
        kind="labels",
        fault="permuted labels",
        sentence=f"The names of {number} classes seem to be in another order: {', '.join(named[:_LISTED])}{more}.",
        cure="Give the class names in the order of the model's outputs.",
    )
