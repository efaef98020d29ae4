"""Test whether suspect evidence is the cause, by hiding it in all mistakes of a pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, permutation_test

from xai_core.errors import PictureUnreadable, StudyRefused
from xai_core.evidence.permutation_test import RESAMPLES, SIGNIFICANCE_LEVEL
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.masking import composer_maker
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.comparison.paired_change import share_interval
from xai_core.repair.suspects.random_spot import shifted_spot, strongest_part
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.trust.faithfulness.intervals import Interval, bootstrap_interval

FILLINGS = ("blur", "inpaint_telea", "mean")
"""Masks that fill the hidden spot: what they agree on is no artefact of one of them."""

SHARE = 0.8
"""Share of the evidence for the guess that the hidden spot holds."""

FEWEST = 6
"""Smallest number of mistakes: with 5, all 32 flips of their signs give no p-value below 0.05."""

CONTROLS = 4
"""Random spots of the same shape per picture; their mean is the control."""


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
            return f"{count} mistakes are too few for a test: at least {FEWEST} are needed."
        if len(moving) == len(self.effects):
            return "By every filling, hiding the spot moves the margin more than random spots of its shape do."
        if not moving:
            return "Hiding the spot moves the margin no more than random spots of its shape do."
        return f"The fillings disagree: only with {', '.join(moving)} does the spot move more than random spots do."


def cause_test(
    study: Study,
    pictures: PairPictures,
    settings: ExplainSettings,
    runtime: Runtime,
    *,
    fillings: Sequence[str] = FILLINGS,
    share: float = SHARE,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> CauseTest:
    """Hide the strongest part of the contrast in all mistakes of a pair, and equally large random spots.

    Parameters
    ----------
    study, runtime
        The study and its model.
    pictures
        Mistakes and right answers, from `pictures_to_explain`.
    settings
        Settings of the explanations that the spots come from; stored ones cost nothing.
    fillings
        Names of masks.
    share
        Share of the evidence for the guess that the spot holds.
    seed
        Seed of the random spots.
    progress
        Receives the numbers of pictures done and planned.

    Raises
    ------
    StudyRefused
        If no mistake can be read.
    ExplanationFailed
        If the model fails.
    """
    bench = _Bench(study, pictures, settings, runtime, fillings, share)
    ids = [*pictures.mistakes, *pictures.right]
    found: list[_Hidden] = []
    unreadable = 0
    for number, image_id in enumerate(ids):
        progress(number, len(ids))
        try:
            found.append(bench.hide(image_id, seed + number))
        except PictureUnreadable:
            unreadable += 1
    progress(len(ids), len(ids))
    mistakes = [hidden for hidden in found if hidden.image_id in pictures.mistakes]
    right = [hidden for hidden in found if hidden.image_id not in pictures.mistakes]
    if not mistakes:
        raise StudyRefused(f"No mistake of {pictures.truth} taken for {pictures.guess} can be read.")
    return CauseTest(
        truth=pictures.truth,
        guess=pictures.guess,
        area=float(np.mean([hidden.area for hidden in mistakes])),
        effects=tuple(bench.effect(at, mistakes, right, seed) for at in range(len(fillings))),
        evaluations=sum(hidden.logits.shape[0] * hidden.logits.shape[1] for hidden in found),
        unreadable=unreadable,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Hidden:
    """Logits of a picture, (fillings, 1 + CONTROLS, L), with its spot and with random spots hidden."""

    image_id: str
    area: float
    before: NDArray[np.float32]
    logits: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Bench:
    study: Study
    pictures: PairPictures
    settings: ExplainSettings
    runtime: Runtime
    fillings: Sequence[str]
    share: float

    @property
    def columns(self) -> tuple[int, int]:
        """Columns of truth and guess in the logits."""
        labels = self.study.labels
        return labels.index(self.pictures.truth), labels.index(self.pictures.guess)

    def hide(self, image_id: str, seed: int) -> _Hidden:
        """Hide the spot of a picture and random ones."""
        view = self.study.model_view(image_id)
        question = view.question(self.runtime, self.settings, ExplanationStore(self.study.explanations))
        explanation, _ = explain(question)
        spot = strongest_part(explanation.contrast(self.pictures.guess, self.pictures.truth), self.share)
        rng = np.random.default_rng(seed)
        shown = [~spot, *(~shifted_spot(spot, rng) for _ in range(CONTROLS))]
        rows = []
        for filling in self.fillings:
            chosen = replace(self.settings, mask=filling, colour=None)
            composed = composer_maker(view.view, self.runtime.spec, chosen)().compose(shown)
            rows.append(self.runtime.logits(np.ascontiguousarray(composed)))
        return _Hidden(image_id, float(spot.mean()), explanation.full, np.stack(rows))

    def effect(self, at: int, mistakes: Sequence[_Hidden], right: Sequence[_Hidden], seed: int) -> FillingEffect:
        """Compare the spot with random ones, by filling number `at`."""
        truth, guess = self.columns
        after = np.stack([hidden.logits[at] for hidden in mistakes])
        guesses = after.argmax(axis=2)
        by_spot, by_chance = guesses[:, 0] == truth, guesses[:, 1:] == truth
        margins = after[:, :, guess].astype(np.float64) - after[:, :, truth]
        # Both fall from the same margin, so that it cancels out of the difference.
        beyond = margins[:, 1:].mean(axis=1) - margins[:, 0]
        better, worse = int((by_spot & ~by_chance[:, 0]).sum()), int((by_chance[:, 0] & ~by_spot).sum())
        sign = binomtest(better, better + worse, alternative="greater").pvalue if better + worse else 1.0
        return FillingEffect(
            filling=self.fillings[at],
            mistakes=len(mistakes),
            turned_right=int(by_spot.sum()),
            left_pair=int((guesses[:, 0] != guess).sum()),
            control_turned_right=float(by_chance.mean(axis=1).sum()),
            control_left_pair=float((guesses[:, 1:] != guess).mean(axis=1).sum()),
            p_turned_right=float(sign),
            margin=bootstrap_interval(beyond, seed),
            p_margin=sign_flip_p_value(beyond, seed),
            right=len(right),
            turned_wrong=sum(int(hidden.logits[at, 0].argmax() != truth) for hidden in right),
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
