"""A picture becomes a tree of regions that follow its edges, at every level."""

import numpy as np
import pytest

from xai_core.engines.segmentation import segmented, squares, superpixels


def three_stripes():
    view = np.empty((60, 90, 3), np.uint8)
    view[:, :30], view[:, 30:50], view[:, 50:] = (200, 30, 30), (240, 240, 60), (20, 60, 160)
    return view


def grain(seed=3):
    return np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)


def pixels_of(tree, node):
    return (tree.patch_of >= tree.first[node]) & (tree.patch_of < tree.end[node])


def test_three_colours_are_the_first_three_regions():
    tree = segmented(three_stripes())
    region_of = tree.region_map(tree.cut(3))
    for stripe in (np.s_[:, :30], np.s_[:, 30:50], np.s_[:, 50:]):
        assert len(np.unique(region_of[stripe])) == 1
    assert len(np.unique(region_of)) == 3


@pytest.mark.parametrize("view", [three_stripes(), grain()], ids=["stripes", "grain"])
@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_a_cut_has_as_many_regions_as_wanted_and_covers_every_pixel(view, count):
    tree = segmented(view)
    region_of = tree.region_map(tree.cut(count))
    assert (region_of.shape, region_of.dtype) == (view.shape[:2], np.int32)
    np.testing.assert_array_equal(np.unique(region_of), np.arange(count))


@pytest.mark.parametrize("view", [three_stripes(), grain()], ids=["stripes", "grain"])
def test_a_node_is_made_of_its_halves_and_comes_before_them(view):
    tree = segmented(view)
    assert pixels_of(tree, 0).all()
    for node, (first, second) in enumerate(tree.halves.tolist()):
        if tree.halves[node, 0] < 0:
            assert tree.end[node] - tree.first[node] == 1
            continue
        assert node < min(first, second)
        np.testing.assert_array_equal(pixels_of(tree, node), pixels_of(tree, first) ^ pixels_of(tree, second))
        assert tree.pixels[node] == pixels_of(tree, node).sum() == tree.pixels[first] + tree.pixels[second]


def test_a_finer_cut_only_divides_a_coarser_one():
    tree = segmented(grain())
    coarse, fine = tree.region_map(tree.cut(12)), tree.region_map(tree.cut(80))
    assert len(np.unique(np.stack([coarse.ravel(), fine.ravel()]), axis=1).T) == 80


def test_patches_move_with_the_picture():
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (12, 12, 3), np.uint8)
    large = np.kron(coarse, np.ones((9, 9, 1), np.uint8))
    still, moved = (segmented(view).patch_of for view in (large[:96, :96], large[2:98, 2:98]))
    # Away from the frame the borders between patches are where they were, two pixels further up and to the left.
    borders = [np.diff(patch_of, axis=axis) != 0 for patch_of in (still, moved) for axis in (0, 1)]
    np.testing.assert_array_equal(borders[0][12:82, 12:82], borders[2][10:80, 10:80])
    np.testing.assert_array_equal(borders[1][12:82, 12:82], borders[3][10:80, 10:80])


def test_a_picture_of_one_colour_is_cut_into_squares():
    patch_of = segmented(np.full((40, 40, 3), 90, np.uint8)).patch_of
    assert len(np.unique(patch_of)) == len(
        np.unique(np.stack([patch_of, squares((40, 40), 64)]).reshape(2, -1).T, axis=0)
    )


def test_a_small_picture_has_a_patch_for_every_pixel():
    tree = segmented(grain()[:5, :7])
    np.testing.assert_array_equal(np.sort(tree.patch_of.ravel()), np.arange(35))
    assert len(tree.cut(1000)) == 35


def test_a_single_pixel_is_a_tree_of_one_node():
    tree = segmented(np.zeros((1, 1, 3), np.uint8))
    assert (tree.cut(5), tree.halves[0, 0]) == ([0], -1)


def test_the_same_picture_is_always_cut_the_same_way():
    first, second = (segmented(grain()) for _ in range(2))
    np.testing.assert_array_equal(first.patch_of, second.patch_of)
    np.testing.assert_array_equal(first.halves, second.halves)
    np.testing.assert_array_equal(superpixels(grain(), 24), superpixels(grain(), 24))


def two_halves():
    view = np.full((40, 60, 3), 30, np.uint8)
    view[:, 30:] = (250, 200, 20)
    return view


def numbered_without_gaps(region_of):
    return np.array_equal(np.unique(region_of), np.arange(region_of.max() + 1))


@pytest.mark.parametrize("count", [6, 24, 60])
def test_there_are_about_as_many_superpixels_as_wanted(count):
    region_of = superpixels(two_halves(), count)
    assert (region_of.shape, region_of.dtype) == ((40, 60), np.int32)
    assert count / 2 <= region_of.max() + 1 <= 1.5 * count
    assert numbered_without_gaps(region_of)


def test_no_patch_lies_on_both_sides_of_an_edge():
    region_of = superpixels(two_halves(), 24)
    assert not set(region_of[:, :30].ravel()) & set(region_of[:, 30:].ravel())


def test_a_picture_of_pure_noise_is_cut_into_squares():
    grain = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    np.testing.assert_array_equal(superpixels(grain, 16), squares((40, 40), 16))


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 9)])
def test_a_picture_of_a_few_pixels_has_at_most_those(shape):
    region_of = superpixels(np.zeros((*shape, 3), np.uint8), 50)
    assert region_of.max() < region_of.size
    assert numbered_without_gaps(region_of)


def test_squares_are_a_grid_row_by_row():
    np.testing.assert_array_equal(squares((2, 4), 4), [[0, 0, 1, 1], [2, 2, 3, 3]])
