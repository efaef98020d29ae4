"""Labels and preprocessing that exporters write into the metadata of an .onnx file."""

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec_limits import is_number, is_side

_LONGEST = 10_000_000
"""Most characters of a property that are parsed."""

_LABEL_KEYS = (
    "names",
    "labels",
    "classes",
    "class_names",
    "class_labels",
    "label_names",
    "categories",
    "id2label",
    "idx_to_class",
    "idx2label",
    "label2id",
    "class_to_idx",
    "index_to_name",
)
_SIZE_KEYS = ("imgsz", "input_size", "image_size", "img_size", "crop_size", "input_shape", "size")
_MEAN_KEYS = ("mean", "image_mean", "normalize_mean")
_STD_KEYS = ("std", "image_std", "stdev", "normalize_std")

_PIXEL_RANGES = {
    "nominalrange_0_255": (0.0, 255.0),
    "normalized_0_1": (0.0, 1.0),
    "normalized_1_1": (-1.0, 1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMetadata:
    """Labels and preprocessing found in the metadata of an .onnx file, None where absent.

    Attributes
    ----------
    labels
        Class names in the order of the outputs.
    input_size
        Height and width in pixels.
    mean, std
        Normalisation of the three channels.
    value_range
        Values of black and white before mean and std.
    channels
        "rgb" or "bgr".
    resize
        "short_side" if photographs are resized to the input's short side and cropped, "stretch" if they are stretched.
    interpolation
        Name of the resampling filter, in lower case.
    crop_pct
        Share of the resized short side that the crop keeps.
    sources
        Name of the property of each attribute that was found.
    """

    labels: tuple[str, ...] | None = None
    input_size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    value_range: tuple[float, float] | None = None
    channels: str | None = None
    resize: str | None = None
    interpolation: str | None = None
    crop_pct: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)


def read_metadata(model: onnx.ModelProto, source: str) -> GraphMetadata:
    """Read labels and preprocessing from the metadata of a model.

    Properties may hold JSON, a Python literal or text. Objects inside them, such as timm's `pretrained_cfg` or a
    `preprocessor_config`, are searched one level deep. Nothing is executed.

    Raises
    ------
    ModelRefused
        If two properties hold different labels, or if the model has another task than classification.
    """
    properties = {entry.key: entry.value for entry in model.metadata_props}
    found = _flattened(properties)
    _check_task(found, properties, source)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}

    def take(attribute: str, keys: Sequence[str], read: Callable[[Any], Any]) -> None:
        for key in keys:
            value = read(found[key][1]) if key in found else None
            if value is not None and attribute not in values:
                values[attribute], sources[attribute] = value, found[key][0]

    labels = _labels(found, source)
    if labels is not None:
        sources["labels"], values["labels"] = labels
    take("input_size", _SIZE_KEYS, _size)
    take("mean", _MEAN_KEYS, _channel_values)
    take("std", _STD_KEYS, _channel_values)
    take("interpolation", ("interpolation", "resample"), _word)
    take("crop_pct", ("crop_pct",), _share)
    take("channels", ("image.bitmappixelformat", "channel_order", "channels_order", "color_format"), _channel_order)
    take("value_range", ("image.nominalpixelrange",), lambda value: _PIXEL_RANGES.get(str(value).lower()))
    if properties.get("author") == "Ultralytics":
        # ultralytics.data.augment.classify_transforms: short side and crop of one size, bilinear, 0..1, no mean or std.
        assumed = {
            "mean": (0.0, 0.0, 0.0),
            "std": (1.0, 1.0, 1.0),
            "value_range": (0.0, 1.0),
            "resize": "short_side",
            "interpolation": "bilinear",
        }
        for attribute, value in assumed.items():
            if attribute not in values:
                values[attribute], sources[attribute] = value, "author: Ultralytics"
    return GraphMetadata(**values, sources=sources)


