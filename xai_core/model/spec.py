"""Specification of a classifier beyond its weights, with its labels and its preprocessing."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from xai_core.errors import ModelRefused

Interpolation = Literal["bilinear", "bicubic"]

DEFAULT_ARCHITECTURE = "efficientnet_b1"

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# A copy of facts that torchvision has, because reading a spec must not import torch. A test compares both.
ARCHITECTURES: Mapping[str, tuple[int, int, Interpolation]] = {
    "efficientnet_b0": (256, 224, "bicubic"),
    "efficientnet_b1": (255, 240, "bilinear"),
    "efficientnet_b2": (288, 288, "bicubic"),
    "efficientnet_b3": (320, 300, "bicubic"),
    "efficientnet_b4": (384, 380, "bicubic"),
    "efficientnet_b5": (456, 456, "bicubic"),
    "efficientnet_b6": (528, 528, "bicubic"),
    "efficientnet_b7": (600, 600, "bicubic"),
    "resnet18": (256, 224, "bilinear"),
    "resnet34": (256, 224, "bilinear"),
    "resnet50": (232, 224, "bilinear"),
    "resnet101": (232, 224, "bilinear"),
    "resnet152": (232, 224, "bilinear"),
    "mobilenet_v2": (232, 224, "bilinear"),
    "mobilenet_v3_small": (256, 224, "bilinear"),
    "mobilenet_v3_large": (232, 224, "bilinear"),
    "convnext_tiny": (236, 224, "bilinear"),
    "convnext_small": (230, 224, "bilinear"),
    "convnext_base": (232, 224, "bilinear"),
    "convnext_large": (232, 224, "bilinear"),
}
"""Known networks of torchvision with the preprocessing of their default weights.

Each has the short side after resizing, the side of the centre crop, and the interpolation.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Preprocessing of a classifier and the names of its outputs.

    Attributes
    ----------
    labels
        Class names in the order of the outputs.
    input_size
        Height and width of the input in pixels.
    short_side
        Length in pixels that the photograph's short side is resized to, before the input is cropped from the centre;
        None stretches the photograph to the input size without cropping.
    interpolation
        Pillow's filter, antialiased.
    value_range
        Values of black and white before mean and std, (0, 1) or (0, 255).
    mean, std
        Values per channel (RGB); the input is (value - mean) / std.
    architecture
        torchvision's name of the network, where known.
    training
        Record of the training run that made the weights, where known.
    """

    labels: tuple[str, ...]
    input_size: tuple[int, int]
    short_side: int | None
    interpolation: Interpolation
    value_range: tuple[float, float] = (0.0, 1.0)
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    architecture: str | None = None
    training: Mapping[str, Any] | None = field(default=None, hash=False)

    @classmethod
    def from_json(
        cls, content: str | Mapping[str, Any], source: str, *, labels: Sequence[str] | None = None
    ) -> "ModelSpec":
        """Build a spec from JSON.

        Parameters
        ----------
        content
            JSON text, or the decoded object.
        source
            Name of the file it comes from, for messages.
        labels
            Class names for a spec that has none of its own.

        Raises
        ------
        ModelRefused
            If a key is missing or wrong; the message names the key, the value found and the value expected.
        """
        reader = _Reader(_decoded(content, source), source)
        size = reader.numbers("input_size", 2, "two whole numbers of pixels, [height, width]", _is_pixels)
        return cls(
            labels=reader.labels(labels),
            input_size=(int(size[0]), int(size[1])),
            short_side=reader.short_side(int(max(size))),
            interpolation=reader.interpolation(),
            value_range=cast("tuple[float, float]", reader.value_range()),
            mean=cast("tuple[float, float, float]", reader.numbers("mean", 3, "three numbers, one per channel")),
            std=cast("tuple[float, float, float]", reader.numbers("std", 3, "three numbers above 0", _is_positive)),
            architecture=reader.optional("architecture", str, "a name"),
            training=reader.optional("training", dict, "an object"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the spec as plain JSON values, which `from_json` reads."""
        spec: dict[str, Any] = {
            "labels": list(self.labels),
            "input_size": list(self.input_size),
            "resize": "stretch" if self.short_side is None else {"short_side": self.short_side},
            "interpolation": self.interpolation,
            "value_range": list(self.value_range),
            "mean": list(self.mean),
            "std": list(self.std),
        }
        if self.architecture is not None:
            spec["architecture"] = self.architecture
        if self.training is not None:
            spec["training"] = dict(self.training)
        return spec


