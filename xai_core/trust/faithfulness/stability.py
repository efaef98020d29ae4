"""Agreement of maps of the same picture, by two seeds or shifted by a few pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHIFT_PX = 2
"""Pixels by which a picture is shifted to the right and down."""

CELLS = 8
"""Number of rows, and of columns, of the cells by which maps are compared coarsely."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Correlations of maps; NaN where a map has equal values everywhere.

    Attributes
    ----------
    seeds, seeds_cells
        Of the maps of two seeds, by pixels and by 8 x 8 cells; 1 for a method without chance.
    shift, shift_cells
        Of the map and that of the shifted picture, laid over each other again.
    """

    seeds: float
    seeds_cells: float
    shift: float
    shift_cells: float


def stability(
    shap_map: NDArray[np.float32], of_other_seed: NDArray[np.float32], of_shifted: NDArray[np.float32]
) -> Stability:
    """Compare a map, (H, W) in logits, with that of another seed and with that of the picture shifted by `shifted`."""
    kept, moved = shap_map[:-SHIFT_PX, :-SHIFT_PX], of_shifted[SHIFT_PX:, SHIFT_PX:]
    return Stability(
        seeds=correlation(shap_map, of_other_seed),
        seeds_cells=correlation(by_cells(shap_map), by_cells(of_other_seed)),
        shift=correlation(kept, moved),
        shift_cells=correlation(by_cells(kept), by_cells(moved)),
    )


def shifted(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture, (H, W, 3) uint8, shifted by `SHIFT_PX` pixels; the first row and column are repeated."""
    padded = np.pad(view, ((SHIFT_PX, 0), (SHIFT_PX, 0), (0, 0)), mode="edge")
    return np.ascontiguousarray(padded[: view.shape[0], : view.shape[1]])


def by_cells(shap_map: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean value of each cell, (8, 8), or of each pixel of a smaller side."""
    means = shap_map.astype(np.float64)
    for axis in (0, 1):
        size = means.shape[axis]
        edges = np.unique(np.linspace(0, size, min(CELLS, size), endpoint=False).astype(int))
        means = np.add.reduceat(means, edges, axis=axis)
        widths = np.diff([*edges, size])
        means = means / (widths[:, None] if axis == 0 else widths)
    return means


def correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return Pearson's correlation of two arrays of one shape; NaN if one has equal values everywhere."""
    a, b = (values.astype(np.float64).ravel() - values.mean(dtype=np.float64) for values in (first, second))
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else float("nan")
