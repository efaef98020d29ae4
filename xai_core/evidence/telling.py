"""Choice of the mistake whose evidence is easiest to see.

Pages open with it. A confusion is telling if its evidence is concentrated in a small part of each mistake, and if these
parts look alike. Both are measured on explanations of the most confident mistakes of the most frequent pairs. The
measures only order the pairs and support no claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions import confusion
from xai_core.evidence.patches import Patch, strongest_patch

PAIRS, MISTAKES = 6, 3
"""Number of pairs that are compared, and of mistakes of each."""

STEP = 1.5
"""Ratio of two scores from which on they differ clearly. Within a step the more frequent pair comes first."""

_TILES = 3
_LEVELS = 6
"""Steps of each colour channel in a histogram."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Pair with some of its mistakes.

    Attributes
    ----------
    truth, guess
        The pair.
    count
        Number of all its mistakes.
    mistakes
        Image ids of the most confident mistakes, at most `MISTAKES`.
    """

    truth: str
    guess: str
    count: int
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clarity:
    """Clarity of the evidence of a pair.

    Attributes
    ----------
    ratios
        For each mistake, the patch's share of the evidence divided by its share of the area; 1 for evenly distributed
        evidence, 0 if there is none.
    likeness
        Similarity of the colours of the patches, minus that of a patch and any part of another mistake; -1 to 1, 0 for
        a single mistake.
    """

    ratios: tuple[float, ...]
    likeness: float

    @property
    def score(self) -> float:
        """Mean ratio, and up to as much again for patches that look alike."""
        return float(np.mean(self.ratios)) * (1 + max(0.0, self.likeness))

    @property
    def step(self) -> int:
        """Score in steps of the factor `STEP`, by which pairs are ordered."""
        return round(float(np.log(max(self.score, 1.0)) / np.log(STEP)))


def candidates(table: pd.DataFrame) -> tuple[Candidate, ...]:
    """Return the most frequent pairs with their most confident mistakes.

    Parameters
    ----------
    table
        A study's table of guesses, one row per picture.

    Returns
    -------
    At most `PAIRS`, in the order of `confusion.pairs`.
    """
    return tuple(
        Candidate(
            str(pair["truth"]),
            str(pair["guess"]),
            int(pair["count"]),
            tuple(confusion.mistakes(table, pair["truth"], pair["guess"])["image_id"][:MISTAKES]),
        )
        for _, pair in confusion.pairs(table).head(PAIRS).iterrows()
    )


def clarity(views: Sequence[NDArray[np.uint8]], contrasts: Sequence[NDArray[np.float32]]) -> Clarity:
    """Measure how clear the evidence of some mistakes of a pair is.

    Parameters
    ----------
    views : each (H, W, 3) uint8
        At least one.
    contrasts : each (H, W) float32
        Evidence for the guess rather than the truth, in logits per pixel.
    """
    patches = [strongest_patch("", contrast) for contrast in contrasts]
    ratios = tuple(patch.share / patch.area if patch else 0.0 for patch in patches)
    return Clarity(ratios, _likeness(views, patches))


def most_telling(
    offered: Sequence[Candidate], clarities: Mapping[tuple[str, str], Clarity]
) -> tuple[tuple[Candidate, str], ...]:
    """Order pairs by the clarity of their evidence, and choose a mistake of each.

    Parameters
    ----------
    offered
        From `candidates`.
    clarities
        Clarity by truth and guess. A pair without one comes after those with one.

    Returns
    -------
    Each pair with the image id of its mistake with the highest ratio. Pairs on one step of clarity stay in their order,
    which is by frequency.
    """

    def step(candidate: Candidate) -> int:
        found = clarities.get((candidate.truth, candidate.guess))
        return found.step if found else -1

    def mistake(candidate: Candidate) -> str:
        found = clarities.get((candidate.truth, candidate.guess))
        return candidate.mistakes[int(np.argmax(found.ratios))] if found else candidate.mistakes[0]

    return tuple((candidate, mistake(candidate)) for candidate in sorted(offered, key=step, reverse=True))


def _likeness(views: Sequence[NDArray[np.uint8]], patches: Sequence[Patch | None]) -> float:
    cut = {number: _histogram(_part(views[number], patch)) for number, patch in enumerate(patches) if patch}
    if len(cut) < 2:
        return 0.0
    tiles = {number: [_histogram(tile) for tile in _tiles(views[number])] for number in cut}
    gains = [
        _overlap(cut[one], cut[other]) - float(np.mean([_overlap(cut[one], tile) for tile in tiles[other]]))
        for one in cut
        for other in cut
        if one != other
    ]
    return float(np.mean(gains))


def _part(view: NDArray[np.uint8], patch: Patch) -> NDArray[np.uint8]:
    return view[patch.top : patch.top + patch.side, patch.left : patch.left + patch.side]


def _tiles(view: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [
        tile
        for row in np.array_split(view, _TILES, axis=0)
        for tile in np.array_split(row, _TILES, axis=1)
        if tile.size
    ]


def _histogram(part: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the shares of (_LEVELS ** 3) colours in a part of a picture."""
    levels = part.reshape(-1, 3).astype(np.intp) * _LEVELS // 256
    flat = (levels[:, 0] * _LEVELS + levels[:, 1]) * _LEVELS + levels[:, 2]
    return np.bincount(flat, minlength=_LEVELS**3) / len(flat)


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the intersection of two histograms, 0 to 1."""
    return float(np.minimum(one, other).sum())
