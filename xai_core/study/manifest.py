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

from xai_core.data.dataset import Food101Folder
from xai_core.errors import DataMissing, StudyRefused, XaiError
from xai_core.files import atomic_path
from xai_core.model.spec import ModelSpec, model_id
from xai_core.study.disk_errors import reporting_study_errors

FORMAT = 1
"""Number of the layout of a study folder. Studies with another number are refused with the command that rebuilds."""

FILE = "study.toml"

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
        Fingerprint of the whole split, see `Food101Folder`.
    model_file, model_id, spec
        The model as it was opened.
    model_size, model_modified_ns
        Size and modification time of the model file. While they stay the same, the file counts as unchanged without
        being read.
    options
        Further options of the command that created the study: `labels`, `spec`, `architecture`.
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
        return {
            "format": FORMAT,
            "title": self.title,
            "created": self.created,
            "runtime": self.runtime,
            "data": {"root": str(self.data_root), "split": self.split, **limit, "fingerprint": self.fingerprint},
            "model": {
                "file": str(self.model_file),
                "id": self.model_id,
                "size": self.model_size,
                "modified_ns": self.model_modified_ns,
                "spec": json.dumps(self.spec.to_json(), ensure_ascii=False),
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
        model_file=Path(model["file"]),
        model_id=model["id"],
        model_size=model["size"],
        model_modified_ns=model["modified_ns"],
        spec=_spec(model["spec"], source),
        options=found["options"],
        runtime=found["runtime"],
        versions=found["versions"],
    )


def _spec(text: str, source: str) -> ModelSpec:
    try:
        return ModelSpec.from_json(text, source)
    except XaiError as fault:
        raise StudyRefused(str(fault)) from fault


def check_data(manifest: Manifest) -> Food101Folder:
    """Return the pictures of a study.

    Raises
    ------
    StudyRefused
        If their folder is gone or lists other pictures.
    """
    try:
        data = Food101Folder.open(manifest.data_root, manifest.split)
    except DataMissing as fault:
        raise StudyRefused(str(fault)) from fault
    if data.fingerprint != manifest.fingerprint:
        raise StudyRefused(
            f"The list of pictures in {data.root} has changed: the split {manifest.split} has the fingerprint "
            f"{data.fingerprint} now, expected {manifest.fingerprint}."
        )
    return data


def check_model(manifest: Manifest) -> None:
    """Refuse a study whose model file is not the one that made its predictions.

    Raises
    ------
    StudyRefused
        If the file is gone or has changed.
    """
    path = manifest.model_file
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (manifest.model_size, manifest.model_modified_ns):
            return
        found = _model_id(path, stat.st_size, stat.st_mtime_ns, manifest.spec)
    except OSError as fault:
        raise StudyRefused(f"The model file {path} cannot be read: {fault.strerror}.") from fault
    if found != manifest.model_id:
        raise StudyRefused(
            f"The model file {path} has changed: it has the id {found} now, expected {manifest.model_id}."
        )


@lru_cache(maxsize=64)
def _model_id(path: Path, _size: int, _modified_ns: int, spec: ModelSpec) -> str:
    # Size and modification time are only part of the cache key: reading a large file takes seconds.
    return model_id(path, spec)


def rebuild_advice(name: str, manifest: Manifest, studies: Path | None) -> str:
    """Return the advice and the command that rebuild a study.

    Parameters
    ----------
    name, manifest
        The study.
    studies
        The folder of all studies; None for the usual one.
    """
    gone = [not manifest.data_root.is_dir(), not manifest.model_file.is_file()]
    data, model = "NEW" if gone[0] else str(manifest.data_root), "NEW" if gone[1] else str(manifest.model_file)
    parts = ["python", "-m", "xai_core", "study", "create", name, "--data", data, "--model", model]
    parts += [] if manifest.split == "test" else ["--split", manifest.split]
    parts += [] if manifest.limit is None else ["--limit", str(manifest.limit)]
    for option, value in manifest.options.items():
        parts += [f"--{option}", value]
    parts += [] if studies is None else ["--studies", str(studies)]
    return f"{'If it was moved, give its new path' if any(gone) else 'Rebuild it'}: {shlex.join(parts)}"


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that predictions depend on."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}
