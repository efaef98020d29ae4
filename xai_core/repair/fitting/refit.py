"""Refit of the last layer on a repair set, with the strength chosen by cross-validation."""

import time
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from xai_core.errors import SettingRefused, StudyRefused
from xai_core.language import deferred
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.fitting.repair_set import RepairSet
from xai_core.repair.fitting.strength import RefitProblem, compare_strengths, judging_weights
from xai_core.texts import counted

FEWEST = 20
"""Smallest number of pictures of a repair set."""

SCOPES = ("all", "pair")
"""Classes whose weights a refit may change: all that have pictures, or those that the cure is for."""

ENOUGH = 8
"""Pictures of the median class from which on all classes are refitted.

With 4 pictures a class of the demo, a refit of all classes cost 1.7 to 3.5 points of top-1, and one of the pair's two
classes none; with 12 a class, a refit of all classes gained 2 points.
"""

ANCHORS = ("own", "fresh")
"""Start of a refit: the model's own layer, or nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """Refitted last layer.

    Attributes
    ----------
    change
        Change of the layer.
    strength
        Strength that was chosen.
    losses
        Balanced cross-entropy in nats of each strength, on pictures that it was not fitted on; empty where the strength
        was given.
    pictures, with_evidence
        Pictures of the repair set, and those of them that carry the suspect evidence.
    scope
        One of `SCOPES`.
    seconds
        Computing time.
    """

    change: LayerChange
    strength: float
    losses: dict[float, float]
    pictures: int
    with_evidence: int
    scope: str
    seconds: float


def refit_last_layer(
    fitted_on: RepairSet,
    *,
    focus: Collection[int] = (),
    scope: str | None = None,
    anchor: str = "own",
    strength: float | None = None,
    seed: int = 0,
) -> Refit:
    """Fit the last layer again on a repair set, balanced over classes and groups.

    Parameters
    ----------
    fitted_on
        The repair set.
    focus
        Indices of the classes that the cure is for. Half of what decides the strength are pictures that carry the
        suspect evidence or, where nobody has said which do, pictures of these classes. All other pictures would outvote
        them otherwise.
    scope
        One of `SCOPES`; None takes "pair" where the median class has fewer than `ENOUGH` pictures.
    anchor
        "own" pulls to the model's own layer: classes without pictures keep what they know, and a small repair set does
        little harm. "fresh" is Kirichenko's original, scikit-learn's logistic regression from nothing. It needs many
        pictures of every class.
    strength
        Strength of the penalty; None chooses it by cross-validation.
    seed
        Seed of the folds.

    Raises
    ------
    StudyRefused
        If the repair set is too small.
    SettingRefused
        If the anchor is not known, or the strength not positive.
    """
    _check(fitted_on, anchor, scope, strength)
    chosen_scope = scope or _choose_scope(fitted_on, focus, anchor)
    movable = fitted_on.classes if chosen_scope == "all" else np.intersect1d(fitted_on.classes, list(focus))
    began = time.perf_counter()
    middle = fitted_on.embeddings.mean(axis=0)
    centred = fitted_on.embeddings - middle
    scale = max(float(np.sqrt((centred**2).mean())), 1e-12)
    features = centred / np.float32(scale)
    problem = RefitProblem(features, fitted_on, movable, anchor)
    # Two BLAS threads that meet other work made one fit six times as slow as one thread.
    with threadpool_limits(limits=1, user_api="blas"):
        losses = {} if strength is not None else compare_strengths(problem, judging_weights(fitted_on, focus), seed)
        chosen = strength if strength is not None else min(losses, key=lambda value: losses[value])
        fitted = problem.fit_from_reduced(chosen) if anchor == "own" else problem.fit(chosen)
    weight = fitted.weight / np.float32(scale)
    return Refit(
        change=LayerChange(weight, fitted.bias - weight @ middle, replaces=anchor == "fresh"),
        strength=chosen,
        losses=losses,
        pictures=len(fitted_on),
        with_evidence=0 if fitted_on.evidence is None else int(fitted_on.evidence.sum()),
        scope=chosen_scope,
        seconds=time.perf_counter() - began,
    )


def _choose_scope(fitted_on: RepairSet, focus: Collection[int], anchor: str) -> str:
    if anchor == "fresh" or not np.isin(fitted_on.classes, list(focus)).any():
        return "all"
    sizes = np.bincount(fitted_on.truth)
    return "all" if np.median(sizes[sizes > 0]) >= ENOUGH else "pair"


def _check(fitted_on: RepairSet, anchor: str, scope: str | None, strength: float | None) -> None:
    if scope is not None and scope not in SCOPES:
        raise SettingRefused("scope", repr(scope), deferred("{words} or {last}", words=SCOPES[0], last=SCOPES[1]))
    if anchor not in ANCHORS:
        raise SettingRefused("anchor", repr(anchor), deferred("{words} or {last}", words=ANCHORS[0], last=ANCHORS[1]))
    if strength is not None and not strength > 0:
        raise SettingRefused("strength", strength, deferred("a number above 0"))
    if len(fitted_on) < FEWEST or len(fitted_on.classes) < 2:
        raise StudyRefused(
            deferred(
                "The repair set has {pictures} of {classes}; a refit needs at least {fewest} pictures of 2 classes.",
                pictures=counted(len(fitted_on), "picture"),
                classes=counted(len(fitted_on.classes), "class"),
                fewest=FEWEST,
            ),
            deferred("Choose a study with more pictures as the repair set."),
        )
