"""Effects of hiding suspect evidence in the mistakes of a pair, compared with random spots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, permutation_test

from xai_core.errors import StudyRefused
from xai_core.evidence.permutation_test import RESAMPLES, SIGNIFICANCE_LEVEL
from xai_core.language import deferred, tr
from xai_core.repair.comparison.paired_change import share_interval
from xai_core.repair.suspects.hiding import FILLINGS, HiddenPicture
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.texts import counted, listed
from xai_core.trust.faithfulness.intervals import Interval, bootstrap_interval

FEWEST = 6
"""Smallest number of mistakes: with 5, all 32 flips of their signs give no p-value below 0.05."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillingEffect:
    """Effect of hiding the spot, by one filling.

    Attributes
    ----------
    filling
        Name of the mask.
    mistakes
        Number of mistakes.
    turned_right, left_pair
        Number of them that become right, and that are no longer taken for the guess.
    control_turned_right, control_left_pair
        The same when a random spot of the same shape is hidden, mean over the random spots.
    p_turned_right
        p-value of "more mistakes become right by the spot than by a random one": sign test over the mistakes in which
        the spot and the first random spot differ.
    margin
        Fall of the margin (logit of the guess minus that of the truth) by the spot beyond that by random spots, in
        logits, mean over the mistakes with its 95 % interval.
    p_margin
        Permutation test of that difference: the sign of each picture's is flipped at random.
    right
        Number of right answers of the true class.
    turned_wrong
        Number of them that become wrong when their own strongest spot for the guess is hidden.
    """

    filling: str
    mistakes: int
    turned_right: int
    left_pair: int
    control_turned_right: float
    control_left_pair: float
    p_turned_right: float
    margin: Interval
    p_margin: float
    right: int
    turned_wrong: int

    @property
    def moves(self) -> bool:
        """True if hiding the spot lowers the margin more than random spots do, beyond chance."""
        return self.p_margin < SIGNIFICANCE_LEVEL and self.margin.mean > 0

    @property
    def turned_right_interval(self) -> tuple[float, float]:
        """95 % interval of the share of mistakes that become right (Wilson)."""
        return share_interval(self.turned_right, self.mistakes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseTest:
    """Effects of hiding the suspect spot, by filling.

    Attributes
    ----------
    truth, guess
        The pair.
    area
        Mean share of the picture that the spot covers in the mistakes.
    effects
        One per filling.
    evaluations
        Number of masked pictures that the model evaluated.
    unreadable
        Number of pictures that could not be read.
    """

    truth: str
    guess: str
    area: float
    effects: tuple[FillingEffect, ...]
    evaluations: int
    unreadable: int

    @property
    def agree(self) -> bool:
        """True if all fillings say the same: each moves the margin more than random spots, or none does."""
        return len({effect.moves for effect in self.effects}) == 1

    @property
    def sentence(self) -> str:
        """Conclusion in words."""
        moving = [effect.filling for effect in self.effects if effect.moves]
        count = self.effects[0].mistakes
        if count < FEWEST:
            return tr(
                "{mistakes}, too few for a test: at least {fewest} are needed.",
                mistakes=counted(count, "mistake"),
                fewest=FEWEST,
            )
        if len(moving) == len(self.effects):
            return tr(
                "With every filling, hiding this part changes the answer more than hiding random parts of its shape."
            )
        if not moving:
            return tr("Hiding this part changes the answer no more than hiding random parts of its shape.")
        return tr(
            "The fillings disagree: only with {fillings} does this part change more than random parts do.",
            fillings=listed(map(tr, moving)),
        )


def conclude(
    labels: Sequence[str],
    pictures: PairPictures,
    found: Sequence[HiddenPicture],
    fillings: Sequence[str] = FILLINGS,
    *,
    seed: int = 0,
) -> CauseTest:
    """Compare the effect of the spot with that of random ones.

    Parameters
    ----------
    labels
        Class names in the order of the logits.
    pictures
        The pair, its mistakes and right answers.
    found
        Those of the pictures that could be read.
    fillings
        Names of masks, as in `HiddenPicture.after`.
    seed
        Seed of resampling.

    Raises
    ------
    StudyRefused
        If none of the mistakes is among them.
    """
    mistakes = [hidden for hidden in found if hidden.image_id in pictures.mistakes]
    right = [hidden for hidden in found if hidden.image_id not in pictures.mistakes]
    if not mistakes:
        raise StudyRefused(
            deferred("No mistake of {truth} taken for {guess} can be read.", truth=pictures.truth, guess=pictures.guess)
        )
    columns = labels.index(pictures.truth), labels.index(pictures.guess)
    return CauseTest(
        truth=pictures.truth,
        guess=pictures.guess,
        area=float(np.mean([hidden.spot.mean() for hidden in mistakes])),
        effects=tuple(
            _effect(
                filling,
                np.stack([hidden.after[at] for hidden in mistakes]),
                [hidden.after[at, 0] for hidden in right],
                columns,
                seed,
            )
            for at, filling in enumerate(fillings)
        ),
        evaluations=sum(hidden.after.shape[0] * hidden.after.shape[1] for hidden in found),
        unreadable=len(pictures.mistakes) + len(pictures.right) - len(found),
    )


def _effect(
    filling: str,
    after: NDArray[np.float32],
    right: Sequence[NDArray[np.float32]],
    columns: tuple[int, int],
    seed: int,
) -> FillingEffect:
    """Compare the spot with random ones, by one filling.

    Parameters
    ----------
    filling
        Name of the mask.
    after : (mistakes, EVALUATIONS, L) float32
        Logits of the mistakes.
    right
        (L,) logits of each right answer with its spot hidden.
    columns
        Columns of truth and guess.
    seed
        Seed of resampling.
    """
    truth, guess = columns
    guesses = after.argmax(axis=2)
    by_spot, by_chance = guesses[:, 0] == truth, guesses[:, 1:] == truth
    margins = after[:, :, guess].astype(np.float64) - after[:, :, truth]
    # Both fall from the same margin, so that it cancels out of the difference.
    beyond = margins[:, 1:].mean(axis=1) - margins[:, 0]
    better, worse = int((by_spot & ~by_chance[:, 0]).sum()), int((by_chance[:, 0] & ~by_spot).sum())
    sign = binomtest(better, better + worse, alternative="greater").pvalue if better + worse else 1.0
    return FillingEffect(
        filling=filling,
        mistakes=len(after),
        turned_right=int(by_spot.sum()),
        left_pair=int((guesses[:, 0] != guess).sum()),
        control_turned_right=float(by_chance.mean(axis=1).sum()),
        control_left_pair=float((guesses[:, 1:] != guess).mean(axis=1).sum()),
        p_turned_right=float(sign),
        margin=bootstrap_interval(beyond, seed),
        p_margin=sign_flip_p_value(beyond, seed),
        right=len(right),
        turned_wrong=sum(int(logits.argmax() != truth) for logits in right),
    )


def sign_flip_p_value(differences: NDArray[np.float64], seed: int = 0) -> float:
    """Return the two-sided p-value of a mean of paired differences, by flips of their signs.

    Parameters
    ----------
    differences : (N,) float64
        One per picture; under the null hypothesis each is as likely to have the other sign.
    seed
        Seed of the flips where there are more than `RESAMPLES`.
    """
    if len(differences) < 2:
        return 1.0

    def mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        found: NDArray[np.float64] = values.mean(axis=axis)
        return found

    tried = permutation_test(
        (differences,),
        mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return float(tried.pvalue)
