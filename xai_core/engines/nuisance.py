"""Removal of effects that belong to no region from coalitions and logits."""

import numpy as np
from numpy.typing import NDArray


def projected(
    columns: NDArray[np.float64], groups: NDArray[np.intp], area: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Remove nuisance effects from the columns of a weighted regression, and return its degrees of freedom too.

    The nuisances are an intercept for each group, the shown area a - 1/2 and its square. The finer the hidden regions
    are scattered, the lower are the logits of what remains, whichever regions are shown. And the more is shown, the
    more is recognised, by a curve that is no straight line. Both would otherwise be put into the values.

    Parameters
    ----------
    columns : (n, C)
        Regressors and logits.
    groups : (n,) int
        Group of each row, numbered from 0.
    area : (n,)
        Shown share of the area.
    weights : (n,)
        Weight of each row.

    Returns
    -------
    columns : (n, C)
        Columns without their parts along the nuisances, multiplied by the square roots of the weights.
    freedom
        Number of rows minus that of independent nuisances.
    """
    roots = np.sqrt(weights)[:, None]
    indicators = groups[:, None] == np.unique(groups)
    curve = np.stack([area - 0.5, (area - 0.5) ** 2], axis=1)
    nuisances = roots * np.concatenate([indicators, curve], axis=1)
    # Orthonormal basis of the nuisances. Columns that others explain, such as the area within one row, drop out.
    basis, sizes, _ = np.linalg.svd(nuisances, full_matrices=False)
    basis = basis[:, sizes > 1e-9 * sizes[0]]
    scaled = roots * columns
    return scaled - basis @ (basis.T @ scaled), len(columns) - basis.shape[1]
