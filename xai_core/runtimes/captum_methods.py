"""Methods of Captum that ask a model about masked pictures, taken apart: what they hide, and what they conclude.

Captum drives a torch model itself. Here it is run on a stand-in that notes the masks, and once more on one that plays
the logits back; so any runtime can do the evaluating, in its own time, once for all labels. In place of a picture
Captum is given one number a region, 1 where it is shown.
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
"""As the lime package has them for pictures: width of the kernel over cosine distances, and penalty of the ridge."""

_AT_ONCE = 16
"""Masks that Captum hands over together."""

Forward = Callable[[Tensor], Tensor]
"""From n masks to n scores."""

Attribute = Callable[[Forward], Tensor]
"""A method with all but the model settled."""

_draws = threading.Lock()
"""Captum draws from torch's global generator, which threads share."""


def lime(regions: int, evaluations: int, seed: int) -> Attribute:
    """LIME: a ridge regression of the score on which regions are shown, near pictures weighing more.

    M. T. Ribeiro, S. Singh, C. Guestrin, "Why Should I Trust You?", KDD 2016, arXiv:1602.04938. As in its authors'
    package the first mask hides nothing and each region of the others is shown by a fair coin.

    Parameters
    ----------
    regions, evaluations, seed
        Number of regions, masks in all, and seed of the coins. The first masks of more are the same.

    Returns
    -------
    A run of the method: from what scores (n, R) masks to (1, R) coefficients, in logits.
    """

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
        return _of_regions(method, regions, evaluations, seed)

    return attribute


def kernel_shap(regions: int, evaluations: int, seed: int) -> Attribute:
    """Kernel SHAP: a regression whose weights make its coefficients estimates of Shapley values.

    S. Lundberg, S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NIPS 2017, arXiv:1705.07874.
    Captum's first two masks show all and nothing, and weigh so much that the coefficients sum to their difference.

    Parameters
    ----------
    regions, evaluations, seed
        As for `lime`; at least 2 regions and 2 evaluations.

    Returns
    -------
    A run of the method: from what scores (n, R) masks to (1, R) coefficients, in logits.
    """
    return lambda forward: _of_regions(KernelShap(forward), regions, evaluations, seed)


def occlusion(cells: tuple[int, int], window: tuple[int, int]) -> Attribute:
    """Occlusion: how much the score falls when a window is hidden, averaged over the windows that hide a cell.

    M. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, arXiv:1311.2901.
    A window moves on by one cell.

    Parameters
    ----------
    cells
        Rows and columns of a grid over the picture. There is an evaluation for each place of the window, and one of the
        whole.
    window
        Rows and columns of cells that are hidden at once.

    Returns
    -------
    A run of the method: from what scores (n, 1, rows, columns) masks to (1, 1, rows, columns), in logits a window.
    """

    def attribute(forward: Forward) -> Tensor:
        method = Occlusion(forward)
        values: Tensor = method.attribute(torch.ones(1, 1, *cells), (1, *window), perturbations_per_eval=_AT_ONCE)
        return values

    return attribute


def masks_of(attribute: Attribute) -> NDArray[np.bool_]:
    """What a method asks about: (n, R) bool, True where a region is shown."""
    asked: list[NDArray[np.bool_]] = []

    def note(masks: Tensor) -> Tensor:
        asked.append(masks.flatten(1).numpy() > 0)
        return torch.zeros(len(masks))

    attribute(note)
    return np.concatenate(asked)


def concluded(attribute: Attribute, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """What a method makes of the (n,) scores of its masks: (R,) values, in logits."""
    left = torch.from_numpy(np.ascontiguousarray(scores, np.float32))

    def play_back(masks: Tensor) -> Tensor:
        nonlocal left
        given, left = left[: len(masks)], left[len(masks) :]
        return given

    return attribute(play_back).flatten().double().numpy()


def _of_regions(method: Lime, regions: int, evaluations: int, seed: int) -> Tensor:
    with _draws, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        coefficients: Tensor = method.attribute(
            torch.ones(1, regions),
            feature_mask=torch.arange(regions)[None],
            n_samples=evaluations,
            perturbations_per_eval=_AT_ONCE,
            return_input_shape=False,
        )
    return coefficients
