"""Areas of a map survive their way through a link."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core.confusions.areas import MOST_CORNERS, area_text, box, inside, parse_area, simplified

PLACES = np.array([[0, 0], [5, 5], [11, 5], [5, 15], [np.nan, 5]])


def test_places_are_in_one_of_the_polygons_and_unknown_ones_nowhere():
    assert inside(PLACES, [box([10, -1], [10, -1])]).tolist() == [True, True, False, False, False]
    both = [box([4, 6], [4, 6]), ((4, 14), (6, 14), (5, 16))]
    assert inside(PLACES, both).tolist() == [False, True, False, True, False]
    assert not inside(PLACES, []).any()


@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-90, 90).map(lambda number: round(number, 1))))
def test_an_area_in_a_link_is_the_one_that_was_drawn(corners):
    polygon = tuple((x + 0.0, y + 0.0) for x, y in corners.tolist())  # no minus zero
    assert parse_area(area_text([polygon, polygon])) == (polygon, polygon)


def test_a_drawn_outline_keeps_its_shape_with_few_corners():
    angle = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    found = simplified(40 * np.cos(angle), 40 * np.sin(angle))
    assert 8 <= len(found) <= MOST_CORNERS
    grid = np.stack(np.meshgrid(np.linspace(-50, 50, 41), np.linspace(-50, 50, 41)), axis=-1).reshape(-1, 2)
    differs = inside(grid, [found]) != (np.hypot(*grid.T) <= 40)
    assert differs.mean() < 0.02
    assert simplified([0, 1], [0, 1]) == ()


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e308])
def test_an_outline_that_no_hand_draws_ends_soon(odd):
    step = np.arange(60.0)
    assert simplified([7.0] * 60, [7.0] * 60) == ()
    assert simplified(5e-324 * (step % 3), 5e-324 * (step % 7)) == ()
    assert simplified([odd, *step[1:]], step**2 % 13) == ()
    assert simplified(step, step) == ()
    angle = np.linspace(0, 2 * np.pi, 200_000)
    assert 8 <= len(simplified(40 * np.cos(angle), 40 * np.sin(angle))) <= MOST_CORNERS
