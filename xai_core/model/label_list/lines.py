"""Readings of lines of class names, with numbers, in columns, or bare."""

import csv
import io
import re
from collections.abc import Sequence

from xai_core.language import deferred

NAME_HEADS = {"name", "names", "label", "labels", "class", "classes", "class_name", "label_name", "category", "title"}
"""Heads of a column of names."""

NUMBER_HEADS = {"", "id", "ids", "index", "idx", "number", "no", "class_id", "label_id", "class_index", "class_idx"}
"""Heads of a column of numbers; pandas writes its index under an empty head."""

NUMBERS_FIRST, NAMES_FIRST = deferred("numbers before names"), deferred("names before numbers")
"""Forms of a file with numbers beside its names."""

_NAME_PER_LINE = deferred("one name per line")

_NUMBER_FIRST = re.compile(r"\s*[\[(]?(\d{1,9})[\])]?\s*(?:[:=.)|]\s*|-+>\s*|\s-\s|\s)\s*(\S.*)")
_NUMBER_LAST = re.compile(r"\s*(.*?\S)\s*(?:[:=|]\s*|-+>\s*|\s-\s|\s)\s*[\[(]?(\d{1,9})[\])]?\s*")
_WORDNET = re.compile(r"n\d{8}[\s,:]+(\S.*)")


