"""Specification of a classifier beyond its weights, with its labels and its preprocessing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec_limits import check_numbers
from xai_core.model.spec_reader import INTERPOLATIONS, SpecReader, decode_spec, is_pixels, is_positive, validate_labels
from xai_core.model.torchvision_table import TORCHVISION

__all__ = [
    "ARCHITECTURES",
    "DEFAULT_ARCHITECTURE",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "ModelSpec",
    "default_spec",
    "model_id",
    "validate_labels",
]

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Channels = Literal["rgb", "bgr"]
Resampler = Literal["pillow", "torch"]
CropRounding = Literal["even", "down"]

DEFAULT_ARCHITECTURE = "efficientnet_b1"

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

ARCHITECTURES: tuple[str, ...] = (
    *(f"efficientnet_b{number}" for number in range(8)),
    *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152)),
    "mobilenet_v2",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    *(f"convnext_{size}" for size in ("tiny", "small", "base", "large")),
)
"""Networks of torchvision that the project trains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Preprocessing of a classifier and the names of its outputs.

    A photograph is resized by one of the rules `short_side`, `long_side` and `stretch`, then the input is cropped from
    its centre. Without a rule it is stretched to the input size.

    Attributes
    ----------
    labels
        Class names in the order of the outputs.
    input_size
        Height and width of the input in pixels.
    short_side
        Length in pixels that the photograph's short side is resized to; None takes another rule.
    interpolation
        Pillow's name of the filter.
    value_range
        Values of black and white before mean and std, such as (0, 1), (0, 255) or (-1, 1).
    mean, std
        Values per channel, in the order of `channels`; the input is (value - mean) / std.
    architecture
        Name of the network: torchvision's, or "timm:" and timm's, or "transformers:" and its class; None where unknown.
    training
        Record of the training run that made the weights, where known.
    channels
        Order of the channels in the input.
    long_side
        Length in pixels that the long side is resized to. The rest of the input is padded.
    stretch
        Height and width that the photograph is stretched to before the crop.
    antialias
        True if a filter covers all pixels that it merges, as Pillow's do; False if it samples points, as OpenCV's and
        TensorFlow's do.
    resampler
        "pillow", or "torch" for the rounding of torch's resizing of 8-bit tensors, which transformers 5 uses.
    crop_rounding
        Rounding of the crop's corner where it falls between two pixels: to the "even" pixel as in torchvision, or
        "down" as in transformers.
    fill
        Colour (red, green, blue) of the input outside the photograph.
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
    channels: Channels = "rgb"
    long_side: int | None = None
    stretch: tuple[int, int] | None = None
    antialias: bool = True
    resampler: Resampler = "pillow"
    crop_rounding: CropRounding = "even"
    fill: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        """Refuse what no classifier has, wherever it was read."""
        sides = (*self.input_size, self.short_side, self.long_side, *(self.stretch or ()))
        check_numbers(sides, (*self.value_range, *self.mean), self.std, self.labels)

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
            If a key is missing, unknown or wrong; the message names the key, the value found and the value expected.
        """
        reader = SpecReader(decode_spec(content, source), source)
        size = reader.numbers(
            "input_size", 2, deferred("two whole numbers of pixels up to 4,096, [height, width]"), is_pixels
        )
        height, width = int(size[0]), int(size[1])
        resize = reader.resize((height, width))
        three, above = deferred("three numbers, one per channel"), deferred("three numbers above 0")
        antialias = reader.optional("antialias", bool, deferred("true or false"))
        return cls(
            labels=reader.labels(labels),
            input_size=(height, width),
            short_side=resize.short_side,
            long_side=resize.long_side,
            stretch=resize.stretch,
            interpolation=cast("Interpolation", reader.choice("interpolation", INTERPOLATIONS)),
            value_range=cast("tuple[float, float]", reader.value_range()),
            mean=cast("tuple[float, float, float]", reader.numbers("mean", 3, three)),
            std=cast("tuple[float, float, float]", reader.numbers("std", 3, above, is_positive)),
            architecture=reader.optional("architecture", str, deferred("a name")),
            training=reader.optional("training", dict, deferred("an object")),
            channels=cast("Channels", reader.choice("channels", ("rgb", "bgr"), "rgb")),
            antialias=True if antialias is None else antialias,
            resampler=cast("Resampler", reader.choice("resampler", ("pillow", "torch"), "pillow")),
            crop_rounding=cast("CropRounding", reader.choice("crop_rounding", ("even", "down"), "even")),
            fill=reader.fill(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the spec as plain JSON values, which `from_json` reads."""
        spec: dict[str, Any] = {
            "labels": list(self.labels),
            "input_size": list(self.input_size),
            "resize": self._resize_rule(),
            "interpolation": self.interpolation,
            "value_range": list(self.value_range),
            "mean": list(self.mean),
            "std": list(self.std),
        }
        if self.architecture is not None:
            spec["architecture"] = self.architecture
        if self.training is not None:
            spec["training"] = dict(self.training)
        # The JSON text is part of a model's id. A key at its default would change the ids of all earlier studies.
        for key in ("channels", "antialias", "resampler", "crop_rounding"):
            if getattr(self, key) != getattr(_DEFAULTS, key):
                spec[key] = getattr(self, key)
        padded = self.short_side is not None and self.short_side < max(self.input_size)
        if self.fill != _DEFAULTS.fill or padded:
            spec["fill"] = list(self.fill)
        return spec

    def _resize_rule(self) -> str | dict[str, Any]:
        if self.short_side is not None:
            return {"short_side": self.short_side}
        if self.long_side is not None:
            return {"long_side": self.long_side}
        return "stretch" if self.stretch is None else {"stretch": list(self.stretch)}


_DEFAULTS = ModelSpec(labels=("any",), input_size=(1, 1), short_side=None, interpolation="bilinear")


def default_spec(labels: Sequence[str], architecture: str = DEFAULT_ARCHITECTURE) -> ModelSpec:
    """Return the preprocessing of an architecture's default weights in torchvision.

    For EfficientNet-B1 it resizes the short side to 255 and crops to 240 pixels.

    Raises
    ------
    ModelRefused
        If the architecture is not known.
    """
    if architecture not in TORCHVISION:
        raise ModelRefused(
            deferred("The architecture {name!r} is not known here.", name=architecture),
            deferred("Known are {names}.", names=", ".join(TORCHVISION)),
        )
    preset = TORCHVISION[architecture]
    mean, std = preset.normalisation
    return ModelSpec(
        labels=tuple(labels),
        input_size=(preset.side, preset.side),
        short_side=preset.short_side,
        interpolation=preset.interpolation,
        mean=mean,
        std=std,
        architecture=architecture,
    )


def model_id(path: Path, spec: ModelSpec, others: Sequence[Path] = (), reading: str = "") -> str:
    """Return 24 hexadecimal digits that change with any byte of the files or detail of the spec.

    Parameters
    ----------
    path
        The model file.
    spec
        Its spec.
    others
        Further files that the model consists of.
    reading
        Choice that decides the logits beside them, such as the weights taken from a file that holds several.
    """
    digest = _file_digest(path)
    # The spec counts too: the same weights with another normalisation are another classifier with other maps.
    digest.update(json.dumps(spec.to_json(), sort_keys=True, ensure_ascii=False).encode())
    for other in others:
        digest.update(f"{other.name}:{_file_digest(other).hexdigest()}".encode())
    digest.update(reading.encode())
    return digest.hexdigest()[:24]


def _file_digest(path: Path) -> "hashlib._Hash":
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")
