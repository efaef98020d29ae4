"""Overlays keep the sign, the zero and the scale of their maps."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from xai_core import palettes, render
from xai_core.errors import SettingRefused

MAPS = hnp.arrays(np.float32, (4, 5), elements=st.floats(-1, 1, width=32))
GREY = np.full((4, 5, 3), 77, np.uint8)


@given(MAPS)
def test_a_pixel_without_evidence_keeps_its_colour(shap_map):
    assert (render.overlay(GREY, shap_map, 1.0, backdrop="picture")[shap_map == 0] == 77).all()


@given(MAPS, MAPS)
def test_the_limit_is_shared_so_no_map_is_stretched_on_its_own(a, b):
    assert render.shared_limit(a, b) == max(render.shared_limit(a), render.shared_limit(b))


@given(MAPS, st.floats(0.5, 4))
def test_the_same_map_under_a_wider_scale_is_never_stronger(shap_map, wider):
    def change(limit):
        return np.abs(render.overlay(GREY, shap_map, limit, backdrop="picture").astype(int) - 77).sum()

    assert change(1.0 * wider + 1) <= change(1.0)


def test_by_default_red_is_for_and_blue_is_against():
    drawn = render.overlay(np.zeros((1, 2, 3), np.uint8), np.array([[1, -1]], np.float32), 1.0, opacity=1)
    np.testing.assert_array_equal(drawn[0], [palettes.RED_BLUE.towards_rgb, palettes.RED_BLUE.away_rgb])


def test_half_the_limit_gives_half_the_opacity():
    drawn = render.overlay(
        np.zeros((1, 1, 3), np.uint8), np.array([[0.5]], np.float32), 1.0, opacity=1, backdrop="picture"
    )
    np.testing.assert_array_equal(drawn[0, 0], [110, 25, 16])


@pytest.mark.parametrize("palette", palettes.PALETTES.values(), ids=lambda palette: palette.name)
def test_the_map_alone_is_white_without_evidence_and_the_palette_s_colours_at_the_limit(palette):
    shap_map = np.array([[-2, 0, 1]], np.float32)
    alone = render.overlay(GREY[:1, :3], shap_map, 1.0, opacity=1, backdrop="none", palette=palette)
    np.testing.assert_array_equal(alone[0], [palette.away_rgb, [255] * 3, palette.towards_rgb])


def test_an_unknown_backdrop_is_refused_naming_those_there_are():
    with pytest.raises(SettingRefused, match="grey, picture, none, spotlight"):
        render.overlay(GREY, np.zeros((4, 5), np.float32), 1.0, backdrop="black")


# Viénot, Brettel and Mollon 1999: what is left of linear RGB for readers without L (protan) or M (deutan) cones.
PROTAN = np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]])
DEUTAN = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


@pytest.mark.parametrize("palette", palettes.PALETTES.values(), ids=lambda palette: palette.name)
def test_palettes_called_safe_stay_apart_for_colour_blind_readers_and_others_are_not_called_so(palette):
    linear = (np.array([palette.towards_rgb, palette.away_rgb]) / 255) ** 2.2
    apart = [np.linalg.norm(np.subtract(*np.clip(linear @ seen.T, 0, 1) ** (1 / 2.2))) for seen in (PROTAN, DEUTAN)]
    assert (min(apart) > 0.5) == palette.safe


def test_opacity_zero_shows_the_picture_alone():
    shown = render.overlay(GREY, np.ones((4, 5), np.float32), 1.0, opacity=0, backdrop="picture")
    np.testing.assert_array_equal(shown, GREY)


def test_the_default_backdrop_is_pale_grey():
    tomato = np.array([[[200, 40, 30]]], np.uint8)
    shown = render.overlay(tomato, np.zeros((1, 1), np.float32), 1.0)
    # luma 0.299 * 200 + 0.587 * 40 + 0.114 * 30 = 86.7, half-way to 255
    np.testing.assert_array_equal(shown, [[[171, 171, 171]]])


def test_the_spotlight_shows_the_picture_where_evidence_is_strong_and_dark_grey_elsewhere():
    view = np.full((1, 4, 3), (200, 100, 0), np.uint8)
    shown = render.overlay(view, np.array([[1, 0.5, 0.25, -1]], np.float32), 1.0, backdrop="spotlight")
    # luma 0.299 * 200 + 0.587 * 100 = 118.5, of which 35 % are 41.5; the third pixel is half-way
    np.testing.assert_array_equal(shown[0], [[200, 100, 0], [200, 100, 0], [121, 71, 21], [41, 41, 41]])


def test_one_small_region_does_not_set_the_scale():
    shap_map = np.full((10, 10), 0.1, np.float32)
    shap_map[0, 0] = 5
    assert render.shared_limit(shap_map) == pytest.approx(0.1)


def test_maps_without_signal_have_a_limit_that_can_be_divided_by():
    assert render.shared_limit(np.zeros((2, 2), np.float32)) > 0
    assert render.shared_limit() > 0


def test_a_picture_of_another_size_is_refused_naming_both_sizes():
    with pytest.raises(ValueError, match=r"picture is \(2, 2\) and the map is \(3, 3\)"):
        render.overlay(np.zeros((2, 2, 3), np.uint8), np.zeros((3, 3), np.float32), 1.0)


def test_the_scale_bar_runs_from_blue_over_white_to_red():
    bar = render.scale_bar(101, 2)
    np.testing.assert_array_equal(
        bar[0, [0, 50, 100]], [palettes.RED_BLUE.away_rgb, [255] * 3, palettes.RED_BLUE.towards_rgb]
    )


def test_a_sheet_has_a_cell_for_each_panel_and_shows_its_picture():
    panels = [render.Panel(f"panel {n}", "one\ntwo", np.full((10, 10, 3), 40 * n, np.uint8)) for n in range(3)]
    paper = render.sheet(panels, columns=2)
    cell_h, cell_w = (paper.shape[0] - 12) // 2, (paper.shape[1] - 12) // 2
    middles = [paper[12 + n // 2 * cell_h + 150, 12 + n % 2 * cell_w + 150, 0] for n in range(3)]
    assert middles == [0, 40, 80]
    assert (paper[12 + cell_h + 150, 12 + cell_w + 150] == 255).all()


def framed(paper, **changed):
    defaults = {"head": "Why?", "scale": "Full colour: 1 logit.", "foot": ["one", "two"]}
    return render.framed(paper, **(defaults | changed))


def test_a_frame_leaves_the_sheet_as_it_is_between_its_heading_and_the_small_print():
    paper = np.random.default_rng(1).integers(0, 255, (80, 900, 3), np.uint8)
    whole = framed(paper)
    top = next(row for row in range(whole.shape[0]) if (whole[row, :900] == paper[0]).all())
    np.testing.assert_array_equal(whole[top : top + 80, :900], paper)
    assert (whole[:top] != 255).any()
    assert (whole[top + 80 :] != 255).any()


def test_a_frame_shows_the_scale_in_the_palette_s_colours():
    palette = palettes.PALETTES["orange and purple"]
    colours = framed(np.full((20, 400, 3), 255, np.uint8), palette=palette).reshape(-1, 3)
    for rgb in (palette.towards_rgb, palette.away_rgb):
        assert (colours == rgb).all(axis=1).any()


def test_a_frame_is_as_wide_as_its_longest_line_and_as_tall_as_it_has_lines():
    paper = np.full((20, 100, 3), 255, np.uint8)
    short, long = framed(paper, foot=["one"]), framed(paper, foot=["one", "of many words, and more " * 9, "three"])
    assert long.shape[1] > short.shape[1] >= 100
    assert (long[:, -12:] == 255).all()
    assert long.shape[0] - short.shape[0] == 2 * (14 + 6)


def test_a_png_holds_exactly_the_picture():
    picture = np.random.default_rng(2).integers(0, 255, (5, 7, 3), np.uint8)
    found = Image.open(io.BytesIO(render.png(picture)))
    assert found.format == "PNG"
    np.testing.assert_array_equal(np.asarray(found), picture)


def test_a_data_url_holds_the_png():
    picture = np.random.default_rng(3).integers(0, 255, (4, 4, 3), np.uint8)
    kind, _, content = render.data_url(picture).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as found:
        assert (found.format, np.array_equal(found, picture)) == ("PNG", True)
