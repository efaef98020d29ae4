"""Comparison of two studies of the same pictures, whatever models they hold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xai_core.confusions.confusion import readable
from xai_core.errors import PictureUnreadable, StudyRefused
from xai_core.labels import match_names
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.comparison.guess_changes import GuessChanges
from xai_core.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class StudyComparison:
    """Changes from one study to another, with what could not be compared.

    Attributes
    ----------
    before, after
        Names of the studies.
    changes
        Guesses of both on the matching pictures that both have read and annotated alike.
    only_before, only_after
        Number of pictures that only one of the studies has.
    unreadable
        Number of matching pictures that one of the two could not read.
    annotated_otherwise
        Image ids, as in the first study, of matching pictures whose truths differ. They are left out.
    lacking_before, lacking_after
        Classes of the other model that a model does not have. It can never guess them.
    other_ids
        Id in the second study of each matching picture, by its id in the first.
    """

    before: str
    after: str
    changes: GuessChanges
    only_before: int
    only_after: int
    unreadable: int
    annotated_otherwise: tuple[str, ...]
    lacking_before: tuple[str, ...]
    lacking_after: tuple[str, ...]
    other_ids: Mapping[str, str]


def compare_studies(before: Study, after: Study, *, progress: Progress = ignore_progress) -> StudyComparison:
    """Compare the guesses of two studies on the pictures that both have.

    Pictures are matched by the content of their files, whatever their ids. Classes are matched by name.

    Parameters
    ----------
    before, after
        The studies.
    progress
        Receives the numbers of files hashed and planned. Studies of one folder need none.

    Raises
    ------
    StudyRefused
        If no picture is in both.
    NameAmbiguous
        If a class of one model fits two classes of the other.
    """
    matched = match_pictures(before, after, progress=progress)
    if not matched:
        raise StudyRefused(
            deferred(
                "The studies {before} ({before_pictures:,} pictures) and {after} ({after_pictures:,} pictures) have no "
                "picture in common; pictures are matched by the content of their files.",
                before=before.name,
                before_pictures=len(before.table),
                after=after.name,
                after_pictures=len(after.table),
            ),
            deferred("Create one of them again with the data of the other."),
        )
    spelling = match_names(after.labels, before.labels)
    table = _side_by_side(before, after, matched, spelling)
    unread = table["unread"].to_numpy(np.bool_)
    otherwise = ~unread & (table["truth"] != table["other_truth"]).to_numpy()
    extra = tuple(label for label in after.labels if label not in spelling)
    found = set(spelling.values())
    compared = table[~unread & ~otherwise].drop(columns=["unread", "other_truth"])
    return StudyComparison(
        before=before.name,
        after=after.name,
        changes=GuessChanges.of(compared, before.labels + extra),
        only_before=len(before.table) - len(matched),
        only_after=len(after.table) - len(matched),
        unreadable=int(unread.sum()),
        annotated_otherwise=tuple(table["image_id"][otherwise]),
        lacking_before=extra,
        lacking_after=tuple(label for label in before.labels if label not in found),
        other_ids=matched,
    )


def match_pictures(before: Study, after: Study, *, progress: Progress = ignore_progress) -> dict[str, str]:
    """Match the pictures of two studies by the content of their files.

    Returns
    -------
    Image id in `after` by image id in `before`, in the order of `before`. Of several equal files, each is matched once,
    and first with the file of the same id.
    """
    same_folder = before.data.root == after.data.root and before.data.format == after.data.format
    others = set(after.table["image_id"])
    # One id in one folder names one file, which need not be read to be the same.
    matched = {image_id: image_id for image_id in before.table["image_id"] if same_folder and image_id in others}
    taken = set(matched)
    rest = [image_id for image_id in before.table["image_id"] if image_id not in matched]
    other_rest = [image_id for image_id in after.table["image_id"] if image_id not in taken]
    if rest and other_rest:
        planned = len(rest) + len(other_rest)
        hashes = _hashes(before, rest, 0, planned, progress)
        ids_of: dict[str, list[str]] = {}
        for image_id, digest in _hashes(after, other_rest, len(rest), planned, progress).items():
            ids_of.setdefault(digest, []).append(image_id)
        for image_id, digest in hashes.items():
            equal = ids_of.get(digest, [])
            if equal:
                matched[image_id] = equal.pop(equal.index(image_id) if image_id in equal else 0)
    return {image_id: matched[image_id] for image_id in before.table["image_id"] if image_id in matched}


def _hashes(study: Study, image_ids: list[str], done: int, planned: int, progress: Progress) -> dict[str, str]:
    """Return the hash of each picture whose file can be read."""
    found = {}
    for number, image_id in enumerate(image_ids, start=1):
        try:
            found[image_id] = study.picture_hash(image_id)
        except PictureUnreadable:
            continue
        finally:
            progress(done + number, planned)
    return found


def _side_by_side(before: Study, after: Study, matched: Mapping[str, str], spelling: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per matching picture with both guesses, in the spelling of the first study."""
    first = before.table.set_index("image_id").loc[list(matched)]
    second = after.table.set_index("image_id").loc[list(matched.values())]

    def spelled(column: str) -> list[str]:
        return [spelling.get(name, name) for name in second[column]]

    seen = [first.index.isin(readable(before.table)["image_id"]), second.index.isin(readable(after.table)["image_id"])]
    return pd.DataFrame(
        {
            "image_id": first.index,
            "truth": first["truth"].to_numpy(),
            "other_truth": spelled("truth"),
            "before": first["guess"].to_numpy(),
            "after": spelled("guess"),
            "p_before": first["p_guess"].to_numpy(),
            "p_after": second["p_guess"].to_numpy(),
            "unread": ~(seen[0] & seen[1]),
        }
    )
