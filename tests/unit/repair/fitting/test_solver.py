"""A change of the layer stays near the layer that it starts from."""

import numpy as np
import pytest
from scipy.special import logit, softmax

from xai_core.repair.fitting.solver import balanced_loss, fit_change

EQUAL = np.full(10, 0.1, np.float32)
NOTHING = np.zeros((10, 0), np.float32)


def test_biases_alone_find_the_frequencies():
    truth = np.array([0] * 7 + [1] * 3)
    found = fit_change(NOTHING, np.zeros((10, 2), np.float32), truth, EQUAL, 1e-6)
    assert found.bias[0] - found.bias[1] == pytest.approx(logit(0.7), abs=0.01)


def test_a_strong_penalty_leaves_the_layer(repair_pictures):
    pictures = repair_pictures
    equal = np.full(len(pictures), 1 / len(pictures), np.float32)
    found = fit_change(pictures.embeddings, pictures.logits, pictures.truth, equal, 1e6)
    assert np.abs(found.weight).max() < 1e-4
    assert np.abs(found.bias).max() < 1e-2


def test_the_solution_has_no_gradient(repair_pictures):
    pictures, strength = repair_pictures, 0.05
    weights = np.full(len(pictures), 1 / len(pictures), np.float32)
    found = fit_change(pictures.embeddings, pictures.logits, pictures.truth, weights, strength)
    p = softmax(pictures.logits + pictures.embeddings @ found.weight.T + found.bias, axis=1)
    residual = (p - np.eye(4)[pictures.truth]) * weights[:, None]
    assert np.abs(residual.T @ pictures.embeddings + strength * found.weight).max() < 1e-3


def test_fixed_labels_keep_their_weights(repair_pictures):
    pictures = repair_pictures
    equal = np.full(len(pictures), 1 / len(pictures), np.float32)
    found = fit_change(pictures.embeddings, pictures.logits, pictures.truth, equal, 0.01, movable=np.array([0, 1]))
    assert not found.weight[2:].any()
    assert not found.bias[2:].any()
    assert found.weight[:2].all()


def test_the_loss_is_the_cross_entropy():
    logits = np.log(np.array([[0.5, 0.5], [0.9, 0.1]], np.float32))
    found = balanced_loss(logits, np.array([0, 1]), np.array([0.75, 0.25], np.float32))
    assert found == pytest.approx(-0.75 * np.log(0.5) - 0.25 * np.log(0.1))
