"""Creation of studies."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xai_core.data.dataset import Food101Folder, Picture, evenly_spaced
from xai_core.errors import DataMissing, SettingRefused, StudyRefused
from xai_core.labels import words
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.progress import Progress, ignore_progress
from xai_core.study import predictions
from xai_core.study.inference import any_readable, run_inference
from xai_core.study.manifest import Manifest, library_versions, read_manifest
from xai_core.study.predictions import Predictions, check_labels
from xai_core.study.staging import prepare_staging, publish, put_together, sole_writer
from xai_core.study.study import NAME, Study, open_study

log = logging.getLogger(__name__)


def create_study(
    name: str,
    studies: Path,
    *,
    data: Path,
    model: Path,
    labels: Path | Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    split: str = "test",
    limit: int | None = None,
    architecture: str | None = None,
    title: str | None = None,
    progress: Progress = ignore_progress,
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
        The folder that holds `food-101/`, and the name of its split.
    model, labels, spec, architecture
        See `checkpoint.open_model`. A plain state dict without labels gets the data's classes in sorted order, which
        is torchvision's order.
    limit
        Number of pictures, taken at equal steps through the sorted list. None takes all.
    title
        Title for people. None keeps the earlier title.
    progress
        Receives the numbers of pictures done and planned.

    Raises
    ------
    SettingRefused, DataMissing, ModelRefused, StudyRefused, StoreRefused, ExplanationFailed
        Each message says what was found, what was expected, and the cure.
    """
    from xai_core.runtimes.checkpoint import open_model  # noqa: PLC0415 - torch takes seconds, other uses need none

    if not NAME.fullmatch(name):
        raise SettingRefused("The name of the study", repr(name), "letters, digits, dots, dashes, underscores")
    folder, pictures = _chosen_pictures(data, split, limit)
    model = model.expanduser().absolute()
    runtime = open_model(model, labels=labels, classes=folder.classes, spec=spec, architecture=architecture)
    check_labels(pictures, runtime.spec.labels)
    target = studies / name
    earlier = _earlier_manifest(target)
    manifest = Manifest(
        title=title or (earlier.title if earlier else words(name)),
        data_root=folder.root,
        split=split,
        limit=len(pictures) if len(pictures) < len(folder.pictures) else None,
        fingerprint=folder.fingerprint,
        options=_options(architecture, labels=labels, spec=spec),
        **_of_model(model, runtime),
    )
    with sole_writer(target):
        if earlier and earlier.identity == manifest.identity and _is_complete(target, manifest, folder):
            log.info("The study %s is complete. Nothing is computed.", name)
            # Title and paths may be new. The run that made the predictions stays the earlier one.
            made_by = {key: getattr(earlier, key) for key in ("created", "runtime", "versions")}
            replace(manifest, **made_by).write(target)
        else:
            chunks = prepare_staging(target, manifest)
            outputs = run_inference(folder, pictures, runtime, chunks, progress)
            found = Predictions.from_outputs(pictures, outputs, runtime.spec.labels)
            publish(put_together(target, manifest, found), target)
    return open_study(name, studies)


def _chosen_pictures(data: Path, split: str, limit: int | None) -> tuple[Food101Folder, tuple[Picture, ...]]:
    """Return the folder and the pictures of the study, before the model is loaded for nothing."""
    if limit is not None and limit < 1:
        raise SettingRefused("limit", limit, "at least 1 picture")
    folder = Food101Folder.open(data, split)
    pictures = evenly_spaced(folder.pictures, limit)
    if not pictures:
        raise DataMissing(folder.root, f"any picture in the split {split}")
    if not any(folder.path(picture.image_id).is_file() for picture in pictures):
        raise DataMissing(folder.root, f"every file of the {len(pictures)} pictures in the split {split}")
    return folder, pictures


def _options(architecture: str | None, **given: object) -> dict[str, str]:
    """Return the further options of a command that would create the study again."""
    options = {"architecture": architecture} if architecture else {}
    return options | {key: str(file.absolute()) for key, file in given.items() if isinstance(file, Path)}


def _of_model(path: Path, runtime: Runtime) -> dict[str, Any]:
    """Return the fields of a manifest that describe the model and this run."""
    status = path.stat()
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model_file": path,
        "model_id": runtime.model_id,
        "model_size": status.st_size,
        "model_modified_ns": status.st_mtime_ns,
        "spec": runtime.spec,
        "runtime": runtime.name,
        "versions": library_versions(),
    }


def _earlier_manifest(target: Path) -> Manifest | None:
    try:
        return read_manifest(target)
    except StudyRefused:
        return None


def _is_complete(target: Path, manifest: Manifest, folder: Food101Folder) -> bool:
    """Return True if the predictions are sound and no unreadable picture was repaired since."""
    try:
        table = predictions.load(target, manifest.spec.labels).table
    except StudyRefused:
        return False
    return not any_readable(folder, table["image_id"][table["unreadable"] != ""])
