"""Painted pictures: equal on every run, with fitting masks, and a cue that changes nothing elsewhere."""

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from xai_core.demo.causes import CAUSES, is_planted
from xai_core.demo.menu import MENU
from xai_core.demo.painting import arrangement, dishes, palette, table_setting
from xai_core.demo.painting.cues import CUES
from xai_core.demo.painting.painter import encoded, paint, regions
from xai_core.demo.painting.primitives import OUTLINES, RELIEFS, SKINS

ROOT = Path(__file__).parents[4]

REACH_PX = 25
"""How far from a cue its shadow and the lens's blur may still change the picture."""


def parts(listed):
    for part in listed:
        yield part
        yield from parts(part.tops)


def planted_index(cause):
    return next(index for index in range(20) if is_planted(cause.truth, "test", index))


def test_the_menu_is_food_101_in_its_order():
    assert len(MENU) == 101
    assert list(MENU) == sorted(MENU)


@pytest.mark.parametrize("dish", MENU.values(), ids=lambda dish: dish.name)
def test_the_menu_uses_only_names_that_exist(dish):
    assert set(dish.vessel.split("|")) <= set(table_setting.VESSELS)
    assert set(dish.table.split("|")) <= set(table_setting.SURFACES)
    for part in parts(dish.parts):
        assert set(part.shape.split("|")) <= {*OUTLINES, *dishes.BRUSHES}
        assert {part.skin} <= set(SKINS)
        assert {part.relief} <= set(RELIEFS)
        assert {part.role} <= set(dishes.ROLES)
        assert {part.place} <= set(dishes.PLACES)
        assert {*part.colour.split("|"), *"|".join(part.sides).split("|")} - {""} <= set(palette.COLOURS)


@pytest.mark.parametrize("place", dishes.PLACES)
def test_every_arrangement_lays_out_all_things(place):
    part = dishes.Part("disc", "golden", n=(5, 5), place=place)
    laid = arrangement.spots(part, table_setting.Floor(), np.random.default_rng(1))
    assert len(laid) == 5


@pytest.mark.parametrize("dish", MENU)
def test_every_dish_shows_food_on_a_table(dish):
    painting = paint(dish, 0, split="test")
    seen = painting.regions()
    assert painting.photo.shape == (256, 256, 3)
    assert painting.photo.dtype == painting.mask.dtype == np.uint8
    assert painting.mask.max() < len(palette.REGIONS)
    assert seen["food"].mean() > 0.03
    assert sum(part.mean() for part in seen.values()) == pytest.approx(1)
    assert painting.photo.std() > 15


def test_the_same_order_gives_the_same_picture_in_another_process():
    script = (
        "import hashlib; from xai_core.demo.painting.painter import paint;"
        "print(hashlib.sha256(paint('paella', 3, split='train', seed=9).photo.tobytes()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    here = paint("paella", 3, split="train", seed=9).photo
    assert there.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


@pytest.mark.parametrize("change", [{"index": 4}, {"split": "test"}, {"seed": 10}])
def test_another_order_gives_another_picture(change):
    request = {"index": 3, "split": "train", "seed": 9}
    assert (paint("ramen", **request).photo != paint("ramen", **request | change).photo).mean() > 0.5


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.cue)
def test_without_its_cue_the_rest_of_the_picture_is_the_same(cause):
    index = planted_index(cause)
    shown, bare = paint(cause.truth, index, split="test"), paint(cause.truth, index, split="test", without_cue=True)
    assert (shown.cue, bare.cue) == (cause.cue, "")
    assert not bare.regions()["planted cue"].any()
    changed = (shown.photo != bare.photo).any(axis=2)
    assert changed.mean() > 0.01
    if CUES[cause.cue].whole_picture:
        np.testing.assert_array_equal(shown.mask, bare.mask)
        return
    cue = shown.regions()["planted cue"].astype(np.uint8)
    near = cv2.dilate(cue, np.ones((2 * REACH_PX + 1, 2 * REACH_PX + 1), np.uint8)).astype(bool)
    assert not (changed & ~near).any()
    assert shown.cue_share == pytest.approx(cue.mean())
    assert shown.cue_share > 0.02


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.cue)
def test_painting_a_cue_in_is_painting_it_away_reversed(cause):
    index = planted_index(cause)
    shown = paint(cause.truth, index, split="test")
    again = paint(cause.truth, index, split="test", without_cue=True, with_cue=cause.cue)
    np.testing.assert_array_equal(shown.photo, again.photo)
    assert paint("sushi", 1, split="test", with_cue=cause.cue).cue == cause.cue


def test_regions_are_named_after_the_palette_and_split_the_picture():
    mask = np.array([[0, 3], [6, 3]], np.uint8)
    named = regions(mask)
    assert tuple(named) == palette.REGIONS
    np.testing.assert_array_equal(named["food"], [[False, True], [False, True]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dish": "unicorn"}, "dish is 'unicorn'"),
        ({"split": "val"}, "split is 'val'; it must be one of train, test"),
        ({"with_cue": "glitter"}, "with_cue is 'glitter'; it must be one of red_check"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(wrong, message):
    request = {"dish": "sushi", "split": "test"} | wrong
    with pytest.raises(ValueError, match=message):
        paint(request.pop("dish"), 0, **request)


def test_a_picture_travels_as_jpeg():
    painting = paint("sushi", 0, split="test")
    data = np.frombuffer(encoded(painting.photo, painting.quality), np.uint8)
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    assert np.abs(back - painting.photo).mean() < 8
