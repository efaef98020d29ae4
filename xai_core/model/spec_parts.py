"""Preprocessing of a model put together from parts that several sources know."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.model.spec_checks import check_spec

Resize = int | float | str
"""Short side in pixels (int), share of the short side that the crop keeps (float), or "stretch"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """Parts of a model's preprocessing, None where it is not known.

    Attributes
    ----------
    input_size
        Height and width in pixels.
    resize
        See `Resize`.
    interpolation, value_range, mean, std, channels
        See `ModelSpec`.
    """

    input_size: tuple[int, int] | None = None
    resize: Resize | None = None
    interpolation: str | None = None
    value_range: tuple[float, float] | None = None
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    channels: str | None = None

    @property
    def parts(self) -> dict[str, Any]:
        """Known parts by name."""
        found = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


PARTS: tuple[str, ...] = tuple(part.name for part in fields(Preprocessing))
"""Names of all parts."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Knowledge of one source about the preprocessing.

    Attributes
    ----------
    origin
        Noun phrase for messages, such as "the spec model.json".
    known
        The parts that it knows.
    is_assumption
        True if the parts are a custom that nothing in the file confirms.
    """

    origin: str
    known: Preprocessing
    is_assumption: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """Preprocessing put together from layers.

    Attributes
    ----------
    known
        Each part as the first layer that knows it says.
    origins
        Origin of each known part.
    assumed
        Names of the parts that are assumptions.
    """

    known: Preprocessing
    origins: dict[str, str]
    assumed: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the parts that no layer knows; `channels` is not counted, RGB is the rule."""
        return tuple(name for name in PARTS if name not in self.origins and name != "channels")


def apply_options(spec: ModelSpec, options: Preprocessing) -> ModelSpec:
    """Return a spec with the parts that the caller gives.

    A new input size without a new rule for resizing scales the rule, so that the crop keeps its share of the picture.

    Raises
    ------
    ModelRefused
        If the parts contradict those of the spec.
    """
    parts = options.parts
    if not parts:
        return spec
    changes: dict[str, Any] = {name: value for name, value in parts.items() if name != "resize"}
    size = options.input_size or spec.input_size
    if options.resize is not None:
        changes |= {"short_side": short_side(options.resize, size), "long_side": None, "stretch": None}
    elif size != spec.input_size:
        factor = max(size) / max(spec.input_size)
        if spec.short_side is not None:
            changes["short_side"] = max(round(spec.short_side * factor), *size)
        if spec.long_side is not None:
            changes["long_side"] = round(spec.long_side * factor)
        if spec.stretch is not None:
            changes["stretch"] = (round(spec.stretch[0] * factor), round(spec.stretch[1] * factor))
    changed = replace(spec, **changes)
    check_spec(changed, deferred("the model with the given options"))
    return changed


def merge_layers(layers: Sequence[Layer]) -> Merged:
    """Return each part as the first layer that knows it says.

    A short side in pixels belongs to its own layer's input size. Where another layer decides the size, the short side
    is scaled with it, so that the crop keeps its share of the picture.
    """
    found: dict[str, Any] = {}
    chosen: dict[str, Layer] = {}
    for layer in layers:
        for name, value in layer.known.parts.items():
            if name not in found:
                found[name], chosen[name] = value, layer
    short, own_size = found.get("resize"), chosen["resize"].known.input_size if "resize" in chosen else None
    size = found.get("input_size")
    if isinstance(short, int) and own_size is not None and size is not None and own_size != size:
        found["resize"] = max(round(short * max(size) / max(own_size)), *size)
    return Merged(
        known=Preprocessing(**found),
        origins={name: layer.origin for name, layer in chosen.items()},
        assumed=tuple(name for name, layer in chosen.items() if layer.is_assumption),
    )


def build_spec(labels: Sequence[str], merged: Merged, source: str, **more: Any) -> ModelSpec:
    """Return the spec of preprocessing that is completely known.

    Parameters
    ----------
    labels
        Class names in the order of the outputs.
    merged
        Preprocessing without missing parts.
    source
        Name of the model file, for messages.
    more
        Further fields of the spec, such as `architecture`.

    Raises
    ------
    ModelRefused
        If parts contradict each other.
    """
    known = merged.known
    assert known.input_size is not None
    spec = ModelSpec(
        labels=tuple(labels),
        input_size=known.input_size,
        short_side=short_side(known.resize, known.input_size),
        interpolation=known.interpolation,  # type: ignore[arg-type]
        value_range=known.value_range or (0.0, 1.0),
        mean=known.mean or (0.0, 0.0, 0.0),
        std=known.std or (1.0, 1.0, 1.0),
        channels=known.channels or "rgb",  # type: ignore[arg-type]
        **more,
    )
    check_spec(spec, source)
    return spec


def short_side(resize: Resize | None, size: tuple[int, int]) -> int | None:
    """Return the short side in pixels for a resize rule, or None for "stretch"."""
    if resize == "stretch" or resize is None:
        return None
    if isinstance(resize, float):
        # timm's rule: the product is truncated, not rounded.
        return max(math.floor(max(size) / resize), *size)
    return int(resize)
