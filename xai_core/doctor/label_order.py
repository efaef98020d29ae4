"""Checks of the order of class names, from the guesses for a study's pictures.

A wrong order makes a good model look bad in a pattern that a permutation explains: two classes are called each other,
every class is called its neighbour, or every class has one wrong name of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.doctor.binomial import p_at_least
from xai_core.doctor.finding import Finding
from xai_core.labels import words
from xai_core.language import deferred, mark

MIN_PICTURES = 5
"""Pictures that a class needs to take part in an exchange of names."""

MIN_SHARE = 0.2
"""Share of all pictures that another order of the whole list must explain beyond chance."""

LEVEL = 0.01
"""Level of the test that pictures get the exchanged names rather than their own."""

STRICT_LEVEL = 1e-3
"""Level at which a swap is named where most pictures of a class get other names still."""

SHIFTS = (1, -1)
"""Positions by which a list of names is off if a background class was added or dropped."""

_LISTED = 4
_CURE = deferred("Give the names in the order of the model's outputs, with --labels FILE.")

_NAMED = mark("{name} is called {called} ({moved:d} of {total:d} pictures)")
_NAMED_AND_SO_ON = mark("{name} is called {called} ({moved:d} of {total:d} pictures) and so on")
_NAMED_BEFORE = mark("{name} is called {called} ({moved:d} of {total:d} pictures), {more}")

_AFTER = mark(
    "{moved:,} of {total:,} pictures get the name that stands one line after their class, and {right:,} get their own: "
    "{name} is called {called}, for example."
)
_BEFORE = mark(
    "{moved:,} of {total:,} pictures get the name that stands one line before their class, and {right:,} get their "
    "own: {name} is called {called}, for example."
)


def confusion_counts(truth: NDArray[np.int64], guess: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    """Return the counts (L, L) of guesses (columns) for each true class (rows)."""
    counts = np.zeros((labels, labels), np.int64)
    np.add.at(counts, (truth, guess), 1)
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class LabelOrder:
    """Order of the names as the guesses suggest it.

    Attributes
    ----------
    findings
        Differences from the given order.
    columns : (L,) int64
        Column of each class in the logits: its own, or the one whose name its pictures get. Other checks judge the
        model by it, because a right preprocessing looks as bad as any other if the names are wrong.
    """

    findings: tuple[Finding, ...]
    columns: NDArray[np.int64]


def check_label_order(truth: NDArray[np.int64], guess: NDArray[np.int64], labels: Sequence[str]) -> LabelOrder:
    """Find a shift or a permutation of the names that explains the mistakes.

    Parameters
    ----------
    truth, guess : (N,) int64
        Columns of the true and of the guessed classes.
    labels
        Names of the L outputs in their present order.
    """
    counts = confusion_counts(truth, guess, len(labels))
    return _shift(counts, labels) or _reordered(truth, guess, counts, labels) or _exchanged(counts, labels)


def _shift(counts: NDArray[np.int64], labels: Sequence[str]) -> LabelOrder | None:
    total, right = int(counts.sum()), int(np.trace(counts))
    for shift in SHIFTS:
        first, last = max(0, -shift), len(labels) - max(0, shift)
        rows = np.arange(first, last)
        moved, by_chance = _explained(counts, rows, rows + shift)
        # Under a right order no neighbour is guessed more often than the truth.
        if moved <= 2 * right or moved - by_chance < MIN_SHARE * total or p_at_least(moved, moved + right, 0.5) > LEVEL:
            continue
        example = int(np.diagonal(counts, offset=shift).argmax()) + max(0, -shift)
        finding = Finding(
            kind="labels",
            fault="shifted labels",
            sentence=deferred(
                _AFTER if shift > 0 else _BEFORE,
                moved=moved,
                total=total,
                right=right,
                name=words(labels[example]),
                called=words(labels[example + shift]),
            ),
            cure=deferred(
                "The list of labels is probably shifted by one, as with a background class. {cure}", cure=_CURE
            ),
        )
        return LabelOrder((finding,), np.roll(np.arange(len(labels), dtype=np.int64), -shift))
    return None


def _reordered(
    truth: NDArray[np.int64], guess: NDArray[np.int64], counts: NDArray[np.int64], labels: Sequence[str]
) -> LabelOrder | None:
    """Find another order of the whole list, also where the data have few of its classes."""
    total, right = int(counts.sum()), int(np.trace(counts))
    if right > total / 4:
        return None
    # With few pictures a class, the best of all orders explains many guesses that are random. So each half of the
    # pictures is judged by the order that the other half suggests.
    halves = [confusion_counts(truth[start::2], guess[start::2], len(labels)) for start in (0, 1)]
    explained = [_explained(half, *_assign(other)) for half, other in zip(halves, reversed(halves), strict=True)]
    moved, by_chance = sum(found for found, _ in explained), sum(expected for _, expected in explained)
    if moved <= 3 * right or moved - by_chance < MIN_SHARE * total or p_at_least(moved, moved + right, 0.5) > LEVEL:
        return None
    _, columns = _assign(counts)
    names = {row: int(column) for row, column in enumerate(columns) if row != column and _is_moved(counts, row, column)}
    return LabelOrder((_permuted(counts, labels, names),), columns.astype(np.int64))


def _exchanged(counts: NDArray[np.int64], labels: Sequence[str]) -> LabelOrder:
    """Find classes that have exchanged their names, in pairs or in longer cycles."""
    cycles = _cycles(counts)
    cycles += _weak_pairs(counts, {row for cycle in cycles for row in cycle})
    columns = np.arange(len(labels), dtype=np.int64)
    for cycle in cycles:
        columns[list(cycle)] = [*cycle[1:], cycle[0]]
    findings = [_swapped(counts, labels, cycle[0], cycle[1]) for cycle in cycles if len(cycle) == 2]
    longer = {row: int(columns[row]) for cycle in cycles if len(cycle) > 2 for row in cycle}
    if longer:
        findings.append(_permuted(counts, labels, longer))
    return LabelOrder(tuple(findings), columns)


def _weak_pairs(counts: NDArray[np.int64], named: set[int]) -> list[tuple[int, ...]]:
    """Return pairs of other classes that get each other's name rather than their own, and further names more often.

    A weak model may call most pictures of a class by many other names. Then more pictures are needed.
    """
    own = np.diagonal(counts)
    moved = (counts > own[:, None]) & (counts.sum(axis=1) >= MIN_PICTURES)[:, None]
    likely = []
    for first, second in np.argwhere(np.triu(moved & moved.T, 1)).tolist():
        exchanged, right = int(counts[first, second] + counts[second, first]), int(own[first] + own[second])
        p_value = p_at_least(exchanged, exchanged + right, 0.5)
        if exchanged > 2 * right and p_value < STRICT_LEVEL:
            likely.append((p_value, first, second))
    found: list[tuple[int, ...]] = []
    for _, first, second in sorted(likely):
        if not {first, second} & named:
            named |= {first, second}
            found.append((first, second))
    return sorted(found)


def _cycles(counts: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Return the cycles of classes whose pictures get the name of the next class rather than their own."""
    classes = [int(row) for row in np.flatnonzero(counts.sum(axis=1) >= MIN_PICTURES)]
    if sum(_is_moved(counts, row, int(counts[row].argmax())) for row in classes) < 2:
        return []
    # Only names of classes that occur can be tested; the assignment is the most likely renaming among them.
    rows, columns = _assign(counts[np.ix_(classes, classes)])
    renamed = {classes[row]: classes[column] for row, column in zip(rows, columns, strict=True)}
    moved = {first: second for first, second in renamed.items() if _is_moved(counts, first, second)}
    cycles, seen = [], set[int]()
    for start in sorted(moved):
        cycle = [start]
        while cycle[-1] in moved and moved[cycle[-1]] not in cycle:
            cycle.append(moved[cycle[-1]])
        closed = moved.get(cycle[-1]) == start
        if closed and start not in seen and _is_significant(counts, cycle):
            cycles.append(tuple(cycle))
        seen.update(cycle)
    return cycles


