"""Entry of a verdict with the guess, the model and the file that it is about."""

import pandas as pd

from pages.ui.access import visitors
from pages.ui.loaders import pictures
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import Verdict


def write_verdict(study: Study, row: pd.Series, kind: str, *, seen: int, note: str = "", author: str = "") -> Verdict:
    """Write a verdict on a picture, with what it is about: the guess, the model and the file.

    Parameters
    ----------
    study, row
        Study and the picture's row of its table.
    kind, seen, note, author
        See `VerdictStore.put`, which also says what it raises.

    Raises
    ------
    PictureUnreadable
        If the picture's file cannot be read any more.
    NotAllowed
        If the visitor may not give verdicts.
    """
    visitors.require("judge")
    image_id = str(row["image_id"])
    return VerdictStore(study.folder).put(
        image_id,
        kind,
        seen=seen,
        note=note,
        author=visitors.author(author),
        truth=str(row["truth"]),
        guess=str(row["guess"]),
        model_id=study.model_id,
        picture_hash=pictures.model_view(study, image_id).picture_hash,
    )
