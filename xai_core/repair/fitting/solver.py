"""Fit of a change of a last layer that stays near the layer it starts from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

BIAS_SHARE = 0.01
"""Penalty of a bias as a share of that of a weight: biases are few and hardly need any."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedChange:
    """Solution of `fit_change`.

    Attributes
    ----------
    weight : (L, D) float32
    bias : (L,) float32
    steps
        Steps of the solver.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    steps: int


def fit_change(
    features: NDArray[np.float32],
    logits: NDArray[np.float32],
    truth: NDArray[np.int64],
    weights: NDArray[np.float32],
    strength: float,
    *,
    movable: NDArray[np.int64] | None = None,
    start: FittedChange | None = None,
    max_steps: int = 200,
) -> FittedChange:
    """Minimise the weighted cross-entropy plus half of `strength` times the squared change of the layer.

    It is multinomial logistic regression whose penalty pulls to the model's own layer and not to 0, which
    scikit-learn's `LogisticRegression` does not offer. The solver is the same (L-BFGS of scipy). A few pictures of one
    pair change little of the rest.

    Parameters
    ----------
    features : (N, D) float32
        Embeddings, centred and scaled; D may be 0 to fit biases alone.
    logits : (N, L) float32
        Logits of the layer to start from.
    truth : (N,) int64
        Index of the true class.
    weights : (N,) float32
        Weights of the pictures with the sum 1.
    strength
        Strength of the penalty. A large one leaves the layer as it is.
    movable : (M,) int64
        Indices of the labels whose weights may change; None for all. A label without pictures would only learn never to
        be guessed.
    start
        Solution for another strength, from which the solver goes on.
    max_steps
        Largest number of steps.
    """
    count, width = features.shape
    labels = logits.shape[1]
    rows = np.arange(count)
    inputs = np.concatenate([features, np.ones((count, 1), np.float32)], axis=1)
    penalty = np.full(width + 1, strength, np.float32)
    penalty[-1] *= BIAS_SHARE
    fixed = np.ones(labels, np.bool_)
    fixed[slice(None) if movable is None else movable] = False

    def loss_and_gradient(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # float32 halves the time. L-BFGS itself computes in float64.
        change = flat.reshape(labels, width + 1).astype(np.float32)
        log_p = log_softmax(logits + inputs @ change.T, axis=1)
        loss = -float((weights * log_p[rows, truth]).sum(dtype=np.float64))
        residual = np.exp(log_p)
        residual[rows, truth] -= 1
        residual *= weights[:, None]
        gradient = residual.T @ inputs + penalty * change
        gradient[fixed] = 0
        loss += 0.5 * float((penalty * change**2).sum(dtype=np.float64))
        return loss, gradient.ravel().astype(np.float64)

    first = np.zeros(labels * (width + 1))
    if start is not None:
        first = np.concatenate([start.weight, start.bias[:, None]], axis=1).ravel().astype(np.float64)
    options = {"maxiter": max_steps, "ftol": 1e-6, "gtol": 1e-6}
    found = minimize(loss_and_gradient, first, jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]
    change = found.x.reshape(labels, width + 1).astype(np.float32)
    return FittedChange(change[:, :-1], change[:, -1], int(found.nit))


def balanced_loss(logits: NDArray[np.float32], truth: NDArray[np.int64], weights: NDArray[np.float32]) -> float:
    """Return the weighted mean cross-entropy in nats."""
    log_p = log_softmax(logits.astype(np.float64), axis=1)
    return float(-(weights * log_p[np.arange(len(truth)), truth]).sum() / weights.sum())
