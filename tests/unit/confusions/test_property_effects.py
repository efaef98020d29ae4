"""Properties that go with mistakes, or with the label."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from xai_core.confusions.property_effects import class_effects, error_by_step, property_effects, stratified_effect


def table_of(truths, wrong):
    guesses = ["other" if is_wrong else truth for truth, is_wrong in zip(truths, wrong, strict=True)]
    return pd.DataFrame({"truth": list(truths), "guess": guesses, "unreadable": ""})


def test_in_one_class_the_test_is_wilcoxons_and_the_effect_cliffs():
    values = np.array([1.0, 2, 2, 5, 3, 4, 6, 7])
    wrong = np.arange(8) < 4
    found = stratified_effect(values, wrong, np.zeros(8, np.intp))
    assert found["delta"] == pytest.approx((1 * 0 + 2 - 14) / 16)  # mistakes are larger in 2 of 16 pairs
    expected = mannwhitneyu(values[wrong], values[~wrong], method="asymptotic", use_continuity=False).pvalue
    assert found["p_value"] == pytest.approx(expected)
    assert -1 < found["low"] < found["delta"] < found["high"] < 1


def test_a_hard_dark_class_does_not_make_darkness_an_effect():
    # Half of the dark class is wrong and a tenth of the bright one, and within classes the value does not matter.
    truths = ["dark"] * 40 + ["bright"] * 40
    values = np.tile(np.arange(20.0), 4) + np.repeat([0, 100], 40)
    wrong = np.r_[np.repeat([True, False], 20), np.tile(np.arange(20) % 10 == 3, 2)]
    found = property_effects(table_of(truths, wrong), pd.DataFrame({"value": values})).table.iloc[0]
    assert abs(found["delta"]) < 0.1
    assert found["p_value"] > 0.5
    assert found["label_share"] == pytest.approx(0.75, abs=0.02)
    assert found["label_p"] == 0.001
    assert (found["pictures"], found["mistakes"]) == (80, 24)


def test_in_each_class_the_effect_is_that_of_its_own_pictures_corrected_for_all_tests():
    truths = ["a"] * 20 + ["b"] * 20 + ["c"] * 5
    wrong = np.r_[np.tile(np.arange(20) < 10, 2), np.zeros(5, bool)]
    values = np.r_[np.arange(20.0), np.arange(20.0)[::-1], np.ones(5)]
    properties = pd.DataFrame({"value": values, "same": 1.0, "part": np.where(np.arange(45) < 20, np.nan, values % 2)})
    table = table_of(truths, wrong)
    found = class_effects(table, properties).set_index(["truth", "property"])
    # Class c has no mistake, "same" is constant, and "part" is unknown in a.
    assert set(found.index) == {("a", "value"), ("b", "value"), ("b", "part")}
    assert found.loc[("a", "value"), "delta"] == -1
    assert found.loc[("b", "value"), "delta"] == 1
    assert found.loc[("b", "part"), "delta"] == pytest.approx(0)
    assert found.loc[("a", "value"), "q_value"] == pytest.approx(1.5 * found.loc[("a", "value"), "p_value"])
    assert class_effects(table.assign(guess=table["truth"]), properties).empty


def test_constant_and_unknown_properties_are_left_out_and_unreadable_pictures_count_nowhere():
    rng = np.random.default_rng(0)
    table = table_of(["a"] * 30 + ["b"] * 30, np.arange(60) % 3 == 0)
    table.loc[59, ["guess", "unreadable"]] = ["", "damaged"]
    effect = rng.normal(size=60) + 3 * (np.arange(60) % 3 == 0)
    properties = pd.DataFrame({"same": 1.0, "none": np.nan, "noise": rng.normal(size=60), "effect": effect})
    properties.loc[59] = np.nan
    properties.loc[3, "noise"] = np.nan
    found = property_effects(table, properties)
    assert found.left_out == {"same": "it is the same in all pictures", "none": "no picture has a number"}
    assert list(found.table["property"]) == ["effect", "noise"]
    assert list(found.table["pictures"]) == [59, 58]
    strong = found.table.iloc[0]
    assert strong["delta"] > 0.8
    assert strong["q_value"] == pytest.approx(2 * strong["p_value"])
    assert found.classes == 2
    again = property_effects(table, properties)
    pd.testing.assert_frame_equal(found.table, again.table)


@pytest.mark.parametrize("wrong", [[False] * 6, [True] * 3 + [False] * 3])
def test_without_a_class_of_both_kinds_there_is_no_effect(wrong):
    found = property_effects(table_of("aaabbb", wrong), pd.DataFrame({"value": np.arange(6.0)}))
    assert found.classes == 0
    assert found.table[["delta", "low", "high", "p_value", "q_value"]].isna().all(axis=None)
    one = property_effects(table_of("a", [True]), pd.DataFrame({"value": [1.0]}))
    assert one.table.empty


def test_a_complete_separation_keeps_an_interval():
    found = stratified_effect(np.array([1.0, 2, 3, 7, 8, 9]), np.arange(6) > 2, np.zeros(6, np.intp))
    assert found["delta"] == found["high"] == 1
    assert 0 < found["low"] < 1


def test_steps_have_equally_many_pictures_and_the_errors_of_their_classes_beside_them():
    table = table_of(["a"] * 10 + ["b"] * 10, [True] * 5 + [False] * 15)
    found = error_by_step(table, np.arange(20.0), bins=2)
    assert found[["low", "high", "pictures", "mistakes", "error", "expected"]].to_numpy().tolist() == [
        [0, 9, 10, 5, 0.5, 0.5],
        [10, 19, 10, 0, 0, 0],
    ]
    assert found["error_low"].tolist() == pytest.approx([0.2366, 0], abs=1e-4)
    assert error_by_step(table, [3.0] * 20)["pictures"].tolist() == [20]
    assert error_by_step(table, [np.nan] * 20).empty
