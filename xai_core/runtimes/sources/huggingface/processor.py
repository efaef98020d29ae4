"""Preprocessing of the image processors of transformers.

Each class means something else by the same names. Read from transformers 5.24, `image_processing_backends.py` and the
`image_processing_*.py` of each model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec import Interpolation, ModelSpec
from xai_core.model.torch_resize import TORCH_FILTERS

_FILTERS: Mapping[int, Interpolation] = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
    4: "box",
    5: "hamming",
}
"""Pillow's numbers of its filters, as `resample` has them."""


def processor_spec(processor: Any, labels: Sequence[str], architecture: str) -> ModelSpec:
    """Return the preprocessing that an image processor does.

    Parameters
    ----------
    processor
        Image processor of transformers.
    labels, architecture
        See `ModelSpec`.

    Raises
    ------
    ModelRefused
        If it does something that a spec cannot say.
    """
    kind = _kind(processor)
    read = _READERS.get(kind)
    if read is None and not _is_plain(processor):
        raise _refused(
            deferred(
                "The image processor {processor} has steps of its own; expected pictures that are resized, cropped and "
                "normalised.",
                processor=type(processor).__name__,
            )
        )
    height, width, rule = (read or _usual_resize)(processor)
    interpolation = _FILTERS.get(int(processor.resample), "bilinear") if processor.resample is not None else "bilinear"
    on_tensors = getattr(processor, "backend", "torchvision") == "torchvision" and interpolation in TORCH_FILTERS
    black, white = _value_range(processor)
    mean, std = _normalisation(processor)
    spec = ModelSpec(
        labels=tuple(labels),
        input_size=(height, width),
        interpolation=interpolation,
        value_range=(black, white),
        mean=mean,
        std=std,
        architecture=architecture,
        resampler="torch" if on_tensors else "pillow",
        crop_rounding="down",
        **({"short_side": None} | rule),
    )
    if kind == "EfficientNet" and processor.include_top:
        # The network of the paper's authors divides by std twice.
        spec = replace(spec, std=_times(spec.std, _three(processor.image_std)))
    if kind == "MobileViT" and processor.do_flip_channel_order:
        spec = replace(spec, channels="bgr")
    return spec


def _usual_resize(processor: Any) -> tuple[int, int, dict[str, Any]]:
    """Return height and width of the input, and the resize rule, of a class without a rule of its own."""
    size = _sizes(processor, "size")
    if not processor.do_resize:
        raise _refused(
            deferred(
                "The image processor {processor} does not resize; expected pictures that are resized, cropped and "
                "normalised.",
                processor=type(processor).__name__,
            )
        )
    crop = _sizes(processor, "crop_size") if processor.do_center_crop else {}
    if size.get("height") and size.get("width"):
        stretched = (size["height"], size["width"])
        height, width = (crop["height"], crop["width"]) if crop else stretched
        return height, width, {"stretch": None if (height, width) == stretched else stretched}
    if size.get("shortest_edge") and not size.get("longest_edge") and crop:
        return crop["height"], crop["width"], {"short_side": size["shortest_edge"]}
    raise _refused(
        deferred(
            "The image processor {processor} resizes to {size}, which gives inputs of different shapes; expected "
            "pictures that are resized, cropped and normalised.",
            processor=type(processor).__name__,
            size=size,
        )
    )


def _convnext(processor: Any) -> tuple[int, int, dict[str, Any]]:
    side = _sizes(processor, "size").get("shortest_edge")
    if side is None or not processor.do_resize:
        return _usual_resize(processor)
    if side >= 384:
        return side, side, {}
    return side, side, {"short_side": int(side / processor.crop_pct)}


def _poolformer(processor: Any) -> tuple[int, int, dict[str, Any]]:
    size = _sizes(processor, "size")
    side = size.get("shortest_edge") or (size["height"] if size.get("height") == size.get("width") else None)
    if processor.crop_pct is None or side is None or not processor.do_center_crop:
        return _usual_resize(processor)
    crop = _sizes(processor, "crop_size")
    return crop["height"], crop["width"], {"short_side": int(side / processor.crop_pct)}


def _levit(processor: Any) -> tuple[int, int, dict[str, Any]]:
    height, width, rule = _usual_resize(processor)
    side = _sizes(processor, "size").get("shortest_edge")
    return height, width, rule if side is None else {"short_side": int((256 / 224) * side)}


_READERS: Mapping[str, Callable[[Any], tuple[int, int, dict[str, Any]]]] = {
    "ConvNext": _convnext,
    "PoolFormer": _poolformer,
    "Levit": _levit,
    "EfficientNet": _usual_resize,
    "MobileViT": _usual_resize,
}
"""Classes with steps of their own, by their names without "ImageProcessor"."""


def _kind(processor: Any) -> str:
    name = type(processor).__name__
    for end in ("Fast", "Pil", "ImageProcessor", "FeatureExtractor"):
        name = name.removesuffix(end)
    return name


def _is_plain(processor: Any) -> bool:
    """Return True for a class that inherits every step of the usual processor."""
    from transformers import image_processing_backends as backends  # noqa: PLC0415 - takes seconds

    steps = ("_preprocess", "resize", "center_crop", "rescale", "normalize", "rescale_and_normalize")
    bases = [getattr(backends, name, None) for name in ("TorchvisionBackend", "PilBackend")]
    kind = type(processor)
    return any(
        base is not None
        and isinstance(processor, base)
        and all(getattr(kind, step, None) is getattr(base, step, None) for step in steps)
        for base in bases
    ) or _kind(processor) in ("Beit", "MobileNetV2")  # they change the labels of segmentations only


def _sizes(processor: Any, name: str) -> dict[str, int]:
    value = getattr(processor, name)
    pairs = value.items() if isinstance(value, Mapping) else vars(value).items() if value is not None else ()
    return {key: int(side) for key, side in pairs if side is not None}


def _value_range(processor: Any) -> tuple[float, float]:
    if not processor.do_rescale:
        return 0.0, 255.0
    white = 255 * float(processor.rescale_factor)
    # 255 times the float 1 / 255 is 1 up to rounding.
    white = round(white) if abs(white - round(white)) < 1e-9 else white
    return (-1.0, white - 1) if getattr(processor, "rescale_offset", False) else (0.0, float(white))


def _normalisation(processor: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    if not processor.do_normalize or _kind(processor) == "MobileViT":
        return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return _three(processor.image_mean), _three(processor.image_std)


def _three(values: float | Sequence[float]) -> tuple[float, float, float]:
    listed = [float(values)] * 3 if isinstance(values, int | float) else [float(value) for value in values]
    red, green, blue = listed * 3 if len(listed) == 1 else listed
    return red, green, blue


def _times(first: tuple[float, float, float], second: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = (one * two for one, two in zip(first, second, strict=True))
    return red, green, blue


def _refused(message: str) -> ModelRefused:
    return ModelRefused(message, deferred("Give a spec with the model's preprocessing."), "spec")
