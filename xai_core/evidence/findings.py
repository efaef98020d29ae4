"""All that is found in the explained pictures of a pair, from their contrasts: numbers, averages, patches, clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.evidence import location
from xai_core.evidence.averages import Average, on_the_frame, on_the_object
from xai_core.evidence.clusters import clusters
from xai_core.evidence.difference import Difference, difference
from xai_core.evidence.objects import CentralObject
from xai_core.evidence.patches import Patch, patch

GROUPS = ("mistakes", "of_truth", "of_guess")
"""Mistakes, and correct pictures of the true and of the guessed class."""

MEASURES = ("in_middle", "on_object")
"""Columns of `Findings.numbers` that are compared: part of the positive contrast within the central half of the
picture, and on the object in its middle."""

COLUMNS = (
    "image_id",
    "group",
    "evaluations",
    "for_guess",
    "for_truth",
    "in_middle",
    "on_object",
    "object_area",
    "patch_top",
    "patch_left",
    "patch_side",
    "patch_value",
    "patch_share",
    "cluster",
)
"""Of `Findings.numbers`."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One explained picture.

    Attributes
    ----------
    image_id, group
        Which picture, and which of `GROUPS` it is of.
    view : (H, W, 3) uint8
        The picture as the model sees it.
    at
        The object in its middle.
    contrast : (H, W) float32
        Why the guess rather than the truth, in logits per pixel.
    evaluations
        Spent on it so far.
    """

    image_id: str
    group: str
    view: NDArray[np.uint8]
    at: CentralObject
    contrast: NDArray[np.float32]
    evaluations: int


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What the pieces say together.

    Attributes
    ----------
    numbers
        A row a picture with the columns `COLUMNS`: sums of the positive and of the negative contrast in logits
        (`for_guess`, `for_truth`, both positive), shares of the positive contrast, and the patch in pixels of the
        model's input; `cluster` counts from 1, 0 for correct pictures, patches are NaN where nothing is positive.
    on_frame, on_object
        Averages by group; a group without pictures has none.
    for_guess
        The patch of each picture that argues for the guess, by image id.
    for_truth
        The patch of each correct picture of the true class that argues for the truth, by image id.
    clusters
        Image ids of the mistakes of each cluster, the largest first.
    differences
        By measure: mistakes against correct pictures of the true class; None where there are none.
    """

    numbers: pd.DataFrame
    on_frame: Mapping[str, Average]
    on_object: Mapping[str, Average]
    for_guess: Mapping[str, Patch]
    for_truth: Mapping[str, Patch]
    clusters: tuple[tuple[str, ...], ...]
    differences: Mapping[str, Difference | None]

    def of(self, group: str) -> pd.DataFrame:
        """Rows of a group."""
        return self.numbers[self.numbers["group"] == group]


def findings(pieces: Sequence[Piece]) -> Findings:
    """Put together what explained pictures of a pair say.

    Parameters
    ----------
    pieces
        In any order, each picture once, all views of one size.
    """
    by_group = {group: [each for each in pieces if each.group == group] for group in GROUPS}
    by_group = {group: members for group, members in by_group.items() if members}
    wrong = by_group.get("mistakes", [])
    found = tuple(tuple(wrong[each].image_id for each in members) for members in clusters([w.contrast for w in wrong]))
    for_guess = _patches(pieces, 1)
    numbers = _numbers(pieces, for_guess, found)
    return Findings(
        numbers=numbers,
        on_frame={group: on_the_frame(*_views(members)) for group, members in by_group.items()},
        on_object={
            group: on_the_object(*_views(members), [each.at for each in members]) for group, members in by_group.items()
        },
        for_guess=for_guess,
        for_truth=_patches(by_group.get("of_truth", []), -1),
        clusters=found,
        differences={measure: _difference(numbers, measure) for measure in MEASURES},
    )


def average(pieces: Sequence[Piece], image_ids: Sequence[str]) -> Average:
    """Average, on the picture's frame, of some of the pieces; at least one."""
    return on_the_frame(*_views([each for each in pieces if each.image_id in image_ids]))


def _views(pieces: Sequence[Piece]) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.float32]]]:
    return [each.view for each in pieces], [each.contrast for each in pieces]


def _patches(pieces: Sequence[Piece], sign: int) -> dict[str, Patch]:
    found = {each.image_id: patch(each.image_id, np.float32(sign) * each.contrast) for each in pieces}
    return {image_id: each for image_id, each in found.items() if each is not None}


def _numbers(pieces: Sequence[Piece], patches: Mapping[str, Patch], found: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    cluster = {image_id: number for number, members in enumerate(found, start=1) for image_id in members}
    rows = [_row(each, patches.get(each.image_id), cluster.get(each.image_id, 0)) for each in pieces]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(piece: Piece, cut: Patch | None, cluster: int) -> dict[str, object]:
    contrast, within = piece.contrast, piece.at.mask(piece.contrast.shape)
    nothing = float("nan")
    return {
        "image_id": piece.image_id,
        "group": piece.group,
        "evaluations": piece.evaluations,
        "for_guess": float(np.maximum(contrast, 0).sum(dtype=np.float64)),
        "for_truth": float(np.maximum(-contrast, 0).sum(dtype=np.float64)),
        "in_middle": location.share_in(contrast, location.central_half(contrast.shape)),
        "on_object": location.share_in(contrast, within),
        "object_area": float(within.mean()),
        "patch_top": cut.top if cut else nothing,
        "patch_left": cut.left if cut else nothing,
        "patch_side": cut.side if cut else nothing,
        "patch_value": cut.value if cut else nothing,
        "patch_share": cut.share if cut else nothing,
        "cluster": cluster,
    }


def _difference(numbers: pd.DataFrame, measure: str) -> Difference | None:
    mistakes, correct = (
        # Without evidence for the guess it lies nowhere, and its shares are no measurement.
        numbers[measure][(numbers["group"] == group) & (numbers["for_guess"] > 0)].to_numpy(np.float64)
        for group in ("mistakes", "of_truth")
    )
    return difference(mistakes, correct)
