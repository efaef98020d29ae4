"""Captum's methods, run in the helper process."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.runtimes.helper import process


@dataclass(frozen=True, slots=True)
class CaptumMethod:
    """Method of `captum_methods` with its parameters.

    Attributes
    ----------
    name
        Name of the function there: "lime", "kernel_shap" or "occlusion".
    arguments
        Its arguments.
    """

    name: str
    arguments: tuple[Any, ...]

    def masks(self) -> NDArray[np.bool_]:
        """Return the (n, R) masks that the method evaluates, True where a region is shown."""
        return process.call(_masks, self)

    def values(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the (k, R) values of the regions, in logits.

        Parameters
        ----------
        scores : (n, k)
            Scores of the masks in logits, a column for each label.
        """
        return process.call(_values, self, scores)


def _masks(method: CaptumMethod) -> NDArray[np.bool_]:
    from xai_core.runtimes import captum_methods  # noqa: PLC0415 - this process may do without torch

    return captum_methods.record_masks(getattr(captum_methods, method.name)(*method.arguments))


def _values(method: CaptumMethod, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    from xai_core.runtimes import captum_methods  # noqa: PLC0415 - this process may do without torch

    attribute = getattr(captum_methods, method.name)(*method.arguments)
    return np.stack([captum_methods.replay_scores(attribute, of_label) for of_label in scores.T])
