"""Checks of specs for values that contradict each other."""

from collections.abc import Sequence
from functools import reduce

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec

_RANGES = ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0))


def check_spec(spec: ModelSpec, source: str) -> None:
    """Refuse a spec whose value range, mean and std cannot belong together.

    Specs that people write are checked so. A stored spec is not: its study must still open.

    Raises
    ------
    ModelRefused
        With the values and their cure.
    """
    check_normalisation(spec.value_range, spec.mean, spec.std, source)


def check_normalisation(
    value_range: tuple[float, float], mean: Sequence[float], std: Sequence[float], source: str
) -> None:
    """Refuse a value range, mean and std that cannot belong together.

    Raises
    ------
    ModelRefused
        If the range is unusual, a mean lies outside the range, or mean or std belong to another range.
    """
    low, high = value_range
    if (low, high) not in _RANGES:
        raise ModelRefused(
            deferred(
                "'value_range' of {source} is [{low:g}, {high:g}]; expected [0, 1], [0, 255] or [-1, 1].",
                source=source,
                low=low,
                high=high,
            ),
            deferred("These are the values of black and white before mean and std are applied."),
            "value_range",
        )
    fitting = _fitting_range(mean, std)
    if fitting is None or (low, high) in fitting:
        return
    ranges = reduce(_either, (f"[{start:g}, {end:g}]" for start, end in fitting))
    raise ModelRefused(
        deferred(
            "The normalisation of {source} contradicts itself: mean {mean} and std {std} belong to values from "
            "{ranges}, but value_range is [{low:g}, {high:g}].",
            source=source,
            mean=_listed(mean),
            std=_listed(std),
            ranges=ranges,
            low=low,
            high=high,
        ),
        deferred(
            "Set value_range to {ranges}, or give mean and std for values from {low:g} to {high:g}.",
            ranges=ranges,
            low=low,
            high=high,
        ),
        "value_range",
    )


def _fitting_range(mean: Sequence[float], std: Sequence[float]) -> tuple[tuple[float, float], ...] | None:
    """Return the value ranges that a mean and std belong to, or None if they fit any."""
    unit, byte, signed = _RANGES
    # Pixels of 0..255 have means and deviations of tens; no value of the other ranges exceeds 1.
    if max(map(abs, mean)) > 1 or max(std) > 2:
        return (byte,)
    # Means such as 0.485 are hundredths of a grey level in 0..255, and a mean of 0.5 is far from the centre of -1..1.
    if all(0.1 < value <= 1 for value in mean) or min(mean) < 0:
        return (signed,) if min(mean) < 0 else (unit,)
    # Values of 0..255 divided by less than 1 would reach hundreds.
    if max(std) < 1 and not any(mean):
        return (unit, signed)
    return None


def _either(first: str, second: str) -> str:
    return deferred("{first} or {second}", first=first, second=second)


def _listed(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:g}' for value in values)}]"
