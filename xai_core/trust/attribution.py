"""Maps by methods other than the engines, for the same picture, mask and scale.

LIME, Kernel SHAP and occlusion assign values to regions; Captum computes them. Here the regions are chosen and the
values are spread over pixels.
"""

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.segmentation import squares, superpixels
from xai_core.errors import ModelRefused, SettingRefused
from xai_core.explain.evaluate import EvaluationRequest
from xai_core.labels import index_of
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress
from xai_core.runtimes.helper.captum import CaptumMethod
from xai_core.trust.methods import Attribution, find_method
from xai_core.trust.plan import EvaluationPlan, run_plan

if TYPE_CHECKING:
    from xai_core.runtimes.helper.network import LayeredNetwork

LIME_EVALUATIONS_PER_SUPERPIXEL, KERNEL_SHAP_EVALUATIONS_PER_SUPERPIXEL = 2, 10
"""Evaluations per superpixel that suit each regression best.

Kernel SHAP's regression is not regularised: with fewer evaluations its values are mostly noise.
"""

MIN_SUPERPIXELS, MAX_SUPERPIXELS = 4, 300

OCCLUSION_WINDOW = 0.2
"""Side of the window that occlusion hides, as a share of the picture's side.

What a smaller window hides can be inferred from its surroundings, so hiding it changes little.
"""

RANDOM_SUPERPIXELS = 50


def compute_attribution(
    name: str,
    request: EvaluationRequest,
    labels: Sequence[str],
    *,
    evaluations: int = 0,
    seed: int = 0,
    network: "LayeredNetwork | None" = None,
    progress: Progress = ignore_progress,
) -> Attribution:
    """Explain a picture by one of `METHODS` in this thread.

    Parameters
    ----------
    name
        Name of the method.
    request
        Model, picture and mask. Grad-CAM hides nothing and ignores the mask.
    labels
        Labels to make maps for. The map of a label does not depend on the other labels.
    evaluations
        Maximum number of forward passes of a budgeted method. `Attribution.evaluations` is the number spent.
    seed
        Seed of the method's random numbers. Occlusion and Grad-CAM use none.
    network
        The model's network, for a method that needs it.
    progress
        See `plan.run_plan`.

    Raises
    ------
    ModelRefused
        If the method needs a network and there is none.
    SettingRefused
        If there are too few evaluations.
    NameUnknown
        If there is no such method or label.
    """
    method = find_method(name)
    if method.needs_network and network is None:
        raise ModelRefused(
            deferred(
                "{method} needs the model's gradients, and {runtime} gives none.",
                method=deferred(method.title),
                runtime=request.runtime.name,
            ),
            deferred("Use a method that needs only the model's outputs: LIME, Kernel SHAP or occlusion."),
        )
    if name == "gradcam" and network is not None:
        return _grad_cam(request, labels, network)
    if name == "random":
        return _random_attribution(request, labels, seed)
    plan = attribution_plan(name, request, labels, evaluations=evaluations, seed=seed)
    return run_plan(request, plan, progress=progress)


def attribution_plan(
    name: str, request: EvaluationRequest, labels: Sequence[str], *, evaluations: int, seed: int = 0
) -> EvaluationPlan[Attribution]:
    """Return the evaluation plan of a budgeted method.

    The parameters are those of `compute_attribution`.

    Raises
    ------
    SettingRefused
        If there are too few evaluations.
    NameUnknown
        If there is no such label.
    """
    if evaluations < 2:
        raise SettingRefused("evaluations", evaluations, deferred("at least {number}", number=2))
    outputs = request.runtime.spec.labels
    indices = [index_of(label, outputs) for label in labels]
    region_of, captum, overlap = _BUDGETED_METHODS[name](request.view, evaluations, seed)
    coalitions = captum.masks()
    # Spreading a region's value evenly over its pixels makes the map sum to the values, in logits, as the engines'
    # maps do. A window's value counts once for each cell that it hides, hence the factor.
    pixels = np.bincount(region_of.ravel()) * overlap

    def conclude(logits: NDArray[np.float32]) -> Attribution:
        values = captum.values(logits[:, indices])
        maps = (values / pixels).astype(np.float32)[:, region_of]
        return Attribution(name, tuple(labels), maps, region_of, len(coalitions))

    return EvaluationPlan(len(coalitions), lambda number: coalitions[number][region_of], conclude)


