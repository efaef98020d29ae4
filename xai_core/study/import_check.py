"""Import checks of a study or of a model."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.confusions import confusion
from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.doctor.examination import EXAMINED, LabelledPictures, examine
from xai_core.doctor.finding import ImportReport
from xai_core.doctor.label_order import check_label_order, confusion_counts
from xai_core.doctor.outputs import check_outputs
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress, ignore_progress
from xai_core.study.import_report import stored_report, write_report
from xai_core.study.predictions import check_labels
from xai_core.study.study import Study

log = logging.getLogger(__name__)

_BATCH = 32


def check_import(study: Study, runtime: Runtime, *, progress: Progress = ignore_progress) -> ImportReport:
    """Check preprocessing, label order and outputs on the study's labelled pictures.

    Parameters
    ----------
    study
        Study with its predictions.
    runtime
        Its model, from `Study.open_runtime`.
    progress
        Called with the alternative preprocessings done and all of them.

    Raises
    ------
    PictureUnreadable
        If a picture that was readable has gone.
    """
    table = confusion.readable(study.table)
    truth = _columns(table["truth"], study.labels)
    logits = study.logits[table.index.to_numpy()].astype(np.float32)
    ids = table["image_id"].to_numpy()
    return _check(runtime, truth, logits, lambda row: study.photo(str(ids[row])), progress)


def check_model(runtime: Runtime, data: PictureSet, *, progress: Progress = ignore_progress) -> ImportReport:
    """Check a model on labelled pictures of which no study exists yet.

    Parameters
    ----------
    runtime
        The model.
    data
        Labelled set, of which up to `EXAMINED` pictures are read.
    progress
        Called with the alternative preprocessings done and all of them.

    Raises
    ------
    NameUnknown, NameAmbiguous
        If the set has classes that the model does not have.
    """
    named = check_labels(data.pictures, runtime.spec.labels)
    order = np.random.default_rng(0).permutation(len(named))[:EXAMINED]
    readable, views = [], []
    for picture in (named[number] for number in order):
        with suppress(PictureUnreadable):
            views.append(preprocess.view(decode(data.read_bytes(picture.image_id), picture.image_id), runtime.spec))
            readable.append(picture)
    if not readable:
        return ImportReport()
    logits = np.concatenate(
        [
            runtime.logits(preprocess.normalise(np.stack(views[start : start + _BATCH]), runtime.spec))
            for start in range(0, len(views), _BATCH)
        ]
    )
    truth = _columns([picture.truth for picture in readable], runtime.spec.labels)

    def photo(row: int) -> Image.Image:
        return decode(data.read_bytes(readable[row].image_id), readable[row].image_id)

    return _check(runtime, truth, logits, photo, progress)


def _check(
    runtime: Runtime,
    truth: NDArray[np.int64],
    logits: NDArray[np.float32],
    photo: Callable[[int], Image.Image],
    progress: Progress,
) -> ImportReport:
    """Check N pictures with their true columns (N,), logits (N, L) and photographs by row."""
    if not len(truth):
        return ImportReport()
    labels = runtime.spec.labels
    counts = confusion_counts(truth, logits.argmax(axis=1).astype(np.int64), len(labels))
    # Seeded, so that a second run gives the same report.
    chosen = np.random.default_rng(0).permutation(len(truth))[:EXAMINED]
    pictures = LabelledPictures(lambda number: photo(int(chosen[number])), truth[chosen], logits[chosen])
    found = examine(runtime, pictures, progress=progress)
    return ImportReport(
        findings=(*check_label_order(counts, labels), *found.findings, *check_outputs(logits, truth)),
        pictures=found.pictures,
        alternatives=found.alternatives,
        evaluations=found.evaluations,
    )


def _columns(classes: Iterable[str], labels: Sequence[str]) -> NDArray[np.int64]:
    column = {label: number for number, label in enumerate(labels)}
    return np.array([column[name] for name in classes], np.int64)


def update_report(study: Study, runtime: Runtime, *, progress: Progress = ignore_progress) -> ImportReport | None:
    """Return the stored report of a study, or check and store it; None if the checks failed.

    A study is complete without its report, so a failure is logged and ends nothing.
    """
    stored = stored_report(study)
    if stored is not None:
        return stored
    try:
        report = check_import(study, runtime, progress=progress)
        write_report(study, report)
    except XaiError as fault:
        log.warning("The import checks of the study %s failed: %s", study.name, fault.sentence)
        return None
    return report