def default_spec(labels: Sequence[str], architecture: str = DEFAULT_ARCHITECTURE) -> ModelSpec:
    """Return the preprocessing of an architecture's default weights in torchvision.

    For EfficientNet-B1 it resizes the short side to 255 and crops to 240 pixels.

    Raises
    ------
    ModelRefused
        If the architecture is not known.
    """
    if architecture not in ARCHITECTURES:
        raise ModelRefused(
            f"The architecture {architecture!r} is not known here.", f"Known are {', '.join(ARCHITECTURES)}."
        )
    short_side, side, interpolation = ARCHITECTURES[architecture]
    return ModelSpec(
        labels=tuple(labels),
        input_size=(side, side),
        short_side=short_side,
        interpolation=interpolation,
        architecture=architecture,
    )


def model_id(path: Path, spec: ModelSpec) -> str:
    """Return 24 hexadecimal digits that change with any byte of the file or detail of the spec."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    # The spec counts too: the same weights with another normalisation are another classifier with other maps.
    digest.update(json.dumps(spec.to_json(), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()[:24]


def validate_labels(labels: object, source: str) -> tuple[str, ...]:
    """Return class names as a tuple, after checking that they are distinct and not blank.

    Raises
    ------
    ModelRefused
        If there is none, one is blank, two are equal, or they are not a list of names.
    """
    if not isinstance(labels, Sequence) or isinstance(labels, str):
        raise ModelRefused(f"The labels in {source} are {_quoted(labels)}; expected a list of class names.")
    if not labels:
        raise ModelRefused(f"{source} holds no labels.", "Give one class name per line, in the order of the outputs.")
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise ModelRefused(f"The labels in {source} hold {_quoted(label)}; expected a class name.")
    names = tuple(labels)
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ModelRefused(f"The labels in {source} hold {repeated!r} twice.", "Every output needs a name of its own.")
    return names


def _decoded(content: str | Mapping[str, Any], source: str) -> Mapping[str, Any]:
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError as fault:
            raise ModelRefused(f"The spec in {source} is not JSON: {fault}.") from fault
    if not isinstance(content, Mapping):
        raise ModelRefused(
            f"The spec in {source} is {_quoted(content)}; expected an object with labels, input_size, ..."
        )
    return content


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_number(value: object) -> bool:
    # Python's bool is an int, so JSON's true would pass for 1; its NaN would turn every pixel into NaN.
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_positive(value: float) -> bool:
    return value > 0


def _is_pixels(value: float) -> bool:
    return value >= 1 and value == int(value)


def _is_any(_value: float) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reader that takes checked values from a decoded spec."""

    found: Mapping[str, Any]
    source: str

    def labels(self, default: Sequence[str] | None) -> tuple[str, ...]:
        if default is not None and "labels" not in self.found:
            return tuple(default)
        return validate_labels(self._value("labels", "a list of class names"), self.source)

    def numbers(self, key: str, count: int, expected: str, allowed: Any = _is_any) -> tuple[float, ...]:
        value = self._value(key, expected)
        if not isinstance(value, Sequence) or len(value) != count:
            raise self._refused(key, value, expected)
        if not all(_is_number(number) and allowed(number) for number in value):
            raise self._refused(key, value, expected)
        return tuple(float(number) for number in value)

    def value_range(self) -> tuple[float, ...]:
        expected = "[0, 1] or [0, 255]"
        found = self.numbers("value_range", 2, expected)
        if found not in {(0.0, 1.0), (0.0, 255.0)}:
            raise self._refused("value_range", list(found), expected)
        return found

    def short_side(self, longest: int) -> int | None:
        expected = f'"stretch" or {{"short_side": pixels}} with at least the {longest} pixels of the input'
        value = self._value("resize", expected)
        if value == "stretch":
            return None
        side = value.get("short_side") if isinstance(value, Mapping) else None
        # A shorter side would put a part of the crop outside the photograph.
        if isinstance(side, int) and side >= longest:
            return side
        raise self._refused("resize", value, expected)

    def interpolation(self) -> Interpolation:
        expected = "bilinear or bicubic"
        value = self._value("interpolation", expected)
        if value not in ("bilinear", "bicubic"):
            raise self._refused("interpolation", value, expected)
        return cast("Interpolation", value)

    def optional(self, key: str, kind: type, expected: str) -> Any:
        value = self.found.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._refused(key, value, expected)
        return value

    def _value(self, key: str, expected: str) -> Any:
        if key not in self.found:
            raise ModelRefused(f"The spec in {self.source} has no {key!r}; expected {expected}.")
        return self.found[key]

    def _refused(self, key: str, found: object, expected: str) -> ModelRefused:
        return ModelRefused(f"{key!r} of the spec in {self.source} is {_quoted(found)}; expected {expected}.")
