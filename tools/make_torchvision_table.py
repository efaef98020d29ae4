"""Write the table of torchvision's classifiers, `xai_core/model/torchvision_table.py`.

Run it after an update of torchvision: `python tools/make_torchvision_table.py`.
"""

from pathlib import Path

import torchvision  # type: ignore[import-untyped]
from torchvision.models import get_model_weights, list_models  # type: ignore[import-untyped]

FILE = Path(__file__).parents[1] / "xai_core" / "model" / "torchvision_table.py"

HEAD = '''"""Classifiers of torchvision with the preprocessing of their default weights.

Written by tools/make_torchvision_table.py from torchvision {version}. Reading a spec must not import torch, which takes
seconds, so the facts are copied here. A test compares both.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class Preset(NamedTuple):
    """Preprocessing of the default weights of a network.

    Attributes
    ----------
    short_side
        Length in pixels that the short side is resized to.
    side
        Side of the centre crop in pixels.
    interpolation
        Filter of the resizing.
    weights
        torchvision's name of the weights.
    normalisation
        Mean and standard deviation of the channels, for values from 0 to 1.
    """

    short_side: int
    side: int
    interpolation: Literal["bilinear", "bicubic"]
    weights: str = "IMAGENET1K_V1"
    normalisation: tuple[tuple[float, float, float], tuple[float, float, float]] = _IMAGENET


TORCHVISION: Mapping[str, Preset] = {{
{rows}
}}
"""Every network of `torchvision.models.list_models(module=torchvision.models)`, by name."""
'''

_NORMALISATIONS = {(0.485, 0.229): "", (0.5, 0.5): "_HALF"}


def row(name: str) -> str:
    """Return the line of the table for a network."""
    weights = get_model_weights(name).DEFAULT
    preset = weights.transforms()
    (short_side,), (side,) = preset.resize_size, preset.crop_size
    parts = [str(short_side), str(side), f'"{preset.interpolation.value}"']
    normalisation = _NORMALISATIONS[preset.mean[0], preset.std[0]]
    if weights.name != "IMAGENET1K_V1" or normalisation:
        parts += [f'"{weights.name}"']
    parts += [normalisation] if normalisation else []
    return f'    "{name}": Preset({", ".join(parts)}),'


def main() -> None:
    """Write the file."""
    rows = "\n".join(row(name) for name in sorted(list_models(module=torchvision.models)))
    FILE.write_text(HEAD.format(version=torchvision.__version__.partition("+")[0], rows=rows), "utf-8")


if __name__ == "__main__":
    main()
