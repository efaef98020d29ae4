"""Records of how model files were read, from which a process without torch opens them again."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xai_core import paths
from xai_core.errors import ModelRefused, StoreRefused
from xai_core.files import make_folder, write_whole
from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.opening.machine import machine_id
from xai_core.runtimes.sources.request import OpenRequest

log = logging.getLogger(__name__)

FOLDER = "openings"
"""Folder of the records in the cache."""

_VERSION = 1
"""Raise it when stored records become invalid."""

Signature = tuple[tuple[str, int, int], ...]
"""Name, size in bytes and time of change in ns of each file of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRecord:
    """Everything that is known of an opened model besides its runtime.

    Attributes
    ----------
    model_id, spec
        See `Runtime`.
    notes, origins, files, reading, source
        See `OpenedModel`.
    """

    model_id: str
    spec: ModelSpec
    notes: tuple[str, ...]
    origins: Mapping[str, str]
    files: tuple[Path, ...]
    reading: str
    source: str

    def opened(self, runtime: Runtime) -> OpenedModel:
        """Return the opened model with a runtime."""
        return OpenedModel(
            runtime=runtime,
            notes=self.notes,
            origins=self.origins,
            files=self.files,
            reading=self.reading,
            source=self.source,
        )


def signature(path: Path) -> Signature:
    """Return the signature of a model file, or of all files in a folder.

    Raises
    ------
    ModelRefused
        If it cannot be read.
    """
    try:
        files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
        found = [(file, file.stat()) for file in files]
    except OSError as fault:
        raise ModelRefused(
            deferred("The model file {path} cannot be read: {reason}.", path=path, reason=str(fault)),
            deferred("Check the path."),
        ) from fault
    return tuple((str(file.absolute()), status.st_size, status.st_mtime_ns) for file, status in found)


def read_opening(path: Path, request: OpenRequest) -> OpeningRecord | None:
    """Return how a file was read by an earlier opening with the same arguments.

    It is None if there was none, or if the file has changed since.
    """
    try:
        found = json.loads(_record_file(path, request).read_text("utf-8"))
        return OpeningRecord(
            model_id=found["model_id"],
            spec=ModelSpec.from_json(found["spec"], path.name),
            notes=tuple(found["notes"]),
            origins=found["origins"],
            files=tuple(Path(file) for file in found["files"]),
            reading=found["reading"],
            source=found["source"],
        )
    except (OSError, ValueError, KeyError, TypeError, ModelRefused):
        return None


def write_opening(opened: OpenedModel, path: Path, request: OpenRequest) -> None:
    """Store how a file was read."""
    record = {
        "model_id": opened.runtime.model_id,
        "spec": opened.runtime.spec.to_json(),
        "notes": list(opened.notes),
        "origins": dict(opened.origins),
        "files": [str(file) for file in opened.files],
        "reading": opened.reading,
        "source": opened.source,
    }
    try:
        file = _record_file(path, request)
        make_folder(file.parent)
        write_whole(file, json.dumps(record, indent=1).encode())
    except (StoreRefused, ModelRefused) as fault:
        log.warning("How %s was read cannot be stored: %s", path.name, fault)


def _record_file(path: Path, request: OpenRequest) -> Path:
    # The library versions count: another version may recognise a file otherwise. Pictures and device do not.
    spec: object = request.spec
    if isinstance(request.spec, ModelSpec):
        spec = request.spec.to_json()
    elif isinstance(request.spec, Path):
        spec = str(request.spec), signature(request.spec)
    given = (request.labels, request.classes, spec, request.architecture, request.weights, request.preprocessing)
    facts = (_VERSION, machine_id(), signature(path), given, request.draft)
    name = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
    return paths.cache_folder() / FOLDER / f"{name}.json"
