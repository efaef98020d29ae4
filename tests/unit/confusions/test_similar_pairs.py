"""Pairs of alike embeddings and hashes."""

import numpy as np
import pytest

from xai_core.confusions import similar_pairs
from xai_core.confusions.similar_pairs import near_by_embedding, near_by_hash


@pytest.mark.parametrize("block", [2, 512])
def test_near_embeddings_are_found_whatever_the_size_of_a_block(monkeypatch, block):
    monkeypatch.setattr(similar_pairs, "BLOCK", block)
    embeddings = np.random.default_rng(1).normal(size=(9, 40)).astype(np.float32)
    embeddings[7] = embeddings[2] * 1.1
    embeddings[4] = np.nan  # an unreadable picture
    steps = []
    found = near_by_embedding(
        embeddings, least_cosine=0.8, neighbours=3, progress=lambda done, planned: steps.append((done, planned))
    )
    assert list(found) == [(2, 7)]
    assert found[2, 7] > 0.95
    assert steps[-1] == (8, 8)
    assert near_by_embedding(embeddings[:1], least_cosine=0, neighbours=3) == {}


def test_near_hashes_are_found_directly_and_mirrored(monkeypatch):
    monkeypatch.setattr(similar_pairs, "BLOCK", 2)
    look = np.array([0, 2**64 - 1, 7, 0xFF00FF00FF00FF00, 0], np.uint64)
    mirror = np.array([0xFF00FF00FF00FF01, 2**63, 0xF0F0F0F0F0, 12345, 0], np.uint64)
    rows = np.array([0, 1, 2, 3], np.intp)  # the last one is unreadable
    assert near_by_hash(look, mirror, rows, most_bits=3) == {(0, 2), (0, 3)}
