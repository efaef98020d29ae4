"""Division of pictures into those that a cure is fitted on and those that judge it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import SettingRefused, StudyRefused
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.annotation.label_errors import corrected_truths
from xai_core.repair.comparison.studies import match_pictures
from xai_core.repair.fitting.repair_set import RepairSet, repair_set
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore

FEWEST = 40
"""Smallest number of pictures that are divided into halves."""


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Pictures to fit on and pictures to judge by, which share none.

    Attributes
    ----------
    fitted_on, held_back
        The two sets.
    left_out
        Number of pictures that were left out of `held_back` because the cure is fitted on a copy of them.
    """

    fitted_on: RepairSet
    held_back: RepairSet
    left_out: int = 0


def divide(
    study: Study,
    other: Study | None = None,
    *,
    evidence: Mapping[str, bool] | None = None,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> Division:
    """Divide the pictures of a study, or take those of another study to fit on.

    Verdicts "wrong label" are applied to both studies first.

    Parameters
    ----------
    study
        Study of the model to repair, whose pictures judge.
    other
        Study of other pictures by the same model, to fit on; None to fit on a half of the study and judge by the other.
    evidence
        True or False by image id, for pictures that carry the suspect evidence or do not; None if nobody has said.
    seed
        Seed of the halves.
    progress
        Receives the numbers of files hashed and planned, where the pictures of two folders have to be told apart.

    Raises
    ------
    SettingRefused
        If the other study is of another model, or the seed is negative.
    StudyRefused
        If a study has no embeddings, or too few pictures.
    """
    if seed < 0:
        raise SettingRefused("seed", seed, deferred("0 or more"))

    def pictures(of: Study) -> RepairSet:
        truths = corrected_truths(VerdictStore(of.folder).all(), study.labels)
        groups = None if evidence is None else dict(evidence)
        return repair_set(of, truths=truths, evidence=groups, labels=study.labels)

    if other is None:
        return halves(pictures(study), seed=seed)
    if other.model_id != study.model_id:
        raise SettingRefused(
            deferred("The repair set"),
            deferred("{study}, of another model", study=other.name),
            deferred("a study of the same model as {study}; embeddings of another model say nothing", study=study.name),
        )
    return separate(pictures(other), pictures(study), match_pictures(study, other, progress=progress).keys())


def halves(pictures: RepairSet, *, seed: int = 0) -> Division:
    """Divide pictures at random into two halves with the same classes and groups.

    Parameters
    ----------
    pictures
        Pictures of one study.
    seed
        Seed of the division.

    Raises
    ------
    StudyRefused
        If there are too few.
    """
    if len(pictures) < FEWEST:
        raise StudyRefused(
            deferred(
                "{pictures} pictures are too few to fit a cure on one half and judge it on the other; expected at "
                "least {fewest}.",
                pictures=len(pictures),
                fewest=FEWEST,
            ),
            deferred("Give another study of the same model as the repair set."),
        )
    rng = np.random.default_rng(seed)
    group = pictures.truth * 2 + (0 if pictures.evidence is None else pictures.evidence)
    first = np.zeros(len(pictures), np.bool_)
    surplus = False
    for name in np.unique(group):
        members = rng.permutation(np.flatnonzero(group == name))
        # Groups of odd size give their surplus picture in turns, so that the halves are of one size.
        size = len(members) // 2 + (len(members) % 2 if surplus else 0)
        surplus ^= bool(len(members) % 2)
        first[members[:size]] = True
    return Division(pictures.take(first), pictures.take(~first))


def separate(fitted_on: RepairSet, held_back: RepairSet, copies: Collection[str]) -> Division:
    """Return a repair set of its own and the pictures that judge it, without those that are in both.

    Parameters
    ----------
    fitted_on, held_back
        Pictures of two studies of the same model.
    copies
        Ids of pictures in `held_back` whose file is in the other study too.

    Raises
    ------
    StudyRefused
        If nothing is left to judge by.
    """
    kept: NDArray[np.bool_] = np.array([image_id not in copies for image_id in held_back.image_ids], np.bool_)
    if not kept.any():
        raise StudyRefused(
            deferred(
                "All {pictures} pictures of the study are in the repair set too, so that nothing is left to judge by.",
                pictures=len(kept),
            ),
            deferred("Choose a repair set of other pictures, or none: then half of the study is held back."),
        )
    return Division(fitted_on, held_back.take(kept), int((~kept).sum()))
