"""The central object is found from the picture alone, and compared with the painted food of the demo."""

import numpy as np
import pytest

from xai_core.demo.painting import painter, palette
from xai_core.evidence.central_object import CentralObject, central_object


def disc(y, x, radius, side=96):
    """Draw a red disc on a blue ground, with centre and radius as shares of the side."""
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side
    inside = np.hypot(rows - y, columns - x) <= radius
    return np.where(inside[..., None], (200, 40, 30), (40, 60, 160)).astype(np.uint8)


def test_a_disc_on_a_plain_ground_is_found():
    found = central_object(disc(0.5, 0.5, 0.25))
    assert (found.y, found.x) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01))
    assert (found.half_height, found.half_width) == (pytest.approx(0.24, abs=0.03), pytest.approx(0.24, abs=0.03))


def test_it_follows_a_disc_that_is_off_the_middle():
    found = central_object(disc(0.4, 0.62, 0.2))
    assert (found.y, found.x) == (pytest.approx(0.41, abs=0.03), pytest.approx(0.6, abs=0.03))


def test_what_has_the_colours_of_the_rim_is_not_the_object():
    ground = disc(0.5, 0.5, 0.2)
    ground[10:30, :] = (230, 230, 60)  # a stripe right across, which the rim shows too
    found = central_object(ground)
    assert found.y == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("side", [32, 48, 97])
def test_a_picture_of_one_colour_has_a_large_object_in_its_middle(side):
    found = central_object(np.full((side, side, 3), 128, np.uint8))
    assert (found.y, found.x) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01))
    assert 0.2 < found.half_height < 0.45


def test_the_mask_is_the_ellipse():
    mask = CentralObject(0.5, 0.5, 0.25, 0.125).mask((80, 160))
    assert mask.shape == (80, 160)
    assert mask.mean() == pytest.approx(np.pi * 0.25 * 0.125, abs=0.002)
    assert mask[40, 80]
    assert not mask[40, 102]


def test_the_same_picture_has_the_same_object_each_time():
    assert central_object(disc(0.45, 0.5, 0.3)) == central_object(disc(0.45, 0.5, 0.3))


def test_on_painted_dishes_it_is_nearer_to_the_food_than_the_middle_of_the_picture_is():
    off, of_middle = [], []
    for dish in ("pork_chop", "samosa", "sushi", "pancakes"):
        for index in range(3):
            scene = painter.paint(dish, index, split="test", seed=painter.SEED)
            food = np.isin(scene.mask, (palette.FOOD, palette.GARNISH, palette.SAUCE))
            centre = (np.argwhere(food).mean(axis=0) + 0.5) / food.shape
            found = central_object(scene.photo)
            off.append(np.hypot(*(centre - (found.y, found.x))))
            of_middle.append(np.hypot(*(centre - 0.5)))
    assert np.mean(off) < 0.8 * np.mean(of_middle)