def parse_labels(value: object) -> tuple[str, ...] | None:
    """Return class names from a list, an object either way round, or text, or None if it is none of these.

    Text is one name a line or, on a single line, names between commas.
    """
    if isinstance(value, Mapping):
        return _numbered(value)
    if isinstance(value, str):
        text = value.strip()
        separator = "\n" if "\n" in text else ","
        value = [part.strip() for part in text.split(separator) if part.strip()]
        if len(value) < 2:
            return None
    if isinstance(value, Sequence) and value and all(isinstance(name, str) and name.strip() for name in value):
        return tuple(value)
    return None


def parse_value(text: str) -> Any:
    """Return the value of JSON or of a Python literal, or the text itself if it is neither."""
    if len(text) > _LONGEST:
        return text
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text.strip())
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return text


def _flattened(properties: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """Return the values by lower-case key, with the name of the property that holds them."""
    found: dict[str, tuple[str, Any]] = {}
    for key, text in properties.items():
        found.setdefault(key.lower(), (key, parse_value(text)))
    for key, (name, value) in list(found.items()):
        if isinstance(value, Mapping) and key not in _LABEL_KEYS:
            for inner, item in value.items():
                found.setdefault(str(inner).lower(), (f"{name}: {inner}", item))
    return found


def _check_task(found: Mapping[str, tuple[str, Any]], properties: Mapping[str, str], source: str) -> None:
    task = found.get("task", ("", None))[1]
    if properties.get("author") == "Ultralytics" and isinstance(task, str) and task != "classify":
        raise ModelRefused(
            deferred(
                "{source} is an Ultralytics model for the task {task!r}; expected 'classify'.", source=source, task=task
            ),
            deferred("Export a classification model, such as one trained from yolo11n-cls.pt."),
        )


def _labels(found: Mapping[str, tuple[str, Any]], source: str) -> tuple[str, tuple[str, ...]] | None:
    lists = {found[key][0]: names for key in _LABEL_KEYS if key in found and (names := parse_labels(found[key][1]))}
    if len(set(lists.values())) > 1:
        first, second = next((one, other) for one in lists for other in lists if lists[one] != lists[other])
        raise ModelRefused(
            deferred(
                "The metadata of {source} holds different labels in {first!r} and {second!r}.",
                source=source,
                first=first,
                second=second,
            ),
            deferred("Give the right ones."),
            "labels",
        )
    return next(iter(lists.items()), None)


def _numbered(value: Mapping[Any, Any]) -> tuple[str, ...] | None:
    """Return names from {number: name} or {name: number}, where the numbers count from 0 without a gap."""
    for pairs in (value.items(), [(number, name) for name, number in value.items()]):
        try:
            names = {int(number): name for number, name in pairs}
        except (ValueError, TypeError):
            continue
        ordered = [names.get(position) for position in range(len(value))]
        if names and all(isinstance(name, str) and name.strip() for name in ordered):
            return tuple(str(name) for name in ordered)
    return None


def _size(value: Any) -> tuple[int, int] | None:
    """Return height and width from 224, [224, 224], [3, 224, 224], [1, 3, 224, 224] or {"height": 224, ...}."""
    if isinstance(value, Mapping):
        value = [value.get("height"), value.get("width")]
    numbers = [value, value] if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(numbers, Sequence) or isinstance(numbers, str):
        return None
    if not all(is_side(number) for number in numbers):
        return None
    if len(numbers) == 4:
        numbers = numbers[1:]
    if len(numbers) == 3 and 3 in (numbers[0], numbers[2]):
        numbers = numbers[1:] if numbers[0] == 3 else numbers[:2]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


def _channel_values(value: Any) -> tuple[float, ...] | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value] * 3
    if isinstance(value, str):
        value = parse_value(f"[{value}]")
    if not isinstance(value, Sequence) or len(value) != 3:
        return None
    return tuple(float(number) for number in value) if all(map(is_number, value)) else None


def _word(value: Any) -> str | None:
    # Pillow's numbers, as Hugging Face's image processors write them.
    filters = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
    if isinstance(value, int):
        return filters.get(value)
    return value.lower() if isinstance(value, str) and value else None


def _share(value: Any) -> float | None:
    return float(value) if is_number(value) and 0 < value <= 1 else None


def _channel_order(value: Any) -> str | None:
    text = str(value).lower()
    return next((order for order in ("rgb", "bgr") if text.startswith(order)), None)
