"""A change does the same to stored outputs as to the layer."""

import numpy as np
import pytest

from xai_core.repair.fitting.layer_change import LastLayer, LayerChange


@pytest.mark.parametrize("replaces", [False, True])
def test_outputs_and_layer_change_alike(replaces):
    rng = np.random.default_rng(0)
    layer = LastLayer(rng.normal(size=(3, 5)).astype(np.float32), rng.normal(size=3).astype(np.float32))
    embeddings = rng.normal(size=(7, 5)).astype(np.float32)
    change = LayerChange(rng.normal(size=(3, 5)).astype(np.float32), np.float32([1, 2, 3]), 2.0, replaces)
    tried = change.apply(embeddings, layer.logits(embeddings))
    assert change.applied_to(layer).logits(embeddings) == pytest.approx(tried, abs=1e-5)
    if replaces:
        assert tried == pytest.approx((embeddings @ change.weight.T + [1, 2, 3]) / 2, abs=1e-5)


def test_a_change_without_weights_moves_biases():
    layer = LastLayer(np.float32([[1, 0]]), np.float32([5]))
    changed = LayerChange(None, np.float32([-1]), temperature=4).applied_to(layer)
    assert (changed.weight.tolist(), changed.bias.tolist()) == ([[0.25, 0]], [1])
