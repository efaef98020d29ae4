"""Parquet set as the Hugging Face hub publishes image classification, `data/<split>-00000-of-00003.parquet`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from xai_core.data.dataset import DataOptions, Picture, close_ids, fingerprint, ids_of
from xai_core.data.sources import parquet_columns, splits
from xai_core.data.sources.parquet_columns import Columns
from xai_core.data.sources.parquet_rows import RowReader
from xai_core.data.sources.picture_files import file_stamp, make_ids
from xai_core.errors import DataMissing, DataRefused, NameUnknown, PictureUnreadable
from xai_core.labels import in_order
from xai_core.language import deferred, mark
from xai_core.texts import counted

FORMAT = "parquet"

_SHARD = re.compile(r"(?P<split>.+?)-\d+-of-\d+(-[0-9a-f]+)?")


@dataclass(frozen=True, eq=False)
class ParquetSet:
    """Split of a parquet set, see `PictureSet`.

    Attributes
    ----------
    format, root, split, classes, pictures, fingerprint, notes
        See `PictureSet`.
    rows
        Row of each picture, counted through all shards of the split.
    reader
        Reader of the rows.
    """

    format: str
    root: Path
    split: str
    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    fingerprint: str
    rows: tuple[int, ...] = field(repr=False)
    reader: RowReader = field(repr=False)
    notes: tuple[str, ...] = ()

    def exists(self, image_id: str) -> bool:
        """Return True if the set has this picture and its shard is there."""
        return image_id in self._ids and self.reader.has_file(self.rows[self._ids[image_id]])

    def stamp(self, image_id: str) -> tuple[int, int] | None:
        """Return size in bytes and modification time in ns of the picture's shard, None if it is not there."""
        return file_stamp(self.reader.file_of(self.rows[self._ids[image_id]])) if image_id in self._ids else None

    def read_bytes(self, image_id: str) -> bytes:
        """Return the content of the picture's file, from where it lies in the shard.

        Raises
        ------
        NameUnknown
            If the split has no such picture.
        PictureUnreadable
            If its shard is missing or damaged, or holds no bytes for it.
        """
        if image_id not in self._ids:
            raise NameUnknown(mark("picture"), image_id, close_ids(image_id, tuple(self._ids)))
        try:
            content = self.reader.read(self.rows[self._ids[image_id]])
        except FileNotFoundError:
            raise PictureUnreadable(image_id, mark("its parquet file is missing")) from None
        except (OSError, pa.ArrowException) as fault:
            reason = " ".join(str(fault).split())[:200]
            raise PictureUnreadable(
                image_id, deferred("its parquet file cannot be read ({reason})", reason=reason)
            ) from fault
        if content is None:
            raise PictureUnreadable(image_id, mark("the parquet file holds no picture in this row"))
        return content

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return ids_of(self.pictures)


def recognise(root: Path, options: DataOptions) -> bool:
    """Return True if there is a parquet file with a column of pictures."""
    for files in _splits(root).values():
        try:
            return parquet_columns.find(pq.read_schema(files[0]), files[0], options) is not None
        except (OSError, pa.ArrowException):
            return False
        except DataRefused:
            return True
    return False


