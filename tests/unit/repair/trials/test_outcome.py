"""The outcome of a cure says what it mends, and what that costs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.repair.conftest import LABELS
from xai_core.errors import NameUnknown
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.trials.division import Division
from xai_core.repair.trials.outcome import judge

NOTHING = LayerChange(None, np.zeros(4, np.float32))


def against(label, amount):
    bias = np.zeros(4, np.float32)
    bias[LABELS.index(label)] = -amount
    return LayerChange(None, bias)


@pytest.fixture
def division(repair_pictures, other_pictures):
    return Division(repair_pictures, other_pictures)


def test_no_change_has_no_outcome(division):
    found = judge(division, NOTHING, LABELS, ("a", "b"))
    assert found.pair.before == found.pair.after >= 16
    assert found.changes.right.difference == 0
    assert found.ece_before == found.ece_after
    assert found.warnings == ()


def test_a_cure_that_costs_more_elsewhere_is_warned_of(division):
    found = judge(division, against("b", 99), LABELS, ("a", "b"))
    assert found.pair.after == 0
    assert 0 < found.mended_of_pair < found.elsewhere.lost
    assert found.pair_confidence_after < 0.01 < found.pair_confidence_before
    assert "The gain costs more elsewhere" in found.warnings[0]


def test_a_class_that_nobody_shows_is_named(division):
    no_b = [part.take(part.truth != 1) for part in (division.fitted_on, division.held_back)]
    found = judge(Division(*no_b), against("b", 99), LABELS, ("a", "b"))
    assert found.unseen == ("b",)
    assert any("No picture of b is at hand" in warning for warning in found.warnings)


def test_growth_of_the_reverse_mistake_is_warned_of(division):
    found = judge(division, LayerChange(None, np.float32([20, 0, 0, 0])), LABELS, ("a", "b"))
    assert any(warning.startswith("The reverse mistake grows: b taken for a, from 0 to") for warning in found.warnings)


def test_unknown_and_equal_classes_are_refused(division):
    for pair in (("a", "x"), ("a", "a")):
        with pytest.raises(NameUnknown):
            judge(division, NOTHING, LABELS, pair)


def test_without_mistakes_of_the_pair_nothing_is_promised(division):
    right = division.held_back
    found = judge(replace(division, held_back=right.take(~right.evidence)), NOTHING, LABELS, ("a", "c"))
    assert "No mistake of the pair is among the held-back pictures." in found.warnings
