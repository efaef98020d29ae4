"""Reader of the JSON form of a model's spec."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec_limits import MAX_SIDE, check_content, check_text, is_number, is_side

KEYS = (
    "labels",
    "input_size",
    "resize",
    "interpolation",
    "value_range",
    "mean",
    "std",
    "channels",
    "antialias",
    "resampler",
    "crop_rounding",
    "fill",
    "architecture",
    "training",
)
"""Keys of a spec."""

INTERPOLATIONS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")


class Resize(NamedTuple):
    """Resize rule of a spec, of which at most one part is given; see `ModelSpec`."""

    short_side: int | None = None
    long_side: int | None = None
    stretch: tuple[int, int] | None = None


def validate_labels(labels: object, source: str) -> tuple[str, ...]:
    """Return class names as a tuple, after checking that they are distinct and not blank.

    Raises
    ------
    ModelRefused
        If there is none, one is blank, two are equal, or they are not a list of names.
    """
    if not isinstance(labels, Sequence) or isinstance(labels, str):
        raise ModelRefused(
            deferred(
                "The labels in {source} are {found}; expected a list of class names.",
                source=source,
                found=quoted(labels),
            )
        )
    if not labels:
        raise ModelRefused(
            deferred("{source} holds no labels.", source=source),
            deferred("Give one class name per line, in the order of the outputs."),
        )
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise ModelRefused(
                deferred(
                    "The labels in {source} hold {found}; expected a class name.", source=source, found=quoted(label)
                )
            )
    names = tuple(labels)
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ModelRefused(
                deferred("The labels in {source} hold {name!r} twice.", source=source, name=name),
                deferred("Every output needs a name of its own."),
            )
        seen.add(name)
    return names


def decode_spec(content: str | Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """Return the decoded object of a spec, after checking that it has only known keys.

    Raises
    ------
    ModelRefused
        If it is no JSON object, or has an unknown key.
    """
    if isinstance(content, str):
        check_text(content, source)
        try:
            content = json.loads(content)
        except (ValueError, RecursionError) as fault:
            raise ModelRefused(
                deferred("The spec in {source} is not JSON: {reason}.", source=source, reason=str(fault))
            ) from fault
    check_content(content, source)
    if not isinstance(content, Mapping):
        raise ModelRefused(
            deferred(
                "The spec in {source} is {found}; expected an object with labels, input_size, ...",
                source=source,
                found=quoted(content),
            )
        )
    unknown = [str(key)[:60] for key in content if key not in KEYS]
    if unknown:
        names = ", ".join(repr(key) for key in unknown[:9])
        raise ModelRefused(
            deferred("The spec in {source} has the unknown keys {names}.", source=source, names=names)
            if len(unknown) > 1
            else deferred("The spec in {source} has the unknown key {names}.", source=source, names=names),
            deferred("Known keys are {names}.", names=", ".join(KEYS)),
            "spec",
        )
    return content


def quoted(value: object) -> str:
    """Return a value for a message, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_positive(value: float) -> bool:
    """Return True for a number above 0."""
    return value > 0


def is_pixels(value: float) -> bool:
    """Return True for a whole number of pixels that an input can have."""
    return 1 <= value <= MAX_SIDE and value == int(value)


def _is_any(_value: float) -> bool:
    return True


def _is_byte(value: float) -> bool:
    return 0 <= value <= 255 and value == int(value)


@dataclass(frozen=True, slots=True)
class SpecReader:
    """Reader that takes checked values from a decoded spec."""

    found: Mapping[str, Any]
    source: str

    def labels(self, default: Sequence[str] | None) -> tuple[str, ...]:
        """Return the class names."""
        if default is not None and "labels" not in self.found:
            return tuple(default)
        return validate_labels(self._value("labels", deferred("a list of class names")), self.source)

    def numbers(
        self, key: str, count: int, expected: str, allowed: Callable[[float], bool] = _is_any
    ) -> tuple[float, ...]:
        """Return a list of that many numbers."""
        value = self._value(key, expected)
        if not isinstance(value, Sequence) or len(value) != count:
            raise self._refused(key, value, expected)
        if not all(is_number(number) and allowed(number) for number in value):
            raise self._refused(key, value, expected)
        return tuple(float(number) for number in value)

    def value_range(self) -> tuple[float, ...]:
        """Return the values of black and white."""
        expected = deferred("the values of black and white, such as [0, 1], [0, 255] or [-1, 1]")
        found = self.numbers("value_range", 2, expected)
        if found[0] >= found[1]:
            raise self._refused("value_range", list(found), expected)
        return found

    def resize(self, size: tuple[int, int]) -> Resize:
        """Return the resize rule for an input of a height and width."""
        largest = max(size)
        expected = deferred(
            '"stretch" or {{"short_side": pixels}} with at least the {number:d} pixels of the input', number=largest
        )
        value = self._value("resize", expected)
        if value == "stretch":
            return Resize()
        if not isinstance(value, Mapping) or len(value) != 1:
            raise self._refused("resize", value, expected)
        ((rule, amount),) = value.items()
        # A shorter side would put a part of the crop outside the photograph, where the colour is `fill`.
        if rule == "short_side" and is_side(amount) and (amount >= largest or "fill" in self.found):
            return Resize(short_side=amount)
        if rule == "long_side" and is_side(amount):
            return Resize(long_side=amount)
        if rule == "crop_pct" and is_number(amount) and largest / MAX_SIDE <= amount <= 1:
            # timm rounds down.
            return Resize(short_side=math.floor(largest / amount))
        if rule == "stretch" and isinstance(amount, Sequence) and len(amount) == 2:
            height, width = amount
            if is_side(height) and is_side(width):
                return Resize(stretch=(height, width))
        raise self._refused("resize", value, expected)

    def fill(self) -> tuple[int, int, int]:
        """Return the colour of padding."""
        if "fill" not in self.found:
            return 0, 0, 0
        red, green, blue = self.numbers("fill", 3, deferred("three whole numbers from 0 to 255"), _is_byte)
        return int(red), int(green), int(blue)

    def choice(self, key: str, values: Sequence[str], default: str | None = None) -> str:
        """Return one of some words."""
        expected = deferred("{first} or {second}", first=", ".join(values[:-1]), second=values[-1])
        if default is not None and key not in self.found:
            return default
        value = self._value(key, expected)
        if value not in values:
            raise self._refused(key, value, expected)
        return str(value)

    def optional(self, key: str, kind: type, expected: str) -> Any:
        """Return a value of a type, or None if it is missing."""
        value = self.found.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._refused(key, value, expected)
        return value

    def _value(self, key: str, expected: str) -> Any:
        if key not in self.found:
            raise ModelRefused(
                deferred(
                    "The spec in {source} has no {key!r}; expected {expected}.",
                    source=self.source,
                    key=key,
                    expected=expected,
                )
            )
        return self.found[key]

    def _refused(self, key: str, found: object, expected: str) -> ModelRefused:
        return ModelRefused(
            deferred(
                "{key!r} of the spec in {source} is {found}; expected {expected}.",
                key=key,
                source=self.source,
                found=quoted(found),
                expected=expected,
            ),
            deferred("Correct the spec."),
            "spec",
        )
