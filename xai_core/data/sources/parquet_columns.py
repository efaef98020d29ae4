"""Columns of a parquet set and the names of its labels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from xai_core.data.dataset import DataOptions
from xai_core.errors import DataRefused
from xai_core.language import deferred, mark
from xai_core.texts import chained, decode_text

IMAGE_NAMES = ("image", "img", "picture", "photo", "jpg", "png", "image_bytes")
"""Names of the column of pictures, the usual one first."""

LABEL_NAMES = ("label", "labels", "class", "fine_label", "target", "category", "label_name", "class_name")
"""Names of the column of labels, the usual one first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a parquet set.

    Attributes
    ----------
    image, label
        Names of the columns.
    content
        Path of the column with the bytes, "image.bytes" in a struct.
    name
        Path of the column with file names, "image.path" in a struct; None without one.
    """

    image: str
    label: str
    content: str
    name: str | None


def find(schema: pa.Schema, file: Path, options: DataOptions) -> Columns | None:
    """Return the columns of pictures and labels, or None if there are none.

    Raises
    ------
    DataRefused
        If a named column is not there, or it is not clear which columns to take.
    """
    image = _chosen(_image_columns(schema), IMAGE_NAMES, options.path_column, file, "path_column")
    if image is None:
        return None
    held = schema.field(image).type
    labels = [name for name in schema.names if name != image and _is_label(schema.field(name).type)]
    label = _chosen(labels, LABEL_NAMES, options.label_column, file, "label_column")
    if label is None:
        return None
    if not pa.types.is_struct(held):
        return Columns(image, label, image, None)
    fields = {held.field(number).name for number in range(held.num_fields)}
    return Columns(image, label, f"{image}.bytes", f"{image}.path" if "path" in fields else None)


def class_names(schema: pa.Schema, label: str, root: Path) -> tuple[str, ...]:
    """Return the names of the labels in the order of their numbers; empty for a column of names.

    They are in the metadata of the schema, which the library `datasets` writes, or in the card README.md.

    Raises
    ------
    DataRefused
        If the labels are numbers without names.
    """
    if not pa.types.is_integer(schema.field(label).type):
        return ()
    found = _names_in_schema(schema, label) or _names_in_card(root, label)
    if not found:
        raise DataRefused(
            deferred(
                "The labels in the column {label} are numbers, and neither the parquet file nor README.md names them.",
                label=label,
            ),
            deferred(
                "Put the set's README.md beside the folder of the parquet files, or name a column of class names."
            ),
            "label_column",
        )
    return found


def class_of(label: object, names: Sequence[str], file: Path) -> str:
    """Return the name of a label; empty for a row without one.

    Raises
    ------
    DataRefused
        If the number has no name.
    """
    if label in (None, "", -1):
        # The library `datasets` writes -1 for the rows of a test split whose labels are secret.
        return ""
    if isinstance(label, str):
        return label
    if not isinstance(label, int) or not 0 <= label < len(names):
        raise DataRefused(
            deferred(
                "{file} holds the label {label}; there are {number} names.",
                file=file.name,
                label=label,
                number=len(names),
            )
        )
    return names[label]


def _image_columns(schema: pa.Schema) -> list[str]:
    """Return the columns that hold bytes, alone or in a struct with a path."""
    found = []
    for name in schema.names:
        held = schema.field(name).type
        if _is_bytes(held):
            found.append(name)
        elif pa.types.is_struct(held):
            inner = {held.field(number).name: held.field(number).type for number in range(held.num_fields)}
            if "bytes" in inner and _is_bytes(inner["bytes"]):
                found.append(name)
    return found


def _is_bytes(held: pa.DataType) -> bool:
    return bool(pa.types.is_binary(held) or pa.types.is_large_binary(held) or pa.types.is_binary_view(held))


def _is_label(held: pa.DataType) -> bool:
    return bool(pa.types.is_integer(held) or pa.types.is_string(held) or pa.types.is_large_string(held))


def _chosen(fitting: Sequence[str], usual: Sequence[str], wanted: str | None, file: Path, argument: str) -> str | None:
    """Return the column that was named, or the one that has a usual name, or the only one that fits."""
    if wanted is not None:
        if wanted in fitting:
            return wanted
        message = deferred(
            "{file} has no such column {name!r}. Those that fit: {names}.",
            file=file.name,
            name=wanted,
            names=", ".join(fitting) or deferred("none"),
        )
        raise DataRefused(message, "", argument)
    named = [name for name in usual if name in fitting]
    if named and named[0] == usual[0]:
        return named[0]
    if len(named) > 1:
        message = deferred(
            "{file} has the columns {names}, and each may be the one.",
            file=file.name,
            names=chained(mark("{first} and {rest}"), named),
        )
        raise DataRefused(message, deferred("Name one."), argument)
    if named:
        return named[0]
    return fitting[0] if len(fitting) == 1 else None


def _names_in_schema(schema: pa.Schema, label: str) -> tuple[str, ...]:
    try:
        content = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        return _names(content["info"]["features"][label]["names"])
    except (ValueError, KeyError, TypeError):
        return ()


def _names_in_card(root: Path, label: str) -> tuple[str, ...]:
    """Return the names from the head of the set's card, in the folder itself or up to two levels above."""
    for folder in (root, *root.absolute().parents[:2]):
        card = folder / "README.md"
        try:
            parts = decode_text(card.read_bytes()).split("---\n", 2) if card.is_file() else []
            head = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0].strip() else None
            infos = head["dataset_info"] if head else []
            for info in infos if isinstance(infos, list) else [infos]:
                for feature in info["features"]:
                    if feature["name"] == label:
                        return _names(feature["dtype"]["class_label"]["names"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, yaml.YAMLError):
            continue
    return ()


def _names(found: Any) -> tuple[str, ...]:
    """Return names from a list, or from an object of numbers as text and names."""
    if isinstance(found, Mapping):
        return tuple(str(found[key]) for key in sorted(found, key=int))
    return tuple(map(str, found)) if isinstance(found, list) else ()
