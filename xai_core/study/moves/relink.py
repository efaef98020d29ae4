"""New places of a study's data and model after they were moved."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from xai_core.errors import DataRefused, NameUnknown, SettingRefused, StudyRefused, XaiError
from xai_core.language import deferred, mark
from xai_core.study.layout.checks import check_data, check_model
from xai_core.study.layout.folders import readable_folder, study_names
from xai_core.study.manifest import Manifest, read_manifest
from xai_core.study.model_record import ModelFile
from xai_core.study.staging import sole_writer
from xai_core.study.study import Study, open_study

_DEPTH = 3
"""Folders below the given one in which a data set is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Relinked:
    """Study with new paths.

    Attributes
    ----------
    study
        The study, opened; None if only one of data and model is at its new place.
    changed
        Pictures whose content is not that of the predictions.
    problem
        Why the study does not open yet; "" if it does.
    """

    study: Study | None
    changed: tuple[str, ...] = ()
    problem: str = ""


def relink(name: str, studies: Path, *, data: Path | None = None, model: Path | None = None) -> Relinked:
    """Give a study the new paths of its data and its model.

    Data are recognised by the fingerprint of their list of pictures, and a model by its id. Nothing else changes.

    Parameters
    ----------
    name, studies
        The study.
    data
        Folder or file of the data, or a folder up to three levels above it; None if it is where it was.
    model
        Model file or folder, or the folder that holds it; None if it is where it was.

    Raises
    ------
    NameUnknown
        If there is no such study.
    StudyRefused
        If the data or the model at the new path are others. The study stays as it was.
    StoreRefused
        If the disk does not take it.
    """
    if name not in study_names(studies):
        raise NameUnknown(mark("study"), name, hint=deferred("Look into {folder}.", folder=studies))
    folder = studies / name
    with sole_writer(folder):
        manifest = relinked(read_manifest(readable_folder(folder), folder), data=data, model=model)
        manifest.write(folder)
    try:
        study = open_study(name, studies)
    except StudyRefused as fault:
        return Relinked(None, problem=fault.sentence)
    return Relinked(study, study.changed_pictures())


def relinked(manifest: Manifest, *, data: Path | None, model: Path | None, follows: bool = True) -> Manifest:
    """Return a manifest with new paths, after the data and the model there were checked.

    Parameters
    ----------
    manifest, data, model
        Manifest and new paths, see `relink`.
    follows
        False if a stranger wrote the manifest: its folder of pictures then counts only inside the data.

    Raises
    ------
    StudyRefused
        If they are others.
    """
    if data is not None:
        manifest = _with_data(manifest, data.expanduser().absolute(), follows=follows)
    if model is not None:
        manifest = _with_model(manifest, model.expanduser().absolute())
    return manifest


def _with_data(manifest: Manifest, given: Path, *, follows: bool) -> Manifest:
    refusal: XaiError | None = None
    for root in _candidates(given, manifest.data_root.name):
        options = dict(manifest.data_options)
        if "pictures" in options:
            pictures, old = Path(options["pictures"]), manifest.data_root
            beside = Path(os.path.normpath(root / os.path.relpath(pictures, old)))  # as it lay beside or in the data
            if follows:
                options["pictures"] = str(pictures if pictures.is_dir() else beside)
            elif beside.is_relative_to(root if root.is_dir() else root.parent):
                options["pictures"] = str(beside)
            else:
                del options["pictures"]
        found = replace(manifest, data_root=root, data_options=options)
        try:
            return replace(found, data_root=check_data(found).root)
        except (StudyRefused, DataRefused, SettingRefused) as fault:
            refusal = refusal or fault
    reason = refusal.args[0] if refusal else deferred("there is nothing")
    raise StudyRefused(
        deferred("The data of the study are not in {path}: {reason}", path=given, reason=reason),
        deferred("Give the folder or the file that the study was created with."),
        "data",
    )


def _candidates(given: Path, name: str) -> list[Path]:
    """Return where a data set may lie: the given path, and what has its name below."""
    below: list[Path] = []
    if given.is_dir() and name:
        for depth in range(1, _DEPTH + 1):
            below += sorted(given.glob("/".join(["*"] * (depth - 1) + [name])))[:8] if depth > 1 else [given / name]
    return [path for path in (given, *below) if path.exists()]


def _with_model(manifest: Manifest, given: Path) -> Manifest:
    """Return a manifest whose model files lie below another folder, each as it lay beside the others."""
    old, files = manifest.model_file, manifest.record.files
    # A folder may be the model itself or hold it.
    main = given / old.name if given.is_dir() and (given / old.name).exists() and given.name != old.name else given
    try:
        moved = tuple(ModelFile.of(_moved(file.path, old, main)) for file in files)
        status = ModelFile.of(moved[0].path if moved else main)
    except (OSError, ValueError) as fault:
        raise StudyRefused(
            deferred("The model is not in {path}: {reason}.", path=given, reason=str(fault)), argument="model"
        ) from fault
    found = replace(
        manifest,
        model_file=main,
        model_size=status.size,
        model_modified_ns=status.modified_ns,
        record=replace(manifest.record, files=moved),
    )
    # Of files whose size and time are known the content is not read. Here it must be.
    unknown = replace(found.record, files=tuple(replace(file, size=-1) for file in moved))
    check_model(replace(found, model_size=-1, record=unknown))
    return found


def _moved(path: Path, old: Path, new: Path) -> Path:
    if path == old:
        return new
    return new / path.relative_to(old) if path.is_relative_to(old) else new.parent / path.relative_to(old.parent)
