"""Averages keep the sum of the evidence and align the objects."""

import numpy as np
import pytest

from xai_core.evidence.averages import (
    REACH,
    SIDE,
    aligned_by_object,
    average_on_frame,
    average_on_object,
    object_circle,
    outlined,
)
from xai_core.evidence.central_object import CentralObject

GREY = np.full((24, 24, 3), 100, np.uint8)


def test_on_the_frame_a_pixel_is_the_mean_of_that_pixel(spotted):
    found = average_on_frame([GREY, GREY + np.uint8(50)], [spotted(0, 0, 2.0), spotted(0, 0, -1.0)])
    assert (found.picture == 125).all()
    assert (found.contrast[:4, :4] == 0.5).all()
    assert found.contrast.sum() == pytest.approx(8.0)
    assert found.count == 2


def test_objects_coincide_wherever_they_were(spotted):
    corners = [(2, 3), (14, 12), (8, 16)]
    objects = [CentralObject((top + 2) / 24, (left + 2) / 24, 0.1, 0.1) for top, left in corners]
    found = average_on_object([GREY] * 3, [spotted(top, left) for top, left in corners], objects)
    inside = object_circle()
    assert found.contrast[inside].sum() > 0.8 * found.contrast.sum()
    assert average_on_frame([GREY] * 3, [spotted(*at) for at in corners]).contrast.max() < 0.5


def test_laid_by_the_object_a_map_keeps_its_sum_whatever_its_size(spotted):
    contrast = spotted(10, 10)
    for half in (0.15, 0.25, 0.4):
        found = average_on_object([GREY], [contrast], [CentralObject(0.5, 0.5, half, half)])
        assert found.contrast.sum() == pytest.approx(contrast.sum(), rel=0.03)


def test_where_most_pictures_do_not_reach_nothing_is_shown(spotted):
    at = CentralObject(0.5, 0.5, 0.5, 0.5)  # the frame ends half-way to the edge of what is shown
    found = average_on_object([GREY], [spotted(0, 0)], [at])
    beyond = np.ones((SIDE, SIDE), np.bool_)
    rim = round(SIDE * (1 - 1 / REACH) / 2)
    beyond[rim:-rim, rim:-rim] = False
    assert (found.contrast[beyond] == 0).all()
    assert (found.picture[beyond] == 255).all()
    assert (found.picture[~beyond] == 100).all()


def test_beyond_the_picture_is_not_a_number():
    laid = aligned_by_object(np.ones((24, 24), np.float32), CentralObject(0.5, 0.5, 0.5, 0.2))
    assert np.isnan(laid[0]).all()
    assert (laid[SIDE // 2] == 1).all()


def test_a_line_is_drawn_round_a_part_and_nowhere_else():
    inside = np.zeros((24, 24), np.bool_)
    inside[5:15, 5:15] = True
    drawn = outlined(GREY, inside)
    changed = (drawn != GREY).any(axis=-1)
    assert changed.sum() == 36
    assert not changed[6:14, 6:14].any()


def test_the_circle_has_half_of_the_width():
    assert object_circle().any(axis=0).sum() == SIDE / 2
