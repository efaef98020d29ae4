"""Confidence is compared with accuracy, with exact numbers on a handful of pictures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.confusions.calibration import expected_calibration_error, reliability


def table_of(rows):
    return pd.DataFrame(
        [("t", "t" if right else "g", p, "") for p, right in rows], columns=["truth", "guess", "p_guess", "unreadable"]
    )


def test_each_step_has_its_mean_confidence_and_accuracy():
    steps = reliability(table_of([(0.9, True), (0.7, False), (0.2, False)]), bins=2)
    assert steps.to_dict("records") == [
        {"low": 0.0, "high": 0.5, "pictures": 1, "right": 0, "confidence": 0.2, "accuracy": 0.0},
        {"low": 0.5, "high": 1.0, "pictures": 2, "right": 1, "confidence": pytest.approx(0.8), "accuracy": 0.5},
    ]
    # (1 * |0.2 - 0| + 2 * |0.8 - 0.5|) / 3
    assert expected_calibration_error(steps) == pytest.approx(0.8 / 3)


def test_an_edge_belongs_to_the_step_below_and_a_step_without_pictures_counts_nothing():
    steps = reliability(table_of([(0.5, True), (1.0, True)]), bins=4)
    assert list(steps["pictures"]) == [0, 1, 0, 1]
    assert np.isnan(steps["accuracy"][0])
    assert expected_calibration_error(steps) == pytest.approx(0.25)


def test_unreadable_pictures_count_nowhere():
    table = table_of([(0.5, True)])
    table.loc[0, "unreadable"] = "truncated"
    assert reliability(table)["pictures"].sum() == 0
    assert expected_calibration_error(reliability(table)) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.integers(1, 20))
def test_every_picture_falls_into_one_step_and_the_error_is_a_share(rows, bins):
    steps = reliability(table_of(rows), bins)
    assert steps["pictures"].sum() == len(rows)
    assert 0 <= expected_calibration_error(steps) <= 1
