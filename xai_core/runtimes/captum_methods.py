"""Captum's LIME, Kernel SHAP and occlusion, split into masks and values.

Captum runs a torch model itself. Here each method runs twice on a stand-in for the model: the first run records the
masks, the second one replays the logits. Between the two, any runtime can evaluate the masks, in its own time and once
for all labels. In place of a picture Captum receives one number per region, which is 1 where the region is shown.
"""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import KernelShap, Lime, Occlusion
from captum.attr._core.lime import get_exp_kernel_similarity_function
from numpy.typing import NDArray
from torch import Tensor

LIME_KERNEL_WIDTH, LIME_RIDGE = 0.25, 1.0
"""Kernel width over cosine distances and ridge penalty, as in the lime package for pictures."""

_BATCH = 16
"""Masks that Captum passes in one call."""

Forward = Callable[[Tensor], Tensor]
"""Function from n masks to n scores."""

Attribute = Callable[[Forward], Tensor]
"""Method with all parameters set except the model."""

_sampling = threading.Lock()
"""Lock on torch's global random generator, from which Captum samples and which all threads share."""


def lime(regions: int, evaluations: int, seed: int) -> Attribute:
    """Return LIME, a weighted ridge regression of the score on the shown regions.

    Masks that hide little weigh more.

    M. T. Ribeiro, S. Singh, C. Guestrin, "Why Should I Trust You?", KDD 2016, arXiv:1602.04938. As in its authors'
    package, the first mask hides nothing, and a fair coin decides for each region of the others.

    Parameters
    ----------
    regions, evaluations, seed
        Number of regions, number of masks, and seed of the coins. A run with more masks starts with the same ones.

    Returns
    -------
    Method that takes a function from (n, R) masks to n scores and returns (1, R) coefficients, in logits.
    """

    # An endless generator: Captum takes n_samples masks from it, so a longer run starts with the masks of a shorter.
    def coins(_shown: Tensor, **_given: object) -> Iterator[Tensor]:
        yield torch.ones(1, regions, dtype=torch.long)
        while True:
            yield torch.randint(0, 2, (1, regions))

    def attribute(forward: Forward) -> Tensor:
        method = Lime(
            forward,
            interpretable_model=SkLearnRidge(alpha=LIME_RIDGE),
            similarity_func=get_exp_kernel_similarity_function("cosine", LIME_KERNEL_WIDTH),
            perturb_func=coins,
        )
        return _run_on_regions(method, regions, evaluations, seed)

    return attribute


def kernel_shap(regions: int, evaluations: int, seed: int) -> Attribute:
    """Return Kernel SHAP, a weighted regression whose coefficients estimate Shapley values.

    S. Lundberg, S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NIPS 2017, arXiv:1705.07874.
    Captum's first two masks show all regions and none. Their weight is so large that the coefficients sum to the
    difference of the two scores.

    Parameters
    ----------
    regions, evaluations, seed
        As for `lime`; at least 2 regions and 2 evaluations.

    Returns
    -------
    Method that takes a function from (n, R) masks to n scores and returns (1, R) coefficients, in logits.
    """
    return lambda forward: _run_on_regions(KernelShap(forward), regions, evaluations, seed)


def occlusion(cells: tuple[int, int], window: tuple[int, int]) -> Attribute:
    """Return occlusion, the mean drop of the score when a window over a cell is hidden.

    M. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, arXiv:1311.2901.
    The window moves by one cell at a time.

    Parameters
    ----------
    cells
        Rows and columns of a grid over the picture. There is one evaluation for each position of the window, and one
        of the whole picture.
    window
        Rows and columns of the window, in cells.

    Returns
    -------
    Method that takes a function from (n, 1, rows, columns) masks to n scores and returns (1, 1, rows, columns) values,
    in logits per window.
    """

    def attribute(forward: Forward) -> Tensor:
        method = Occlusion(forward)
        values: Tensor = method.attribute(torch.ones(1, 1, *cells), (1, *window), perturbations_per_eval=_BATCH)
        return values

    return attribute


def record_masks(attribute: Attribute) -> NDArray[np.bool_]:
    """Run a method without a model, and return the masks that it evaluates.

    Returns
    -------
    (n, R) bool, True where a region is shown.
    """
    recorded: list[NDArray[np.bool_]] = []

    def record(masks: Tensor) -> Tensor:
        recorded.append(masks.flatten(1).numpy() > 0)
        return torch.zeros(len(masks))

    attribute(record)
    return np.concatenate(recorded)


def replay_scores(attribute: Attribute, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Run a method on known scores, and return the values of the regions.

    Parameters
    ----------
    attribute
        The method.
    scores : (n,)
        Scores of the masks that `record_masks` returns, in logits.

    Returns
    -------
    (R,) float64, in logits.
    """
    left = torch.from_numpy(np.ascontiguousarray(scores, np.float32))

    # The masks of both runs are the same, because each run seeds the generator anew; so the order is enough to match.
    def replay(masks: Tensor) -> Tensor:
        nonlocal left
        given, left = left[: len(masks)], left[len(masks) :]
        return given

    return attribute(replay).flatten().double().numpy()


def _run_on_regions(method: Lime, regions: int, evaluations: int, seed: int) -> Tensor:
    # fork_rng restores the global generator afterwards; the lock keeps other threads from sampling in between.
    with _sampling, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        coefficients: Tensor = method.attribute(
            torch.ones(1, regions),
            feature_mask=torch.arange(regions)[None],
            n_samples=evaluations,
            perturbations_per_eval=_BATCH,
            return_input_shape=False,
        )
    return coefficients
