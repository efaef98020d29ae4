"""Arrays of the uncertainty of an explanation in its file."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.search import Uncertainty
from xai_core.language import deferred

_NOISE = ("spread", "noise", "r2")
_STEERING = ("steering", "covariance")


def uncertainty_arrays(uncertainty: Uncertainty) -> dict[str, NDArray[Any]]:
    """Return the arrays `spread`, `noise`, `r2`, `steering`, `covariance` and `relative` of an `Uncertainty`."""
    arrays = {name: getattr(uncertainty, name) for name in (*_NOISE, *_STEERING)}
    return arrays | {"relative": np.array(uncertainty.relative)}


def read_uncertainty(file: Mapping[str, NDArray[Any]], regions: int, outputs: int) -> Uncertainty:
    """Return the uncertainty that a file holds for some regions and labels.

    Files that versions before 3 of the engine `regions` wrote have no errors of their own for the steering labels.

    Raises
    ------
    ValueError
        If the arrays do not fit the number of regions and labels.
    """
    found: dict[str, Any] = {name: file[name] for name in _NOISE}
    if [found[name].shape for name in _NOISE] != [(regions,), (outputs, outputs), (outputs,)]:
        raise ValueError(
            deferred("it has no errors for {regions} regions and {outputs} labels", regions=regions, outputs=outputs)
        )
    if "covariance" not in file:
        return Uncertainty(**found)
    found |= {name: file[name] for name in _STEERING} | {"relative": float(file["relative"])}
    steering = len(found["steering"])
    if steering and found["covariance"].shape != (regions, steering, steering):
        raise ValueError(
            deferred(
                "it has no covariances for {regions} regions and {steering} steering labels",
                regions=regions,
                steering=steering,
            )
        )
    return Uncertainty(**found)
