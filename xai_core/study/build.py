"""Creation of studies."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xai_core import hub
from xai_core.data.dataset import DataOptions, Picture, PictureSet, evenly_spaced
from xai_core.data.sources.table import open_data
from xai_core.errors import DataMissing, DataRefused, SettingRefused, StudyRefused, StudyTooNew
from xai_core.labels import words
from xai_core.language import deferred, recognised
from xai_core.model.input_values import write_inputs
from xai_core.model.opened import OpenedModel
from xai_core.model.spec import ModelSpec
from xai_core.model.spec_options import write_options
from xai_core.model.spec_parts import Preprocessing
from xai_core.progress import Progress, ignore_progress
from xai_core.study.import_check import update_report
from xai_core.study.inference import ModelOutputs, run_inference
from xai_core.study.layout.digests import digest_files
from xai_core.study.layout.folders import NAME
from xai_core.study.manifest import Manifest, library_versions, read_manifest
from xai_core.study.model_record import ModelRecord
from xai_core.study.pictures.file_states import FileStates
from xai_core.study.pictures.known import describe_stale, known_predictions
from xai_core.study.predictions import Predictions, check_labels
from xai_core.study.remote.model import worker_model
from xai_core.study.remote.predicting import chunk_runner
from xai_core.study.staging import prepare_staging, publish, put_together, remove_finished, sole_writer
from xai_core.study.study import Study, open_study
from xai_core.study.trial_pictures import trial_pictures
from xai_core.workers.pool import WorkerPool

log = logging.getLogger(__name__)


def create_study(
    name: str,
    studies: Path,
    *,
    data: Path,
    model: Path,
    labels: Path | Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    split: str | None = None,
    data_options: DataOptions | None = None,
    limit: int | None = None,
    architecture: str | None = None,
    weights: str | None = None,
    output: str | None = None,
    values: Mapping[str, Sequence[float]] | None = None,
    preprocessing: Preprocessing | None = None,
    title: str | None = None,
    progress: Progress = ignore_progress,
    pool: WorkerPool | None = None,
    ship: bool = False,
) -> Study:
    """Run a model on a labelled set and store its predictions as a study.

    A call that is stopped and made again continues where it was.

    Parameters
    ----------
    name
        Name of the folder. Letters, digits, dots, dashes and underscores are allowed.
    studies
        The folder of all studies. An earlier study of this name is replaced if its model or its pictures differ.
        Otherwise only its title and the paths of its files are updated.
    data, split
        Folder or file of a labelled set, or its name on the Hugging Face hub, and the name of its split. None takes
        the test split, else the validation split, else the only one.
    data_options
        Layout and columns of the set; None leaves them to what is found. `split` wins over the split in it.
    model, labels, spec, architecture, weights, output, values, preprocessing
        See `checkpoint.open_with_notes`; `model` may be a name on the Hugging Face hub. A plain state dict without
        labels gets the data's classes in the order of `PictureSet.classes`, which is torchvision's order for folders.
    limit
        Number of pictures, taken at equal steps through the sorted list. None takes all.
    title
        Title for people. None keeps the earlier title.
    progress
        Receives the numbers of pictures done and planned.
    pool
        Workers that predict side by side; None predicts here.
    ship
        True to send pictures and model to the workers, False where they see the same paths.

    Raises
    ------
    SettingRefused, DataRefused, DownloadFailed, NameAmbiguous, ModelRefused, StudyRefused, StoreRefused,
    ExplanationFailed
        Each message says what was found, what was expected, and the cure.
    """
    from xai_core.runtimes.checkpoint import open_with_notes  # noqa: PLC0415 - torch takes seconds, other uses need none

    if not NAME.fullmatch(name):
        raise SettingRefused(
            deferred("The name of the study"), repr(name), deferred("letters, digits, dots, dashes, underscores")
        )
    options = data_options or DataOptions()
    options = replace(options, split=split or options.split)
    # The model goes first: a mistake in its name must not wait for the download of a large set.
    model = hub.local_model(model, _say)
    folder, pictures = _chosen_pictures(hub.local_set(data, _say), options, limit)
    opened = open_with_notes(
        model,
        labels=labels,
        classes=folder.classes,
        spec=spec,
        architecture=architecture,
        weights=weights,
        output=output,
        values=values,
        preprocessing=preprocessing,
        pictures=trial_pictures(folder, [picture.image_id for picture in pictures]),
    )
    runtime = opened.runtime
    for note in opened.notes:
        log.info("%s", recognised(note))
    named = check_labels(pictures, runtime.spec.labels)
    _log_renamed(pictures, named)
    target = studies / name
    earlier = _earlier_manifest(target)
    manifest = Manifest(
        title=title or (earlier.title if earlier else words(name)),
        data_root=folder.root,
        split=folder.split,
        limit=len(pictures) if len(pictures) < len(folder.pictures) else None,
        fingerprint=folder.fingerprint,
        data_format=folder.format,
        data_options=_data_choices(options),
        options=_options(
            {
                "architecture": architecture,
                "weights": weights,
                "output": output,
                "input": write_inputs(values or {}),
                "labels": labels,
                "spec": spec,
            },
            preprocessing,
        ),
        **_of_model(model, opened),
    )
    side_by_side = None
    if pool is not None:
        described = worker_model(
            model,
            runtime.spec,
            runtime.model_id,
            options=manifest.options,
            data=folder,
            image_ids=[picture.image_id for picture in pictures],
            files=opened.files if ship else None,
        )
        side_by_side = chunk_runner(pool, described, folder, runtime, ship=ship)
    with sole_writer(target):
        known = known_predictions(target, manifest) if earlier and earlier.identity == manifest.identity else None
        stale = None if known is None else known.stale_rows(folder)
        if known is not None and stale is not None and not len(stale):
            log.info("The study %s is complete. Nothing is computed.", name)
            # Title and paths may be new. The run that made the predictions stays the earlier one.
            made_by = {key: getattr(earlier, key) for key in ("created", "runtime", "versions")}
            known.files_now(folder).write(target)
            replace(manifest, **made_by, digests=digest_files(target)).write(target)
            remove_finished(target, manifest)
        elif known is not None and stale is not None and known.can_take(runtime, len(stale)):
            some, ids = [pictures[row] for row in stale], [pictures[row].image_id for row in stale]
            log.info("%s", describe_stale(ids, name))
            chunks = prepare_staging(target, manifest, ids)
            outputs = run_inference(folder, some, runtime, chunks, progress, side_by_side=side_by_side)
            newer = Predictions.from_outputs([named[row] for row in stale], outputs, runtime.spec.labels)
            files = known.files_now(folder).replaced(ids, outputs.files)
            found = known.predictions.with_rows(stale, newer)
            publish(put_together(target, manifest, found, files), target)
        else:
            chunks = prepare_staging(target, manifest)
            outputs = run_inference(folder, pictures, runtime, chunks, progress, side_by_side=side_by_side)
            _check_readable(folder, pictures, outputs)
            found = Predictions.from_outputs(named, outputs, runtime.spec.labels)
            files = FileStates([picture.image_id for picture in pictures], outputs.files)
            publish(put_together(target, manifest, found, files), target)
    study = open_study(name, studies)
    update_report(study, runtime)
    return study


def _say(sentence: str) -> None:
    log.info("%s", sentence)


def _chosen_pictures(data: Path, options: DataOptions, limit: int | None) -> tuple[PictureSet, tuple[Picture, ...]]:
    """Return the set and the pictures of the study, before the model is loaded for nothing."""
    if limit is not None and limit < 1:
        raise SettingRefused("limit", limit, deferred("at least 1 picture"))
    folder = open_data(data, options)
    for note in folder.notes:
        log.info("%s", recognised(note))
    pictures = evenly_spaced(folder.pictures, limit)
    if not pictures:
        raise DataMissing(folder.root, deferred("any picture in the split {split}", split=folder.split))
    if not any(folder.exists(picture.image_id) for picture in pictures):
        raise DataMissing(
            folder.root,
            deferred(
                "every file of the {number} pictures in the split {split}", number=len(pictures), split=folder.split
            ),
        )
    return folder, pictures


def _check_readable(folder: PictureSet, pictures: Sequence[Picture], outputs: ModelOutputs) -> None:
    """Refuse a study of pictures none of which can be read: it would show a model without mistakes."""
    if (outputs.reasons != "").all():
        raise DataRefused(
            deferred(
                "None of the {number} pictures in {folder} can be read. The first one is {picture}: {reason}.",
                number=len(pictures),
                folder=folder.root,
                picture=pictures[0].image_id,
                reason=deferred(str(outputs.reasons[0])),
            ),
            deferred("Restore the files, then try again."),
        )


def _log_renamed(pictures: Sequence[Picture], named: Sequence[Picture]) -> None:
    """Log which classes have another spelling in the labels of the model."""
    pairs = {(was.truth, now.truth): None for was, now in zip(pictures, named, strict=True) if was.truth != now.truth}
    if pairs:
        (truth, label), *others = pairs
        more = f" and {len(others)} more" if others else ""
        log.info("Classes are matched to labels by their names: %r is the label %r%s.", truth, label, more)


def _data_choices(options: DataOptions) -> dict[str, str]:
    """Return the choices that a manifest stores as text; layout and split have fields of their own."""
    found = {
        "path_column": options.path_column,
        "label_column": options.label_column,
        "split_column": options.split_column,
        "pictures": None if options.pictures is None else str(options.pictures.expanduser().absolute()),
    }
    return {name: value for name, value in found.items() if value is not None}


def _options(given: Mapping[str, object], preprocessing: Preprocessing | None) -> dict[str, str]:
    """Return the further options of a command that would create the study again."""
    texts = {name: str(value.absolute()) for name, value in given.items() if isinstance(value, Path)}
    texts |= {name: value for name, value in given.items() if isinstance(value, str) and value}
    return texts | write_options(preprocessing or Preprocessing())


def _of_model(path: Path, opened: OpenedModel) -> dict[str, Any]:
    """Return the fields of a manifest that describe the model and this run."""
    status = (opened.files[0] if opened.files else path).stat()
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model_file": path,
        "model_id": opened.runtime.model_id,
        "model_size": status.st_size,
        "model_modified_ns": status.st_mtime_ns,
        "spec": opened.runtime.spec,
        "record": ModelRecord.of(opened),
        "runtime": opened.runtime.name,
        "versions": library_versions(),
    }


def _earlier_manifest(target: Path) -> Manifest | None:
    try:
        return read_manifest(target)
    except StudyTooNew:
        raise  # it would be replaced
    except StudyRefused:
        return None
