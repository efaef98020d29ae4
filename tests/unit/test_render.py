"""The overlay tells the truth about sign, zero and scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core import render

MAPS = hnp.arrays(np.float32, (4, 5), elements=st.floats(-1, 1, width=32))
GREY = np.full((4, 5, 3), 77, np.uint8)


@given(MAPS)
def test_a_pixel_without_evidence_keeps_its_colour(shap_map):
    assert (render.overlay(GREY, shap_map, 1.0, in_colour=True)[shap_map == 0] == 77).all()


@given(MAPS, MAPS)
def test_the_limit_is_shared_so_no_map_is_stretched_on_its_own(a, b):
    assert render.shared_limit(a, b) == max(render.shared_limit(a), render.shared_limit(b))


@given(MAPS, st.floats(0.5, 4))
def test_the_same_map_under_a_wider_scale_is_never_stronger(shap_map, wider):
    def change(limit):
        return np.abs(render.overlay(GREY, shap_map, limit, in_colour=True).astype(int) - 77).sum()

    assert change(1.0 * wider + 1) <= change(1.0)


def test_red_is_for_and_blue_is_against():
    tinted = render.overlay(np.zeros((1, 2, 3), np.uint8), np.array([[1, -1]], np.float32), 1.0, opacity=1)
    np.testing.assert_array_equal(tinted[0], [render.FOR, render.AGAINST])


def test_half_the_limit_gives_half_the_tint():
    tinted = render.overlay(
        np.zeros((1, 1, 3), np.uint8), np.array([[0.5]], np.float32), 1.0, opacity=1, in_colour=True
    )
    np.testing.assert_array_equal(tinted[0, 0], [110, 25, 16])


def test_opacity_zero_shows_the_picture_alone():
    shown = render.overlay(GREY, np.ones((4, 5), np.float32), 1.0, opacity=0, in_colour=True)
    np.testing.assert_array_equal(shown, GREY)


def test_a_tint_lies_on_pale_grey_unless_colour_is_asked_for():
    tomato = np.array([[[200, 40, 30]]], np.uint8)
    shown = render.overlay(tomato, np.zeros((1, 1), np.float32), 1.0)
    # luma 0.299 * 200 + 0.587 * 40 + 0.114 * 30 = 86.7, half-way to 255
    np.testing.assert_array_equal(shown, [[[171, 171, 171]]])


def test_maps_without_signal_have_a_limit_that_can_be_divided_by():
    assert render.shared_limit(np.zeros((2, 2), np.float32)) > 0
    assert render.shared_limit() > 0


def test_a_picture_of_another_size_is_refused_naming_both_sizes():
    with pytest.raises(ValueError, match=r"picture is \(2, 2\) and the map is \(3, 3\)"):
        render.overlay(np.zeros((2, 2, 3), np.uint8), np.zeros((3, 3), np.float32), 1.0)


def test_the_scale_bar_runs_from_blue_over_white_to_red():
    bar = render.scale_bar(101, 2)
    np.testing.assert_array_equal(bar[0, [0, 50, 100]], [render.AGAINST, [255, 255, 255], render.FOR])


def test_a_sheet_has_a_cell_for_each_panel_and_shows_its_picture():
    panels = [render.Panel(f"panel {n}", "one\ntwo", np.full((10, 10, 3), 40 * n, np.uint8)) for n in range(3)]
    paper = render.sheet(panels, columns=2)
    cell_h, cell_w = (paper.shape[0] - 12) // 2, (paper.shape[1] - 12) // 2
    middles = [paper[12 + n // 2 * cell_h + 150, 12 + n % 2 * cell_w + 150, 0] for n in range(3)]
    assert middles == [0, 40, 80]
    assert (paper[12 + cell_h + 150, 12 + cell_w + 150] == 255).all()
