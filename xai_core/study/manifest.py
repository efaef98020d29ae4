"""`study.toml`: what a study is about, in words that a person can read too."""

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

from xai_core.data.dataset import Food101Folder
from xai_core.errors import DataMissing, StudyRefused, XaiError
from xai_core.files import writing
from xai_core.model.spec import ModelSpec, model_id

FORMAT = 1
"""Raise it when a study folder is laid out otherwise; older studies are then refused with the command that rebuilds."""

FILE = "study.toml"

LIBRARIES = ("torch", "torchvision", "onnxruntime", "numpy", "pandas", "pillow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a study is about and what made it.

    Attributes
    ----------
    title
        For people.
    created
        UTC, ISO 8601.
    data_root, split, limit
        Which pictures; `limit` is None for all of the split.
    fingerprint
        Of the whole split, see `Food101Folder`.
    model_file, model_id, spec
        The model as it was opened.
    model_size, model_modified_ns
        Of the model file: as long as they stay, the file is taken to be unchanged without reading it.
    options
        Further options of the command that made the study: `labels`, `spec`, `architecture`.
    runtime
        Library and device that computed the predictions.
    versions
        Of Python and libraries, by name.
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
    def question(self) -> dict[str, Any]:
        """What decides the predictions; not where the files lie, nor what the study is called."""
        return {
            "format": FORMAT,
            "split": self.split,
            "limit": self.limit,
            "fingerprint": self.fingerprint,
            "model_id": self.model_id,
        }

    def write(self, folder: Path) -> None:
        """Write `study.toml` whole or not at all.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        unfinished = folder / f"{FILE}.part"
        with writing(folder):
            unfinished.write_text(self._toml(), "utf-8")
            unfinished.replace(folder / FILE)

    def _toml(self) -> str:
        top = {"format": FORMAT, "title": self.title, "created": self.created, "runtime": self.runtime}
        data = {
            "root": str(self.data_root),
            "split": self.split,
            "limit": self.limit,
            "fingerprint": self.fingerprint,
        }
        model = {
            "file": str(self.model_file),
            "id": self.model_id,
            "size": self.model_size,
            "modified_ns": self.model_modified_ns,
            "spec": json.dumps(self.spec.to_json(), ensure_ascii=False),
        }
        tables: dict[str, Mapping[str, object]] = {
            "data": data,
            "model": model,
            "options": self.options,
            "versions": self.versions,
        }
        return _lines(top) + "".join(f"\n[{name}]\n{_lines(values)}" for name, values in tables.items())


def read_record(folder: Path) -> Record:
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
        return _record(found, str(path))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise StudyRefused(f"{path} is missing or damaged: {type(fault).__name__}, {fault}.") from fault


def _record(found: Mapping[str, Any], source: str) -> Record:
    data, model = found["data"], found["model"]
    return Record(
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


def check_data(record: Record) -> Food101Folder:
    """Return the pictures of a study, or refuse them.

    Raises
    ------
    StudyRefused
        If their folder is gone or lists other pictures.
    """
    try:
        data = Food101Folder.open(record.data_root, record.split)
    except DataMissing as fault:
        raise StudyRefused(str(fault)) from fault
    if data.fingerprint != record.fingerprint:
        raise StudyRefused(
            f"The list of pictures in {data.root} has changed: the split {record.split} has the fingerprint "
            f"{data.fingerprint} now, expected {record.fingerprint}."
        )
    return data


def check_model(record: Record) -> None:
    """Refuse a study whose model file is not the one that its predictions come from.

    Raises
    ------
    StudyRefused
        If the file is gone or has changed.
    """
    path = record.model_file
    try:
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (record.model_size, record.model_modified_ns):
            return
        found = _model_id(path, stat.st_size, stat.st_mtime_ns, record.spec)
    except OSError as fault:
        raise StudyRefused(f"The model file {path} is not there: {fault.strerror}.") from fault
    if found != record.model_id:
        raise StudyRefused(f"The model file {path} has changed: it is {found} now, expected {record.model_id}.")


@lru_cache(maxsize=64)
def _model_id(path: Path, _size: int, _modified_ns: int, spec: ModelSpec) -> str:
    # Size and time of change are only there for the cache: reading a large file takes seconds.
    return model_id(path, spec)


def cure(name: str, record: Record, studies: Path | None) -> str:
    """Tell how to make a study sound again.

    Parameters
    ----------
    name, record
        The study.
    studies
        The folder of all studies where it is not the usual one.
    """
    gone = [not record.data_root.is_dir(), not record.model_file.is_file()]
    data, model = "NEW" if gone[0] else str(record.data_root), "NEW" if gone[1] else str(record.model_file)
    parts = ["python", "-m", "xai_core", "study", "create", name, "--data", data, "--model", model]
    parts += [] if record.split == "test" else ["--split", record.split]
    parts += [] if record.limit is None else ["--limit", str(record.limit)]
    for option, value in record.options.items():
        parts += [f"--{option}", value]
    parts += [] if studies is None else ["--studies", str(studies)]
    return f"{'If it was moved, say where it is now' if any(gone) else 'Rebuild it'}: {shlex.join(parts)}"


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that predictions depend on."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}


def _lines(values: Mapping[str, object]) -> str:
    """Write one TOML table: texts and whole numbers; None is left out."""
    # A JSON text is a TOML text but for the delete character, which TOML wants escaped.
    shown = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items() if value is not None}
    return "".join(f"{key} = {text}\n".replace("\x7f", "\\u007f") for key, text in shown.items())
