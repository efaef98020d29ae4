"""Methods other than the engines, with the form of their maps.

The module `attribution` computes the maps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core import render
from xai_core.errors import NameUnknown
from xai_core.labels import index_of
from xai_core.language import deferred, mark


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Maps of one picture by one method.

    Attributes
    ----------
    method
        Its name in `METHODS`.
    labels
        Labels that have a map.
    maps : (k, H, W) float32
        One map for each of these labels.
    region_of : (H, W) int32
        Regions whose pixels share a value. Where a method has no regions, each pixel is one.
    evaluations
        Forward passes spent. For Grad-CAM, passes forward and back.
    """

    method: str
    labels: tuple[str, ...]
    maps: NDArray[np.float32]
    region_of: NDArray[np.int32]
    evaluations: int

    def map(self, label: str) -> NDArray[np.float32]:
        """Return the (H, W) map of a label.

        Raises
        ------
        NameUnknown
            If the label has no map.
        """
        shap_map: NDArray[np.float32] = self.maps[index_of(label, self.labels)]
        return shap_map

    def contrast(self, a: str, b: str) -> NDArray[np.float32]:
        """Return the (H, W) map of `a` rather than `b`."""
        # Exact, because each of these methods is linear in the score that it explains.
        return self.map(a) - self.map(b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Description of a method.

    Attributes
    ----------
    title
        Name for people.
    meaning
        Meaning of its values in a sentence or two.
    additive
        True if base and values sum to the logit.
    budgeted
        True if the number of evaluations can be chosen.
    needs_network
        True if it needs the model's layers and gradients.
    in_logits
        True if a pixel's value is a part of a logit. Other values can be compared within one map only.
    version
        Version of its masked pictures and maps. Raise it when either changes: stored results expire.
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
        meaning=mark(
            "How much a superpixel adds to the logit, by ridge regression over random maskings. Maskings that hide "
            "little weigh more. The values do not sum to the logit."
        ),
    ),
    "kernelshap": Method(
        title="Kernel SHAP",
        meaning=mark(
            "Shapley values of superpixels, estimated by regression over random maskings. They sum to the logit."
        ),
        additive=True,
    ),
    "occlusion": Method(
        title=mark("Occlusion"),
        meaning=mark(
            "How much the logit falls when a window around the location is hidden. The window is a fifth of the "
            "picture wide. Evidence that appears twice in a picture looks unimportant, and the values do not sum to "
            "the logit."
        ),
        version=2,
    ),
    "gradcam": Method(
        title="Grad-CAM",
        meaning=mark(
            "Where the last convolutional stage finds evidence for the class, as coarse as that stage's grid. "
            "The values have no unit and do not sum to the logit."
        ),
        budgeted=False,
        needs_network=True,
        in_logits=False,
    ),
    "random": Method(
        title=mark("Random order"),
        meaning=mark("Superpixels in random order, as a baseline: the score of a map without information."),
        budgeted=False,
        in_logits=False,
    ),
}
"""Methods by the names that the command line uses.

To add one, add a line here and its computation to `attribution._BUDGETED_METHODS`.
"""


def find_method(name: str) -> Method:
    """Return one of `METHODS`.

    Raises
    ------
    NameUnknown
        If there is no method of that name.
    """
    if name not in METHODS:
        hint = deferred("Choose an engine, or one of {names}.", names=", ".join(METHODS))
        raise NameUnknown(mark("method"), name, hint=hint)
    return METHODS[name]


def scale_to_limit(limit: float, shap_map: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a map without a unit to the colour limit of maps in logits.

    Both can then be shown side by side.

    Parameters
    ----------
    limit
        `render.shared_limit` of the other maps, in logits per pixel.
    shap_map : (H, W) float32
        The map. A map of zeros stays so.

    Returns
    -------
    (H, W) float32
    """
    largest = float(np.abs(shap_map).max())
    if largest == 0:
        return shap_map
    # The shared limit is a quantile: it is 0 for a map that is zero nearly everywhere. A share of the largest value
    # keeps the quotient finite.
    own_limit = max(render.shared_limit(shap_map), 1e-3 * largest)
    return np.asarray(shap_map * (limit / own_limit), np.float32)
