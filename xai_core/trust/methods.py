"""Other methods than the engines: what they are, and what they give. `attributing` does them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core import render
from xai_core.errors import NameUnknown
from xai_core.labels import index_of


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Maps of one picture by one method.

    Attributes
    ----------
    method
        Its name in `METHODS`.
    labels
        What there is a map for.
    maps : (k, H, W) float32
        One a label.
    region_of : (H, W) int32
        Regions whose pixels share a value; each pixel is its own where a method has none.
    evaluations
        Forward passes spent; for Grad-CAM, passes forward and back.
    """

    method: str
    labels: tuple[str, ...]
    maps: NDArray[np.float32]
    region_of: NDArray[np.int32]
    evaluations: int

    def map(self, label: str) -> NDArray[np.float32]:
        """(H, W) map of a label.

        Raises
        ------
        NameUnknown
            If the method was not asked about it.
        """
        found: NDArray[np.float32] = self.maps[index_of(label, self.labels)]
        return found

    def contrast(self, a: str, b: str) -> NDArray[np.float32]:
        """(H, W) map of `a` rather than `b`: each of these methods is linear in the score that it explains."""
        return self.map(a) - self.map(b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What a method is.

    Attributes
    ----------
    title
        For people.
    meaning
        What its values are, in a sentence or two.
    additive
        Whether base and values sum to the logit.
    budgeted
        Whether it can be given more or fewer evaluations.
    needs_network
        Whether it needs a model's layers and gradients.
    in_logits
        Whether a pixel's value is a part of a logit; else values can be compared within a map only.
    version
        Raise it when the method starts to hide other parts or to give other maps; what was stored of it is then left.
    """

    title: str
    meaning: str
    additive: bool = False
    budgeted: bool = True
    needs_network: bool = False
    in_logits: bool = True
    version: int = 1


METHODS = {
    "lime": Method(
        title="LIME",
        meaning="How much a superpixel adds to the logit by a ridge regression over random maskings, those that hide "
        "little weighing more. The values do not sum to the logit.",
    ),
    "kernelshap": Method(
        title="Kernel SHAP",
        meaning="Shapley values of superpixels, estimated by regression over random maskings. They sum to the logit.",
        additive=True,
    ),
    "occlusion": Method(
        title="Occlusion",
        meaning="How much the logit falls when a window around the place is hidden, a fifth of the picture wide, all "
        "else shown. What can be said twice in a picture looks unimportant, and the values do not sum to the logit.",
        version=2,
    ),
    "gradcam": Method(
        title="Grad-CAM",
        meaning="Where the last convolutional stage holds what raises the logit, as coarse as its grid. "
        "The values have no unit and do not sum to the logit.",
        budgeted=False,
        needs_network=True,
        in_logits=False,
    ),
    "random": Method(
        title="Random order",
        meaning="Superpixels in an order without meaning: what a map that knows nothing is worth.",
        budgeted=False,
        in_logits=False,
    ),
}
"""By the names that the command line uses."""


def method_named(name: str) -> Method:
    """Return one of `METHODS`.

    Raises
    ------
    NameUnknown
        If there is none of that name.
    """
    if name not in METHODS:
        raise NameUnknown("method", name, hint=f"Those beside the engines are: {', '.join(METHODS)}.")
    return METHODS[name]


def scaled_to(limit: float, shap_map: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a map that has no unit with the colour limit of those that have one, so that both can lie side by side.

    Parameters
    ----------
    limit
        What `render.shared_limit` gives for the others, in logits per pixel.
    shap_map : (H, W) float32
        A map without any signal stays so.

    Returns
    -------
    (H, W) float32
    """
    largest = float(np.abs(shap_map).max())
    if largest == 0:
        return shap_map
    # Not less than a part of the largest: of a map that is zero nearly everywhere the limit is no number to divide by.
    own = max(render.shared_limit(shap_map), 1e-3 * largest)
    return np.asarray(shap_map * (limit / own), np.float32)
