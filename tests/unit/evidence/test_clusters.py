"""Mistakes whose evidence lies in the same place are one cluster; without places there is but one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.evidence.clusters import GRID, MOST, clusters, place_shares, silhouette
from xai_core.evidence.place_words import whereabouts

CORNERS = ((0, 0), (20, 0), (0, 20), (20, 20))


def divided(contrasts):
    return [found.tolist() for found in clusters(contrasts)]


def test_two_places_are_two_clusters_the_larger_first(spotted):
    contrasts = [spotted(20, 20), spotted(0, 0), spotted(1, 0), spotted(19, 20, 5.0), spotted(0, 1)]
    assert divided(contrasts) == [[1, 2, 4], [0, 3]]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_as_many_places_as_there_are_up_to_four(spotted, number):
    contrasts = [spotted(abs(top - shift), abs(left - shift)) for top, left in CORNERS[:number] for shift in range(3)]
    assert [len(each) for each in clusters(contrasts)] == [3] * number
    assert number <= MOST


def test_it_matters_where_evidence_lies_and_not_how_much_there_is(spotted):
    contrasts = [spotted(0, 0, 0.01), spotted(0, 0, 9.0), spotted(20, 20, 0.01), spotted(20, 20, 9.0)]
    assert divided(contrasts) == [[0, 1], [2, 3]]


def test_evidence_without_places_is_one_cluster():
    rng = np.random.default_rng(0)
    assert [len(each) for each in clusters([rng.random((24, 24), np.float32) for _ in range(12)])] == [12]


def test_a_single_picture_is_no_cluster_of_its_own_beside_others(spotted):
    contrasts = [spotted(0, shift) for shift in range(4)] + [spotted(20, 20)]
    assert [len(each) for each in clusters(contrasts)] == [5]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_pictures_are_not_divided(spotted, count):
    found = clusters([spotted(*CORNERS[each]) for each in range(count)])
    assert [len(each) for each in found] == ([count] if count else [])


def test_maps_without_evidence_are_a_place_too(spotted):
    nothing = np.zeros((24, 24), np.float32)
    assert divided([nothing, spotted(0, 0), nothing, spotted(0, 0)]) == [[0, 2], [1, 3]]


@given(st.permutations(range(6)))
def test_the_order_of_the_pictures_does_not_matter(order):
    contrasts = np.zeros((6, 24, 24), np.float32)
    contrasts[:4, :4, :4] = 1
    contrasts[4:, 18:, 18:] = 1
    found = clusters([contrasts[each] for each in order])
    assert [sorted(order[place] for place in members) for members in found] == [[0, 1, 2, 3], [4, 5]]


def test_shares_of_the_grid_make_one_whatever_the_size_of_the_picture(spotted):
    assert place_shares(spotted(3, 5) - spotted(14, 14)).sum() == pytest.approx(1)
    assert place_shares(np.ones((33, 20), np.float32)).shape == (GRID, GRID)
    assert place_shares(np.zeros((24, 24), np.float32)).sum() == 0


def test_the_silhouette_of_two_tight_pairs_far_apart():
    at = np.array([0.0, 1.0, 10.0, 11.0])
    apart = np.abs(at[:, None] - at)
    assert silhouette(apart, np.array([1, 1, 2, 2])) == pytest.approx(np.mean([1 - 1 / 10.5, 1 - 1 / 9.5] * 2))
    assert silhouette(apart, np.array([1, 1, 1, 1])) == 0


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ((10, 10), "in the middle"),
        ((0, 0), "at the upper left"),
        ((20, 20), "at the lower right"),
        ((20, 10), "at the bottom"),
        ((0, 10), "at the top"),
        ((10, 0), "at the left"),
        ((10, 20), "at the right"),
    ],
)
def test_places_in_words(spotted, at, place):
    assert whereabouts(spotted(*at)) == place


def test_what_lies_on_all_sides_lies_along_the_rim_or_all_over(spotted):
    assert whereabouts(sum(spotted(*at) for at in CORNERS)) == "along the rim"
    assert whereabouts(np.ones((24, 24), np.float32)) == "all over the picture"
    assert whereabouts(-spotted(0, 0)) == "nowhere"
