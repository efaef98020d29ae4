"""Preprocessing of a model in words."""

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
    colours = f"{spec.channels.upper()}, {spec.value_range[0]:g}..{spec.value_range[1]:g}"
    return (
        f"{_resize(spec, height, width)}, {spec.interpolation}{'' if spec.antialias else ' without antialiasing'}; "
        f"{colours}, mean {_numbers(spec.mean)}, std {_numbers(spec.std)}"
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
        "input_size": f"input of {height} x {width} pixels",
        "resize": _resize(spec, height, width),
        "interpolation": f"{spec.interpolation} interpolation",
        "value_range": f"values from {spec.value_range[0]:g} to {spec.value_range[1]:g}",
        "mean": f"mean {_numbers(spec.mean)}",
        "std": f"std {_numbers(spec.std)}",
        "channels": f"channels in the order {spec.channels.upper()}",
    }
    return words[name]


def _resize(spec: ModelSpec, height: int, width: int) -> str:
    if spec.short_side is not None:
        return f"short side to {spec.short_side}, {height} x {width} cut from the centre"
    if spec.long_side is not None:
        return f"long side to {spec.long_side}, filled up to {height} x {width}"
    if spec.stretch is not None:
        return f"stretched to {spec.stretch[0]} x {spec.stretch[1]}, {height} x {width} cut from the centre"
    return f"stretched to {height} x {width}"


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
