"""Classes and groups count alike."""

import numpy as np
import pytest

from xai_core.repair.fitting.balance import balanced_weights


def test_classes_count_alike():
    weights = balanced_weights(np.array([0, 0, 0, 5]))
    assert weights.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])


def test_groups_within_a_class_count_alike():
    weights = balanced_weights(np.array([0, 0, 0, 0, 1]), np.array([True, False, False, False, True]))
    assert weights.tolist() == pytest.approx([1 / 4, 1 / 12, 1 / 12, 1 / 12, 1 / 2])
