"""Import checks of a study or of a model."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.doctor.examination import EXAMINED, examine
from xai_core.doctor.finding import ImportReport
from xai_core.doctor.label_order import check_label_order
from xai_core.doctor.outputs import MALFUNCTIONS, check_outputs
from xai_core.doctor.screening import LabelledPictures
from xai_core.errors import OutputsNotFinite, PictureUnreadable, XaiError
from xai_core.language import ENGLISH, using
from xai_core.model import preprocess
from xai_core.model.input_values import read_inputs
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.progress import Progress, ignore_progress
from xai_core.study.import_report import stored_report, write_report
from xai_core.study.inference import NOT_FINITE
from xai_core.study.predictions import check_labels
from xai_core.study.study import Study

log = logging.getLogger(__name__)

SIZES_FROM = 10_000
"""Pictures of a study from which other input sizes are tried.

The model is opened again for each, which takes as long as the predictions of some hundred pictures.
"""

_BATCH = 32


@using(ENGLISH)
def check_import(study: Study, runtime: Runtime, *, progress: Progress = ignore_progress) -> ImportReport:
    """Check preprocessing, label order and outputs on the study's labelled pictures.

    Other input sizes are tried from `SIZES_FROM` pictures on.

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
    table = study.table[study.table["unreadable"].isin(["", NOT_FINITE])]
    truth = _columns(table["truth"], study.labels)
    logits = study.logits[table.index.to_numpy()].astype(np.float32)
    ids = table["image_id"].to_numpy()
    reopen = partial(_reopen, study) if len(table) >= SIZES_FROM else None
    pictures = LabelledPictures(lambda row: study.photo(str(ids[row])), truth, logits)
    return _check(runtime, pictures, reopen, progress)


@using(ENGLISH)
def check_model(
    runtime: Runtime,
    data: PictureSet,
    *,
    reopen: Callable[[ModelSpec], Runtime] | None = None,
    progress: Progress = ignore_progress,
) -> ImportReport:
    """Check a model on labelled pictures of which no study exists yet.

    Parameters
    ----------
    runtime
        The model.
    data
        Labelled set, of which up to `EXAMINED` pictures are read.
    reopen
        Function that opens the model with another input size, or raises ModelRefused; None tries no other sizes.
    progress
        Called with the alternative preprocessings done and all of them.

    Raises
    ------
    ModelRefused, NameAmbiguous
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
    batches = [views[start : start + _BATCH] for start in range(0, len(views), _BATCH)]
    logits = np.concatenate([_logits(runtime, batch) for batch in batches])
    truth = _columns([picture.truth for picture in readable], runtime.spec.labels)

    def photo(row: int) -> Image.Image:
        return decode(data.read_bytes(readable[row].image_id), readable[row].image_id)

    return _check(runtime, LabelledPictures(photo, truth, logits), reopen, progress)


def _logits(runtime: Runtime, views: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return the logits (N, L) of N pictures, NaN where they are not finite."""
    try:
        return runtime.logits(preprocess.normalise(np.stack(views), runtime.spec))
    except OutputsNotFinite:
        if len(views) > 1:
            return np.concatenate([_logits(runtime, [view]) for view in views])
        return np.full((1, len(runtime.spec.labels)), np.nan, np.float32)


def _reopen(study: Study, spec: ModelSpec) -> Runtime:
    from xai_core.runtimes.checkpoint import open_with_notes  # noqa: PLC0415 - torch takes seconds

    # On the CPU, because the fastest way on another device would be measured first, which takes longer than it saves.
    return open_with_notes(
        study.model_file,
        spec=spec,
        weights=study.options.get("weights"),
        output=study.options.get("output"),
        values=read_inputs([study.options.get("input", "")]),
        device="cpu",
    ).runtime


def _check(
    runtime: Runtime,
    pictures: LabelledPictures,
    reopen: Callable[[ModelSpec], Runtime] | None,
    progress: Progress,
) -> ImportReport:
    truth, logits = pictures.truth, pictures.logits
    finite = np.flatnonzero(np.isfinite(logits).all(axis=1))
    if not len(finite):
        return ImportReport(findings=check_outputs(logits, truth))
    order = check_label_order(truth[finite], logits[finite].argmax(axis=1).astype(np.int64), runtime.spec.labels)
    shifted = any(finding.fault == "shifted labels" for finding in order.findings)
    if shifted:
        # Under wrong names no preprocessing looks right. A wrong preprocessing can look like any other exchange of
        # names, so only a shift is taken for certain.
        truth = order.columns[truth]
    # Seeded, so that a second run gives the same report.
    chosen = finite[np.random.default_rng(0).permutation(len(finite))[:EXAMINED]]
    examined = LabelledPictures(lambda number: pictures.photo(int(chosen[number])), truth[chosen], logits[chosen])

    def resized(spec: ModelSpec) -> Runtime | None:
        with suppress(XaiError):
            return reopen(spec) if reopen else None
        return None

    found = examine(runtime, examined, resized=resized if reopen else None, progress=progress)
    labels = order.findings if shifted or not found.findings else ()
    outputs = check_outputs(logits, order.columns[truth] if labels and not shifted else truth)
    if found.findings:
        # A model is poor under a wrong preprocessing, which is named already.
        outputs = tuple(finding for finding in outputs if finding.fault in MALFUNCTIONS)
    return ImportReport(
        findings=(*labels, *found.findings, *outputs),
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
