"""Table of the layouts of labelled sets, and the choice of one by content.

To add a layout, write a row in `SOURCES` and a module beside this one, see `SourceModule`.
"""

import importlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from xai_core.data.dataset import DataOptions, PictureSet
from xai_core.errors import DataNotFound, DataRefused
from xai_core.language import ENGLISH, deferred, mark, using
from xai_core.settings.checked_values import one_of
from xai_core.texts import chained


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Layout of a labelled set.

    Attributes
    ----------
    name
        Name for options and manifests.
    title
        Name for people, in the middle of a sentence.
    module
        Name of the module in this folder that reads it; imported at the first use.
    reads
        Sentences on what is read, in Markdown.
    layout
        Drawing of an example.
    example
        Arguments of `study create` for it.
    covers
        Names of the layouts that always fit such a set too and need no mention.
    """

    name: str
    title: str
    module: str
    reads: str
    layout: str
    example: str
    covers: tuple[str, ...] = ()

    def load(self) -> "SourceModule":
        """Import the module that reads this layout."""
        return cast("SourceModule", importlib.import_module(f"{__package__}.{self.module}"))


class SourceModule(Protocol):
    """Functions that the module of a layout has."""

    def recognise(self, root: Path, options: DataOptions) -> bool:
        """Return True if a folder or file has this layout, by its content."""
        ...

    def open_set(self, root: Path, options: DataOptions) -> PictureSet:
        """Read the list of pictures, without opening any picture.

        Raises
        ------
        DataRefused
            If it cannot be used.
        """
        ...


SOURCES = (
    Source(
        name="food101",
        title=mark("Food-101's layout"),
        module="food101",
        reads="""\
Pictures in `images/<class>/`, splits listed in `meta/<split>.json` or `.txt`. The folder may have any name and lie one
or two levels below the one that is given. Pictures may be `.jpg`, `.jpeg`, `.png` or `.webp` in any case. Entries of
the lists may have suffixes, backslashes, `images/` before them or a column of labels after them. A JSON list that is
empty or damaged gives way to the text file beside it. A line that comes twice is taken once. Classes are numbered in
sorted order, as torchvision numbers them, whatever the order of `classes.txt`.""",
        layout="""\
food-101/
  images/pizza/1001116.jpg
  meta/classes.txt
  meta/test.json
  meta/train.json""",
        example="--data food-101",
        covers=("folders",),
    ),
    Source(
        name="parquet",
        title=mark("a parquet set of the Hugging Face hub"),
        module="parquet",
        reads="""\
One or several parquet files a split, with a column of pictures (`bytes` and `path`, or bytes alone) and a column of
labels. Numbers get their names from the metadata that the library `datasets` writes, or from the head of `README.md`.
Classes are numbered as these names are listed, which need not be sorted: in `ethz/food101`, cheesecake comes before
cheese_plate. Pictures are read where they lie, a row group at a time. Columns of other names are chosen with
`--path-column` and `--label-column`. A name on the hub, `--data ethz/food101`, is downloaded into the hub's own cache
first, after a line that says its size; this needs `pip install ".[huggingface]"`.""",
        layout="""\
food101/
  README.md
  data/train-00000-of-00008.parquet
  data/validation-00000-of-00003.parquet""",
        example="--data food101",
    ),
    Source(
        name="fiftyone",
        title=mark("an export of FiftyOne"),
        module="fiftyone",
        reads="""\
`FiftyOneImageClassificationDataset` (`data/` and `labels.json`), alone or in a folder for each split, and
`FiftyOneDataset` (`samples.json`). In `samples.json`, tags such as `test` are the splits, and the field `ground_truth`
is the class; `--label-column` chooses another field.""",
        layout="""\
export/
  data/000001.jpg
  labels.json""",
        example="--data export",
        covers=("folders", "list"),
    ),
    Source(
        name="list",
        title=mark("a list of paths and classes"),
        module="lists",
        reads="""\
