"""Pictures that the mistakes of a pair lack, and how many of them a refit would need."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xai_core.confusions.confusion import mistakes
from xai_core.errors import NameUnknown, SettingRefused
from xai_core.language import deferred, mark, tr
from xai_core.repair.annotation.requests import CurvePoint, learning_curve, pictures_needed, request_list
from xai_core.repair.fitting.repair_set import repair_set
from xai_core.repair.trials.cures import try_cure
from xai_core.repair.trials.division import halves
from xai_core.study.study import Study
from xai_core.texts import paragraph


@dataclass(frozen=True, slots=True)
class PicturesNeeded:
    """Learning curve of refits on one half of a study, judged on the other.

    Attributes
    ----------
    before
        Mistakes of the pair among the held-back pictures before any refit.
    points
        The curve.
    """

    before: int
    points: tuple[CurvePoint, ...]

    @property
    def needed(self) -> int | None:
        """Smallest number of pictures that halves the mistakes; None if none does."""
        return pictures_needed(self.points, self.before)

    @property
    def sentence(self) -> str:
        """Conclusion in words."""
        if self.needed is None:
            last = tr("More than there are would be needed to halve the mistakes.")
        elif self.needed == 0:
            last = tr("The mistakes are halved without any: the refit of the other pictures does it.")
        else:
            last = tr("{needed} such pictures halve the mistakes.", needed=self.needed)
        return paragraph(last, tr("Before the refit: {mistakes}.", mistakes=self.before))


def missing_data(
    study: Study, pair: tuple[str, str], *, known: Study | None = None, evidence: Mapping[str, bool] | None = None
) -> pd.DataFrame:
    """Describe the mistakes of a pair by the nearest pictures that the model could have learnt from.

    Parameters
    ----------
    study
        Study with the mistakes.
    pair
        Truth and guess.
    known
        Study of the training pictures by the same model; None for the right answers of the study itself.
    evidence
        See `repair_set`.

    Returns
    -------
    See `request_list`.

    Raises
    ------
    NameUnknown
        If the pair has no mistake.
    SettingRefused
        If the known pictures are by another model.
    StudyRefused
        If a study has no embeddings, or other classes.
    """
    truth, guess = pair
    if known is not None and known.model_id != study.model_id:
        raise SettingRefused(
            deferred("The study of known pictures"),
            deferred("{study}, of another model", study=known.name),
            deferred("a study of the same model as {study}; embeddings of another model say nothing", study=study.name),
        )
    ids = set(mistakes(study.table, truth, guess)["image_id"])
    if not ids:
        hint = deferred(
            "{truth} is never taken for {guess} in the study {study}.", truth=truth, guess=guess, study=study.name
        )
        raise NameUnknown(mark("pair"), f"{truth}:{guess}", hint=hint)
    groups = None if evidence is None else dict(evidence)
    pictures = repair_set(study, evidence=groups)
    wrong = pictures.take(np.array([image_id in ids for image_id in pictures.image_ids], np.bool_))
    if known is None:
        pool = pictures.take(pictures.logits.argmax(axis=1) == pictures.truth)
    else:
        pool = repair_set(known, evidence=groups, labels=study.labels)
    return request_list(wrong, pool, study.labels, pair)


def pictures_for_refit(
    study: Study, pair: tuple[str, str], *, evidence: Mapping[str, bool] | None = None
) -> PicturesNeeded:
    """Estimate by refits on half of a study how many pictures of the truth with the evidence are needed.

    Raises
    ------
    StudyRefused
        If the study has no embeddings, or too few pictures.
    """
    division = halves(repair_set(study, evidence=None if evidence is None else dict(evidence)))
    full = try_cure("refit", division, study.labels, pair)
    assert full.refit is not None
    points = learning_curve(division, study.labels, pair, strength=full.refit.strength)
    return PicturesNeeded(full.outcome.pair.before, points)
