"""Coalitions come in balanced blocks, with very large regions among them."""

import numpy as np

from xai_core.engines.schedule import COARSE_SHARE, COARSE_WEIGHT, COARSEST, FIRST, LARGE, Schedule
from xai_core.engines.segmentation import segmented

TREE = segmented(np.random.default_rng(3).integers(0, 256, (24, 24, 3), np.uint8))
REGIONS = sorted(TREE.cut(150), key=lambda node: TREE.first[node])


def draws(count, seed=0, regions=REGIONS):
    schedule = Schedule(TREE, regions, seed)
    return [schedule.draw(number) for number in range(count)]


def distinct_columns(of):
    return len(np.unique([draw.shown for draw in of], axis=1).T)


def test_a_seventh_of_the_coalitions_shows_or_hides_very_large_regions():
    found = draws(400)
    coarse = [draw for draw in found if draw.group < len(COARSEST)]
    assert len(coarse) == int(400 * COARSE_SHARE)
    assert {draw.weight for draw in coarse} == {COARSE_WEIGHT}
    assert {draw.weight for draw in found if draw.group >= len(COARSEST)} == {1.0}
    for group, regions in enumerate(COARSEST):
        assert distinct_columns([draw for draw in coarse if draw.group == group]) <= regions


def test_the_other_blocks_have_64_regions_then_more_and_every_third_40():
    found = draws(900)
    groups = sorted({draw.group for draw in found} - set(range(len(COARSEST))))
    counts = [distinct_columns([draw for draw in found if draw.group == group]) for group in groups[:4]]
    assert (counts[0], counts[3]) == (FIRST, LARGE)
    assert FIRST < counts[1] < counts[2]


def test_within_a_whole_block_every_region_is_shown_half_of_the_time():
    found = draws(400)
    first = np.array([draw.shown for draw in found if draw.group == len(COARSEST)])
    np.testing.assert_array_equal(first.mean(axis=0), 0.5)


def test_a_coalition_depends_on_seed_and_number_alone():
    straight, schedule = draws(60), Schedule(TREE, REGIONS, 0)
    np.testing.assert_array_equal(schedule.draw(59).shown, straight[59].shown)
    np.testing.assert_array_equal(schedule.draw(3).shown, straight[3].shown)
    assert any((one.shown != other.shown).any() for one, other in zip(straight, draws(60, seed=1), strict=True))


def test_six_regions_are_not_drawn_more_often_than_they_have_coalitions():
    assert sum(draw.group == 0 for draw in draws(1200)) == 2 ** COARSEST[0]


def test_few_regions_make_small_blocks():
    assert distinct_columns(draws(300, regions=sorted(TREE.cut(3), key=lambda node: TREE.first[node]))) == 3
