"""Contract of the runtimes that give the share of each place of the last feature map in a logit.

Where a network ends in a mean over the places of its last feature map F and a linear layer, logit k is exactly a sum
over P places: logit_k = sum_p (w_k . F_p + b_k) / P. B. Zhou et al., "Learning Deep Features for Discriminative
Localization" (class activation maps), CVPR 2016, arXiv:1512.04150.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xai_core.model.runtime import Coalition, ComposingRuntime, Runtime

Grid = tuple[int, int]
"""Rows and columns of a feature map."""


@runtime_checkable
class PlaceRuntime(Runtime, Protocol):
    """Runtime that splits logits over the places of the last feature map, if the network allows it."""

    @property
    def place_grid(self) -> Grid | None:
        """Rows and columns of the last feature map, None if the logits are no sum over its places."""
        ...

    def place_logits(
        self, inputs: NDArray[np.float32], labels: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the logits of any number of pictures, and the share of each place in the asked ones.

        Parameters
        ----------
        inputs : (N, H, W, 3) float32
            Normalised pictures, N >= 1.
        labels
            Positions of the K asked labels among the L labels, each from 0 to L - 1.

        Returns
        -------
        logits : (N, L) float32
        shares : (N, P, K) float32, in logits
            The places row by row, P = rows * columns. The bias is spread evenly, so that `shares.sum(axis=1)` is
            `logits[:, labels]` up to rounding, within 1e-4 in float32.

        Raises
        ------
        ValueError
            If `place_grid` is None, the inputs have another shape or type, or a label does not exist.
        ExplanationFailed
            See `Runtime.logits`.
        """
        ...


@runtime_checkable
class ComposingPlaceRuntime(PlaceRuntime, ComposingRuntime, Protocol):
    """Runtime with places that composes masked pictures on its device."""

    def masked_places(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32], labels: Sequence[int]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Put a picture on the device, and return a function that evaluates masked copies of it.

        Parameters
        ----------
        picture, hidden : (H, W, 3) float32
            Normalised values of the shown pixels and of the hidden ones.
        labels
            Positions of the K asked labels.

        Returns
        -------
        Function from n coalitions to (n, L + P * K) float32 answer rows (see `answer_rows`).

        Raises
        ------
        ValueError
            See `PlaceRuntime.place_logits`.
        """
        ...


def answer_rows(logits: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, L + P * K) rows of L logits followed by the shares of the K asked labels, place by place.

    Parameters
    ----------
    logits : (n, L)
    shares : (n, P, K)
    """
    return np.concatenate([logits, shares.reshape(len(shares), -1)], axis=1)


def split_rows(rows: NDArray[np.float32], labels: int, places: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the logits (n, L) and the shares (n, P, K) of answer rows, the inverse of `answer_rows`.

    Parameters
    ----------
    rows : (n, L + P * K)
    labels, places
        L and P.
    """
    return rows[:, :labels], rows[:, labels:].reshape(len(rows), places, -1)


def coarse_grid(grid: Grid, most: int) -> Grid:
    """Return the grid of `join_places`, of at most `most` rows and columns."""
    return min(grid[0], most), min(grid[1], most)


def join_places(shares: NDArray[np.float32], grid: Grid, most: int) -> NDArray[np.float32]:
    """Add up the shares of neighbouring places until at most `most` rows and columns are left.

    Parameters
    ----------
    shares : (n, P, K)
    grid
        Rows and columns of the P places.
    most
        Largest number of rows, and of columns, that remains.

    Returns
    -------
    (n, P', K), the places of `coarse_grid` row by row
    """
    joined = shares.reshape(len(shares), *grid, -1)
    for axis, length in ((1, grid[0]), (2, grid[1])):
        if length > most:
            # Place i goes to block i * most // length, so block b begins at the first i with i * most >= b * length.
            starts = -(-np.arange(most) * length // most)
            joined = np.add.reduceat(joined, starts, axis=axis)
    return joined.reshape(len(shares), -1, joined.shape[-1])


def check_labels(labels: Sequence[int], count: int) -> None:
    """Refuse positions of labels that do not exist.

    Raises
    ------
    ValueError
        If `labels` is empty, or one of them is not from 0 to `count` - 1.
    """
    if not len(labels) or min(labels) < 0 or max(labels) >= count:
        raise ValueError(f"The labels {list(labels)} are asked; expected at least one, each from 0 to {count - 1}.")


def place_grid(runtime: Runtime) -> Grid | None:
    """Return the rows and columns of a runtime's last feature map, None if it cannot split logits over places."""
    return runtime.place_grid if isinstance(runtime, PlaceRuntime) else None
