"""Other preprocessings that a model may expect, the likely mistakes of an import."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xai_core.language import deferred, mark
from xai_core.model.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec

CROP_SHARES = (0.875, 0.95, 1.0)
"""Shares of the short side that a centre crop usually keeps: torchvision's classic, timm's, and all of it."""

SIDES = (96, 112, 128, 160, 192, 224, 256, 288, 320, 384, 448, 512)
"""Sides in pixels of the inputs that networks are usually trained with."""

USUAL_SIDE = 224
"""Side that most networks are trained with."""

_HALF = (0.5, 0.5, 0.5)
_ZERO, _ONE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)

# Every common rule is one affine map per channel, so equal maps under other names are one alternative.
_NORMALISATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (mark("values from 0 to 255"), {"value_range": (0.0, 255.0), "mean": _ZERO, "std": _ONE}),
    (
        mark("ImageNet's mean and standard deviation"),
        {"value_range": (0.0, 1.0), "mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    ),
    (mark("values from 0 to 1"), {"value_range": (0.0, 1.0), "mean": _ZERO, "std": _ONE}),
    (mark("values from -1 to 1"), {"value_range": (0.0, 1.0), "mean": _HALF, "std": _HALF}),
    (
        mark("values from 0 to 255 less ImageNet's mean"),
        {
            "value_range": (0.0, 255.0),
            "mean": (123.675, 116.28, 103.53),
            "std": _ONE,
        },
    ),
)

_LARGER = 1.2  # ratio of two sizes from which the accuracy tells them apart
_WIDER = 5.0  # ratio of two scales from which the value range differs, not only mean and std


@dataclass(frozen=True, slots=True)
class Alternative:
    """Preprocessing that differs from the given one in one respect.

    Attributes
    ----------
    fault
        Name of the respect: "channels", "value range", "normalisation", "resize", "interpolation" or "size".
    words
        Description, to follow "with".
    spec
        The whole preprocessing.
    settings
        Fields of `ModelSpec` in which it differs.
    same_view
        True if the model sees the same pixels, so that no photograph is resized again.
    group
        Name of alternatives that resemble each other. Where the first one of a group does harm, so do the others.
    """

    fault: str
    words: str
    spec: ModelSpec
    settings: dict[str, Any]
    same_view: bool
    group: str


def alternatives(spec: ModelSpec, *, other_sizes: bool = False) -> tuple[Alternative, ...]:
    """Return the likely other preprocessings of a model, each of which differs in one respect.

    Parameters
    ----------
    spec
        The given preprocessing.
    other_sizes
        True if the model takes inputs of another size.
    """
    sizes = _sizes(spec) if other_sizes else ()
    every = (*_channels(spec), *_normalisations(spec), *_resizes(spec), _interpolation(spec), *sizes)
    unique: dict[ModelSpec, Alternative] = {}
    for other in every:
        # On a small input two crops round to the same size.
        unique.setdefault(other.spec, other)
    return tuple(unique.values())


def _channels(spec: ModelSpec) -> Iterator[Alternative]:
    other = "rgb" if spec.channels == "bgr" else "bgr"
    words = {
        "rgb": mark("red, green, blue as the order of the channels"),
        "bgr": mark("blue, green, red as the order of the channels"),
    }
    yield _alternative("channels", words[other], spec, {"channels": other}, same_view=True)


def _normalisations(spec: ModelSpec) -> Iterator[Alternative]:
    for words, settings in _NORMALISATIONS:
        other = replace(spec, **settings)
        if np.allclose(_affine(other), _affine(spec), rtol=0.02, atol=1e-3):
            continue
        ratio = float(_affine(other)[0].mean() / _affine(spec)[0].mean())
        if 1 / _WIDER < ratio < _WIDER:
            yield _alternative("normalisation", words, spec, settings, same_view=True)
        else:
            # A network that expects 0 to 255 is equally blind to all inputs that are a hundred times smaller.
            yield _alternative("value range", words, spec, settings, same_view=True, group="value range")


def _affine(spec: ModelSpec) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return scale and offset per channel, (2, 3), from a pixel of 0 to 255 to the input."""
    black, white = spec.value_range
    std, mean = np.array(spec.std), np.array(spec.mean)
    return np.stack([(white - black) / 255 / std, (black - mean) / std])


def _resizes(spec: ModelSpec) -> Iterator[Alternative]:
    height, width = spec.input_size
    whole: dict[str, Any] = {"short_side": None, "long_side": None, "stretch": None}
    for share in CROP_SHARES:
        short_side = int(max(height, width) / share)
        # A few pixels are the same rule, rounded otherwise.
        if spec.short_side is not None and abs(spec.short_side - short_side) <= 0.02 * short_side:
            continue
        words = deferred("the short side resized to {side} pixels and the centre cut out", side=short_side)
        yield _alternative("resize", words, spec, whole | {"short_side": short_side}, group="resize")
    if replace(spec, **whole) != spec:
        yield _alternative("resize", mark("the photograph stretched to the input"), spec, whole, group="resize")


def _interpolation(spec: ModelSpec) -> Alternative:
    # Smooth filters such as bilinear and bicubic cannot be told apart by a few hundred answers.
    name = "bilinear" if spec.interpolation == "nearest" else "nearest"
    return _alternative("interpolation", deferred("{name} interpolation", name=name), spec, {"interpolation": name})


def _sizes(spec: ModelSpec) -> Iterator[Alternative]:
    present = max(spec.input_size)
    smaller = [side for side in SIDES if side * _LARGER <= present]
    larger = [side for side in SIDES if side >= present * _LARGER]
    usual = [USUAL_SIDE] if not present / 1.02 < USUAL_SIDE < present * 1.02 else []
    for side in sorted({*smaller[-1:], *larger[:1], *usual}):
        settings: dict[str, Any] = {"input_size": (side, side)}
        # The photograph is scaled with the input, so that the model sees the same part of it.
        for name in ("short_side", "long_side"):
            if (length := getattr(spec, name)) is not None:
                settings[name] = round(length * side / present)
        if spec.stretch is not None:
            settings["stretch"] = tuple(round(length * side / present) for length in spec.stretch)
        yield _alternative("size", deferred("an input of {side} x {side} pixels", side=side), spec, settings)


def _alternative(
    fault: str,
    words: str,
    spec: ModelSpec,
    settings: dict[str, Any],
    *,
    same_view: bool = False,
    group: str | None = None,
) -> Alternative:
    return Alternative(fault, words, replace(spec, **settings), settings, same_view, group or words)
