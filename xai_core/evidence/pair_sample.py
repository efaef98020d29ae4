"""Choice of the pictures that a claim about a pair rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest

import pandas as pd
from numpy import float16
from numpy.typing import NDArray

from xai_core.confusions.companions import companions, divide_among_classes
from xai_core.confusions.confusion import mistakes
from xai_core.errors import SettingRefused
from xai_core.language import deferred

FEWEST_COMPANIONS = 6
"""Smallest number of correct pictures, even beside a single mistake."""


@dataclass(frozen=True, slots=True)
class PairSample:
    """Image ids of the pictures that a claim about a pair rests on.

    Attributes
    ----------
    mistakes
        Pictures of the true class with the wrong guess, the most confident first.
    of_truth, of_guess
        Correctly classified pictures of the true class and of the guessed class.
    of_pair
        Number of all mistakes of the pair.
    """

    mistakes: tuple[str, ...]
    of_truth: tuple[str, ...]
    of_guess: tuple[str, ...]
    of_pair: int

    @property
    def all(self) -> tuple[str, ...]:
        """Every picture once, in turns from each group.

        The first answers then already cover all groups.
        """
        turns = zip_longest(self.mistakes, self.of_truth, self.of_guess)
        return tuple(image_id for image_id in chain.from_iterable(turns) if image_id is not None)

    def without(self, lost: Iterable[str]) -> "PairSample":
        """Return the sample without some pictures, with the same `of_pair`."""
        gone = set(lost)
        remaining = {
            name: tuple(image_id for image_id in members if image_id not in gone)
            for name, members in self.groups.items()
        }
        return PairSample(**remaining, of_pair=self.of_pair)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Image ids by the name of their group, mistakes first."""
        return {"mistakes": self.mistakes, "of_truth": self.of_truth, "of_guess": self.of_guess}


def choose_pictures(
    table: pd.DataFrame, embeddings: NDArray[float16] | None, truth: str, guess: str, *, max_mistakes: int
) -> PairSample:
    """Choose the pictures for a claim about a pair.

    Parameters
    ----------
    table
        A study's table of guesses. Its row numbers are the rows of `embeddings`.
    embeddings : (N, D) float16, or None
        Outputs of the model's penultimate layer, if it exposes them.
    truth, guess
        The pair.
    max_mistakes
        Largest number of mistakes. There are as many correct pictures as mistakes, but at least `FEWEST_COMPANIONS`.
        Half of them are of each class, or more of one class if the other has too few.

    Returns
    -------
    The sample. The correct pictures are those nearest to the mistakes, which choose one each in turns (`companions`).

    Raises
    ------
    SettingRefused
        If truth and guess are the same, or `max_mistakes` is not positive.
    """
    if truth == guess:
        raise SettingRefused(
            "pair", deferred("{truth} taken for {guess}", truth=truth, guess=guess), deferred("two different classes")
        )
    if max_mistakes < 1:
        raise SettingRefused(deferred("number of mistakes"), max_mistakes, deferred("at least 1"))
    ids = tuple(mistakes(table, truth, guess)["image_id"])
    chosen, wanted = ids[:max_mistakes], max(FEWEST_COMPANIONS, min(max_mistakes, len(ids)))
    near = [_nearest(table, embeddings, chosen, name, wanted) for name in (truth, guess)]
    used = set(divide_among_classes(near, wanted))
    of_truth, of_guess = (tuple(image_id for image_id in of_class if image_id in used) for of_class in near)
    return PairSample(mistakes=chosen, of_truth=of_truth, of_guess=of_guess, of_pair=len(ids))


def _nearest(
    table: pd.DataFrame, embeddings: NDArray[float16] | None, chosen: tuple[str, ...], name: str, count: int
) -> tuple[str, ...]:
    """Return correct pictures of a class, which the mistakes choose in turns.

    First comes the nearest picture of each mistake, then the second nearest of each, and so on.
    """
    ranked = [companions(table, embeddings, mistake, name, count=count) for mistake in chosen]
    # All rankings are of the same pictures, so that they have one length.
    in_turns = chain.from_iterable(zip(*ranked, strict=True))
    return tuple(dict.fromkeys(in_turns))[:count]
