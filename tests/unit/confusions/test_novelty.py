"""Likeness of a picture to a study."""

import numpy as np

from xai_core.confusions.novelty import novelty

# Four directions in a plane, 10 degrees apart, and a picture that could not be read.
ANGLES = np.radians([0, 10, 20, 30])
EMBEDDINGS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES), np.zeros(4)]).astype(np.float16) * 300
EMBEDDINGS = np.vstack([EMBEDDINGS, np.full((1, 3), np.nan, np.float16)])


def test_a_picture_is_unlike_if_it_is_farther_from_all_than_they_are_from_one_another():
    near = novelty(EMBEDDINGS, np.array([1, 0.05, 0], np.float32))
    assert near.nearest > 0.99
    assert abs(near.usual - np.cos(np.radians(10))) < 1e-3
    assert not near.is_unlike
    far = novelty(EMBEDDINGS, np.array([0.1, 0, 1], np.float32))
    assert far.is_unlike
    assert abs(far.nearest - 0.1 / np.hypot(0.1, 1)) < 1e-3


def test_a_longer_embedding_is_no_other_picture_and_two_pictures_are_no_study():
    once, twice = (novelty(EMBEDDINGS, size * np.array([0.2, 0.5, 0.3], np.float32)) for size in (1, 2))
    assert abs(once.nearest - twice.nearest) < 1e-9
    assert novelty(EMBEDDINGS[:2], np.ones(3, np.float32)) is None
