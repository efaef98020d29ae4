"""Temperature and class offsets, which change how confident a model is and which classes it prefers."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from xai_core.repair.fitting.balance import balanced_weights
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.fitting.repair_set import RepairSet
from xai_core.repair.fitting.solver import BIAS_SHARE, balanced_loss, fit_change

TEMPERATURES = (0.05, 20.0)
"""Range of temperatures."""

OFFSET_STRENGTH = 0.01
"""Strength of the penalty of an offset, in nats per squared logit: an offset of 1 costs 0.005 / number of classes."""


def fit_temperature(fitted_on: RepairSet) -> LayerChange:
    """Return the temperature with the smallest cross-entropy on a repair set.

    It changes no guess (C. Guo et al., "On calibration of modern neural networks", ICML 2017).
    """
    equal = np.full(len(fitted_on), 1 / max(len(fitted_on), 1), np.float32)

    def loss(log_temperature: float) -> float:
        return balanced_loss(fitted_on.logits / np.float32(np.exp(log_temperature)), fitted_on.truth, equal)

    found = minimize_scalar(loss, bounds=tuple(np.log(TEMPERATURES)), method="bounded")
    return LayerChange(None, _nothing(fitted_on), temperature=float(np.exp(found.x)))


def fit_offsets(fitted_on: RepairSet) -> LayerChange:
    """Return one number per class, added to its logit, with the smallest balanced cross-entropy on a repair set.

    It is the post-hoc logit adjustment of A. Menon et al., "Long-tail learning via logit adjustment" (ICLR 2021), with
    offsets that are fitted and not taken from the frequencies of the training set. Classes without pictures keep
    theirs.
    """
    weights = balanced_weights(fitted_on.truth, fitted_on.evidence)
    nothing = np.zeros((len(fitted_on), 0), np.float32)
    # Biases are all there is here, so that the share of the penalty that they have beside weights is divided out.
    strength = OFFSET_STRENGTH / len(fitted_on.classes) / BIAS_SHARE
    found = fit_change(nothing, fitted_on.logits, fitted_on.truth, weights, strength, movable=fitted_on.classes)
    return LayerChange(None, found.bias)


def _nothing(fitted_on: RepairSet) -> NDArray[np.float32]:
    return np.zeros(fitted_on.logits.shape[1], np.float32)
