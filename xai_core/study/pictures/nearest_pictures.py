"""Pictures of a study, or of another one by the same model, that look most like a picture to the model."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.neighbours import directions, nearest
from xai_core.errors import NameUnknown, PictureUnreadable, SettingRefused, StudyRefused
from xai_core.language import deferred, mark
from xai_core.study.study import Study

COLUMNS = ("image_id", "truth", "guess", "cosine")
"""Columns of a table of nearest pictures."""


def nearest_pictures(
    study: Study, image_id: str, *, among: Study | None = None, label: str | None = None, count: int = 6
) -> pd.DataFrame:
    """Return the pictures whose embeddings are nearest to that of a picture.

    Parameters
    ----------
    study, image_id
        The picture.
    among
        Study in which they are searched, such as that of the training pictures; None for the study itself, without the
        picture.
    label
        Annotated class of the pictures; None for all.
    count
        Number of pictures.

    Returns
    -------
    Columns `COLUMNS`, the nearest first: the cosine is that of the angle between centred embeddings, -1 to 1.

    Raises
    ------
    NameUnknown
        If there is no such picture, or no picture of such a class.
    PictureUnreadable
        If the model could not read the picture.
    SettingRefused
        If the other study is of another model.
    StudyRefused
        If a study has no embeddings.
    """
    row = study.row(image_id)
    if row["unreadable"]:
        raise PictureUnreadable(image_id, str(row["unreadable"]))
    known = among or study
    check_comparable(study, known)
    assert study.embeddings is not None
    own = study.embeddings[study.table.index.get_loc(row.name)]
    rows = np.flatnonzero((known.table["unreadable"] == "").to_numpy())
    if known is study:
        rows = rows[rows != study.table.index.get_loc(row.name)]
    return _nearest_to(own, known, rows, label, count)


def check_comparable(study: Study, known: Study) -> None:
    """Refuse two studies whose embeddings say nothing about each other.

    Raises
    ------
    SettingRefused
        If the other study is of another model.
    StudyRefused
        If a study has no embeddings.
    """
    if known.model_id != study.model_id:
        raise SettingRefused(
            deferred("the other study"),
            deferred("{study}, of another model", study=known.name),
            deferred("a study of the same model as {study}; embeddings of another model say nothing", study=study.name),
        )
    for each in (study, known):
        if each.embeddings is None:
            raise StudyRefused(
                deferred(
                    "The study {study} has no embeddings: its model does not end in a linear layer that can be seen.",
                    study=each.name,
                ),
                deferred(
                    "Choose a study of a model with a linear last layer, or export the model so that it ends in one."
                ),
            )


def _nearest_to(
    own: NDArray[np.float16], known: Study, rows: NDArray[np.intp], label: str | None, count: int
) -> pd.DataFrame:
    assert known.embeddings is not None
    pool = known.embeddings[rows]
    middle = pool.mean(axis=0, dtype=np.float32) if len(rows) else np.zeros(len(own), np.float32)
    if label is not None:
        of_label = (known.table["truth"].iloc[rows] == label).to_numpy()
        if not of_label.any() and label not in set(known.table["truth"]):
            raise NameUnknown(mark("class"), label, hint=deferred("No picture of {study} has it.", study=known.name))
        rows, pool = rows[of_label], pool[of_label]
    near, cosines = nearest(directions(own[None], middle)[0], directions(pool, middle)[0], count=count)
    found: pd.DataFrame = known.table.iloc[rows[near[0]]][["image_id", "truth", "guess"]].reset_index(drop=True)
    return found.assign(cosine=cosines[0])
