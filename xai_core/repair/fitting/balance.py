"""Weights of pictures that balance classes and groups."""

import numpy as np
from numpy.typing import NDArray


def balanced_weights(truth: NDArray[np.int64], evidence: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Return weights with which every class counts alike, and within it both groups.

    Without balance a refit finds again what the model has found: that the evidence and the class go together. Balanced
    groups are what makes a last-layer refit forget a spurious cue (P. Kirichenko et al., "Last layer re-training is
    sufficient for robustness to spurious correlations", ICLR 2023).

    Parameters
    ----------
    truth : (N,) int64
        Index of the true class.
    evidence : (N,) bool, or None
        Group of each picture: with or without the suspect evidence. None balances the classes alone. A class with
        pictures of one group only is one group.

    Returns
    -------
    (N,) float32 with the sum 1.
    """
    group = truth * 2 + (0 if evidence is None else evidence.astype(np.int64))
    _, of_group, sizes = np.unique(group, return_inverse=True, return_counts=True)
    pairs = np.unique(np.stack([truth, group]), axis=1)
    classes, groups_in_class = np.unique(pairs[0], return_counts=True)
    groups = groups_in_class[np.searchsorted(classes, truth)]
    weights = 1 / (len(classes) * groups * sizes[of_group])
    return np.asarray(weights, np.float32)
