"""The location of the evidence is measured, with exact shares on maps that can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core.evidence import location


def spots(**at):
    shap_map = np.zeros((20, 20), np.float32)
    for value, rows, columns in at.values():
        shap_map[rows, columns] = value
    return shap_map


CORNER = (1.0, slice(0, 2), slice(0, 2))
MIDDLE = (3.0, slice(9, 11), slice(9, 11))
AGAINST = (-5.0, slice(15, 18), slice(15, 18))


def test_only_what_speaks_for_the_label_is_evidence():
    corner = spots(a=CORNER) > 0
    assert location.share_in(spots(a=CORNER, b=AGAINST), corner) == 1.0
    np.testing.assert_array_equal(location.strongest_spot(spots(a=CORNER, b=AGAINST)), corner)


def test_the_share_of_the_middle_is_counted_within_the_central_half():
    shap_map = spots(a=CORNER, b=MIDDLE)
    assert location.share_in(shap_map, location.central_half(shap_map.shape)) == pytest.approx(0.75)


def test_the_central_half_holds_half_of_the_area():
    assert location.central_half((240, 240)).mean() == pytest.approx(0.5, abs=0.01)
    assert location.central_half((100, 60)).mean() == pytest.approx(0.5, abs=0.02)


def test_the_largest_spot_is_the_connected_one_that_holds_most():
    shap_map = spots(a=CORNER, b=MIDDLE)
    spot = location.strongest_spot(shap_map)
    assert (location.share_in(shap_map, spot), spot.mean()) == (0.75, 4 / 400)


def test_a_map_without_evidence_lies_nowhere():
    assert not location.strongest_spot(spots(a=AGAINST)).any()
    assert location.share_in(spots(a=AGAINST), np.ones((20, 20), np.bool_)) == 0.0


def test_the_share_in_a_mask_and_outside_of_it_make_one():
    shap_map, mask = spots(a=CORNER, b=MIDDLE), np.zeros((20, 20), np.bool_)
    mask[:5] = True
    assert location.share_in(shap_map, mask) == 0.25
    assert location.share_in(shap_map, ~mask) == 0.75


def test_every_part_of_a_picture_has_its_share_of_evidence_and_area():
    parts = np.zeros((20, 20), np.uint8)
    parts[:5] = 4
    parts[15:] = 2
    shares = location.shares_by(spots(a=CORNER, b=MIDDLE, c=AGAINST), parts)
    assert shares == {
        0: location.Share(0.75, 0.5),
        2: location.Share(0.0, 0.25),
        4: location.Share(0.25, 0.25),
    }


def test_parts_share_nothing_where_nothing_speaks_for_the_label():
    assert location.shares_by(spots(a=AGAINST), np.full((20, 20), 3, np.uint8)) == {3: location.Share(0.0, 1.0)}


def test_parts_of_another_picture_are_refused_with_both_sizes():
    with pytest.raises(ValueError, match=r"\(20, 20\) and the mask is \(10, 20\)"):
        location.shares_by(spots(), np.zeros((10, 20), np.uint8))


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(-2, 2, width=16))
)
def test_shares_are_shares_on_any_map(shap_map):
    spot = location.strongest_spot(shap_map)
    masks = (location.central_half(shap_map.shape), spot)
    shares = (*(location.share_in(shap_map, mask) for mask in masks), spot.mean())
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
