"""Maps by other methods than the engines, on the same pictures, masks and scales."""

from collections.abc import Callable, Sequence
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.segmentation import squares, superpixels
from xai_core.errors import ModelRefused, SettingRefused
from xai_core.explain.evaluate import Asked
from xai_core.labels import index_of
from xai_core.runtimes import captum_methods
from xai_core.runtimes.captum_methods import Attribute
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.trust.methods import Attribution, method_named
from xai_core.trust.plan import Plan, Progress, answered

LIME_EACH, SHAP_EACH = 2, 10
"""Evaluations for each superpixel: what suits each regression best. Kernel SHAP's is not regularised, and with fewer
evaluations its values are mostly noise."""

LEAST_PATCHES, MOST_PATCHES = 4, 300
"""Superpixels that there are in any case, and at most."""

OCCLUDED = 0.2
"""Side of the window that occlusion hides, of the picture's: what a smaller one hides is told by what is around it."""

RANDOM_PATCHES = 50


def attributed(
    name: str,
    asked: Asked,
    labels: Sequence[str],
    *,
    evaluations: int = 0,
    seed: int = 0,
    network: GradientNetwork | None = None,
    progress: Progress = lambda _done, _planned: None,
    stop: Callable[[], bool] = lambda: False,
) -> Attribution:
    """Explain a picture by one of `METHODS`, here and now.

    Parameters
    ----------
    name
        Of the method.
    asked
        Which model, picture and mask. Grad-CAM hides nothing and heeds no mask.
    labels
        What to make maps for; their number changes no map.
    evaluations
        Forward passes at most, for a method that is budgeted; `Attribution.evaluations` says what was spent.
    seed
        Of what a method draws at random. Occlusion and Grad-CAM draw nothing.
    network
        The model's network, for a method that needs it.
    progress, stop
        See `asking.answered`.

    Raises
    ------
    ModelRefused
        If the method needs a network and there is none.
    SettingRefused
        If there are too few evaluations.
    NameUnknown
        If there is no such method, or no such label.
    Stopped
        If `stop` said so.
    """
    method = method_named(name)
    if method.needs_network and network is None:
        raise ModelRefused(
            f"{method.title} needs the model's gradients, and {asked.runtime.name} gives none.",
            "Use a method that only asks the model: LIME, Kernel SHAP or occlusion.",
        )
    if name == "gradcam" and network is not None:
        return _grad_cam(asked, labels, network)
    if name == "random":
        return _random(asked, labels, seed)
    plan = method_plan(name, asked, labels, evaluations=evaluations, seed=seed)
    return answered(asked, plan, progress=progress, stop=stop)


def method_plan(
    name: str, asked: Asked, labels: Sequence[str], *, evaluations: int, seed: int = 0
) -> Plan[Attribution]:
    """What a budgeted method needs; the parameters are those of `attributed`.

    Raises
    ------
    SettingRefused
        If there are too few evaluations.
    NameUnknown
        If there is no such label.
    """
    if evaluations < 2:
        raise SettingRefused("evaluations", evaluations, "at least 2")
    outputs = asked.runtime.spec.labels
    places = [index_of(label, outputs) for label in labels]
    region_of, attribute, hidden_at_once = _BUDGETED[name](asked.view, evaluations, seed)
    rows = captum_methods.masks_of(attribute)
    pixels = np.bincount(region_of.ravel()) * hidden_at_once

    def conclude(logits: NDArray[np.float32]) -> Attribution:
        values = np.stack([captum_methods.concluded(attribute, logits[:, place]) for place in places])
        maps = (values / pixels).astype(np.float32)[:, region_of]
        return Attribution(name, tuple(labels), maps, region_of, len(rows))

    return Plan(len(rows), lambda place: rows[place][region_of], conclude)


_Budgeted = tuple[NDArray[np.int32], Attribute, int]
"""Regions, a method about them, and how many of them share what the method finds for a region."""


def _lime(view: NDArray[np.uint8], evaluations: int, seed: int) -> _Budgeted:
    region_of = superpixels(view, _patches(evaluations, LIME_EACH))
    return region_of, captum_methods.lime(int(region_of.max()) + 1, evaluations, seed), 1


def _kernel_shap(view: NDArray[np.uint8], evaluations: int, seed: int) -> _Budgeted:
    region_of = superpixels(view, _patches(evaluations, SHAP_EACH))
    return region_of, captum_methods.kernel_shap(int(region_of.max()) + 1, evaluations, seed), 1


def _occlusion(view: NDArray[np.uint8], evaluations: int, _seed: int) -> _Budgeted:
    """Windows a fifth of the picture wide, closer the more there are; what one is worth is spread over its cells."""
    places, least = isqrt(evaluations - 1), min(view.shape[:2])
    # The finest grid that the window fits into in no more places.
    side = max(cells for cells in range(1, least + 1) if cells - _window(cells) < places)
    window = _window(side)
    return squares(view.shape[:2], side**2), captum_methods.occlusion((side, side), (window, window)), window**2


def _window(cells: int) -> int:
    """Cells on a side of the window that occlusion hides, of so many on a side of the picture."""
    return min(max(2, round(cells * OCCLUDED)), cells)


_BUDGETED = {"lime": _lime, "kernelshap": _kernel_shap, "occlusion": _occlusion}


def _patches(evaluations: int, each: int) -> int:
    return min(MOST_PATCHES, max(LEAST_PATCHES, evaluations // each))


def _grad_cam(asked: Asked, labels: Sequence[str], network: GradientNetwork) -> Attribution:
    own = np.arange(asked.view[..., 0].size, dtype=np.int32).reshape(asked.view.shape[:2])
    return Attribution("gradcam", tuple(labels), network.grad_cam(asked.view, labels), own, len(labels))


def _random(asked: Asked, labels: Sequence[str], seed: int) -> Attribution:
    region_of = superpixels(asked.view, RANDOM_PATCHES)
    values = np.random.default_rng(seed).normal(size=int(region_of.max()) + 1).astype(np.float32)
    maps = np.broadcast_to(values[region_of], (len(labels), *region_of.shape))
    return Attribution("random", tuple(labels), maps, region_of, 0)
