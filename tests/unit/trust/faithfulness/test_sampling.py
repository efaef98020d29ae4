"""Reproducible sampling of pictures, half of them mistakes."""

import pandas as pd
import pytest

from xai_core.trust.faithfulness.sampling import sample_pictures


def table(wrong, right, unreadable=0):
    rows = [{"image_id": f"pizza/{n}", "truth": "pizza", "guess": "ramen", "unreadable": ""} for n in range(wrong)]
    rows += [{"image_id": f"ramen/{n}", "truth": "ramen", "guess": "ramen", "unreadable": ""} for n in range(right)]
    rows += [{"image_id": f"lost/{n}", "truth": "ramen", "guess": "", "unreadable": "gone"} for n in range(unreadable)]
    return pd.DataFrame(rows)


def mistakes(ids):
    return sum(image_id.startswith("pizza") for image_id in ids)


@pytest.mark.parametrize(("count", "wrong"), [(1, 1), (2, 1), (5, 3), (20, 10)])
def test_half_of_them_are_mistakes_one_more_where_the_number_is_odd(count, wrong):
    found = sample_pictures(table(20, 30), count, seed=0)
    assert (len(set(found)), mistakes(found)) == (count, wrong)


@pytest.mark.parametrize(("wrong", "right"), [(2, 30), (30, 2), (0, 32)])
def test_if_one_kind_runs_out_the_other_fills_up(wrong, right):
    found = sample_pictures(table(wrong, right), 10, seed=0)
    assert len(found) == 10
    assert mistakes(found) == min(wrong, 10 - min(right, 5))


def test_a_study_with_fewer_gives_all_but_the_unreadable():
    assert sorted(sample_pictures(table(1, 2, unreadable=4), 10, seed=0)) == ["pizza/0", "ramen/0", "ramen/1"]


def test_a_larger_sample_begins_with_the_smaller():
    assert sample_pictures(table(20, 30), 12, seed=3)[:7] == sample_pictures(table(20, 30), 7, seed=3)


def test_the_seed_decides_and_the_order_of_the_table_does_not():
    rows = table(20, 30)
    first = sample_pictures(rows, 8, seed=1)
    assert first == sample_pictures(rows.sample(frac=1, random_state=5), 8, seed=1)
    assert first != sample_pictures(rows, 8, seed=2)
