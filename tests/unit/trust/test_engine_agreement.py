"""Agreement of two engines by rank correlation, and by signs beyond noise."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.explain.target import Target
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.engine_agreement import EngineAgreement, compare_engines, other_engines


def explained(values, spread=None):
    """Explanation of four one-pixel regions with values for ravioli and none for pork chop."""
    of_both = np.stack([np.array(values, np.float32), np.zeros(4, np.float32)], axis=1)
    uncertainty = None
    if spread is not None:
        noise = np.array([[1, 0], [0, 0]], np.float32)
        uncertainty = Uncertainty(spread=np.array(spread, np.float32), noise=noise, r2=np.zeros(2, np.float32))
    return explanation(of_both, labels=("ravioli", "pork_chop"), uncertainty=uncertainty)


RECTANGLES = explained([1, 2, 3, 4])


SETTINGS = ExplainSettings(evaluations=300, mask="mean", seed=3)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_other_engine_gets_the_same_settings_in_the_order_of_the_table(engine):
    others = other_engines(replace(SETTINGS, engine=engine))
    assert [other.engine for other in others] == [name for name in ENGINES if name != engine]
    assert {replace(other, engine=SETTINGS.engine) for other in others} == {SETTINGS}


def test_another_engine_of_the_table_is_one_of_the_others(monkeypatch):
    before = [other.engine for other in other_engines(SETTINGS)]
    monkeypatch.setitem(ENGINES, "another", replace(ENGINES["regions"], title="Another engine"))
    assert [other.engine for other in other_engines(SETTINGS)] == [*before, "another"]


@pytest.mark.parametrize("target", [Target("ravioli"), Target("ravioli", "pork_chop")])
def test_equal_signs_are_counted_where_values_are_beyond_noise(target):
    edges = explained([9, -9, 9, 0.1], spread=[1, 1, 1, 1])
    found = compare_engines(RECTANGLES, edges, target)
    assert found.correlation == pytest.approx(compare_engines(edges, RECTANGLES, target).correlation)
    assert (found.beyond_noise, found.same_side) == (3 / 4, pytest.approx(2 / 3))


def test_the_level_is_that_of_the_correlation_of_whole_maps():
    found = compare_engines(RECTANGLES, explained([2, 4, 6, 8], spread=[1, 1, 1, 1]), Target("ravioli"))
    assert found == EngineAgreement(pytest.approx(1), 1.0, 1.0)
    assert found.level == "largely"
    assert compare_engines(RECTANGLES, explained([4, 3, 2, 1], [9, 9, 9, 9]), Target("ravioli")).level == "hardly"


def test_with_everything_within_noise_no_signs_are_compared():
    found = compare_engines(RECTANGLES, explained([4, 3, 2, 1], spread=[9, 9, 9, 9]), Target("ravioli"))
    assert (found.beyond_noise, found.same_side) == (0.0, None)


def test_without_standard_errors_there_is_the_correlation_alone():
    assert compare_engines(RECTANGLES, RECTANGLES, Target("ravioli")) == EngineAgreement(pytest.approx(1))
