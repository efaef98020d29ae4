"""Pictures of four classes as embeddings, in which a cue pulls one class to another."""

import numpy as np
import pytest

from xai_core.repair.fitting.repair_set import RepairSet

LABELS = ("a", "b", "c", "d")


def kitchen(seed, *, per_class=40, classes=4):
    """Draw embeddings with a signal per class and a cue, and the logits of a model that trusts the cue too much.

    Half of the pictures of class a carry the cue that the model takes for class b.
    """
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(classes), per_class)
    evidence = (truth == 0) & (np.arange(len(truth)) % 2 == 0)
    embeddings = rng.normal(0, 0.6, (len(truth), 8)).astype(np.float32)
    embeddings[np.arange(len(truth)), truth] += 2
    embeddings[evidence, 5] += 4
    weight = np.zeros((4, 8), np.float32)
    weight[:, :4] = 2 * np.eye(4)
    weight[1, 5] = 2
    return RepairSet(
        image_ids=tuple(f"{LABELS[label]}/{seed}-{row}" for row, label in enumerate(truth)),
        embeddings=embeddings,
        logits=embeddings @ weight.T,
        truth=truth.astype(np.int64),
        evidence=evidence,
    )


@pytest.fixture
def repair_pictures():
    """160 pictures to fit on."""
    return kitchen(0)


@pytest.fixture
def other_pictures():
    """160 other pictures of the same model."""
    return kitchen(1)
