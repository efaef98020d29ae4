"""Temperature and offsets are found where they were hidden."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from xai_core.repair.fitting.calibration import fit_offsets, fit_temperature
from xai_core.repair.fitting.repair_set import RepairSet


@pytest.fixture
def honest():
    """20,000 pictures whose classes are drawn from the probabilities that the logits state."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 3)).astype(np.float32)
    p = softmax(logits, axis=1)
    truth = (rng.random((len(p), 1)) > p.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return RepairSet(tuple(map(str, range(len(p)))), np.zeros((len(p), 1), np.float32), logits, truth)


def test_an_overconfident_model_gets_its_temperature(honest):
    assert fit_temperature(honest).temperature == pytest.approx(1, abs=0.05)
    assert fit_temperature(replace(honest, logits=3 * honest.logits)).temperature == pytest.approx(3, abs=0.15)


def test_offsets_undo_a_preference(honest):
    shifted = replace(honest, logits=honest.logits + np.float32([1, 0, 0]))
    found = fit_offsets(shifted).bias
    assert found[1:] - found[0] == pytest.approx(1, abs=0.1)


def test_a_class_without_pictures_keeps_its_offset(honest):
    wider = np.concatenate([honest.logits, np.full((len(honest), 1), 3, np.float32)], axis=1)
    assert fit_offsets(replace(honest, logits=wider)).bias[3] == 0
