"""Pictures of one study that another study has too, such as test pictures among the training pictures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.neighbours import directions, nearest
from xai_core.confusions.similar_pairs import near_by_hash_between
from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.progress import StageProgress, ignore_stage_progress
from xai_core.study.pictures.duplicates import (
    COLUMNS,
    LEAST_CORRELATION,
    LEAST_COSINE,
    MEASURING,
    MOST_BITS,
    NEIGHBOURS,
    SEARCHING,
    compare_pixels,
)
from xai_core.study.pictures.properties import measure_study
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study

_VERSION = "leaks 1"


@dataclass(frozen=True, slots=True, eq=False)
class Leaks:
    """Pictures that two studies have in common.

    Attributes
    ----------
    pairs
        One row per pair with the columns of `duplicates.COLUMNS`: `first` is the id in the study, `second` that in the
        other one.
    by_embedding
        False if the studies have no embeddings by the same model, so that only hashes proposed pairs.
    pictures
        Number of readable pictures of the study.
    """

    pairs: pd.DataFrame
    by_embedding: bool
    pictures: int

    @property
    def leaked(self) -> int:
        """Number of pictures of the study that the other one has too."""
        return int(self.pairs["first"].nunique())


def stored_leaks(study: Study, other: Study) -> Leaks | None:
    """Return what two studies have in common, None if it has not been searched."""
    pairs = read_table(study.folder / leaks_file(other.name), _version(study, other))
    return None if pairs is None or tuple(pairs.columns) != COLUMNS else _leaks(study, other, pairs)


def leaks_file(other: str) -> str:
    """Return the name of the file in the study's folder, by the name of the other study."""
    return f"leaks.{other}.parquet"


def find_leaks(study: Study, other: Study, progress: StageProgress = ignore_stage_progress) -> Leaks:
    """Search two studies for pictures that both have, as equal files or crops, re-encodings and mirror images.

    Pairs are proposed and confirmed as in `find_duplicates`. The result is kept in the first study.

    Parameters
    ----------
    study, other
        The studies. If they are not by the same model, only equal files and hashes propose pairs.
    progress
        Receives the stage and its steps done and planned. An exception in it stops the run.

    Raises
    ------
    SettingRefused
        If both are one study.
    StudyRefused
        If another process is measuring one of the studies.
    StoreRefused
        If the disk does not take the result.
    """
    if other.folder == study.folder:
        raise SettingRefused(
            deferred("the other study"),
            other.name,
            deferred("another one than the first; duplicates within a study are another search"),
        )
    first, second = (
        measure_study(each, lambda done, planned: progress(MEASURING, done, planned)) for each in (study, other)
    )
    known = stored_leaks(study, other)
    if known is not None:
        return known
    ids, others = list(study.table["image_id"]), list(other.table["image_id"])
    files = {content: row for row, content in enumerate(second["content_hash"]) if content}
    rows = [
        (image_id, others[files[content]], "same file", np.nan, 1.0, False)
        for image_id, content in zip(ids, first["content_hash"], strict=True)
        if content in files
    ]
    same = {row[0] for row in rows}
    compared = np.array(
        [row for row, content in enumerate(first["content_hash"]) if content and ids[row] not in same], np.intp
    )
    pool = np.flatnonzero((second["content_hash"] != "").to_numpy())
    cosines = _near(study, other, compared, pool, progress) if _by_embedding(study, other) else {}
    look, mirror = (first[name].to_numpy(np.uint64)[compared] for name in ("look_hash", "mirror_hash"))
    hashes = near_by_hash_between(look, mirror, second["look_hash"].to_numpy(np.uint64)[pool], most_bits=MOST_BITS)
    proposed = sorted(cosines.keys() | {(int(compared[one]), int(pool[two])) for one, two in hashes})
    likenesses = compare_pixels(proposed, lambda row: (study, ids[row]), lambda row: (other, others[row]), progress)
    for (one, two), found in zip(proposed, likenesses, strict=True):
        if found.correlation >= LEAST_CORRELATION:
            cosine = cosines.get((one, two), np.nan)
            rows.append((ids[one], others[two], "near", cosine, found.correlation, found.mirrored))
    pairs = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"first": "str", "second": "str", "kind": "str", "cosine": float, "correlation": float, "mirrored": bool}
    )
    write_table(study.folder / leaks_file(other.name), pairs, _version(study, other))
    return _leaks(study, other, pairs)


def _near(
    study: Study, other: Study, compared: NDArray[np.intp], pool: NDArray[np.intp], progress: StageProgress
) -> dict[tuple[int, int], float]:
    """Return the cosine of each picture and its nearest ones in the other study, by their rows."""
    assert study.embeddings is not None
    assert other.embeddings is not None
    if not (len(compared) and len(pool)):
        return {}
    known, middle = directions(other.embeddings[pool])
    units, _ = directions(study.embeddings[compared], middle)
    near, cosines = nearest(
        units, known, count=NEIGHBOURS, progress=lambda done, planned: progress(SEARCHING, done, planned)
    )
    places = zip(*np.nonzero(cosines >= LEAST_COSINE), strict=True)
    return {(int(compared[row]), int(pool[near[row, place]])): float(cosines[row, place]) for row, place in places}


def _by_embedding(study: Study, other: Study) -> bool:
    return study.model_id == other.model_id and study.embeddings is not None and other.embeddings is not None


def _leaks(study: Study, other: Study, pairs: pd.DataFrame) -> Leaks:
    return Leaks(pairs, _by_embedding(study, other), int((study.table["unreadable"] == "").sum()))


def _version(study: Study, other: Study) -> str:
    """Return the version of the search with the pictures that it was made on."""
    return f"{_VERSION} {study.created} {study.model_id} {other.created} {other.model_id}"
