"""Manifest of a study, stored as `study.toml`."""

import importlib.metadata
import json
import platform
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w

from xai_core.data.dataset import DataOptions, PictureSet
from xai_core.data.sources.splits import WHOLE
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, SettingRefused, StudyRefused, XaiError
from xai_core.files import atomic_path
from xai_core.hub import repository_of
from xai_core.model.spec import ModelSpec, model_id
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.layout.folders import FILE
from xai_core.study.model_record import ModelFile, ModelRecord

FORMAT = 1
"""Number of the layout of a study folder. Studies with another number are refused with the command that rebuilds."""

DEFAULT_FORMAT = "food101"
"""Layout of the data of studies whose manifest names none, which are those of earlier versions."""

LIBRARIES = ("torch", "torchvision", "onnxruntime", "numpy", "pandas", "pillow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Description of a study, its data, its model and the run that created it.

    Attributes
    ----------
    title
        Title for people.
    created
        UTC, ISO 8601.
    data_root, split, limit
        Folder, split and number of pictures; `limit` is None for the whole split.
    fingerprint
        Fingerprint of the whole split, see `PictureSet`.
    model_file, model_id, spec
        The model as it was opened.
    model_size, model_modified_ns
        Size and modification time of the model file. While they stay the same, the file counts as unchanged without
        being read.
    options
        Further options of the command that created the study, such as `labels`, `spec` and `architecture`, as texts.
    record
        Files of the model and how they were read.
    data_format, data_options
        Layout of the data, see `sources.table.SOURCES`, and the further choices of `DataOptions` by name.
    runtime
        Library and device that computed the predictions.
    versions
        Versions of Python and libraries by name.
    """

    title: str
    created: str
    data_root: Path
    split: str
    limit: int | None
    fingerprint: str
    model_file: Path
    model_id: str
    model_size: int
    model_modified_ns: int
    spec: ModelSpec
    options: Mapping[str, str] = field(default_factory=dict)
    record: ModelRecord = field(default_factory=ModelRecord)
    data_format: str = DEFAULT_FORMAT
    data_options: Mapping[str, str] = field(default_factory=dict)
    runtime: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """Values that decide the predictions; paths and the title do not."""
        return {
            "format": FORMAT,
            "split": self.split,
            "limit": self.limit,
            "fingerprint": self.fingerprint,
            "model_id": self.model_id,
        }

    def write(self, folder: Path) -> None:
        """Write `study.toml` atomically.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        path = folder / FILE
        with reporting_study_errors(path), atomic_path(path, single_writer=True) as part:
            part.write_bytes(tomli_w.dumps(self._tables()).encode())

    def _tables(self) -> dict[str, Any]:
        # TOML has no null: no limit is no key.
        limit = {} if self.limit is None else {"limit": self.limit}
        layout: dict[str, Any] = {} if self.data_format == DEFAULT_FORMAT else {"format": self.data_format}
        layout |= {"options": dict(self.data_options)} if self.data_options else {}
        return {
            "format": FORMAT,
            "title": self.title,
            "created": self.created,
            "runtime": self.runtime,
            "data": {"root": str(self.data_root), "split": self.split, **limit, "fingerprint": self.fingerprint}
            | layout,
            "model": {
                "file": str(self.model_file),
                "id": self.model_id,
                "size": self.model_size,
                "modified_ns": self.model_modified_ns,
                "spec": json.dumps(self.spec.to_json(), ensure_ascii=False),
                **self.record.to_table(),
            },
            "options": dict(self.options),
            "versions": dict(self.versions),
        }


def read_manifest(folder: Path) -> Manifest:
    """Read a study's `study.toml`.

    Raises
    ------
    StudyRefused
        If it is missing, damaged, or of another version of the format.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        if found["format"] != FORMAT:
            raise StudyRefused(f"{path} has format {found['format']}; this version reads format {FORMAT}.")
        return _manifest(found, str(path))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise StudyRefused(f"{path} is missing or damaged: {type(fault).__name__}, {fault}.") from fault


def _manifest(found: Mapping[str, Any], source: str) -> Manifest:
    data, model = found["data"], found["model"]
    return Manifest(
        title=found["title"],
        created=found["created"],
        data_root=Path(data["root"]),
        split=data["split"],
        limit=data.get("limit"),
        fingerprint=data["fingerprint"],
        data_format=data.get("format", DEFAULT_FORMAT),
        data_options=data.get("options", {}),
        model_file=Path(model["file"]),
        model_id=model["id"],
        model_size=model["size"],
        model_modified_ns=model["modified_ns"],
        spec=_spec(model["spec"], source),
        options=found["options"],
        record=ModelRecord.from_table(model),
        runtime=found["runtime"],
        versions=found["versions"],
    )


def _spec(text: str, source: str) -> ModelSpec:
    try:
        return ModelSpec.from_json(text, source)
    except XaiError as fault:
        raise StudyRefused(str(fault)) from fault


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
        raise StudyRefused(str(fault)) from fault
    if data.fingerprint != manifest.fingerprint:
        raise StudyRefused(
            f"The list of pictures in {data.root} has changed: the split {manifest.split} has the fingerprint "
            f"{data.fingerprint} now, expected {manifest.fingerprint}."
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
            raise StudyRefused(f"The model file {file.path} cannot be read: {fault.strerror}.") from fault
    if tuple(found) == known:
        return
    try:
        identity = _model_id(tuple(found), manifest.spec, manifest.record.reading)
    except OSError as fault:
        raise StudyRefused(f"The model file {manifest.model_file} cannot be read: {fault.strerror}.") from fault
    if identity != manifest.model_id:
        changed = [str(new.path) for new, old in zip(found, known, strict=True) if new != old]
        subject = (
            f"The model file {changed[0]} has" if len(changed) == 1 else f"The model files {', '.join(changed)} have"
        )
        raise StudyRefused(f"{subject} changed: the model has the id {identity} now, expected {manifest.model_id}.")


@lru_cache(maxsize=64)
def _model_id(files: tuple[ModelFile, ...], spec: ModelSpec, reading: str) -> str:
    # Sizes and modification times are only part of the cache key: reading a large file takes seconds.
    main, *others = (file.path for file in files)
    return model_id(main, spec, others, reading)


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
    # A folder of the hub's cache that is gone can be downloaded again.
    data, model = (
        repository_of(path) or "NEW" if missing else str(path)
        for path, missing in zip((manifest.data_root, manifest.model_file), gone, strict=True)
    )
    parts = ["python", "-m", "xai_core", "study", "create", name, "--data", data, "--model", model]
    parts += [] if manifest.split in ("test", WHOLE) else ["--split", manifest.split]
    parts += [] if manifest.data_format == DEFAULT_FORMAT else ["--data-format", manifest.data_format]
    for option, value in manifest.data_options.items():
        parts += [f"--{option.replace('_', '-')}", value]
    parts += [] if manifest.limit is None else ["--limit", str(manifest.limit)]
    for option, value in manifest.options.items():
        parts += [f"--{option}", value]
    parts += [] if studies is None else ["--studies", str(studies)]
    return f"{'If it was moved, give its new path' if any(gone) else 'Rebuild it'}: {shlex.join(parts)}"


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that predictions depend on."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}