CSV, TSV or text with tabs, commas or semicolons, JSON lines, or a JSON list of objects. Columns are recognised by
their names (`path`, `file_name`, `image`, ...; `label`, `class`, `category`, ...; `split`), or chosen with
`--path-column`, `--label-column` and `--split-column`. A list without heads has the path first and the class second, or
the other way round. Paths start from the folder of the list, from the folder that is given, or from `--pictures`. They
never lead out of it. Several lists in a folder are its splits: `train.csv`, `test.csv`.""",
        layout="""\
dishes/
  test.csv            path,label
  photos/1.jpg        photos/1.jpg,pizza""",
        example="--data dishes/test.csv",
        covers=(),
    ),
    Source(
        name="folders",
        title=mark("a folder for each class"),
        module="class_folders",
        reads="""\
Pictures in a folder for each class, as torchvision's `ImageFolder` has them, with or without folders such as `train`,
`val` and `test` above. Pictures below such a folder belong to its class. Classes are numbered in sorted order; a class
that only another split has counts too.""",
        layout="""\
dishes/
  train/pizza/1.jpg
  train/ramen/7.jpg
  test/pizza/2.jpg""",
        example="--data dishes",
    ),
)
"""All layouts, in the order in which they are tried."""


@using(ENGLISH)
def open_data(root: Path, options: DataOptions | None = None) -> PictureSet:
    """Read the list of pictures of a labelled set, in the layout that its content has.

    Parameters
    ----------
    root
        Folder or file of the set.
    options
        Layout, split and columns; None leaves all to what is found.

    Raises
    ------
    DataRefused
        If no layout fits, or the one that fits cannot be read.
    SettingRefused
        If there is no such layout.
    """
    root = Path(os.path.abspath(root.expanduser()))  # noqa: PTH100 - `..` is taken out of the path, links stay
    try:
        return _opened(root, options or DataOptions())
    except OSError as fault:
        message = deferred(
            "{path} cannot be read: {reason}.", path=fault.filename or root, reason=fault.strerror or str(fault)
        )
        raise DataRefused(message, deferred("Check the disk, and try again.")) from fault


def _opened(root: Path, options: DataOptions) -> PictureSet:
    if options.format is not None:
        return _named(options.format).load().open_set(root, options)
    if not root.exists():
        raise DataNotFound(root, mark("file or folder"))
    fitting = [source for source in SOURCES if source.load().recognise(root, options)]
    if not fitting and any((root / name).is_dir() for name in ("food-101", "images", "meta")):
        # Food-101 that is unpacked in part: its own module says which part is missing.
        return _named("food101").load().open_set(root, options)
    if not fitting:
        layouts = chained(mark("{first}, or {rest}"), [deferred(source.title) for source in SOURCES])
        raise DataRefused(_nothing_fits(root), deferred("Expected is {layouts}.", layouts=layouts))
    first, *others = fitting
    found = first.load().open_set(root, options)
    also = [source for source in others if source.name not in first.covers]
    if not also:
        return found
    note = deferred(
        "The folder can also be read as {title}, under the format {name}.", title=also[0].title, name=also[0].name
    )
    return _with_note(found, note)


def _named(name: str) -> Source:
    one_of("data_format", name, [source.name for source in SOURCES])
    return next(source for source in SOURCES if source.name == name)


def _nothing_fits(root: Path) -> str:
    if root.is_file():
        return deferred("{root} lists no pictures with their classes.", root=root)
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in os.scandir(root))
    if not names:
        return deferred("The folder {root} is no labelled set of pictures. It holds nothing.", root=root)
    return deferred(
        "The folder {root} is no labelled set of pictures. It holds {names}.",
        root=root,
        names=", ".join(names[:6]) + (", ..." if len(names) > 6 else ""),
    )


def _with_note(found: PictureSet, note: str) -> PictureSet:
    # Every module of the table returns a dataclass, which a protocol cannot say.
    return replace(found, notes=(*found.notes, note))  # type: ignore[type-var]
