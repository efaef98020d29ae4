"""Division of pictures into those that a cure is fitted on and those that judge it."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import StudyRefused
from xai_core.repair.fitting.repair_set import RepairSet

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
            f"{len(pictures)} pictures are too few to fit a cure on one half and judge it on the other; expected at "
            f"least {FEWEST}.",
            "Give another study of the same model as the repair set.",
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
            f"All {len(kept)} pictures of the study are in the repair set too, so that nothing is left to judge by.",
            "Choose a repair set of other pictures, or none: then half of the study is held back.",
        )
    return Division(fitted_on, held_back.take(kept), int((~kept).sum()))
