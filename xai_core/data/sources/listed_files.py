"""Sets whose pictures are named in a file, by their paths and classes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xai_core.data.dataset import DataOptions, Picture, fingerprint
from xai_core.data.sources import splits
from xai_core.data.sources.picture_files import PictureFiles, composed, make_ids
from xai_core.errors import DataRefused
from xai_core.labels import in_order
from xai_core.language import deferred
from xai_core.texts import counted


@dataclass(frozen=True, slots=True)
class Row:
    """Path of a picture as a file names it, its class, and its split if the file names one."""

    path: str
    truth: str
    split: str = ""


def assemble(
    rows: Sequence[Row],
    *,
    form: str,
    source: Path,
    root: Path,
    options: DataOptions,
    homes: Sequence[Path],
    classes: Sequence[str] | None = None,
    described: str,
) -> PictureFiles:
    """Return the set that rows of paths and classes describe.

    Parameters
    ----------
    rows
        All rows of all splits.
    form
        Name of the layout in the table of sources.
    source
        File that names the pictures, for messages.
    root
        The folder or file that was given.
    options
        The split, and the folder of the pictures.
    homes
        Folders that relative paths may start from. The first one in which pictures are found is taken.
    classes
        Names of the classes in their order; None sorts those of the rows.
    described
        Beginning of the first note.

    Raises
    ------
    DataRefused
        If a path leads out of the folders, or a picture has two classes.
    """
    found = tuple(dict.fromkeys(row.split or splits.WHOLE for row in rows))
    taken = splits.candidates(found, options.split, root)[0] if found else splits.WHOLE
    chosen = [row for row in rows if (row.split or splits.WHOLE) == taken]
    full = [row for row in chosen if row.path and row.truth]
    home = _home(full, [options.pictures.expanduser().absolute()] if options.pictures else homes)
    truths: dict[str, str] = {}
    for row in full:
        path = _path_in(row.path, home, homes, source)
        if truths.setdefault(path, row.truth) != row.truth:
            raise DataRefused(
                deferred(
                    "{file} gives {path} two classes, {first!r} and {second!r}.",
                    file=source.name,
                    path=row.path,
                    first=truths[path],
                    second=row.truth,
                ),
                deferred("Leave one of these lines out."),
            )
    ordered = sorted(truths.items(), key=lambda item: item[1])
    ids = make_ids([(truth, os.path.relpath(path, home)) for path, truth in ordered])
    pictures = tuple(Picture(image_id, truth) for image_id, (_, truth) in zip(ids, ordered, strict=True))
    paths = {image_id: Path(path) for image_id, (path, _) in zip(ids, ordered, strict=True)}
    repeated, empty = len(full) - len(truths), len(chosen) - len(full)
    notes = [
        deferred(
            "{described}: {pictures} of {classes}, {split}. Paths start from {folder}.",
            described=described,
            pictures=counted(len(pictures), "picture"),
            classes=counted(len(set(truths.values())), "class"),
            split=splits.describe(taken, found or (splits.WHOLE,), options.split),
            folder=home,
        )
    ]
    if repeated:
        lines = counted(repeated, "duplicate line")
        notes.append(
            deferred("{lines}, taken once.", lines=lines)
            if repeated == 1
            else deferred("{lines}, each taken once.", lines=lines)
        )
    if empty:
        notes.append(deferred("{lines} without a path or a class, left out.", lines=counted(empty, "line")))
    return PictureFiles(
        format=form,
        root=root,
        split=taken,
        classes=tuple(classes) if classes is not None else in_order(row.truth for row in rows if row.truth),
        pictures=pictures,
        fingerprint=fingerprint(taken, pictures),
        locate=lambda image_id: paths.get(image_id, home / image_id),
        notes=tuple(notes),
    )


def _home(rows: Sequence[Row], homes: Sequence[Path]) -> Path:
    """Return the folder that relative paths start from, by the first hundred pictures."""
    sample = [_portable(row.path) for row in rows[:100]]
    counts = [sum((home / path).is_file() for path in sample) for home in homes]
    return homes[counts.index(max(counts))]


def _portable(path: str) -> str:
    return path.strip().replace("\\", "/")


def _path_in(path: str, home: Path, homes: Sequence[Path], source: Path) -> str:
    """Return the absolute path of a picture, which must lie in one of the folders.

    Raises
    ------
    DataRefused
        If it does not.
    """
    text = _portable(path)
    if "://" in text:
        raise DataRefused(
            deferred(
                "{file} names the web address {address}; expected the path of a file.",
                file=source.name,
                address=text[:80],
            ),
            deferred("Save the pictures as files beside it."),
        )
    # No link is followed here: that is checked when a picture is read.
    whole = os.path.normpath(home / text)
    if "\0" in text or not any(Path(whole).is_relative_to(folder) for folder in (home, *homes)):
        raise DataRefused(
            deferred(
                "{file} names {path!r}, which is not in {folder}.", file=source.name, path=text[:120], folder=home
            ),
            deferred("Give the folder that holds the pictures."),
            "pictures",
        )
    if not os.path.exists(whole):  # noqa: PTH110 - this is asked for every picture
        # The file's name may be in another Unicode form.
        other = composed(whole) if composed(whole) != whole else _decomposed(whole)
        return other if os.path.exists(other) else whole  # noqa: PTH110
    return whole


def _decomposed(text: str) -> str:
    import unicodedata  # noqa: PLC0415 - for one line in a thousand sets

    return unicodedata.normalize("NFD", text)
