"""Checks that the data and the model of a study are those of its predictions."""

import shlex
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from xai_core.data.dataset import DataOptions, PictureSet
from xai_core.data.sources.splits import WHOLE
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, SettingRefused, StudyRefused
from xai_core.hub import repository_of
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec, model_id
from xai_core.study.manifest import DEFAULT_FORMAT, Manifest
from xai_core.study.model_record import ModelFile


def data_options(manifest: Manifest) -> DataOptions:
    """Return the choices with which the data of a study is read."""
    return DataOptions(
        format=manifest.data_format,
        split=manifest.split,
        path_column=manifest.data_options.get("path_column"),
        label_column=manifest.data_options.get("label_column"),
        split_column=manifest.data_options.get("split_column"),
        pictures=Path(manifest.data_options["pictures"]) if "pictures" in manifest.data_options else None,
    )


def check_data(manifest: Manifest) -> PictureSet:
    """Return the pictures of a study.

    Raises
    ------
    StudyRefused
        If their folder is gone or lists other pictures.
    """
    try:
        data = open_data(manifest.data_root, data_options(manifest))
    except (DataRefused, SettingRefused) as fault:
        raise StudyRefused(fault.args[0]) from fault
    if data.fingerprint != manifest.fingerprint:
        raise StudyRefused(
            deferred(
                "The list of pictures in {folder} has changed: the split {split} has the fingerprint {found} now, "
                "expected {expected}.",
                folder=data.root,
                split=manifest.split,
                found=data.fingerprint,
                expected=manifest.fingerprint,
            )
        )
    return data


def check_model(manifest: Manifest) -> None:
    """Refuse a study whose model is not the one that made its predictions.

    Raises
    ------
    StudyRefused
        If one of its files is gone or has changed.
    """
    known = manifest.record.files or (ModelFile(manifest.model_file, manifest.model_size, manifest.model_modified_ns),)
    found = []
    for file in known:
        try:
            found.append(ModelFile.of(file.path))
        except OSError as fault:
            raise _unreadable(file.path, fault) from fault
    if tuple(found) == known:
        return
    try:
        identity = _model_id(tuple(found), manifest.spec, manifest.record.reading)
    except OSError as fault:
        raise _unreadable(manifest.model_file, fault) from fault
    if identity != manifest.model_id:
        changed = [str(new.path) for new, old in zip(found, known, strict=True) if new != old]
        values = {"files": ", ".join(changed), "found": identity, "expected": manifest.model_id}
        raise StudyRefused(
            deferred(
                "The model file {files} has changed: the model has the id {found} now, expected {expected}.", **values
            )
            if len(changed) == 1
            else deferred(
                "The model files {files} have changed: the model has the id {found} now, expected {expected}.", **values
            )
        )


def _unreadable(file: Path, fault: OSError) -> StudyRefused:
    return StudyRefused(
        deferred("The model file {file} cannot be read: {reason}.", file=file, reason=str(fault.strerror))
    )


@lru_cache(maxsize=64)
def _model_id(files: tuple[ModelFile, ...], spec: ModelSpec, reading: str) -> str:
    # Sizes and modification times are only part of the cache key: reading a large file takes seconds.
    main, *others = (file.path for file in files)
    return model_id(main, spec, others, reading)


def find_data_and_model(manifest: Manifest, stored: Manifest) -> tuple[Manifest, PictureSet]:
    """Return a study's manifest with the paths at which its data and its model are now, and its pictures.

    Parameters
    ----------
    manifest
        The manifest with the paths as seen from the study, where something is there.
    stored
        The manifest with the absolute paths, which count where that is other data or another model.

    Raises
    ------
    StudyRefused
        If the data or the model is gone or has changed.
    """
    try:
        data = check_data(manifest)
    except StudyRefused:
        if stored.data_root == manifest.data_root:
            raise
        manifest = replace(manifest, data_root=stored.data_root, data_options=stored.data_options)
        data = check_data(manifest)
    try:
        check_model(manifest)
    except StudyRefused:
        if stored.model_file == manifest.model_file:
            raise
        manifest = replace(manifest, model_file=stored.model_file, record=stored.record)
        check_model(manifest)
    return manifest, data


def rebuild_advice(name: str, manifest: Manifest, studies: Path | None) -> str:
    """Return the advice and the command that rebuild a study.

    Parameters
    ----------
    name, manifest
        The study.
    studies
        The folder of all studies; None for the usual one.
    """
    gone = [not manifest.data_root.exists(), not manifest.model_file.exists()]
    elsewhere = [] if studies is None else ["--studies", str(studies)]
    paths = (manifest.data_root, manifest.model_file)
    from_hub = any(missing and repository_of(path) for path, missing in zip(paths, gone, strict=True))
    if any(gone) and not from_hub:
        moved = [*(["--data", "NEW"] if gone[0] else []), *(["--model", "NEW"] if gone[1] else [])]
        command = ["python", "-m", "xai_core", "study", "relink", name, *moved, *elsewhere]
        return deferred("If it was moved, give its new path: {command}", command=shlex.join(command))
    # A folder of the hub's cache that is gone can be downloaded again.
    data, model = (
        repository_of(path) or "NEW" if missing else str(path) for path, missing in zip(paths, gone, strict=True)
    )
    parts = ["python", "-m", "xai_core", "study", "create", name, "--data", data, "--model", model]
    parts += [] if manifest.split in ("test", WHOLE) else ["--split", manifest.split]
    parts += [] if manifest.data_format == DEFAULT_FORMAT else ["--data-format", manifest.data_format]
    for option, value in manifest.data_options.items():
        parts += [f"--{option.replace('_', '-')}", value]
    parts += [] if manifest.limit is None else ["--limit", str(manifest.limit)]
    for option, value in manifest.options.items():
        parts += [f"--{option}", value]
    parts += elsewhere
    if any(gone):
        return deferred("Download it again: {command}", command=shlex.join(parts))
    return deferred("Rebuild it: {command}", command=shlex.join(parts))
