"""Reproducible random coalitions of four kinds, within the bounds of the shown share."""

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from xai_core.trust.coalitions import COARSE_CELLS, KINDS, random_coalitions


@examples(max_examples=20)
@given(st.integers(13, 40), st.integers(13, 40), st.integers(0, 1000))
def test_a_fifth_to_four_fifths_of_the_picture_is_shown(height, width, seed):
    for masks in random_coalitions((height, width), 2, seed).values():
        for shown in masks:
            assert (shown.shape, shown.dtype) == ((height, width), bool)
            assert 0.2 - 1 / shown.size <= shown.mean() <= 0.8 + 1 / shown.size


def test_the_seed_decides_and_a_longer_list_begins_with_the_shorter():
    few, many, others = (random_coalitions((20, 30), per_kind, seed) for per_kind, seed in ((3, 1), (5, 1), (3, 2)))
    for kind in KINDS:
        np.testing.assert_array_equal(few[kind], many[kind][:3])
        assert (np.array(few[kind]) != np.array(others[kind])).any()


def test_coarse_cells_are_hidden_and_shown_whole():
    for shown in random_coalitions((20, 20), 8, 0)["coarse cells"]:
        cells = shown.reshape(COARSE_CELLS, 4, COARSE_CELLS, 4)
        assert (cells.all(axis=(1, 3)) | ~cells.any(axis=(1, 3))).all()


def test_blobs_and_rectangles_have_fewer_borders_than_grid_cells():
    coalitions = random_coalitions((60, 60), 8, 0)
    borders = {
        kind: np.mean([np.diff(shown, axis=0).mean() + np.diff(shown, axis=1).mean() for shown in masks])
        for kind, masks in coalitions.items()
    }
    assert borders["blobs"] < borders["fine cells"]
    assert borders["rectangles"] < borders["coarse cells"]
    assert len({kind: masks for kind, masks in coalitions.items() if len(masks) == 8}) == 4


def test_a_picture_of_a_few_pixels_is_masked_too():
    for masks in random_coalitions((2, 3), 3, 0).values():
        assert all(0 < shown.sum() < 6 for shown in masks)