class _RegionMethod(NamedTuple):
    """Method that assigns a value to each region.

    Attributes
    ----------
    region_of : (H, W) int32
        Region of each pixel.
    captum
        Captum's method for these regions.
    overlap
        Number of regions over which a value is spread: 1, or the cells of an occlusion window.
    """

    region_of: NDArray[np.int32]
    captum: CaptumMethod
    overlap: int


def _lime(view: NDArray[np.uint8], evaluations: int, seed: int) -> _RegionMethod:
    region_of = superpixels(view, _superpixel_count(evaluations, LIME_EVALUATIONS_PER_SUPERPIXEL))
    return _RegionMethod(region_of, CaptumMethod("lime", (int(region_of.max()) + 1, evaluations, seed)), 1)


def _kernel_shap(view: NDArray[np.uint8], evaluations: int, seed: int) -> _RegionMethod:
    region_of = superpixels(view, _superpixel_count(evaluations, KERNEL_SHAP_EVALUATIONS_PER_SUPERPIXEL))
    return _RegionMethod(region_of, CaptumMethod("kernel_shap", (int(region_of.max()) + 1, evaluations, seed)), 1)


def _occlusion(view: NDArray[np.uint8], evaluations: int, _seed: int) -> _RegionMethod:
    """Occlusion with a sliding window a fifth of the picture wide.

    More evaluations make the steps of the window smaller; the window keeps its size.
    """
    # One evaluation shows the whole picture. The others are a square number of window positions, one cell apart: a
    # window of w cells in a grid of s cells has s - w + 1 positions a side.
    positions, max_cells = isqrt(evaluations - 1), min(view.shape[:2])
    side = max(cells for cells in range(1, max_cells + 1) if cells - _window_cells(cells) < positions)
    window = _window_cells(side)
    captum = CaptumMethod("occlusion", ((side, side), (window, window)))
    return _RegionMethod(squares(view.shape[:2], side**2), captum, window**2)


def _window_cells(cells: int) -> int:
    """Return the window's side in cells for a grid with this many cells a side."""
    return min(max(2, round(cells * OCCLUSION_WINDOW)), cells)


_BUDGETED_METHODS = {"lime": _lime, "kernelshap": _kernel_shap, "occlusion": _occlusion}


def _superpixel_count(evaluations: int, per_superpixel: int) -> int:
    return min(MAX_SUPERPIXELS, max(MIN_SUPERPIXELS, evaluations // per_superpixel))


def _grad_cam(request: EvaluationRequest, labels: Sequence[str], network: "LayeredNetwork") -> Attribution:
    one_pixel_regions = np.arange(request.view[..., 0].size, dtype=np.int32).reshape(request.view.shape[:2])
    maps = network.grad_cam(request.view, labels)
    return Attribution("gradcam", tuple(labels), maps, one_pixel_regions, len(labels))


def _random_attribution(request: EvaluationRequest, labels: Sequence[str], seed: int) -> Attribution:
    # Whole superpixels instead of pixels, for the reason that `curves.random_order` gives.
    region_of = superpixels(request.view, RANDOM_SUPERPIXELS)
    values = np.random.default_rng(seed).normal(size=int(region_of.max()) + 1).astype(np.float32)
    # All labels share one map: the order carries no information about any of them.
    maps = np.broadcast_to(values[region_of], (len(labels), *region_of.shape))
    return Attribution("random", tuple(labels), maps, region_of, 0)
