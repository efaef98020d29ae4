"""Ranked list of the labels of a study that may be wrong, kept in its folder, and its test on planted errors."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from xai_core.errors import SettingRefused, StudyRefused
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.annotation.label_errors import COLUMNS, rank_labels
from xai_core.repair.fitting.repair_set import repair_set
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study

FILE = "label_errors.parquet"
"""Name of the file in the study's folder."""

_VERSION = "label errors 1"


def stored_label_list(study: Study) -> pd.DataFrame | None:
    """Return the ranked list of a study, see `rank_labels`; None if it has not been made."""
    found = read_table(study.folder / FILE, _version(study))
    if found is None or tuple(found.columns) != COLUMNS:
        return None
    return found if set(found["image_id"]) <= set(study.table["image_id"]) else None


def label_list(study: Study, progress: Progress = ignore_progress) -> pd.DataFrame:
    """Rank the labels of a study by how likely they are wrong, and keep the list; see `rank_labels`.

    Raises
    ------
    StudyRefused
        If the study has no embeddings.
    StoreRefused
        If the disk does not take the list.
    """
    known = stored_label_list(study)
    if known is not None:
        return known
    found = rank_labels(repair_set(study), study.labels, progress)
    write_table(study.folder / FILE, found, _version(study))
    return found


@dataclass(frozen=True, slots=True)
class PlantedErrors:
    """Test of the list on labels that were exchanged at random.

    Attributes
    ----------
    planted
        Number of exchanged labels.
    found
        How many of them are among the first `planted` of the list. Over `planted` it is precision and recall in one.
    found_in_double
        How many are among the first 2 * `planted`.
    found_by_loss, double_by_loss
        The same for the order by the model's loss alone.
    """

    planted: int
    found: int
    found_in_double: int
    found_by_loss: int
    double_by_loss: int


def try_label_list(
    study: Study, percent: float, *, seed: int = 0, progress: Progress = ignore_progress
) -> PlantedErrors:
    """Exchange some labels of a study at random in memory, and look where the list has them.

    Each of them gets another class of the study. Labels that were wrong before count as right ones, so that the true
    precision is higher.

    Parameters
    ----------
    study
        The study, of which nothing is changed.
    percent
        Share of the labels to exchange.
    seed
        Seed of the choice.
    progress
        See `rank_labels`.

    Raises
    ------
    SettingRefused
        If the share is not above 0 and at most 50.
    StudyRefused
        If the study has no embeddings, a single class, or too few pictures.
    """
    if not 0 < percent <= 50:
        raise SettingRefused(
            deferred("the share of exchanged labels"), percent, deferred("a number of percent above 0, at most 50")
        )
    pictures = repair_set(study)
    count = round(len(pictures) * percent / 100)
    if len(pictures.classes) < 2 or not count:
        raise StudyRefused(
            deferred(
                "The study {study} has {pictures} pictures of {classes} classes, in which {percent:g} % of the labels "
                "cannot be exchanged.",
                study=study.name,
                pictures=len(pictures),
                classes=len(pictures.classes),
                percent=percent,
            ),
            deferred("A study of at least two classes is needed, and a share that is at least one picture."),
        )
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(pictures), count, replace=False)
    truth = pictures.truth.copy()
    # A step of 1 to C - 1 from the place of the true class leads to any other class, each equally often.
    steps = rng.integers(1, len(pictures.classes), count)
    truth[rows] = pictures.classes[(np.searchsorted(pictures.classes, truth[rows]) + steps) % len(pictures.classes)]
    exchanged = replace(pictures, truth=truth)
    planted = {pictures.image_ids[row] for row in rows}
    ranked = list(rank_labels(exchanged, study.labels, progress)["image_id"])
    log_p = log_softmax(exchanged.logits.astype(np.float64), axis=1)[np.arange(len(exchanged)), truth]
    by_loss = [pictures.image_ids[row] for row in np.argsort(log_p, kind="stable")]
    first = [len(planted & set(order[:depth])) for order in (ranked, by_loss) for depth in (count, 2 * count)]
    return PlantedErrors(count, *first)


def _version(study: Study) -> str:
    """Return the version of the list with the study that it was made of."""
    return f"{_VERSION} {study.created} {study.model_id}"
