"""The table of regions says where each lies and what it is worth, in exact numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.errors import NameUnknown
from xai_core.explain.figures import region_table
from xai_core.explain.target import Target

LABELS = ("pork_chop", "ravioli", "pizza")
# An L around a square, and a column: regions need not be rectangles.
REGION_OF = [[0, 0, 0, 2], [0, 1, 1, 2], [0, 1, 1, 2]]
VALUES = [[1.0, 3.0, 0.0], [4.0, -1.0, 0.5], [0.25, 0.5, 0.0]]


@pytest.fixture
def answer():
    return explanation(VALUES, labels=LABELS, region_of=REGION_OF, base=(0.5, 0.0, 0.0))


def test_a_row_a_region_with_place_area_rank_and_values(answer):
    table = region_table.table(answer, Target("ravioli", "pork_chop"), ("pizza",))
    expected = pd.DataFrame(
        {
            "rank": [2, 1, 3],
            "pixels": [5, 4, 3],
            "share_of_area": [5 / 12, 4 / 12, 3 / 12],
            "top": [0, 1, 0],
            "bottom": [3, 3, 3],
            "left": [0, 1, 3],
            "right": [3, 3, 4],
            "ravioli_rather_than_pork_chop_logits": np.array([2.0, -5.0, 0.25], np.float32),
            "pizza_logits": np.array([0.0, 0.5, 0.0], np.float32),
        },
        index=pd.RangeIndex(3, name="region"),
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, check_index_type=False)


def test_columns_add_up_to_logit_less_base(answer):
    table = region_table.table(answer, Target("ravioli", "pork_chop"), LABELS)
    for index, label in enumerate(LABELS):
        assert table[region_table.label_column(label)].sum() == pytest.approx(answer.full[index] - answer.base[index])
    margin = (answer.full - answer.base)[1] - (answer.full - answer.base)[0]
    assert table[region_table.contrast_column(Target("ravioli", "pork_chop"))].sum() == pytest.approx(margin)


def test_areas_are_the_whole_picture(answer):
    assert region_table.table(answer, Target("pizza", "ravioli"), ())["share_of_area"].sum() == pytest.approx(1)


def test_a_class_in_contrast_with_itself_weighs_nothing_and_ranks_follow_the_numbers(answer):
    table = region_table.table(answer, Target("pizza", "pizza"), ())
    assert (table[region_table.contrast_column(Target("pizza", "pizza"))] == 0).all()
    assert list(table["rank"]) == [1, 2, 3]


def test_an_unknown_class_is_named(answer):
    with pytest.raises(NameUnknown, match="raviolo"):
        region_table.table(answer, Target("raviolo", "pizza"), ())


def test_estimated_values_come_with_standard_errors_and_whether_the_contrast_is_within_noise(answer):
    uncertainty = Uncertainty(
        spread=np.array([1, 2, 4], np.float32),
        noise=np.array([[4, 2, 0], [2, 1, 0], [0, 0, 9]], np.float32),
        r2=np.zeros(3, np.float32),
    )
    plain = region_table.table(answer, Target("ravioli", "pork_chop"), ("pizza",))
    table = region_table.table(replace(answer, uncertainty=uncertainty), Target("ravioli", "pork_chop"), ("pizza",))
    assert list(table)[7:] == [
        "ravioli_rather_than_pork_chop_logits",
        "ravioli_rather_than_pork_chop_standard_error",
        "within_noise",
        "pizza_logits",
        "pizza_standard_error",
    ]
    # The logits' noise goes together: 4 + 1 - 2 * 2 = 1.
    assert list(table["ravioli_rather_than_pork_chop_standard_error"]) == [1, 2, 4]
    assert list(table["within_noise"]) == [False, False, True]
    assert list(table["pizza_standard_error"]) == [3, 6, 12]
    pd.testing.assert_frame_equal(table[list(plain)], plain)
