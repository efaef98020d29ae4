"""Preprocessing that belongs to the weights of a network, as torchvision and timm have it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec import Interpolation, ModelSpec, default_spec
from xai_core.model.torchvision_table import TORCHVISION
from xai_core.runtimes.networks.build import TIMM, require_library
from xai_core.runtimes.networks.fastai import FASTAI
from xai_core.runtimes.networks.load import split_name

INTERPOLATIONS: Mapping[str, Interpolation] = {
    "nearest": "nearest",
    "bilinear": "bilinear",
    "bicubic": "bicubic",
    "box": "box",
    "hamming": "hamming",
    "lanczos": "lanczos",
}
"""timm's names of filters."""


FASTAI_SIDE = 224
"""Pixels to which most of fastai's documentation resizes; a file of weights does not tell."""


def preset(architecture: str, labels: Sequence[str], size: tuple[int, int] | None = None) -> tuple[ModelSpec, str]:
    """Return the preprocessing of a network's weights, and a phrase that says whose it is.

    Parameters
    ----------
    architecture
        Name of the network, see `load.split_name`.
    labels
        Class names in the order of the outputs.
    size
        Height and width that the tensors tell; None takes that of the weights.

    Raises
    ------
    ModelRefused
        If the name is not known.
    """
    name, _ = split_name(architecture)
    if name.startswith(FASTAI):
        return _fastai_spec(name.removeprefix(FASTAI), labels, architecture, size)
    if name.startswith(TIMM):
        require_library("timm", "timm", deferred("The network {name}", name=name))
        import timm  # noqa: PLC0415 - takes seconds

        config: Any = timm.get_pretrained_cfg(name.removeprefix(TIMM))
        spec = timm_spec({} if config is None else config.to_dict(), labels, architecture, size)
        return spec, deferred(
            "timm's {name} with the preprocessing of timm {version}",
            name=name.removeprefix(TIMM),
            version=timm.__version__,
        )
    spec = replace(default_spec(labels, name), architecture=architecture)
    if size is not None and size != spec.input_size and spec.short_side is not None:
        factor = max(size) / max(spec.input_size)
        spec = replace(spec, input_size=size, short_side=max(round(spec.short_side * factor), *size))
    return spec, deferred(
        "torchvision's {name} with the preprocessing of its weights {weights}",
        name=name,
        weights=TORCHVISION[name].weights,
    )


def _fastai_spec(
    body: str, labels: Sequence[str], architecture: str, size: tuple[int, int] | None
) -> tuple[ModelSpec, str]:
    """Return the preprocessing of `vision_learner` with fastai's usual `Resize(224)`."""
    spec, _ = preset(body, labels, size)
    height, width = size or (FASTAI_SIDE, FASTAI_SIDE)
    changed = ModelSpec(
        labels=spec.labels,
        input_size=(height, width),
        short_side=max(height, width),
        interpolation="bilinear",
        mean=spec.mean,
        std=spec.std,
        architecture=architecture,
    )
    return changed, deferred(
        "fastai's vision_learner of {name} with Resize({side})", name=body.removeprefix(TIMM), side=max(height, width)
    )


def timm_spec(
    config: Mapping[str, Any], labels: Sequence[str], architecture: str, size: tuple[int, int] | None = None
) -> ModelSpec:
    """Return the preprocessing that timm's `create_transform` makes of a pretrained config.

    Parameters
    ----------
    config
        Entries of timm's `pretrained_cfg`, or arguments of its training script.
    labels, architecture
        See `ModelSpec`.
    size
        Height and width in place of the config's.

    Raises
    ------
    ModelRefused
        If the network takes no colour pictures, or the config has an unknown filter or crop.
    """
    import timm.data  # noqa: PLC0415 - takes seconds

    resolve: Any = vars(timm.data)["resolve_data_config"]
    # timm asserts that there is an entry; this one is its default.
    data = resolve(pretrained_cfg=dict(config) or {"interpolation": "bicubic"})
    channels, height, width = data["input_size"]
    height, width = size or (height, width)
    mode, interpolation = data["crop_mode"], data["interpolation"]
    if channels != 3 or mode not in ("center", "squash", "border") or interpolation not in INTERPOLATIONS:
        raise ModelRefused(
            deferred(
                "The preprocessing of {architecture} has {channels} channels, the filter {filter} and the crop {crop}; "
                "expected 3 channels, one of {filters}, and center, squash or border.",
                architecture=architecture,
                channels=channels,
                filter=interpolation,
                crop=mode,
                filters=", ".join(INTERPOLATIONS),
            ),
            deferred("Give a spec."),
            "spec",
        )
    # timm rounds the scaled sizes down.
    scaled = math.floor(height / data["crop_pct"]), math.floor(width / data["crop_pct"])
    rule: dict[str, Any] = {"short_side": max(scaled)}
    if mode == "squash":
        rule = {"short_side": None, "stretch": None if scaled == (height, width) else scaled}
    elif mode == "border":
        red, green, blue = (round(255 * value) for value in data["mean"])
        rule = {"short_side": None, "long_side": max(scaled), "fill": (red, green, blue)}
    return ModelSpec(
        labels=tuple(labels),
        input_size=(height, width),
        interpolation=INTERPOLATIONS[interpolation],
        mean=tuple(float(value) for value in data["mean"]),  # type: ignore[arg-type]
        std=tuple(float(value) for value in data["std"]),  # type: ignore[arg-type]
        architecture=architecture,
        **rule,
    )


def apply_arguments(spec: ModelSpec, arguments: Mapping[str, object]) -> tuple[ModelSpec, str | None]:
    """Return a spec with the sizes that the training script evaluated with, and whose arguments they are.

    The arguments of torchvision's and of timm's training scripts are known.
    """
    crop, resize = arguments.get("val_crop_size"), arguments.get("val_resize_size")
    if _is_side(crop) and _is_side(resize):
        side, short = int(str(crop)), int(str(resize))
        filter_name = str(arguments.get("interpolation", spec.interpolation))
        changed = replace(
            spec,
            input_size=(side, side),
            short_side=max(short, side),
            interpolation=INTERPOLATIONS.get(filter_name, spec.interpolation),
        )
        return changed, deferred("the arguments of torchvision's training script")
    if "crop_pct" in arguments and "model" in arguments:
        given = {
            key: arguments.get(key) for key in ("img_size", "input_size", "interpolation", "mean", "std", "crop_pct")
        }
        given = {key: value for key, value in given.items() if value}
        if given and spec.architecture is not None:
            return _with_timm_arguments(spec, given), deferred("the arguments of timm's training script")
    return spec, None


def _with_timm_arguments(spec: ModelSpec, given: Mapping[str, Any]) -> ModelSpec:
    height, width = spec.input_size
    size = given.get("input_size") or (given.get("img_size") and (3, given["img_size"], given["img_size"]))
    if size:
        _, height, width = size
    mean, std = (
        tuple(given[key]) * (3 if len(given[key]) == 1 else 1) if key in given else getattr(spec, key)
        for key in ("mean", "std")
    )
    if spec.short_side is None:
        return replace(spec, input_size=(height, width), mean=mean, std=std)
    share = given.get("crop_pct") or max(spec.input_size) / spec.short_side
    return replace(
        spec,
        input_size=(height, width),
        short_side=math.floor(max(height, width) / share + 1e-9),
        interpolation=INTERPOLATIONS.get(str(given.get("interpolation")), spec.interpolation),
        mean=mean,
        std=std,
    )


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 8 <= value <= 4096