def _assign(counts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the one-to-one renaming that explains the most guesses."""
    # Imported here, because few models have an order that is worth a look.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    found: tuple[Any, Any] = linear_sum_assignment(counts, maximize=True)
    return found


def _explained(counts: NDArray[np.int64], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[int, float]:
    """Return how many pictures of the classes `rows` get the names `columns`, and how many would by chance.

    A model that is blind, because its preprocessing is wrong, always gives the same name. Some order explains that for
    one class, but not better than chance.
    """
    by_chance = float(counts.sum(axis=1)[rows] @ counts.sum(axis=0)[columns]) / max(1, int(counts.sum()))
    return int(counts[rows, columns].sum()), by_chance


def _is_moved(counts: NDArray[np.int64], truth: int, name: int) -> bool:
    """Return True if a class gets another name more often than any other, and clearly more often than its own."""
    moved, right = int(counts[truth, name]), int(counts[truth, truth])
    return moved > 2 * right and moved == int(counts[truth].max())


def _is_significant(counts: NDArray[np.int64], cycle: Sequence[int]) -> bool:
    moved = sum(int(counts[first, second]) for first, second in _steps(cycle))
    right = sum(int(counts[first, first]) for first in cycle)
    return p_at_least(moved, moved + right, 0.5) < LEVEL


def _steps(cycle: Sequence[int]) -> list[tuple[int, int]]:
    """Return each class of a cycle with the class whose name it gets."""
    return list(zip(cycle, (*cycle[1:], cycle[0]), strict=True))


def _swapped(counts: NDArray[np.int64], labels: Sequence[str], first: int, second: int) -> Finding:
    one, other = words(labels[first]), words(labels[second])
    return Finding(
        kind="labels",
        fault="swapped labels",
        sentence=deferred(
            "The names {one} and {other} seem swapped: {moved:d} of {total:d} pictures of {one} are called {other}, "
            "and {moved_back:d} of {total_back:d} the other way round.",
            one=one,
            other=other,
            moved=int(counts[first, second]),
            total=int(counts[first].sum()),
            moved_back=int(counts[second, first]),
            total_back=int(counts[second].sum()),
        ),
        cure=deferred("{cure} Food-101's own classes.txt is not sorted, for example.", cure=_CURE),
    )


def _permuted(counts: NDArray[np.int64], labels: Sequence[str], names: dict[int, int]) -> Finding:
    """Return the finding that classes (keys) get the names of other ones (values)."""
    named = ""
    for place, (truth, name) in reversed(list(enumerate(list(names.items())[:_LISTED], start=1))):
        text = _NAMED_BEFORE if named else _NAMED_AND_SO_ON if place < len(names) else _NAMED
        named = deferred(
            text,
            name=words(labels[truth]),
            called=words(labels[name]),
            moved=int(counts[truth, name]),
            total=int(counts[truth].sum()),
            **({"more": named} if named else {}),
        )
    return Finding(
        kind="labels",
        fault="permuted labels",
        sentence=deferred(
            "The names of {number:d} classes seem to be in another order: {named}.", number=len(names), named=named
        ),
        cure=_CURE,
    )
