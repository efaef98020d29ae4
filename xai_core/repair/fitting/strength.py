"""Strength of a refit, chosen by cross-validation on a reduced space."""

import warnings
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from xai_core.repair.fitting.balance import balanced_weights
from xai_core.repair.fitting.repair_set import RepairSet
from xai_core.repair.fitting.solver import FittedChange, balanced_loss, fit_change

STRENGTHS = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
"""Strengths of the penalty that are tried, per feature, the strongest first."""

FOLDS = 3
"""Parts of the repair set; each strength is judged on the part that it was not fitted on, in turns."""

COMPONENTS = 128
"""Principal components on which strengths are compared: ten times as fast, with the same choice."""

FEW_STEPS = 40
"""Steps of the solver for a strength that is only compared."""


@dataclass(frozen=True, slots=True, eq=False)
class RefitProblem:
    """Pictures to fit on, and what may change.

    Attributes
    ----------
    features : (N, D) float32
        Embeddings, centred and scaled.
    pictures
        The N pictures.
    movable : (M,) int64
        Indices of the classes whose weights may change.
    anchor
        See `refit_last_layer`.
    """

    features: NDArray[np.float32]
    pictures: RepairSet
    movable: NDArray[np.int64]
    anchor: str

    def fit(self, strength: float, *, start: FittedChange | None = None, max_steps: int = 200) -> FittedChange:
        """Fit the layer with balanced weights and a strength."""
        pictures = self.pictures
        weights = balanced_weights(pictures.truth, pictures.evidence)
        # The balanced weights of a class sum to 1 / number of classes, so that the penalty has to shrink alike.
        own = strength / len(pictures.classes)
        if self.anchor == "fresh":
            return _fit_fresh(self, weights, own, max_steps)
        return fit_change(
            self.features,
            pictures.logits,
            pictures.truth,
            weights,
            own,
            movable=self.movable,
            start=start,
            max_steps=max_steps,
        )

    def fit_from_reduced(self, strength: float) -> FittedChange:
        """Fit the layer with a strength, starting from the solution on the principal components.

        The start is near the solution and costs a tenth of a step on all features.
        """
        axes = principal_axes(self.features)
        everything = np.arange(len(self.pictures))
        reduced = self.part(np.asarray(self.features @ axes, np.float32), everything).fit(strength)
        start = FittedChange(np.asarray(reduced.weight @ axes.T, np.float32), reduced.bias, reduced.steps)
        return self.fit(strength, start=start)

    def part(self, features: NDArray[np.float32], rows: NDArray[np.intp]) -> "RefitProblem":
        """Return the problem of some pictures, in another space."""
        return RefitProblem(features[rows], self.pictures.take(rows), self.movable, self.anchor)


def judging_weights(fitted_on: RepairSet, focus: Collection[int]) -> NDArray[np.float32]:
    """Return the weights with which pictures decide the strength, half of them for what the cure is for.

    Parameters
    ----------
    fitted_on
        The repair set.
    focus
        Indices of classes that the cure is for. They count where nobody has said which pictures carry the evidence.

    Returns
    -------
    (N,) float32 with the sum 1.
    """
    weights = balanced_weights(fitted_on.truth, fitted_on.evidence)
    wanted = np.isin(fitted_on.truth, list(focus))
    if fitted_on.evidence is not None and fitted_on.evidence.any():
        wanted = fitted_on.evidence
    if not wanted.any() or wanted.all():
        return weights
    within = np.zeros_like(weights)
    within[wanted] = balanced_weights(fitted_on.truth[wanted])
    return np.asarray((weights + within) / 2, np.float32)


def compare_strengths(problem: RefitProblem, judging: NDArray[np.float32], seed: int = 0) -> dict[float, float]:
    """Return the loss of each strength on pictures that it was not fitted on.

    Parameters
    ----------
    problem
        The problem.
    judging : (N,) float32
        Weights of the pictures, from `judging_weights`.
    seed
        Seed of the folds.

    Returns
    -------
    Weighted cross-entropy in nats by strength.
    """
    # The penalty does not change under rotations, so that leaving out small components changes little.
    reduced = np.asarray(problem.features @ principal_axes(problem.features), np.float32)
    pictures = problem.pictures
    sums = dict.fromkeys(STRENGTHS, 0.0)
    for learn, judge in _folds(pictures.truth, seed):
        part = problem.part(reduced, learn)
        start: FittedChange | None = None
        for strength in STRENGTHS:
            start = part.fit(strength, start=start, max_steps=FEW_STEPS)
            base = pictures.logits[judge] if problem.anchor == "own" else 0
            logits = base + reduced[judge] @ start.weight.T + start.bias
            sums[strength] += balanced_loss(logits, pictures.truth[judge], judging[judge]) / FOLDS
    return sums


def principal_axes(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the axes of the largest variance, (D, K) with K at most `COMPONENTS`."""
    count = min(COMPONENTS, *features.shape)
    if features.shape[0] >= features.shape[1]:
        return np.asarray(np.linalg.eigh(features.T @ features)[1][:, -count:], np.float32)
    # The smaller of the two Gram matrices has the same non-zero eigenvalues.
    values, vectors = np.linalg.eigh(features @ features.T)
    kept = values[-count:] > 1e-6 * max(values[-1], 1e-12)
    axes = features.T @ vectors[:, -count:][:, kept]
    return np.asarray(axes / np.linalg.norm(axes, axis=0), np.float32)


def _folds(truth: NDArray[np.int64], seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    # Classes with fewer pictures than folds cannot be in every fold, and scikit-learn warns of each.
    sizes = np.bincount(truth)
    few = sizes[truth] < FOLDS
    together = np.where(few, -1 if few.sum() >= FOLDS else int(np.argmax(sizes)), truth)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(folds.split(np.zeros(len(truth)), together))


def _fit_fresh(problem: RefitProblem, weights: NDArray[np.float32], strength: float, max_steps: int) -> FittedChange:
    """Fit scikit-learn's logistic regression from nothing."""
    pictures = problem.pictures
    # scikit-learn multiplies the sum of the losses by C; here the weights have the sum 1.
    model = LogisticRegression(C=1 / strength, max_iter=max_steps, tol=1e-3)
    with warnings.catch_warnings():
        # A fit that is stopped early is compared as it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(problem.features, pictures.truth, sample_weight=weights)
    rows = np.asarray(model.classes_, np.int64)
    # With two classes scikit-learn has one row, whose logit is that of the second class.
    coef, intercept = (
        np.concatenate([-found, found]) / 2 if len(rows) == 2 else found for found in (model.coef_, model.intercept_)
    )
    labels = pictures.logits.shape[1]
    weight = np.zeros((labels, problem.features.shape[1]), np.float32)
    weight[rows] = coef
    # A class without pictures is never guessed: its logit lies below all others.
    reach = float(np.abs(problem.features @ weight.T).max())
    bias = np.full(labels, float(intercept.min()) - 2 * reach - 1, np.float32)
    bias[rows] = intercept
    return FittedChange(weight, bias, int(np.max(model.n_iter_)))
