"""Which pictures a claim about a pair rests on: its mistakes, and correct pictures of both classes beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

import pandas as pd
from numpy import float16
from numpy.typing import NDArray

from xai_core.confusions.companions import companions, shared_out
from xai_core.confusions.confusion import mistakes
from xai_core.errors import SettingRefused

FEWEST_COMPANIONS = 6
"""So many correct pictures are wanted even beside a single mistake."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Image ids of the pictures that a claim rests on.

    Attributes
    ----------
    mistakes
        Pictures of the true class that were taken for the guess, the most confident first.
    of_truth, of_guess
        Pictures of the true class and of the guessed class that the model gets right.
    of_pair
        How many mistakes the pair has in all.
    """

    mistakes: tuple[str, ...]
    of_truth: tuple[str, ...]
    of_guess: tuple[str, ...]
    of_pair: int

    @property
    def all(self) -> tuple[str, ...]:
        """Every picture once, the groups by turns: what is computed first then says something of each of them."""
        turns = zip_longest(self.mistakes, self.of_truth, self.of_guess)
        return tuple(each for turn in turns for each in turn if each is not None)

    def without(self, lost: Iterable[str]) -> "Sample":
        """The sample less some pictures; `of_pair` stays what it is."""
        gone = set(lost)
        kept = {name: tuple(each for each in members if each not in gone) for name, members in self.groups.items()}
        return Sample(**kept, of_pair=self.of_pair)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Image ids by the name of their group, mistakes first."""
        return {"mistakes": self.mistakes, "of_truth": self.of_truth, "of_guess": self.of_guess}


def sample(table: pd.DataFrame, embeddings: NDArray[float16] | None, truth: str, guess: str, *, most: int) -> Sample:
    """Choose the pictures for a claim about a pair.

    Parameters
    ----------
    table
        A study's table of guesses; its row numbers are the rows of `embeddings`.
    embeddings : (N, D) float16, or None
        Outputs of the model's penultimate layer, where it exposes them.
    truth, guess
        The pair.
    most
        Mistakes at most; there are as many correct pictures in all as mistakes, but at least `FEWEST_COMPANIONS`:
        half of them of each class, more of one where the other has too few.

    Returns
    -------
    The sample. Correct pictures are those nearest to the mistakes, which take turns in choosing one (`companions`).

    Raises
    ------
    SettingRefused
        If truth and guess are the same, or `most` is not positive.
    """
    if truth == guess:
        raise SettingRefused("pair", f"{truth} taken for {guess}", "two different classes")
    if most < 1:
        raise SettingRefused("number of mistakes", most, "at least 1")
    found = mistakes(table, truth, guess)
    ids = tuple(found["image_id"])
    chosen, wanted = ids[:most], max(FEWEST_COMPANIONS, min(most, len(ids)))
    near = [_nearest(table, embeddings, chosen, name, wanted) for name in (truth, guess)]
    placed = set(shared_out(near, wanted))
    of_truth, of_guess = (tuple(each for each in of_class if each in placed) for of_class in near)
    return Sample(mistakes=chosen, of_truth=of_truth, of_guess=of_guess, of_pair=len(ids))


def _nearest(
    table: pd.DataFrame, embeddings: NDArray[float16] | None, chosen: tuple[str, ...], name: str, count: int
) -> tuple[str, ...]:
    """Correct pictures of a class: the nearest of each mistake, then the second of each, until there are enough."""
    ranked = [companions(table, embeddings, each, name, count=count) for each in chosen]
    return tuple(dict.fromkeys(_by_turns(ranked)))[:count]


def _by_turns(ranked: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for turn in zip(*ranked, strict=True):
        yield from turn