def open_set(root: Path, options: DataOptions) -> ParquetSet:
    """Read labels and names of a split, without reading any picture.

    Raises
    ------
    DataRefused
        If there is no parquet file with pictures and labels, it is damaged, or its labels have no names.
    """
    found = _splits(root)
    if not found:
        raise DataMissing(root, deferred("every .parquet file"))
    taken = splits.candidates(tuple(found), options.split, root)[0]
    files = found[taken]
    try:
        shards = [pq.ParquetFile(file) for file in files]
    except (OSError, pa.ArrowException) as fault:
        raise DataRefused(
            deferred(
                "A parquet file of the data set under {root} cannot be read: {reason}.",
                root=root,
                reason=" ".join(str(fault).split()),
            ),
            deferred("Download it again."),
        ) from fault
    schema = shards[0].schema_arrow
    columns = parquet_columns.find(schema, files[0], options)
    if columns is None:
        raise DataRefused(
            deferred(
                "{file} has the columns {names}; expected one of pictures and one of labels.",
                file=files[0].name,
                names=", ".join(schema.names),
            ),
            deferred("Name the columns."),
            "path_column",
        )
    names = parquet_columns.class_names(schema, columns.label, root if root.is_dir() else root.parent)
    try:
        labelled = [row for shard in shards for row in _rows(shard, columns)]
    except (OSError, pa.ArrowException, KeyError) as fault:
        message = deferred(
            "The parquet files under {root} do not fit each other: {fault}.", root=root, fault=str(fault)
        )
        raise DataRefused(message) from fault
    finally:
        for shard in shards:
            shard.close()
    truths = [parquet_columns.class_of(label, names, files[0]) for label, _ in labelled]
    kept = [row for row, truth in enumerate(truths) if truth]
    # Class by class, so that a part of the set keeps the share of every class; see `dataset.evenly_spaced`.
    kept.sort(key=lambda row: truths[row])
    digits = len(str(len(labelled)))
    named = [(truths[row], _name(labelled[row][1]) or f"{row:0{digits}}") for row in kept]
    # Names of files need not be distinct: the row is part of the mark then.
    repeated = len(set(named)) < len(named)
    if repeated:
        named = [(truth, f"{row:0{digits}}") for (truth, _), row in zip(named, kept, strict=True)]
    pictures = tuple(Picture(image_id, truth) for image_id, (truth, _) in zip(make_ids(named), named, strict=True))
    reader = RowReader(files, columns)
    lost, shown = len(labelled) - len(kept), len({*truths} - {""})
    return ParquetSet(
        format=FORMAT,
        root=root,
        split=taken,
        classes=names or in_order(truth for truth in truths if truth),
        pictures=pictures,
        fingerprint=fingerprint(taken, pictures, reader.layout),
        rows=tuple(kept),
        reader=reader,
        notes=(
            deferred(
                "A parquet set with the columns {image} and {label}: {pictures} of {classes} in {files}, {split}.",
                image=columns.image,
                label=columns.label,
                pictures=counted(len(pictures), "picture"),
                classes=counted(shown, "class"),
                files=counted(len(files), "file"),
                split=splits.describe(taken, tuple(found), options.split),
            ),
            *([deferred("{rows} without a label, left out.", rows=counted(lost, "row"))] if lost else []),
            *_order(names),
            *_large(reader),
        ),
    )


def _order(names: Sequence[str]) -> tuple[str, ...]:
    """Return a note if the label names are not in sorted order, in which torchvision would number them."""
    first = next(((a, b) for a, b in zip(names, sorted(names), strict=True) if a != b), None)
    if first is None:
        return ()
    return (
        deferred(
            "Its label names are not in sorted order: {first} comes before {second}.", first=first[0], second=first[1]
        ),
    )


def _large(reader: RowReader) -> tuple[str, ...]:
    size = reader.largest_group
    if size <= RowReader.HELD_BYTES:
        return ()
    return (deferred("Its row groups have up to {size:,.0f} MB; single pictures are read slowly.", size=size / 2**20),)


def _splits(root: Path) -> dict[str, list[Path]]:
    """Return the parquet files of each split, in the order of the shards."""
    if root.is_file():
        files = [root] if root.suffix.lower() in (".parquet", ".pq") else []
    else:
        files = sorted(
            path
            for pattern in ("*.parquet", "*/*.parquet", "*/*/*.parquet")
            for path in root.glob(pattern)
            if not path.name.startswith(".") and path.is_file()
        )
    found: dict[str, list[Path]] = {}
    for file in files:
        found.setdefault(_split_of(file), []).append(file)
    return found


def _split_of(file: Path) -> str:
    """Return the split that a file belongs to, by its name or that of its folder."""
    shard = _SHARD.fullmatch(file.stem)
    if shard is not None:
        return shard["split"]
    words = (file.stem, file.parent.name, *re.split(r"[\W_]+", file.stem))
    return next((word for word in words if splits.kind_of(word)), splits.WHOLE)


def _rows(shard: pq.ParquetFile, columns: Columns) -> Iterator[tuple[object, str | None]]:
    """Yield label and name of each row, without the bytes of the pictures."""
    wanted = [columns.label, *([columns.name] if columns.name else [])]
    for batch in shard.iter_batches(batch_size=16384, columns=wanted):
        labels = batch.column(columns.label).to_pylist()
        if columns.name is None:
            yield from ((label, None) for label in labels)
            continue
        names = batch.column(columns.name.partition(".")[0])
        paths = names.field("path").to_pylist() if "." in columns.name else names.to_pylist()
        yield from zip(labels, paths, strict=True)


def _name(path: object) -> str:
    """Return the name of a picture's file, without its folders."""
    return PurePosixPath(str(path).replace("\\", "/")).name if isinstance(path, str) else ""
