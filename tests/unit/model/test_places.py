"""Answer rows hold logits and then shares, place by place, and labels that do not exist are refused."""

import numpy as np
import pytest

from xai_core.model.places import answer_rows, check_labels, coarse_grid, join_places, split_rows


def test_a_row_holds_the_logits_and_then_the_shares_place_by_place():
    logits, shares = np.array([[1, 2, 3]], np.float32), np.array([[[4, 5], [6, 7]]], np.float32)
    rows = answer_rows(logits, shares)
    np.testing.assert_array_equal(rows, [[1, 2, 3, 4, 5, 6, 7]])
    for found, given in zip(split_rows(rows, labels=3, places=2), (logits, shares), strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("labels", [[], [-1], [0, 3]])
def test_labels_that_do_not_exist_are_refused(labels):
    with pytest.raises(ValueError, match="from 0 to 2"):
        check_labels(labels, 3)


def test_places_of_a_fine_grid_are_joined_with_their_neighbours_and_none_is_lost():
    shares = np.arange(15, dtype=np.float32).reshape(1, 15, 1)
    # The 3 rows stay. Of the 5 columns 0 and 1, 2 and 3, and 4 are joined.
    assert coarse_grid((3, 5), 3) == (3, 3)
    expected = [0 + 1, 2 + 3, 4, 5 + 6, 7 + 8, 9, 10 + 11, 12 + 13, 14]
    np.testing.assert_array_equal(join_places(shares, (3, 5), 3)[0, :, 0], expected)
    np.testing.assert_array_equal(join_places(shares, (3, 5), 5), shares)
