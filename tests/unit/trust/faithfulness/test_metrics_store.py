"""Tests of the store of metrics, whose entries are complete or absent."""

import math

import pytest

from xai_core.errors import StoreRefused
from xai_core.trust.faithfulness.evaluation import FaithfulnessMetrics
from xai_core.trust.faithfulness.metrics_store import MetricsStore, nan_as_none

METRICS = FaithfulnessMetrics(
    insertion=0.9, deletion=0.1, gain=0.8, relevance_gain=0.4, correlation=0.7, slope=1.1, span=5.5, evaluations=300
)


@pytest.fixture
def store(tmp_path):
    return MetricsStore(tmp_path / "faithfulness")


def test_stored_metrics_are_returned_bit_for_bit(store):
    store.put("key", METRICS)
    assert store.get("key") == METRICS
    assert store.get("other") is None


def test_nan_is_stored_as_null_and_returned_as_nan(store):
    areas = dict.fromkeys(("insertion", "deletion", "gain"), math.nan)
    store.put(
        "key", FaithfulnessMetrics(**areas, relevance_gain=0.0, correlation=0.0, slope=0.0, span=0.2, evaluations=2)
    )
    assert math.isnan(store.get("key").gain)
    assert "NaN" not in (store.folder / "key.json").read_text()


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"insertion": 1}', "null"])
def test_a_damaged_file_counts_as_absent_and_is_logged(store, caplog, damage):
    store.put("key", METRICS)
    (store.folder / "key.json").write_text(damage)
    assert store.get("key") is None
    assert "Metrics that cannot be read are computed again (key.json)" in caplog.text


def test_a_disk_error_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused, match="cannot be written"):
        MetricsStore(tmp_path / "file" / "faithfulness").put("key", METRICS)


def test_nan_becomes_none():
    assert nan_as_none({"a": math.nan, "b": 1.5}) == {"a": None, "b": 1.5}
