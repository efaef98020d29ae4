"""Outcome of a cure on pictures that it was not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from xai_core.confusions.calibration import expected_calibration_error, reliability
from xai_core.errors import NameUnknown
from xai_core.labels import index_of, words
from xai_core.language import deferred, mark, tr
from xai_core.repair.comparison.guess_changes import GuessChanges
from xai_core.repair.comparison.paired_change import PairedChange
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.trials.division import Division


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Guesses before and after a cure on the held-back pictures.

    Attributes
    ----------
    truth, guess
        The pair that the cure is for.
    changes
        Guesses before and after, with the tables of pairs.
    ece_before, ece_after
        Expected calibration error over the held-back pictures.
    pair_confidence_before, pair_confidence_after
        Mean probability of the guess in the pictures that were mistakes of the pair before; NaN without any.
    unseen
        Classes that are guessed before or after and that have no picture among those the cure was fitted on or judged
        by.
    left_out
        See `Division`.
    """

    truth: str
    guess: str
    changes: GuessChanges
    ece_before: float
    ece_after: float
    pair_confidence_before: float
    pair_confidence_after: float
    unseen: tuple[str, ...]
    left_out: int

    @property
    def pair(self) -> PairedChange:
        """Change of the mistakes of the pair among the pictures of the true class."""
        return self.changes.pair(self.truth, self.guess)

    @property
    def mended_of_pair(self) -> int:
        """Number of mistakes of the pair that are right after."""
        table = self.changes.table
        return int(
            ((table["truth"] == self.truth) & (table["before"] == self.guess) & (table["outcome"] == "mended")).sum()
        )

    @property
    def elsewhere(self) -> PairedChange:
        """Change of the right guesses on all other pictures than mistakes of the pair."""
        table = self.changes.table
        others = table[(table["truth"] != self.truth) | (table["before"] != self.guess)]
        truth = others["truth"].to_numpy()
        return PairedChange.of(others["before"].to_numpy() == truth, others["after"].to_numpy() == truth)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on what the cure costs, and on what the held-back pictures cannot show."""
        found = []
        mended, elsewhere = self.mended_of_pair, self.elsewhere
        if elsewhere.lost - elsewhere.gained > mended:
            found.append(
                tr(
                    "The gain costs more elsewhere: {mended} mistakes of the pair are mended, and elsewhere {lost} "
                    "right guesses are lost and {gained} are gained.",
                    mended=mended,
                    lost=elsewhere.lost,
                    gained=elsewhere.gained,
                )
            )
        back = self.changes.pair(self.guess, self.truth)
        if back.after - back.before > 0:
            found.append(
                tr(
                    "The reverse mistake grows: {truth} taken for {guess}, from {before} to {after}.",
                    truth=words(self.guess),
                    guess=words(self.truth),
                    before=back.before,
                    after=back.after,
                )
            )
        unseen = int(self.changes.table["before"].isin(self.unseen).sum())
        if unseen:
            found.append(
                tr(
                    "{guesses} of the guesses before are of {classes} classes that no picture at hand shows. A cure "
                    "that only learns to avoid them gains here, and what that costs elsewhere cannot be seen.",
                    guesses=unseen,
                    classes=len(self.unseen),
                )
            )
        if self.guess in self.unseen:
            found.append(
                tr(
                    "No picture of {guess} is at hand: what the cure costs on {guess} cannot be seen here.",
                    guess=words(self.guess),
                )
            )
        if self.pair.before == 0:
            found.append(tr("No mistake of the pair is among the held-back pictures."))
        return tuple(found)


def judge(division: Division, change: LayerChange, labels: Sequence[str], pair: tuple[str, str]) -> Outcome:
    """Apply a cure to the held-back pictures and count what it changes.

    Parameters
    ----------
    division
        The pictures. Those that the cure was fitted on are not looked at, but for their classes.
    change
        The cure.
    labels
        Class names in the order of the logits.
    pair
        Truth and guess that the cure is for.

    Raises
    ------
    NameUnknown
        If the model has no such class, or both are the same.
    """
    truth, guess = pair
    for label in pair:
        index_of(label, tuple(labels))
    if truth == guess:
        raise NameUnknown(mark("pair"), f"{truth}:{guess}", hint=deferred("Give two different classes."))
    held = division.held_back
    before, after = held.logits, change.apply(held.embeddings, held.logits)
    names = np.asarray(labels, object)
    tables = [_guesses(names, held.truth, logits) for logits in (before, after)]
    table = pd.DataFrame(
        {
            "image_id": held.image_ids,
            "truth": tables[0]["truth"],
            "before": tables[0]["guess"],
            "after": tables[1]["guess"],
            "p_before": tables[0]["p_guess"],
            "p_after": tables[1]["p_guess"],
        }
    )
    changes = GuessChanges.of(table, tuple(labels))
    of_pair = ((table["truth"] == truth) & (table["before"] == guess)).to_numpy()
    p_guess = [softmax(logits[of_pair].astype(np.float64), axis=1)[:, names == guess] for logits in (before, after)]
    ece = [expected_calibration_error(reliability(found)) for found in tables]
    known = {names[row] for row in (*division.fitted_on.classes, *held.classes)}
    return Outcome(
        truth=truth,
        guess=guess,
        changes=changes,
        ece_before=ece[0],
        ece_after=ece[1],
        pair_confidence_before=_mean(p_guess[0]),
        pair_confidence_after=_mean(p_guess[1]),
        unseen=tuple(sorted({*table["before"], *table["after"]} - known)),
        left_out=division.left_out,
    )


def _guesses(names: NDArray[np.object_], truth: NDArray[np.int64], logits: NDArray[np.float32]) -> pd.DataFrame:
    p = softmax(logits.astype(np.float64), axis=1)
    best = logits.argmax(axis=1)
    return pd.DataFrame(
        {
            "truth": pd.array(names[truth], dtype="str"),
            "guess": pd.array(names[best], dtype="str"),
            "p_guess": p[np.arange(len(best)), best],
            "unreadable": "",
        }
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
