"""Preprocessing of a model in words."""

from xai_core.language import tr
from xai_core.model.spec import ModelSpec


def describe_preprocessing(spec: ModelSpec) -> str:
    """Return in one line how a photograph becomes the network's input.

    >>> spec = ModelSpec(
    ...     labels=("a",), input_size=(64, 48), short_side=None, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1)
    ... )
    >>> describe_preprocessing(spec)
    'stretched to 64 x 48, bilinear; RGB, 0..1, mean 0 0 0, std 1 1 1'
    """
    height, width = spec.input_size
    smoothing = tr("{name} without antialiasing", name=spec.interpolation)
    return tr(
        "{resize}, {interpolation}; {channels}, {low:g}..{high:g}, mean {mean}, std {std}",
        resize=_resize(spec, height, width),
        interpolation=spec.interpolation if spec.antialias else smoothing,
        channels=spec.channels.upper(),
        low=spec.value_range[0],
        high=spec.value_range[1],
        mean=_numbers(spec.mean),
        std=_numbers(spec.std),
    )


def describe_part(spec: ModelSpec, name: str) -> str:
    """Return one part of a preprocessing in words.

    Parameters
    ----------
    spec
        The preprocessing.
    name
        Name of the part, see `spec_parts.PARTS`.
    """
    height, width = spec.input_size
    words = {
        "input_size": tr("input of {height} x {width} pixels", height=height, width=width),
        "resize": _resize(spec, height, width),
        "interpolation": tr("{name} interpolation", name=spec.interpolation),
        "value_range": tr("values from {low:g} to {high:g}", low=spec.value_range[0], high=spec.value_range[1]),
        "mean": f"mean {_numbers(spec.mean)}",
        "std": f"std {_numbers(spec.std)}",
        "channels": tr("channels in the order {channels}", channels=spec.channels.upper()),
    }
    return words[name]


def _resize(spec: ModelSpec, height: int, width: int) -> str:
    if spec.short_side is not None:
        return tr(
            "short side to {side}, {height} x {width} cut from the centre",
            side=spec.short_side,
            height=height,
            width=width,
        )
    if spec.long_side is not None:
        return tr(
            "long side to {side}, filled up to {height} x {width}", side=spec.long_side, height=height, width=width
        )
    if spec.stretch is not None:
        return tr(
            "stretched to {tall} x {wide}, {height} x {width} cut from the centre",
            tall=spec.stretch[0],
            wide=spec.stretch[1],
            height=height,
            width=width,
        )
    return tr("stretched to {height} x {width}", height=height, width=width)


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
