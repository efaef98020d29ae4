"""Reader of single pictures in parquet files, with bounded memory."""

import os
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from xai_core.data.sources.parquet_columns import Columns


@dataclass(frozen=True, slots=True)
class _Group:
    """Row group of a file, with its number of rows and the size of its pictures in bytes."""

    file: int
    number: int
    rows: int
    size: int


class RowReader:
    """Reader of the bytes of single rows, counted through all files.

    A row group is read whole and a few are held, as neighbours are read one after the other. Of a group that is larger
    than `HELD_BYTES` a few rows are read at a time, from the last position on. Safe for threads and forked processes.

    Parameters
    ----------
    files
        The parquet files in order.
    columns
        The columns of the set.
    """

    HELD_BYTES: ClassVar[int] = 96 * 2**20
    """Largest size of all row groups that are held at a time."""

    BATCH_ROWS: ClassVar[int] = 32
    """Rows of a large row group that are read at a time."""

    def __init__(self, files: Sequence[Path], columns: Columns) -> None:
        self._files = tuple(files)
        self._column = columns.content
        self._groups: list[_Group] = []
        self._starts = [0]
        for number, file in enumerate(files):
            with pq.ParquetFile(file) as opened:
                for group in range(opened.num_row_groups):
                    self._add(number, group, opened.metadata.row_group(group))
        self._lock = threading.Lock()
        self._forget()

    @property
    def files(self) -> tuple[Path, ...]:
        """The parquet files in order."""
        return self._files

    @property
    def layout(self) -> str:
        """Rows and sizes of all row groups, which change when the pictures do."""
        return " ".join(f"{group.rows}:{group.size}" for group in self._groups)

    @property
    def largest_group(self) -> int:
        """Size of the largest row group in bytes."""
        return max((group.size for group in self._groups), default=0)

    def file_of(self, row: int) -> Path:
        """Return the file of a row, whether it is there or not."""
        return self._files[self._groups[bisect_right(self._starts, row) - 1].file]

    def has_file(self, row: int) -> bool:
        """Return True if the file of a row is there."""
        return self.file_of(row).is_file()

    def read(self, row: int) -> bytes | None:
        """Return the bytes in a row, or None if there are none.

        Raises
        ------
        OSError, pyarrow.ArrowException
            If the file is missing, damaged or another one.
        """
        place = bisect_right(self._starts, row) - 1
        with self._lock:
            if self._process != os.getpid():
                # An open file has one position, which a forked process would share with its parent.
                self._forget()
            index = row - self._starts[place]
            if self._groups[place].size > self.HELD_BYTES:
                return self._from_stream(place, index)
            value = self._held(place)[index].as_py()
        return value if isinstance(value, bytes) else None

    def _add(self, file: int, number: int, group: pq.RowGroupMetaData) -> None:
        # Compressed pictures hardly shrink, so that the size in memory is known from the footer.
        size = sum(
            column.total_uncompressed_size
            for index in range(group.num_columns)
            if (column := group.column(index)).path_in_schema == self._column
        )
        self._groups.append(_Group(file, number, group.num_rows, size))
        self._starts.append(self._starts[-1] + group.num_rows)

    def _forget(self) -> None:
        self._process = os.getpid()
        self._opened: OrderedDict[int, pq.ParquetFile] = OrderedDict()
        self._arrays: OrderedDict[int, pa.ChunkedArray] = OrderedDict()
        self._stream: _Stream | None = None

    def _file(self, number: int) -> pq.ParquetFile:
        if number not in self._opened:
            # Without buffering a column would be read whole before its first row can be taken.
            self._opened[number] = pq.ParquetFile(self._files[number], buffer_size=2**20, pre_buffer=False)
            while len(self._opened) > 4:
                self._opened.popitem(last=False)[1].close()
        return self._opened[number]

    def _held(self, place: int) -> pa.ChunkedArray:
        """Return the pictures of a row group, and hold it in place of those that were used longest ago."""
        if place not in self._arrays:
            group = self._groups[place]
            sizes = sum(self._groups[held].size for held in self._arrays)
            while self._arrays and sizes + group.size > self.HELD_BYTES:
                dropped, _ = self._arrays.popitem(last=False)
                sizes -= self._groups[dropped].size
            table = self._file(group.file).read_row_group(group.number, columns=[self._column], use_threads=False)
            self._arrays[place] = _pictures(table.column(0), self._column)
        self._arrays.move_to_end(place)
        return self._arrays[place]

    def _from_stream(self, place: int, index: int) -> bytes | None:
        """Read one row of a large row group, going on from the last position if that lies before it."""
        stream = self._stream
        if stream is None or stream.place != place or index < stream.start:
            group = self._groups[place]
            batches = self._file(group.file).iter_batches(
                batch_size=self.BATCH_ROWS, row_groups=[group.number], columns=[self._column], use_threads=False
            )
            self._stream = stream = _Stream(place, batches)
        while index >= stream.end:
            stream.advance(_pictures(next(stream.batches).column(0), self._column))
        value = stream.value(index)
        return value if isinstance(value, bytes) else None


class _Stream:
    """Position in a large row group, with the last two batches: threads do not ask in the exact order of the rows.

    Parameters
    ----------
    place
        Number of the row group.
    batches
        The rest of its batches.
    """

    def __init__(self, place: int, batches: Iterator[pa.RecordBatch]) -> None:
        self.place, self.batches = place, batches
        self.start = 0
        self._held: list[pa.Array] = []

    @property
    def end(self) -> int:
        """Row after the last one that is held."""
        return self.start + sum(map(len, self._held))

    def advance(self, batch: pa.Array) -> None:
        """Hold one more batch, and drop the one before the last."""
        self._held.append(batch)
        if len(self._held) > 2:
            self.start += len(self._held.pop(0))

    def value(self, row: int) -> object:
        """Return the value of a row that is held."""
        offset = row - self.start
        for batch in self._held:
            if offset < len(batch):
                return batch[offset].as_py()
            offset -= len(batch)
        return None


def _pictures(column: pa.Array | pa.ChunkedArray, name: str) -> pa.Array | pa.ChunkedArray:
    """Return the bytes of a column, out of its struct if it has one."""
    if "." not in name:
        return column
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([chunk.field("bytes") for chunk in column.chunks], type=column.type.field("bytes").type)
    return column.field("bytes")
