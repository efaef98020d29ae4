"""Labelled sets of pictures, whatever files they come from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xai_core.labels import close


@dataclass(frozen=True, slots=True)
class Picture:
    """Annotated picture with its id ("pork_chop/1234") and its true class ("pork_chop")."""

    image_id: str
    truth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """Choices on how a labelled set is read. None leaves each to what is found.

    Attributes
    ----------
    format
        Name of a row in `sources.table.SOURCES`.
    split
        Name of the split.
    path_column, label_column, split_column
        Names of the columns of a list or a parquet set.
    pictures
        Folder that the paths in a list start from.
    """

    format: str | None = None
    split: str | None = None
    path_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    pictures: Path | None = None


class PictureSet(Protocol):
    """One split of a labelled set of pictures."""

    @property
    def format(self) -> str:
        """Name of its row in `sources.table.SOURCES`."""
        ...

    @property
    def root(self) -> Path:
        """Folder or file that the set was read from."""
        ...

    @property
    def split(self) -> str:
        """Name of the split."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order in which the libraries that read this layout number them."""
        ...

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures of the split, class by class; may be empty."""
        ...

    @property
    def fingerprint(self) -> str:
        """24 hexadecimal digits; equal lists of pictures have equal fingerprints."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was found and assumed."""
        ...

    def exists(self, image_id: str) -> bool:
        """Return True if the picture of this id is there, readable or not."""
        ...

    def stamp(self, image_id: str) -> tuple[int, int] | None:
        """Return size in bytes and modification time in ns of the file with this picture, None if it is not there."""
        ...

    def read_bytes(self, image_id: str) -> bytes:
        """Return the content of the picture's file.

        Raises
        ------
        NameUnknown
            If the split has no such picture. Therefore no id from outside can name another file.
        PictureUnreadable
            If it is missing or cannot be read.
        """
        ...


def fingerprint(split: str, pictures: Sequence[Picture], content: str = "") -> str:
    """Return a hash over split, ids and truths, and over `content` where ids alone do not name the pictures."""
    lines = [split, *(f"{picture.image_id}\t{picture.truth}" for picture in pictures), *([content] if content else [])]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


def evenly_spaced(pictures: Sequence[Picture], limit: int | None) -> tuple[Picture, ...]:
    """Return at most `limit` pictures at equal steps, so that every class keeps its share.

    >>> [p.image_id for p in evenly_spaced([Picture(f"a/{i}", "a") for i in range(6)], 3)]
    ['a/0', 'a/2', 'a/4']
    """
    if limit is None or limit >= len(pictures):
        return tuple(pictures)
    return tuple(pictures[step * len(pictures) // limit] for step in range(limit))


def close_ids(image_id: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Return up to three ids that are similar to `image_id`, out of the class that it names."""
    named = image_id.partition("/")[0]
    classes = sorted({known.partition("/")[0] for known in ids})
    # A comparison with all of 25,000 ids takes seconds, one with the ids of a single class takes milliseconds.
    likely = named if named in classes else next(iter(close(named, classes)), "")
    return close(image_id, [known for known in ids if known.startswith(f"{likely}/")])


def ids_of(pictures: Sequence[Picture]) -> Mapping[str, int]:
    """Return the position of each picture by its id."""
    return {picture.image_id: position for position, picture in enumerate(pictures)}
