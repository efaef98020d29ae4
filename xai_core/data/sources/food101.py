"""Food-101's own layout, `images/<class>/<number>.jpg` listed in `meta/<split>.json` or `.txt`."""

import os
from collections.abc import Sequence
from pathlib import Path

from xai_core.data.dataset import DataOptions, Picture, fingerprint
from xai_core.data.sources import food101_lists, splits
from xai_core.data.sources.food101_lists import BadList
from xai_core.data.sources.picture_files import (
    SUFFIXES,
    PictureFiles,
    composed,
    linked_folders,
    visible_folders,
)
from xai_core.errors import DataMissing, DataNotFound, DataRefused
from xai_core.labels import level
from xai_core.language import deferred, mark
from xai_core.texts import chained, counted

FORMAT = "food101"

MANY = 50
"""Number of folders up to which those below them are searched for the set."""


def recognise(root: Path, _options: DataOptions) -> bool:
    """Return True if a folder, or one below it, holds `images` and `meta` with the list of a split."""
    return any(_splits(base) for base in _bases(root))


def open_set(root: Path, options: DataOptions) -> PictureFiles:
    """Read the list of pictures, without opening any picture.

    Raises
    ------
    DataRefused
        If the folder or the list of the split is missing, or a list cannot be read.
    """
    base = _base(root)
    listed = _splits(base)
    wanted = options.split
    if wanted is not None and wanted not in listed and splits.kind_of(wanted) not in map(splits.kind_of, listed):
        raise DataMissing(base, deferred("meta/{split}.json (and meta/{split}.txt)", split=wanted))
    if not listed:
        raise DataMissing(base, deferred("meta/{split}.json (and meta/{split}.txt)", split="test"))
    faults: list[BadList] = []
    split, entries = "", food101_lists.Entries()
    notes: tuple[str, ...] = ()
    for split in splits.candidates(tuple(listed), wanted, base):
        try:
            entries, notes = food101_lists.read(listed[split])
        except BadList as fault:
            faults.append(fault)
            continue
        if entries.pictures:
            break
    if not entries.pictures and faults:
        message = deferred("The data set under {root} cannot be read: {fault}.", root=base, fault=faults[0].args[0])
        raise DataRefused(message, deferred("Restore its lists."))
    pictures = tuple(sorted(entries.pictures, key=lambda picture: picture.truth))
    return PictureFiles(
        format=FORMAT,
        root=base,
        split=split,
        classes=_classes(base, pictures, entries.classes),
        pictures=pictures,
        fingerprint=fingerprint(split, pictures),
        locate=_Locator(base / _child(base, "images")).path,
        notes=(
            deferred(
                "Food-101's layout in {folder}: {pictures}, {split}.",
                folder=base,
                pictures=counted(len(pictures), "picture"),
                split=splits.describe(split, tuple(listed), wanted),
            ),
            *(deferred("The split {fault}.", fault=fault.args[0]) for fault in faults),
            *notes,
            *linked_folders([base / _child(base, "images"), *visible_folders(base / _child(base, "images"))]),
        ),
    )


def _base(root: Path) -> Path:
    """Return the folder that holds `images` and `meta`."""
    if not root.is_dir():
        raise DataNotFound(root)
    bases = _bases(root)
    if len(bases) > 1:
        raise DataRefused(
            deferred(
                "{root} holds {number} sets in Food-101's layout: {names}.",
                root=root,
                number=len(bases),
                names=chained(mark("{first} and {rest}"), [str(base.relative_to(root)) for base in bases[:3]]),
            ),
            deferred("Give one of these folders."),
        )
    if bases:
        return bases[0]
    inner = root / "food-101" if (root / "food-101").is_dir() else root
    absent = [(inner / name).relative_to(root) for name in ("images", "meta") if not (inner / name).is_dir()]
    folders = [deferred("the folder {name}", name=name.as_posix()) for name in absent]
    raise DataMissing(root, chained(mark("{first} and {rest}"), folders))


def _bases(root: Path) -> list[Path]:
    """Return the folders that hold `images` and `meta`: the folder itself, or else those one or two levels below."""
    if not root.is_dir():
        return []
    level_of = [root]
    for _ in range(3):
        found = [folder for folder in level_of if _child(folder, "images") and _child(folder, "meta")]
        if found:
            # The usual name wins over copies beside it, as it always has.
            usual = [folder for folder in found if folder.name == "food-101"]
            return usual if len(usual) == 1 else found
        level_of = [below for folder in level_of[:MANY] for below in visible_folders(folder)]
        if len(level_of) > MANY:
            return []
    return []


def _child(folder: Path, name: str) -> str:
    """Return the name of a folder in another one, in any case; empty if there is none."""
    if (folder / name).is_dir():
        return name
    return next((below.name for below in visible_folders(folder) if below.name.lower() == name), "")


def _splits(base: Path) -> dict[str, list[Path]]:
    """Return the files that list each split, JSON before text as torchvision reads it."""
    meta = base / _child(base, "meta")
    files = [path for path in sorted(meta.iterdir()) if path.suffix.lower() in (".json", ".txt")]
    found: dict[str, list[Path]] = {}
    for path in files:
        if splits.kind_of(path.stem) and not path.name.startswith("."):
            found.setdefault(path.stem, []).append(path)
    return found


def _classes(base: Path, pictures: Sequence[Picture], listed: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all classes in sorted order, as torchvision numbers them."""
    names = {*listed, *(picture.truth for picture in pictures)}
    extra = base / _child(base, "meta") / "classes.txt"
    known = food101_lists.lines_of(extra) if extra.is_file() else []
    levelled = {level(name) for name in names}
    # Some copies write the names in classes.txt for people: "Apple pie" is the class apple_pie.
    return tuple(sorted({*names, *(name for name in known if level(name) not in levelled)}))


class _Locator:
    """Finder of picture files, whose suffix and Unicode form may differ from the usual ones.

    Parameters
    ----------
    images
        The folder of the classes.
    """

    def __init__(self, images: Path) -> None:
        self._images = images
        self._folders: dict[str, Path] | None = None
        self._files: dict[str, dict[str, Path]] = {}

    def path(self, image_id: str) -> Path:
        """Return the path of a picture's file, whether it exists or not."""
        usual = self._images / f"{image_id}.jpg"
        if os.path.exists(usual):  # noqa: PTH110 - this is asked for every picture
            return usual
        folder, _, name = image_id.partition("/")
        return self._of_folder(folder).get(composed(name).casefold(), usual)

    def _of_folder(self, name: str) -> dict[str, Path]:
        """Return the files of a class by their names without suffix."""
        if name not in self._files:
            if self._folders is None:
                self._folders = {composed(path.name).casefold(): path for path in visible_folders(self._images)}
            folder = self._folders.get(composed(name).casefold(), self._images / name)
            self._files[name] = _files_by_stem(folder)
        return self._files[name]


def _files_by_stem(folder: Path) -> dict[str, Path]:
    try:
        files = [path for path in folder.iterdir() if path.suffix.lower() in (*SUFFIXES, "")]
    except OSError:
        return {}
    # Of two files of one name the one with the more usual suffix is taken.
    rank = {suffix: number for number, suffix in enumerate((*SUFFIXES, ""))}
    ordered = sorted(files, key=lambda path: (-rank[path.suffix.lower()], path.name))
    return {composed(path.stem).casefold(): path for path in ordered}
