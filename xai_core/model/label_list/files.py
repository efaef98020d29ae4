"""Label files as people have them.

A label file names the outputs of a model in their order. It is read in every form that can be read in one way only.
A file that can be read in two ways is refused with both readings.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.label_list import lines as label_lines
from xai_core.model.spec import validate_labels
from xai_core.texts import CLAUSES, chained, decode_text

MAX_BYTES = 16 * 2**20
"""Largest size of a label file."""

CONTAINERS = (
    "id2label",
    "label2id",
    "idx_to_class",
    "class_to_idx",
    "idx2label",
    "label2idx",
    "class_names",
    "label_names",
    "classes",
    "labels",
    "names",
    "categories",
)
"""Keys under which JSON and YAML files hold the names."""

_NAME_KEYS = ("name", "label", "class_name", "label_name", "class", "title", "display_name")
_NUMBER_KEYS = ("id", "index", "idx", "number", "class_id", "label_id")
_WORDNET_ID = re.compile(r"n\d+")


def read_labels(path: Path) -> tuple[str, ...]:
    """Read class names in the order of the outputs from a file.

    One name a line, numbers before or after the names, CSV with or without a header, a JSON or Python list, a JSON
    object of numbers and names in either direction, a `config.json` with `id2label`, a YAML list or map. The text may
    be UTF-8, UTF-16 or Latin-1.

    Raises
    ------
    ModelRefused
        If the file cannot be read, can be read in two ways, or the names are not distinct.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(
                path,
                deferred("has {size:,.0f} MB", size=path.stat().st_size / 2**20),
                deferred("It is no list of class names."),
            )
        text = decode_text(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise ModelRefused(
            deferred("The file of labels {path} cannot be read: {reason}.", path=path, reason=deferred(str(fault))),
            deferred("Check the path."),
            "labels",
        ) from fault
    readings = find_readings(text, path)
    distinct = list(dict.fromkeys(readings.values()))
    if len(distinct) > 1:
        described = chained(
            CLAUSES,
            [deferred("{form}: {names}", form=form, names=_shortened(names)) for form, names in readings.items()],
        )
        raise _refused(
            path,
            deferred("can be read in {number:d} ways ({readings})", number=len(distinct), readings=described),
            deferred("Write one name per line without numbers, in the order of the outputs."),
        )
    return validate_labels(distinct[0], path.name)


def find_readings(text: str, path: Path) -> dict[str, tuple[str, ...]]:
    """Return every way in which the text of a label file can be read, by a description of its form.

    Raises
    ------
    ModelRefused
        If there is none.
    """
    if text.lstrip().startswith(("[", "{")):
        return _of_value(_parse_flow(text, path), path)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    # A comment is a mark and a space at the top; "#1 burger" can be a name.
    while lines and re.match(r"\s*#\s", lines[0]):
        lines = lines[1:]
    if not lines:
        raise _refused(
            path, deferred("holds no labels"), deferred("Give one class name per line, in the order of the outputs.")
        )
    if all(line.lstrip().startswith("- ") for line in lines) or _is_yaml_map(lines):
        return _of_value(_parse_yaml("\n".join(lines), path), path)
    try:
        return label_lines.find_readings(lines)
    except ValueError as fault:
        raise _refused(
            path, fault.args[0], deferred("Write one name per line without numbers, in the order of the outputs.")
        ) from fault


def _is_yaml_map(lines: Sequence[str]) -> bool:
    """Return True if a line opens one of the containers, such as `names:`."""
    opened = (re.match(r"([A-Za-z_0-9]+):(\s|$)", line) for line in lines)
    return any(found is not None and found[1] in CONTAINERS for found in opened)


def _parse_flow(text: str, path: Path) -> Any:
    """Return the value of JSON, or of a Python or YAML list or map in brackets."""
    try:
        return json.loads(text)
    except ValueError as fault:
        try:
            return _parse_yaml(text, path)
        except ModelRefused:
            raise _refused(
                path,
                deferred("is not sound JSON ({reason})", reason=str(fault)),
                deferred("Repair it, or write one name per line."),
            ) from fault
    except RecursionError as fault:
        raise _refused(path, deferred("is nested too deeply"), deferred("Write one name per line.")) from fault


class _TextLoader(yaml.SafeLoader):
    """YAML loader that reads every value as text, as `no` and `on` are names of classes too."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as PyYAML declares it


def _parse_yaml(text: str, path: Path) -> Any:
    try:
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a SafeLoader with fewer types
    except (yaml.YAMLError, RecursionError) as fault:
        raise _refused(
            path,
            deferred("is not sound YAML ({reason})", reason=" ".join(str(fault).split())),
            deferred("Write one name per line."),
        ) from fault


def _of_value(value: Any, path: Path) -> dict[str, tuple[str, ...]]:
    """Return the readings of a decoded JSON or YAML value."""
    if isinstance(value, list):
        return {deferred("a list"): _names_of_list(value, path)}
    if not isinstance(value, Mapping):
        raise _refused(
            path, deferred("holds {what}", what=type(value).__name__), deferred("Give a list of class names.")
        )
    held = {key: value[key] for key in CONTAINERS if isinstance(value.get(key), list | dict) and value[key]}
    if held:
        readings = {}
        for key, content in held.items():
            for form, names in _of_value(content, path).items():
                readings[deferred("{key}, {form}", key=key, form=form)] = names
        return readings
    return _of_map(value, path)


def _of_map(value: Mapping[Any, Any], path: Path) -> dict[str, tuple[str, ...]]:
    """Return the readings of a map of numbers to names, of names to numbers, or of both."""
    readings: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    pairs = [(str(key), content) for key, content in value.items()]
    forms: tuple[tuple[str, Callable[[tuple[str, Any]], tuple[Any, Any]]], ...] = (
        (label_lines.NUMBERS_FIRST, lambda pair: pair),
        (label_lines.NAMES_FIRST, lambda pair: (pair[1], pair[0])),
    )
    for form, turn in forms:
        numbered = [turn(pair) for pair in pairs]
        numbers = [_as_number(number) for number, _ in numbered]
        if pairs and all(number is not None for number in numbers):
            try:
                names = [_as_name(name) for _, name in numbered]
                readings[form] = label_lines.ordered([int(number or 0) for number in numbers], names)
            except ValueError as fault:
                faults.append(fault.args[0])
    if not readings:
        keys = _shortened([str(key) for key in value])
        expected = deferred(
            "Expected are the names in a list, numbers and names, or one of the keys {keys}.",
            keys=", ".join(CONTAINERS),
        )
        found = faults[0] if faults else deferred("holds an object with the keys {keys}", keys=keys)
        raise _refused(path, found, expected)
    return readings


def _names_of_list(values: Sequence[Any], path: Path) -> tuple[str, ...]:
    """Return the names of a list of names, of objects with a name, or of pairs of number and name."""
    try:
        if all(isinstance(value, Mapping) for value in values):
            names = [_as_name(value) for value in values]
            numbers = [_first(value, _NUMBER_KEYS) for value in values]
            if any(number is None for number in numbers):
                return tuple(names)
            return label_lines.ordered([_checked_number(number) for number in numbers], names)
        if values and all(isinstance(value, list) and len(value) == 2 for value in values):
            if all(_as_number(value[0]) is not None for value in values):
                return label_lines.ordered([_checked_number(value[0]) for value in values], [v[1] for v in values])
            return tuple(_as_name(value) for value in values)
        return tuple(_as_name(value) for value in values)
    except ValueError as fault:
        raise _refused(path, fault.args[0], deferred("Give a list of class names.")) from fault


def _as_name(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    # ImageNet's class index names each class by WordNet's id and a word.
    if isinstance(value, list) and len(value) == 2 and _WORDNET_ID.fullmatch(str(value[0])):
        return _as_name(value[1])
    if isinstance(value, Mapping):
        name = _first(value, _NAME_KEYS)
        if isinstance(name, str):
            return name.strip()
    raise ValueError(
        deferred("holds {value} where a class name is expected", value=json.dumps(value, default=str)[:60])
    )


def _as_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}\s*", value) else None


def _checked_number(value: Any) -> int:
    number = _as_number(value)
    if number is None:
        raise ValueError(deferred("holds {value!r} where a number is expected", value=str(value)[:60]))
    return number


def _first(value: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if key in value), None)


def _shortened(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return f"{shown}, ..." if len(names) > 3 else shown


def _refused(path: Path, found: str, hint: str) -> ModelRefused:
    return ModelRefused(deferred("The file of labels {file} {found}.", file=path.name, found=found), hint, "labels")
