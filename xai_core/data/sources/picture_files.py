"""Labelled set whose pictures are files of their own, and its ids."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from xai_core.data.dataset import Picture, close_ids, ids_of
from xai_core.errors import NameUnknown, PictureUnreadable
from xai_core.language import deferred, mark

SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".webp",
    ".gif",
    ".bmp",
    ".jfif",
    ".jpe",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
    ".avif",
    ".heic",
)
"""Suffixes of picture files in lower case, the usual ones first. Files that are not decoded are listed too."""


@dataclass(frozen=True, eq=False)
class PictureFiles:
    """Split of a labelled set, one file a picture; see `PictureSet`.

    Attributes
    ----------
    format, root, split, classes, pictures, fingerprint, notes
        See `PictureSet`.
    locate
        Function that returns the path of a picture's file by its id, whether it exists or not.
    """

    format: str
    root: Path
    split: str
    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    fingerprint: str
    locate: Callable[[str], Path] = field(repr=False)
    notes: tuple[str, ...] = ()

    def path(self, image_id: str) -> Path:
        """Return the path of the picture's file, whether it exists or not."""
        return self.locate(image_id)

    def exists(self, image_id: str) -> bool:
        """Return True if the picture's file is there."""
        return self.locate(image_id).is_file()

    def stamp(self, image_id: str) -> tuple[int, int] | None:
        """Return size in bytes and modification time in ns of the picture's file, None if it is not there."""
        return file_stamp(self.locate(image_id)) if image_id in self._ids else None

    def read_bytes(self, image_id: str) -> bytes:
        """Return the content of the picture's file.

        Raises
        ------
        NameUnknown
            If the split has no such picture.
        PictureUnreadable
            If its file is missing, cannot be opened, or is a link that leads out of the data folder.
        """
        if image_id not in self._ids:
            raise NameUnknown(mark("picture"), image_id, close_ids(image_id, tuple(self._ids)))
        path = self.locate(image_id)
        try:
            if not self._is_inside(path):
                raise PictureUnreadable(image_id, mark("its file is a link that leads out of the data folder"))
            return path.read_bytes()
        except FileNotFoundError:
            raise PictureUnreadable(image_id, mark("the file is missing")) from None
        except OSError as fault:
            raise PictureUnreadable(
                image_id, deferred("the file cannot be opened ({reason})", reason=fault.strerror)
            ) from fault

    def _is_inside(self, path: Path) -> bool:
        """Return True if a file lies where the set lies, its links followed."""
        if not os.path.islink(path):  # noqa: PTH114 - a Path of every file costs more than the test
            return True
        real = Path(os.path.realpath(path))
        # A folder that is a link was put there by the owner of the set and is named in the notes. A link among its
        # files is followed only to files of the set itself.
        return any(real.is_relative_to(folder) for folder in (*self._homes, path.parent.resolve()))

    @cached_property
    def _homes(self) -> tuple[Path, ...]:
        return homes(self.root)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return dict(ids_of(self.pictures))


def file_stamp(path: Path) -> tuple[int, int] | None:
    """Return size in bytes and modification time in ns of a file, None if it is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116 - this is asked for every picture
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def homes(root: Path) -> tuple[Path, ...]:
    """Return the real folders that files of a set may lie in.

    They are its own folder and, in the cache of the Hugging Face hub, the folder `blobs` that all snapshots link to.
    """
    real = root.resolve()
    above = (root.absolute(), *root.absolute().parents)
    blobs = [(folder.parent.parent / "blobs").resolve() for folder in above if folder.parent.name == "snapshots"]
    return (real if real.is_dir() else real.parent, *blobs)


def is_picture(name: str) -> bool:
    """Return True if a file name has the suffix of a picture and is not hidden."""
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)


def without_suffix(name: str) -> str:
    """Return a name without the suffix of a picture, if it has one."""
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def composed(name: str) -> str:
    """Return a name in Unicode's composed form; folders that a Mac has written are in the decomposed form."""
    return unicodedata.normalize("NFC", name)


def make_ids(named: Sequence[tuple[str, str]]) -> list[str]:
    """Return an id of the form class/name for every picture, safe in links, each one different.

    Parameters
    ----------
    named
        Class and name of each picture; no two are equal.

    Examples
    --------
    >>> make_ids([("Pork Chop", "IMG 1.jpg"), ("ramen", "a,b.png")])
    ['Pork_Chop/IMG_1', 'ramen/a_b']
    """
    plain = [f"{safe(truth)}/{safe(without_suffix(name))}" for truth, name in named]
    counts = Counter(plain)
    # A mark that depends on this picture alone: another file that is added later does not change it.
    return [
        image_id if counts[image_id] == 1 else f"{image_id}-{_mark(truth, name)}"
        for image_id, (truth, name) in zip(plain, named, strict=True)
    ]


def safe(text: str) -> str:
    """Return a text with letters, digits, dots, dashes and underscores alone."""
    return re.sub(r"[^\w.-]+", "_", composed(text)).strip("._") or "x"


def _mark(truth: str, name: str) -> str:
    return hashlib.sha256(f"{truth}\0{name}".encode()).hexdigest()[:6]


def visible_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder in alphabetical order, without hidden ones and those of programs."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [
        folder / entry.name
        for entry in entries
        if not entry.name.startswith((".", "__")) and entry.is_dir() and entry.name != "lost+found"
    ]


def walk_pictures(folder: Path) -> Iterator[str]:
    """Yield the paths of the picture files in a folder and those below it, relative to it, in alphabetical order."""
    # Links to folders are not followed below a class: they can lead in a circle.
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        below = Path(top).relative_to(folder).as_posix()
        for name in sorted(files):
            if is_picture(name):
                yield name if below == "." else f"{below}/{name}"


def linked_folders(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return a note on the folders that are links, if there are any."""
    linked = [folder for folder in folders if folder.is_symlink()]
    if not linked:
        return ()
    name, target, more = linked[0].name, linked[0].resolve(), len(linked) - 1
    if more:
        return (
            deferred(
                "The folder {name} is a link to {target} and {number:d} more.", name=name, target=target, number=more
            ),
        )
    return (deferred("The folder {name} is a link to {target}.", name=name, target=target),)
