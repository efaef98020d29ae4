"""Pictures of a study that are copies of each other: equal files, crops, re-encodings and mirror images."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.similar_pairs import equal_pairs, grouped, near_by_embedding, near_by_hash
from xai_core.data.alignment import Likeness, colour_cast, likeness, small_grey
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable
from xai_core.progress import StageProgress, ignore_stage_progress
from xai_core.study.pictures.properties import measure_study
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study

FILE = "duplicates.parquet"
"""Name of the file in the study's folder."""

COLUMNS = ("first", "second", "kind", "cosine", "correlation", "mirrored")
"""Columns of the table of pairs."""

LEAST_COSINE = 0.6
"""Cosine of centred embeddings from which on two pictures are compared pixel by pixel."""

NEIGHBOURS = 4
"""Nearest pictures of each that are compared with it."""

MOST_BITS = 10
"""Bits of 64 in which the perceptual hashes of compared pictures may differ."""

LEAST_CORRELATION = 0.95
"""Correlation of the aligned grey values from which on two pictures are duplicates.

On 512-px photographs of Food-101, crops down to 65 % of the side, JPEG at quality 30 and mirror images had 0.99 or
more, and 270 pairs of different photographs at most 0.90.
"""

LARGEST_CAST = 30.0
"""Difference in colour, in steps of 255, from which on two pictures are different things of the same shape."""

_VERSION = "duplicates 1"
MEASURING, SEARCHING, COMPARING = "Measuring", "Searching", "Comparing"
"""Stages that `find_duplicates` reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Duplicates in a study.

    Attributes
    ----------
    pairs
        One row per pair with the columns `COLUMNS`: ids, "same file" or "near", the cosine of the embeddings (NaN where
        it was not computed), the correlation of the aligned pixels, and whether one is a mirror image.
    groups
        Ids of pictures that pairs connect. Groups with several labels come first, then the larger ones.
    by_embedding
        False if the study has no embeddings, so that only hashes proposed pairs.
    pictures
        Number of pictures that were compared; unreadable ones were not.
    """

    pairs: pd.DataFrame
    groups: Sequence[Sequence[str]]
    by_embedding: bool
    pictures: int

    def kind(self, group: Sequence[str]) -> str:
        """Return "same file" if all pictures of a group are equal files, else "near"."""
        of_group = self.pairs[self.pairs["first"].isin(group)]
        return "same file" if (of_group["kind"] == "same file").all() else "near"


def stored_duplicates(study: Study) -> Duplicates | None:
    """Return the duplicates of a study, None if they have not been searched."""
    pairs = read_table(study.folder / FILE, _version(study))
    if pairs is None or tuple(pairs.columns) != COLUMNS:
        return None
    ids = set(study.table["image_id"])
    return _with_groups(study, pairs) if ids.issuperset(pairs["first"]) and ids.issuperset(pairs["second"]) else None


