"""A folder for each class, with or without a folder for each split above."""

from collections.abc import Iterator
from pathlib import Path

from xai_core.data.dataset import DataOptions, Picture, fingerprint
from xai_core.data.sources import splits
from xai_core.data.sources.picture_files import (
    PictureFiles,
    composed,
    is_picture,
    linked_folders,
    make_ids,
    visible_folders,
    walk_pictures,
)
from xai_core.errors import DataMissing, DataNotFound
from xai_core.language import deferred
from xai_core.texts import counted

FORMAT = "folders"

DEPTH = 3
"""Number of folders around the set that are looked through."""


def recognise(root: Path, _options: DataOptions) -> bool:
    """Return True if a folder holds folders of pictures."""
    return root.is_dir() and bool(_splits(root))


def open_set(root: Path, options: DataOptions) -> PictureFiles:
    """Read the list of pictures, without opening any picture.

    Raises
    ------
    DataRefused
        If there is no folder of pictures, or no such split.
    """
    if not root.is_dir():
        raise DataNotFound(root)
    found = _splits(root)
    if not found:
        raise DataMissing(
            root,
            deferred("every folder with pictures of a class"),
            deferred("Give a folder with a folder for each class."),
        )
    taken = splits.candidates(tuple(found), options.split, root)[0]
    folder = found[taken]
    classes = _class_folders(folder)
    named = [(composed(of_class.name), name, of_class) for of_class in classes for name in walk_pictures(of_class)]
    ids = make_ids([(truth, name) for truth, name, _ in named])
    pictures = tuple(Picture(image_id, truth) for image_id, (truth, _, _) in zip(ids, named, strict=True))
    paths = {image_id: of_class / name for image_id, (_, name, of_class) in zip(ids, named, strict=True)}
    known = {composed(of_class.name) for other in found.values() for of_class in _class_folders(other)}
    loose = sum(is_picture(path.name) for path in folder.iterdir())
    return PictureFiles(
        format=FORMAT,
        root=root,
        split=taken,
        classes=tuple(sorted(known)),
        pictures=pictures,
        fingerprint=fingerprint(taken, pictures),
        locate=lambda image_id: paths.get(image_id, folder / image_id),
        notes=(
            deferred(
                "A folder for each class in {folder}: {pictures} of {classes}, {split}.",
                folder=folder,
                pictures=counted(len(pictures), "picture"),
                classes=counted(len(classes), "class"),
                split=splits.describe(taken, tuple(found), options.split),
            ),
            *(
                [deferred("{pictures} beside the folders belong to no class.", pictures=counted(loose, "picture"))]
                if loose
                else []
            ),
            *linked_folders(classes),
        ),
    )


def _splits(root: Path) -> dict[str, Path]:
    """Return the folder of the classes for each split."""
    folder = root
    for _ in range(DEPTH):
        below = visible_folders(folder)
        of_splits = {path.name: inner for path in below if splits.kind_of(path.name) and (inner := _classes_in(path))}
        if of_splits:
            return of_splits
        full = [path for path in below if _has_pictures(path)]
        if not full:
            return {}
        # Folders called train and test that hold pictures directly are splits without classes.
        if all(splits.kind_of(path.name) for path in full):
            return {}
        if len(full) == 1 and not _holds_pictures(full[0]):
            folder = full[0]
            continue
        return {splits.WHOLE: folder}
    return {}


def _classes_in(folder: Path) -> Path | None:
    """Return the folder that holds folders of pictures: the folder of a split itself, or one in it."""
    for _ in range(DEPTH):
        below = [path for path in visible_folders(folder) if _has_pictures(path)]
        if not below:
            return None
        if len(below) > 1 or _holds_pictures(below[0]):
            return folder
        folder = below[0]
    return None


def _class_folders(folder: Path) -> list[Path]:
    return [path for path in visible_folders(folder) if _has_pictures(path)]


def _holds_pictures(folder: Path) -> bool:
    """Return True if pictures lie in a folder itself."""
    try:
        return any(is_picture(path.name) for path in folder.iterdir())
    except OSError:
        return False


def _has_pictures(folder: Path) -> bool:
    """Return True if there is a picture in a folder or below it."""
    first: Iterator[str] = walk_pictures(folder)
    return next(first, None) is not None
