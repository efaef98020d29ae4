"""Figures with a model that costs nothing; the speed itself is measured by running it, not here."""

import numpy as np
import pytest

from xai_core.bench.null_model import NullDevice, NullRuntime, summarise
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import Question, explain
from xai_core.settings.explain_settings import ExplainSettings


def test_ratios_are_taken_within_rounds_and_then_their_medians():
    rates = {"partition": 30.0, "regions": 20.0, "partition_search": 90.0, "regions_search": 60.0, "shap": 2.0}
    found = summarise([rates, rates | {"shap": 1.0}, rates | {"shap": 3.0}])
    assert (found.shap_per_s, found.partition_per_s, found.partition_over_shap) == (2.0, 30.0, 15.0)
    assert (found.regions_search_per_s, found.regions_search_over_shap) == (60.0, 30.0)


@pytest.mark.parametrize("engine", ["partition", "regions"])
def test_the_search_alone_ends_where_the_search_with_pictures_does(engine):
    # Only then the two rates are about the same work.
    settings = ExplainSettings.as_shap(max_evals=60, blur=16, outputs=4, batch_size=50).by_engine(engine, 0)
    view = np.random.default_rng(0).integers(0, 256, (240, 240, 3), np.uint8)
    composed, alone = (
        explain(Question(runtime, view, "null", settings, MemoryStore()))[0]
        for runtime in (NullRuntime(), NullDevice())
    )
    assert composed.evaluations == alone.evaluations == 60
    np.testing.assert_array_equal(composed.values, alone.values)
