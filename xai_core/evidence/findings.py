"""Numbers, averages, patches and clusters of the explained pictures of a pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.evidence import location
from xai_core.evidence.averages import Average, average_on_frame, average_on_object
from xai_core.evidence.central_object import CentralObject
from xai_core.evidence.clusters import clusters
from xai_core.evidence.patches import Patch, strongest_patch
from xai_core.evidence.permutation_test import GroupDifference, group_difference

GROUPS = ("mistakes", "of_truth", "of_guess")
"""Names of the groups of pictures, see `PairSample`."""

MEASURES = ("in_middle", "on_object")
"""Columns of `Findings.numbers` that are compared between groups.

They are the shares of the positive contrast in the central half of the picture and on its central object.
"""

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
"""Columns of `Findings.numbers`."""


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedPicture:
    """Picture with its explanation.

    Attributes
    ----------
    image_id, group
        The picture, and the one of `GROUPS` that it belongs to.
    view : (H, W, 3) uint8
        The picture as the model sees it.
    central_object
        Location of its central object.
    contrast : (H, W) float32
        Evidence for the guess rather than the truth, in logits per pixel.
    evaluations
        Evaluations spent so far.
    """

    image_id: str
    group: str
    view: NDArray[np.uint8]
    central_object: CentralObject
    contrast: NDArray[np.float32]
    evaluations: int


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Results from all explained pictures of a pair.

    Attributes
    ----------
    numbers
        One row per picture with the columns `COLUMNS`. `for_guess` and `for_truth` are the sums of the positive and of
        the negative contrast in logits, both given as positive numbers. `in_middle` and `on_object` are shares of the
        positive contrast. Patches are in pixels of the model's input, NaN if nothing is positive. `cluster` counts from
        1; it is 0 for correct pictures.
    on_frame, on_object
        Averages by group. A group without pictures has none.
    for_guess
        The patch with the strongest evidence for the guess in each picture, by image id.
    for_truth
        The patch with the strongest evidence for the truth in each correct picture of the true class, by image id.
    clusters
        Image ids of the mistakes of each cluster, the largest first.
    differences
        Comparison of mistakes with correct pictures of the true class, by measure; None without pictures to compare.
    """

    numbers: pd.DataFrame
    on_frame: Mapping[str, Average]
    on_object: Mapping[str, Average]
    for_guess: Mapping[str, Patch]
    for_truth: Mapping[str, Patch]
    clusters: tuple[tuple[str, ...], ...]
    differences: Mapping[str, GroupDifference | None]

    def of(self, group: str) -> pd.DataFrame:
        """Return the rows of a group."""
        return self.numbers[self.numbers["group"] == group]


def findings(pictures: Sequence[ExplainedPicture]) -> Findings:
    """Summarise the explained pictures of a pair.

    Parameters
    ----------
    pictures
        Pictures in any order, each once, all views of one size.
    """
    by_group = {group: [picture for picture in pictures if picture.group == group] for group in GROUPS}
    by_group = {group: members for group, members in by_group.items() if members}
    wrong = by_group.get("mistakes", [])
    divided = clusters([mistake.contrast for mistake in wrong])
    found = tuple(tuple(wrong[index].image_id for index in members) for members in divided)
    for_guess = _patches(pictures, 1)
    numbers = _numbers(pictures, for_guess, found)
    return Findings(
        numbers=numbers,
        on_frame={group: average_on_frame(*_views(members)) for group, members in by_group.items()},
        on_object={
            group: average_on_object(*_views(members), [picture.central_object for picture in members])
            for group, members in by_group.items()
        },
        for_guess=for_guess,
        for_truth=_patches(by_group.get("of_truth", []), -1),
        clusters=found,
        differences={measure: _difference(numbers, measure) for measure in MEASURES},
    )


def average_picture(pictures: Sequence[ExplainedPicture], image_ids: Sequence[str]) -> Average:
    """Average the pictures with some ids, at least one, on the frame of the picture."""
    return average_on_frame(*_views([picture for picture in pictures if picture.image_id in image_ids]))


def _views(pictures: Sequence[ExplainedPicture]) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.float32]]]:
    return [picture.view for picture in pictures], [picture.contrast for picture in pictures]


def _patches(pictures: Sequence[ExplainedPicture], sign: int) -> dict[str, Patch]:
    found = {
        picture.image_id: strongest_patch(picture.image_id, np.float32(sign) * picture.contrast) for picture in pictures
    }
    return {image_id: patch for image_id, patch in found.items() if patch is not None}


def _numbers(
    pictures: Sequence[ExplainedPicture], patches: Mapping[str, Patch], found: Sequence[tuple[str, ...]]
) -> pd.DataFrame:
    cluster = {image_id: number for number, members in enumerate(found, start=1) for image_id in members}
    rows = [_row(picture, patches.get(picture.image_id), cluster.get(picture.image_id, 0)) for picture in pictures]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(picture: ExplainedPicture, patch: Patch | None, cluster: int) -> dict[str, object]:
    contrast, within = picture.contrast, picture.central_object.mask(picture.contrast.shape)
    nothing = float("nan")
    return {
        "image_id": picture.image_id,
        "group": picture.group,
        "evaluations": picture.evaluations,
        "for_guess": float(np.maximum(contrast, 0).sum(dtype=np.float64)),
        "for_truth": float(np.maximum(-contrast, 0).sum(dtype=np.float64)),
        "in_middle": location.share_in(contrast, location.central_half(contrast.shape)),
        "on_object": location.share_in(contrast, within),
        "object_area": float(within.mean()),
        "patch_top": patch.top if patch else nothing,
        "patch_left": patch.left if patch else nothing,
        "patch_side": patch.side if patch else nothing,
        "patch_value": patch.value if patch else nothing,
        "patch_share": patch.share if patch else nothing,
        "cluster": cluster,
    }


def _difference(numbers: pd.DataFrame, measure: str) -> GroupDifference | None:
    mistakes, correct = (
        # A picture without evidence for the guess has no location of it. Its shares, all 0, are no measurement.
        numbers[measure][(numbers["group"] == group) & (numbers["for_guess"] > 0)].to_numpy(np.float64)
        for group in ("mistakes", "of_truth")
    )
    return group_difference(mistakes, correct)
