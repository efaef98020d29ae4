"""Two engines agree as far as their maps do; where values are beyond noise, it is said whether they take one side."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.settings import ExplainSettings
from xai_core.trust.engine_agreement import Agreement, engines_agree, other_engine
from xai_core.trust.target import Target


def explained(values, spread=None):
    """Four regions of a pixel each, with values for ravioli and none for pork chop."""
    of_both = np.stack([np.array(values, np.float32), np.zeros(4, np.float32)], axis=1)
    uncertainty = None
    if spread is not None:
        noise = np.array([[1, 0], [0, 0]], np.float32)
        uncertainty = Uncertainty(spread=np.array(spread, np.float32), noise=noise, r2=np.zeros(2, np.float32))
    return explanation(of_both, labels=("ravioli", "pork_chop"), uncertainty=uncertainty)


RECTANGLES = explained([1, 2, 3, 4])


def test_the_other_engine_is_asked_the_same_question():
    asked = ExplainSettings(evaluations=300, mask="mean", seed=3)
    assert other_engine(asked) == replace(asked, engine="regions")
    assert other_engine(other_engine(asked)) == asked


@pytest.mark.parametrize("target", [Target("ravioli"), Target("ravioli", "pork_chop")])
def test_where_values_are_beyond_noise_it_is_counted_who_takes_the_same_side(target):
    edges = explained([9, -9, 9, 0.1], spread=[1, 1, 1, 1])
    found = engines_agree(RECTANGLES, edges, target)
    assert found.correlation == pytest.approx(engines_agree(edges, RECTANGLES, target).correlation)
    assert (found.beyond_noise, found.same_side) == (3 / 4, pytest.approx(2 / 3))


def test_the_word_is_that_of_the_correlation_of_whole_maps():
    found = engines_agree(RECTANGLES, explained([2, 4, 6, 8], spread=[1, 1, 1, 1]), Target("ravioli"))
    assert found == Agreement(pytest.approx(1), 1.0, 1.0)
    assert found.word == "largely"
    assert engines_agree(RECTANGLES, explained([4, 3, 2, 1], [9, 9, 9, 9]), Target("ravioli")).word == "hardly"


def test_nothing_beyond_noise_takes_no_side():
    found = engines_agree(RECTANGLES, explained([4, 3, 2, 1], spread=[9, 9, 9, 9]), Target("ravioli"))
    assert (found.beyond_noise, found.same_side) == (0.0, None)


def test_without_errors_there_is_the_correlation_alone():
    assert engines_agree(RECTANGLES, RECTANGLES, Target("ravioli")) == Agreement(pytest.approx(1))
