"""Limits of what a model's spec may hold, checked before anything is made of it."""

import math
from collections.abc import Mapping, Sequence

from xai_core.errors import ModelRefused
from xai_core.language import deferred

MAX_SIDE = 4096
"""Longest side of an input, and of a picture before its crop, in pixels."""

MAX_NUMBER, MIN_STD = 1e6, 1e-6
"""Largest amount of a value range, mean or std, and smallest std."""

MAX_CHARACTERS = 16 * 2**20
"""Longest text of a spec."""

_MAX_DEPTH = 32
_MAX_BITS = 1023  # a whole number with more is no float
_MAX_LABEL = 1000


def is_number(value: object) -> bool:
    """Return True for a finite number up to `MAX_NUMBER`."""
    # Python's bool is an int, so JSON's true would pass for 1; its NaN would turn every pixel into NaN.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def is_side(value: object) -> bool:
    """Return True for a whole number of pixels from 1 to `MAX_SIDE`."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIDE


def check_text(text: str, source: str) -> None:
    """Refuse a spec that is too long to be one.

    Raises
    ------
    ModelRefused
        With its length.
    """
    if len(text) > MAX_CHARACTERS:
        raise ModelRefused(
            deferred(
                "The spec in {source} has {number:,} characters; expected at most {most:,}.",
                source=source,
                number=len(text),
                most=MAX_CHARACTERS,
            ),
            deferred("It is no spec of a classifier."),
            "spec",
        )


def check_content(content: object, source: str) -> None:
    """Refuse decoded JSON that is nested too deeply, or holds numbers or texts that cannot be stored.

    Raises
    ------
    ModelRefused
        With what was found.
    """
    waiting = [(content, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise _refused(
                deferred(
                    "The spec in {source} is nested more than {number:d} levels deep.",
                    source=source,
                    number=_MAX_DEPTH,
                )
            )
        if isinstance(value, str) and not is_unicode(value):
            raise _refused(
                deferred(
                    "The spec in {source} holds {value}, which is no text.", source=source, value=ascii(value)[:60]
                )
            )
        if isinstance(value, int) and value.bit_length() > _MAX_BITS:
            raise _refused(
                deferred(
                    "The spec in {source} holds a number of about {number:,.0f} digits.",
                    source=source,
                    number=value.bit_length() * math.log10(2),
                )
            )
        if isinstance(value, Mapping):
            waiting += [(part, depth + 1) for item in value.items() for part in item]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            waiting += [(part, depth + 1) for part in value]


def check_numbers(
    sides: Sequence[int | None], numbers: Sequence[float], std: Sequence[float], labels: Sequence[str]
) -> None:
    """Refuse sizes, numbers and labels of a spec, wherever they were read, that no classifier has.

    Parameters
    ----------
    sides
        Sizes in pixels; None where there is none.
    numbers
        Value range and means.
    std
        Deviations of the channels.
    labels
        Class names.

    Raises
    ------
    ModelRefused
        With the value and the limit.
    """
    for side in sides:
        if side is not None and not is_side(side):
            raise ModelRefused(
                deferred(
                    "A size of the input is {found} pixels; expected 1 to {most:,}.", found=_short(side), most=MAX_SIDE
                ),
                deferred("Correct it."),
                "size",
            )
    wrong = [number for number in numbers if not is_number(number)]
    wrong += [number for number in std if not is_number(number) or number < MIN_STD]
    if wrong:
        raise ModelRefused(
            deferred(
                "The normalisation holds {found}; expected numbers up to {most:,.0f}, and an std of at least "
                "{least:g}.",
                found=_short(wrong[0]),
                most=MAX_NUMBER,
                least=MIN_STD,
            ),
            deferred("Correct value range, mean and std."),
            "spec",
        )
    for label in labels:
        if len(label) > _MAX_LABEL or not is_unicode(label):
            raise ModelRefused(
                deferred(
                    "A label of {number:,} characters is {label}; expected at most {most:,}.",
                    number=len(label),
                    label=ascii(label)[:60],
                    most=_MAX_LABEL,
                ),
                deferred("Give the labels as UTF-8."),
                "labels",
            )


def is_unicode(text: str) -> bool:
    """Return True if a text can be written to a file: halves of surrogate pairs cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _short(value: object) -> str:
    return repr(value)[:60]


def _refused(message: str) -> ModelRefused:
    return ModelRefused(message, deferred("Correct the spec, or export the model again."), "spec")
