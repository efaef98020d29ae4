"""A patch covers the strongest connected spot, and its numbers are those of its pixels."""

import numpy as np
import pytest

from xai_core.evidence.patches import strongest_patch


def test_the_patch_covers_the_spot_and_counts_the_evidence_for_the_guess_in_it(spotted):
    found = strongest_patch("a/1", spotted(10, 12, 0.25) - spotted(18, 2, 0.5))
    assert (found.image_id, found.side) == ("a/1", 8)
    assert found.mask((24, 24))[10:14, 12:16].all()
    assert (found.value, found.share) == (pytest.approx(4.0), pytest.approx(1.0))
    assert found.area == pytest.approx(1 / 9)


def test_it_is_laid_round_the_middle_of_the_spot(spotted):
    found = strongest_patch("a/1", spotted(10, 12))
    assert (found.top, found.left) == (8, 10)


def test_at_the_edge_it_stays_within_the_picture(spotted):
    found = strongest_patch("a/1", spotted(20, 0))
    assert (found.top, found.left) == (16, 0)


def test_of_two_spots_the_stronger_is_cut_out_and_the_other_counts_in_the_share(spotted):
    found = strongest_patch("a/1", spotted(2, 2, 1.0) + spotted(18, 18, 3.0))
    assert found.mask((24, 24))[18:22, 18:22].all()
    assert found.share == pytest.approx(0.75)


def test_a_map_without_evidence_has_no_patch(spotted):
    assert strongest_patch("a/1", -spotted(3, 3)) is None
    assert strongest_patch("a/1", np.zeros((24, 24), np.float32)) is None


def test_pictures_that_are_no_squares_have_square_patches(spotted):
    wide = np.zeros((24, 60), np.float32)
    wide[4:8, 50:54] = 1
    found = strongest_patch("a/1", wide)
    assert found.side == 8
    assert found.mask(wide.shape).sum() == 64
