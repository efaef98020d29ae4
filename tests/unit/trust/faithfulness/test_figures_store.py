"""Figures on disk: whole or absent."""

import math

import pytest

from xai_core.errors import StoreRefused
from xai_core.trust.faithfulness.evaluation import Figures
from xai_core.trust.faithfulness.figures_store import KeptFigures, plain

FOUND = Figures(
    insertion=0.9, deletion=0.1, gain=0.8, relevance_gain=0.4, correlation=0.7, slope=1.1, span=5.5, evaluations=300
)


@pytest.fixture
def kept(tmp_path):
    return KeptFigures(tmp_path / "faithfulness")


def test_what_is_put_comes_back_to_the_last_bit(kept):
    kept.put("key", FOUND)
    assert kept.get("key") == FOUND
    assert kept.get("other") is None


def test_what_is_no_number_comes_back_as_such(kept):
    figures = dict.fromkeys(("insertion", "deletion", "gain"), math.nan)
    kept.put("key", Figures(**figures, relevance_gain=0.0, correlation=0.0, slope=0.0, span=0.2, evaluations=2))
    assert math.isnan(kept.get("key").gain)
    assert "NaN" not in (kept.folder / "key.json").read_text()


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"insertion": 1}', "null"])
def test_a_damaged_file_counts_as_absent_and_is_logged(kept, caplog, damage):
    kept.put("key", FOUND)
    (kept.folder / "key.json").write_text(damage)
    assert kept.get("key") is None
    assert "Figures that cannot be read are found out anew (key.json)" in caplog.text


def test_a_disk_that_refuses_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused, match=r"The folder .* for figures cannot be made"):
        KeptFigures(tmp_path / "file" / "faithfulness").put("key", FOUND)


def test_json_knows_no_nan():
    assert plain({"a": math.nan, "b": 1.5}) == {"a": None, "b": 1.5}
