"""Errors about preprocessing that nothing says."""

from collections.abc import Iterable
from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.language import deferred


def without_size(path: Path) -> ModelRefused:
    """Return the error for a model of unknown input size."""
    return ModelRefused(
        deferred("{file} takes pictures of any size and does not say which size it was trained on.", file=path.name),
        deferred("Give the height and width of its input in pixels, such as 224."),
        "size",
    )


def without_spec(path: Path, missing: Iterable[str]) -> ModelRefused:
    """Return the error for a model with parts of the preprocessing missing."""
    return ModelRefused(
        deferred(
            "{file} comes without a spec, which says how photographs are resized and normalised for it: {names} are "
            "not known.",
            file=path.name,
            names=", ".join(missing),
        ),
        deferred(
            "Write {file} beside it, or give a spec file with the keys labels, input_size, resize, interpolation, "
            "value_range, mean and std, or give mean and std, or the range of the values. Most networks of "
            "torchvision have the range 0 to 1, mean 0.485, 0.456, 0.406 and std 0.229, 0.224, 0.225.",
            file=path.with_suffix(".json").name,
        ),
        "mean",
    )