def find_readings(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return every way in which lines can be read, by a description of its form.

    Parameters
    ----------
    lines
        At least one line, none of them blank.

    Raises
    ------
    ValueError
        If the numbers in the lines leave an output without a name. The message continues "The file ...".
    """
    lines = _unquoted(lines)
    if len(lines) > 1 and _head(lines[0]) in NAME_HEADS:
        lines = lines[1:]
    if all(_WORDNET.fullmatch(line) for line in lines):
        return {deferred("names after WordNet ids"): tuple(_WORDNET.fullmatch(line)[1] for line in lines)}  # type: ignore[index]
    for delimiter in "\t;,":
        rows = _cells(lines, delimiter)
        width = len(rows[0])
        if len(rows) == 1 and width > 1:
            return _of_single_line(rows[0], lines[0])
        if width > 1 and len(rows) == len(lines) and all(len(row) == width for row in rows):
            found = _of_columns(rows)
            if found:
                return found
            # "tench, Tinca tinca" is prose. Without the space the comma can separate columns.
            if width == 2 and not all(f"{delimiter} " in line for line in lines):
                return {
                    deferred("names in the first column"): tuple(row[0] for row in rows),
                    deferred("names in the second column"): tuple(row[1] for row in rows),
                }
    return _of_numbered(lines) or {_NAME_PER_LINE: tuple(line.strip() for line in lines)}


def ordered(numbers: Sequence[int], names: Sequence[str]) -> tuple[str, ...]:
    """Return names in the order of their numbers, which are those of the outputs.

    Raises
    ------
    ValueError
        If the numbers are not 0 to n - 1, each once. The message continues "The file ...".
    """
    if len(set(numbers)) < len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise ValueError(deferred("has the number {number:d} more than once", number=twice))
    if sorted(numbers) == list(range(1, len(numbers) + 1)):
        first = names[numbers.index(1)]
        raise ValueError(
            deferred(
                "numbers its names from 1, which can be read in two ways ({name!r} is the first output, or it is the "
                "second one after an output without a name)",
                name=first,
            )
        )
    missing = next((number for number in range(len(numbers)) if number not in set(numbers)), None)
    if missing is not None:
        raise ValueError(
            deferred(
                "has {names:d} names and no number {number:d}; expected the numbers 0 to n - 1",
                names=len(numbers),
                number=missing,
            )
        )
    return tuple(name for _, name in sorted(zip(numbers, names, strict=True)))


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Return lines without commas and quotes around every one of them."""
    bare = [line.strip() for line in lines]
    while all(line.endswith((",", ";")) for line in bare):
        bare = [line[:-1].rstrip() for line in bare]
    for quote in "\"'":
        inner = [line[1:-1] for line in bare]
        if all(len(line) > 1 and line[0] == line[-1] == quote for line in bare) and not any(quote in i for i in inner):
            return inner
    return bare


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [[cell.strip() for cell in row] for row in reader]
    except csv.Error:
        return [[line] for line in lines]
    while rows and all(len(row) > 1 and not row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    return rows


def _of_single_line(cells: Sequence[str], line: str) -> dict[str, tuple[str, ...]]:
    """Return the reading of one line: a classifier with a single class does not exist."""
    names = tuple(cell.strip("'\"") for cell in cells if cell)
    if len(names) == 2 and any(name.isdigit() for name in names):
        return _of_columns([list(names)]) or {_NAME_PER_LINE: (line,)}
    return {deferred("one line of names"): names}


def _of_columns(rows: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the readings of a table; none if no column can be told by its head or its numbers."""
    heads = [_head(cell) for cell in rows[0]]
    name_columns = [column for column, head in enumerate(heads) if head in NAME_HEADS]
    number_columns = [column for column, head in enumerate(heads) if head in NUMBER_HEADS]
    if len(rows) > 1 and (name_columns or (number_columns and any(heads[column] for column in number_columns))):
        return _of_headed(rows[1:], heads, name_columns, number_columns)
    return _of_pairs(rows)


def _of_headed(
    rows: Sequence[Sequence[str]], heads: Sequence[str], name_columns: list[int], number_columns: list[int]
) -> dict[str, tuple[str, ...]]:
    # A column "label" of numbers beside a column "name" numbers the classes.
    numeric = [column for column in range(len(heads)) if all(row[column].isdigit() for row in rows)]
    number_columns = [column for column in (*number_columns, *name_columns) if column in numeric]
    name_columns = [column for column in name_columns if column not in numeric]
    if not name_columns:
        name_columns = [column for column in range(len(heads)) if column not in numeric and heads[column]]
    names = {column: [row[column] for row in rows] for column in name_columns}
    if not number_columns:
        return {
            deferred("the column {name}", name=heads[column]): tuple(of_column) for column, of_column in names.items()
        }
    return {
        deferred(
            "the column {name} numbered by {number}",
            name=heads[column],
            number=heads[number] or deferred("the first column"),
        ): ordered([int(row[number]) for row in rows], of_column)
        for column, of_column in names.items()
        for number in number_columns
    }


def _of_pairs(rows: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the readings of two columns, one of which numbers the other."""
    if len(rows[0]) != 2:
        return {}
    readings: dict[str, tuple[str, ...]] = {}
    faults = []
    for form, number, name in ((NUMBERS_FIRST, 0, 1), (NAMES_FIRST, 1, 0)):
        if all(row[number].isdigit() for row in rows):
            try:
                readings[form] = ordered([int(row[number]) for row in rows], [row[name] for row in rows])
            except ValueError as fault:
                faults.append(fault)
    if faults and not readings:
        raise faults[0]
    return readings


def _of_numbered(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the readings of lines with a number before or after each name; none if there are no such numbers."""
    words = [_head(word) for word in lines[0].replace(":", " ").split()]
    body = lines[1:] if len(lines) > 1 and words and set(words) <= NAME_HEADS | NUMBER_HEADS else lines
    readings: dict[str, tuple[str, ...]] = {}
    faults = []
    for form, pattern, number, name in (
        (NUMBERS_FIRST, _NUMBER_FIRST, 1, 2),
        (NAMES_FIRST, _NUMBER_LAST, 2, 1),
    ):
        found = [match for line in body if (match := pattern.fullmatch(line))]
        names = [match[name].strip() for match in found]
        numbers = [int(match[number]) for match in found]
        # Names such as "class 1" differ by their number alone, and those such as "Boeing 737" have numbers that count
        # nothing. A file of them has no numbers beside its names.
        if len(set(names)) < len(names) or len(set(numbers)) < len(numbers) or max(numbers, default=0) > 2 * len(body):
            continue
        if len(found) == len(body):
            try:
                readings[form] = ordered(numbers, names)
            except ValueError as fault:
                faults.append(fault)
        elif len(found) == len(body) - 1 > 1 and pattern.fullmatch(body[0]) is None and _in_order(numbers):
            readings[deferred("a first line without a number, and {form}", form=form)] = ordered(numbers, names)
            readings[_NAME_PER_LINE] = tuple(lines)
    if faults and not readings and len(lines) > 1:
        raise faults[0]
    return readings


def _in_order(numbers: Sequence[int]) -> bool:
    return sorted(numbers) == list(range(len(numbers)))


def _head(cell: str) -> str:
    return cell.strip().strip("\"'").lower().replace(" ", "_").replace("-", "_")