def find_duplicates(study: Study, progress: StageProgress = ignore_stage_progress) -> Duplicates:
    """Search a study for duplicates, and keep the result.

    Equal files are found by a hash of their content. Others are proposed by the embeddings, in which crops and mirror
    images lie close to their original, and by perceptual hashes; the pixels decide after one picture is laid over the
    other.

    Parameters
    ----------
    study
        The study. Its properties are measured first where they are missing, because the hashes are among them.
    progress
        Receives the stage and its steps done and planned. An exception in it stops the run.

    Raises
    ------
    StudyRefused
        If another process is measuring the same study.
    StoreRefused
        If the disk does not take the result.
    """
    measured = measure_study(study, lambda done, planned: progress(MEASURING, done, planned))
    known = stored_duplicates(study)
    if known is not None:
        return known
    ids = list(study.table["image_id"])
    readable = np.flatnonzero((measured["content_hash"] != "").to_numpy())
    same = equal_pairs(measured["content_hash"])
    # Of equal files the first one is compared with other pictures, the rest would give the same pairs again.
    copies = {second for _, second in same}
    compared = np.array([row for row in readable if row not in copies], np.intp)
    cosines: dict[tuple[int, int], float] = {}
    if study.embeddings is not None and len(compared):
        shown = near_by_embedding(
            study.embeddings[compared],
            least_cosine=LEAST_COSINE,
            neighbours=NEIGHBOURS,
            progress=lambda done, planned: progress(SEARCHING, done, planned),
        )
        cosines = {(int(compared[one]), int(compared[two])): cosine for (one, two), cosine in shown.items()}
    look, mirror = (measured[name].to_numpy(np.uint64) for name in ("look_hash", "mirror_hash"))
    proposed = sorted(cosines.keys() | near_by_hash(look, mirror, compared, most_bits=MOST_BITS))
    rows = [(ids[one], ids[two], "same file", np.nan, 1.0, False) for one, two in sorted(same)]
    likenesses = compare_pixels(proposed, lambda row: (study, ids[row]), lambda row: (study, ids[row]), progress)
    for (one, two), found in zip(proposed, likenesses, strict=True):
        if found.correlation >= LEAST_CORRELATION:
            cosine = cosines.get((one, two), np.nan)
            rows.append((ids[one], ids[two], "near", cosine, found.correlation, found.mirrored))
    pairs = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"first": "str", "second": "str", "kind": "str", "cosine": float, "correlation": float, "mirrored": bool}
    )
    write_table(study.folder / FILE, pairs, _version(study))
    return _with_groups(study, pairs)


def compare_pixels(
    pairs: Sequence[tuple[int, int]],
    first: Callable[[int], tuple[Study, str]],
    second: Callable[[int], tuple[Study, str]],
    progress: StageProgress,
) -> list[Likeness]:
    """Lay the pictures of pairs over each other, in threads.

    Parameters
    ----------
    pairs
        Pairs of rows.
    first, second
        Study and id of a picture by its row, for either end of a pair.
    progress
        Receives the stage `COMPARING` with the numbers of pairs done and planned.

    Returns
    -------
    One likeness per pair; 0 if a picture cannot be read or the colours differ much.
    """

    @lru_cache(maxsize=8192)  # 4 kB each
    def small(study: Study, image_id: str) -> tuple[NDArray[np.uint8], NDArray[np.float64]] | None:
        try:
            photo = decode(study.picture_bytes(image_id), image_id, enough_px=128)
        except PictureUnreadable:
            return None
        return small_grey(photo), colour_cast(photo)

    def compare(pair: tuple[int, int]) -> Likeness:
        one, two = small(*first(pair[0])), small(*second(pair[1]))
        if one is None or two is None or np.abs(one[1] - two[1]).max() > LARGEST_CAST:
            return Likeness(0.0, mirrored=False)
        return likeness(one[0], two[0])

    found: list[Likeness] = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), "compare") as pool:
        try:
            for result in pool.map(compare, pairs):
                found.append(result)
                if len(found) % 16 == 0 or len(found) == len(pairs):
                    progress(COMPARING, len(found), len(pairs))
        finally:
            pool.shutdown(cancel_futures=True)
    return found


def _with_groups(study: Study, pairs: pd.DataFrame) -> Duplicates:
    ids, truths = study.table["image_id"], study.table["truth"].to_numpy()
    row_of = {image_id: row for row, image_id in enumerate(ids)}
    ends = zip(pairs["first"].map(row_of), pairs["second"].map(row_of), strict=True)
    groups = grouped((int(one), int(two)) for one, two in ends)
    groups.sort(key=lambda rows: (len({truths[row] for row in rows}) == 1, -len(rows), rows[0]))
    named = tuple(tuple(str(ids.iloc[row]) for row in rows) for rows in groups)
    readable = int((study.table["unreadable"] == "").sum())
    return Duplicates(pairs, named, study.embeddings is not None, readable)


def _version(study: Study) -> str:
    """Return the version of the search with the pictures that it was made on."""
    return f"{_VERSION} {study.created} {study.model_id}"
