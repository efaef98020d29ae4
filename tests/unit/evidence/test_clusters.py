"""Mistakes whose evidence lies in the same location form a cluster."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_core.evidence.clusters import GRID, MOST, clusters, grid_shares
from xai_core.evidence.location_words import location_phrase

CORNERS = ((0, 0), (20, 0), (0, 20), (20, 20))


def divided(contrasts):
    return [found.tolist() for found in clusters(contrasts)]


def test_two_locations_are_two_clusters_the_larger_first(spotted):
    contrasts = [spotted(20, 20), spotted(0, 0), spotted(1, 0), spotted(19, 20, 5.0), spotted(0, 1)]
    assert divided(contrasts) == [[1, 2, 4], [0, 3]]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_there_is_a_cluster_per_location_up_to_four(spotted, number):
    contrasts = [spotted(abs(top - shift), abs(left - shift)) for top, left in CORNERS[:number] for shift in range(3)]
    assert [len(members) for members in clusters(contrasts)] == [3] * number
    assert number <= MOST


def test_it_matters_where_evidence_lies_and_not_how_much_there_is(spotted):
    contrasts = [spotted(0, 0, 0.01), spotted(0, 0, 9.0), spotted(20, 20, 0.01), spotted(20, 20, 9.0)]
    assert divided(contrasts) == [[0, 1], [2, 3]]


def test_evidence_without_a_location_is_one_cluster():
    rng = np.random.default_rng(0)
    assert [len(members) for members in clusters([rng.random((24, 24), np.float32) for _ in range(12)])] == [12]


def test_a_single_picture_is_no_cluster_of_its_own_beside_others(spotted):
    contrasts = [spotted(0, shift) for shift in range(4)] + [spotted(20, 20)]
    assert [len(members) for members in clusters(contrasts)] == [5]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_pictures_are_not_divided(spotted, count):
    found = clusters([spotted(*CORNERS[number]) for number in range(count)])
    assert [len(members) for members in found] == ([count] if count else [])


def test_maps_without_evidence_are_a_cluster_too(spotted):
    nothing = np.zeros((24, 24), np.float32)
    assert divided([nothing, spotted(0, 0), nothing, spotted(0, 0)]) == [[0, 2], [1, 3]]


@given(st.permutations(range(6)))
def test_the_order_of_the_pictures_does_not_matter(order):
    contrasts = np.zeros((6, 24, 24), np.float32)
    contrasts[:4, :4, :4] = 1
    contrasts[4:, 18:, 18:] = 1
    found = clusters([contrasts[number] for number in order])
    assert [sorted(order[index] for index in members) for members in found] == [[0, 1, 2, 3], [4, 5]]


def test_shares_of_the_grid_make_one_whatever_the_size_of_the_picture(spotted):
    assert grid_shares(spotted(3, 5) - spotted(14, 14)).sum() == pytest.approx(1)
    assert grid_shares(np.ones((33, 20), np.float32)).shape == (GRID, GRID)
    assert grid_shares(np.zeros((24, 24), np.float32)).sum() == 0


def test_equal_pictures_are_one_cluster(spotted):
    assert divided([spotted(0, 0)] * 6) == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("at", "words"),
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
def test_a_location_in_words(spotted, at, words):
    assert location_phrase(spotted(*at)) == words


def test_what_lies_on_all_sides_lies_along_the_rim_or_all_over(spotted):
    assert location_phrase(sum(spotted(*at) for at in CORNERS)) == "along the rim"
    assert location_phrase(np.ones((24, 24), np.float32)) == "all over the picture"
    assert location_phrase(-spotted(0, 0)) == "nowhere"
