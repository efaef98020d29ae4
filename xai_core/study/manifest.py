"""Manifest of a study, stored as `study.toml`."""

import contextlib
import importlib.metadata
import json
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

import xai_core
from xai_core.errors import StudyRefused, StudyTooNew, XaiError
from xai_core.files import atomic_path
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.layout.folders import FILE
from xai_core.study.layout.places import found as found_path
from xai_core.study.layout.places import near
from xai_core.study.model_record import ModelRecord

FORMAT = 1
"""Number of the layout of a study folder.

Raise it only for a change that earlier versions would misread, and then read both: additions need no new number, since
unknown entries are ignored. A study with a larger number is refused with the version that wrote it.
"""

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
    digests
        Digests of the files that belong to this manifest, see `layout.digests`; none in studies of earlier versions.
    written_by
        Version of this program that wrote the file; "" in studies of earlier versions.
    has_near_paths
        True if paths are also written as seen from the study, so that it can be moved with them.
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
    digests: Mapping[str, str] = field(default_factory=dict)
    written_by: str = ""
    has_near_paths: bool = False

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

    def write(self, folder: Path, home: Path | None = None) -> None:
        """Write `study.toml` atomically.

        Parameters
        ----------
        folder
            Where it is written.
        home
            Where the study will lie, if that is another folder.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        path = folder / FILE
        with reporting_study_errors(path), atomic_path(path, single_writer=True) as part:
            part.write_bytes(tomli_w.dumps(self._tables(home or folder)).encode())

    def _tables(self, home: Path) -> dict[str, Any]:
        # TOML has no null: no limit is no key.
        limit = {} if self.limit is None else {"limit": self.limit}
        layout: dict[str, Any] = {} if self.data_format == DEFAULT_FORMAT else {"format": self.data_format}
        layout |= {"options": dict(self.data_options)} if self.data_options else {}
        if "pictures" in self.data_options:
            layout["near_pictures"] = near(Path(self.data_options["pictures"]), home)
        return {
            "format": FORMAT,
            "written_by": xai_core.__version__,
            "title": self.title,
            "created": self.created,
            "runtime": self.runtime,
            "data": {
                "root": str(self.data_root),
                "near": near(self.data_root, home),
                "split": self.split,
                **limit,
                "fingerprint": self.fingerprint,
            }
            | layout,
            "model": {
                "file": str(self.model_file),
                "near": near(self.model_file, home),
                "id": self.model_id,
                "size": self.model_size,
                "modified_ns": self.model_modified_ns,
                "spec": json.dumps(self.spec.to_json(), ensure_ascii=False),
                **self.record.to_table(home),
            },
            "digests": dict(self.digests),
            "options": dict(self.options),
            "versions": dict(self.versions),
        }


def read_manifest(folder: Path, home: Path | None = None, *, uses_near: bool = True) -> Manifest:
    """Read a study's `study.toml`.

    Parameters
    ----------
    folder
        Where it is read.
    home
        Where the study lies, if that is another folder.
    uses_near
        False takes the absolute paths, where what lies near the study turned out to be something else.

    Raises
    ------
    StudyTooNew
        If a later version of this program wrote it in a format that this one does not read.
    StudyRefused
        If it is missing or damaged.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        number = found["format"]
        if isinstance(number, int) and number > FORMAT:
            raise StudyTooNew(str(path), number, FORMAT, found.get("written_by"), xai_core.__version__)
        if number != FORMAT:
            raise StudyRefused(
                deferred(
                    "{file} has format {found}; this version reads format {known}.",
                    file=path,
                    found=repr(number),
                    known=FORMAT,
                )
            )
        return _manifest(found, path, (home or folder) if uses_near else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        reason = f"{type(fault).__name__}, {fault}"
        raise StudyRefused(deferred("{file} is missing or damaged: {reason}.", file=path, reason=reason)) from fault


def _manifest(found: Mapping[str, Any], source: Path, home: Path | None) -> Manifest:
    data, model = found["data"], found["model"]
    near_paths = home is not None
    home = home or source.parent
    options = dict(data.get("options", {}))
    if "pictures" in options:
        options["pictures"] = str(found_path(options["pictures"], near_paths and data.get("near_pictures"), home))
    return Manifest(
        title=found["title"],
        created=found["created"],
        data_root=found_path(data["root"], near_paths and data.get("near"), home),
        split=data["split"],
        limit=data.get("limit"),
        fingerprint=data["fingerprint"],
        data_format=data.get("format", DEFAULT_FORMAT),
        data_options=options,
        model_file=found_path(model["file"], near_paths and model.get("near"), home),
        model_id=model["id"],
        model_size=model["size"],
        model_modified_ns=model["modified_ns"],
        spec=_spec(model["spec"], str(source)),
        options=found["options"],
        record=ModelRecord.from_table(model, home if near_paths else None),
        runtime=found["runtime"],
        versions=found["versions"],
        digests=found.get("digests", {}),
        written_by=found.get("written_by", ""),
        has_near_paths="near" in data,
    )


def _spec(text: str, source: str) -> ModelSpec:
    try:
        return ModelSpec.from_json(text, source)
    except XaiError as fault:
        raise StudyRefused(fault.args[0]) from fault


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that predictions depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        # torch is not installed where studies are only looked at.
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
