"""Record of the files of a study's model and of how they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from xai_core.model.opened import OpenedModel
from xai_core.study.layout.places import found, near


@dataclass(frozen=True, slots=True)
class ModelFile:
    """File of a model with its size in bytes and its modification time.

    While both stay the same, it counts as unchanged without being read.
    """

    path: Path
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a file.

        Raises
        ------
        OSError
            If there is none.
        """
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """Files of a model and how they were read.

    Attributes
    ----------
    files
        Every file, the one with the network first. Empty in studies of earlier versions, whose models have one file.
    reading, notes, origins, source
        See `OpenedModel`.
    """

    files: tuple[ModelFile, ...] = ()
    reading: str = ""
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @classmethod
    def of(cls, opened: OpenedModel) -> Self:
        """Return the record of a model that was just opened."""
        return cls(
            files=tuple(ModelFile.of(path) for path in opened.files),
            reading=opened.reading,
            notes=opened.notes,
            origins=dict(opened.origins),
            source=opened.source,
        )

    def to_table(self, home: Path) -> dict[str, Any]:
        """Return the record as values of TOML, without what is empty, for a study in the folder `home`."""
        files = [
            {"path": str(f.path), "near": near(f.path, home), "size": f.size, "modified_ns": f.modified_ns}
            for f in self.files
        ]
        table = {
            "reading": self.reading,
            "source": self.source,
            "notes": list(self.notes),
            "origins": dict(self.origins),
            "files": files,
        }
        return {name: value for name, value in table.items() if value}

    @classmethod
    def from_table(cls, table: Mapping[str, Any], home: Path | None) -> Self:
        """Read the values of `to_table`; without `home`, the absolute paths count.

        Raises
        ------
        KeyError, TypeError
            If they are something else.
        """
        files: Sequence[Mapping[str, Any]] = table.get("files", ())
        return cls(
            files=tuple(
                ModelFile(
                    Path(f["path"]) if home is None else found(f["path"], f.get("near"), home),
                    f["size"],
                    f["modified_ns"],
                )
                for f in files
            ),
            reading=table.get("reading", ""),
            notes=tuple(table.get("notes", ())),
            origins=table.get("origins", {}),
            source=table.get("source", ""),
        )
