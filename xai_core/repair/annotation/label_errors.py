"""Corrected labels from verdicts, and suggestions of further label errors."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax
from scipy.stats import rankdata

from xai_core.repair.fitting.repair_set import RepairSet

NEIGHBOURS = 10
"""Nearest pictures whose classes are looked at."""

BLOCK = 1024
"""Pictures whose neighbours are searched at once, which bounds memory."""


def corrected_truths(verdicts: pd.DataFrame, labels: Sequence[str]) -> dict[str, str]:
    """Return the class of each picture that a person called wrongly labelled, by image id.

    The verdict "wrong label" says that the picture shows what the model says, so that the class is the guess that the
    verdict was about.

    Parameters
    ----------
    verdicts
        Verdicts that count, from `VerdictStore.all`.
    labels
        Classes of the model; verdicts about a guess that it does not have are left out.
    """
    wrong = verdicts[(verdicts["kind"] == "wrong label") & verdicts["guess"].isin(list(labels))]
    return dict(zip(wrong["image_id"], wrong["guess"], strict=True))


def suggest_label_errors(pictures: RepairSet, labels: Sequence[str], *, count: int = 50) -> pd.DataFrame:
    """Rank pictures by how likely their annotation is wrong.

    Two witnesses must agree: the model's loss, and the classes of the nearest embeddings of other pictures. Each
    picture has a rank by either, and the sum of the logarithms of both orders the list.

    Parameters
    ----------
    pictures
        All readable pictures of a study.
    labels
        Class names in the order of the logits.
    count
        Largest number of rows.

    Returns
    -------
    Columns `image_id`, `truth`, `suggested` (the class that the model prefers among those that are not the truth),
    `loss` (in nats) and `neighbours` (share of the `NEIGHBOURS` nearest pictures of other classes than the truth), the
    most likely error first.
    """
    rows = np.arange(len(pictures))
    log_p = log_softmax(pictures.logits.astype(np.float64), axis=1)
    loss = -log_p[rows, pictures.truth]
    others = log_p.copy()
    others[rows, pictures.truth] = -np.inf
    apart = _other_classes_nearby(pictures.embeddings, pictures.truth)
    score = np.log(_ranks(-loss)) + np.log(_ranks(-apart))
    # Without a neighbour of another class the second witness says nothing.
    best = np.array([row for row in np.lexsort((-loss, score)) if apart[row] > 0][:count], np.intp)
    names = np.asarray(labels, object)
    return pd.DataFrame(
        {
            "image_id": [pictures.image_ids[row] for row in best],
            "truth": names[pictures.truth[best]],
            "suggested": names[others.argmax(axis=1)[best]],
            "loss": loss[best],
            "neighbours": apart[best],
        }
    )


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, the smallest value first; equal values share their mean rank."""
    return np.asarray(rankdata(values), np.float64)


def _other_classes_nearby(embeddings: NDArray[np.float32], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of other classes among the nearest pictures by cosine, (N,)."""
    count = min(NEIGHBOURS, len(truth) - 1)
    if count < 1:
        return np.zeros(len(truth))
    # Centred, because all embeddings share a large positive part after a ReLU.
    centred = embeddings - embeddings.mean(axis=0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    found = np.empty(len(truth))
    for start in range(0, len(truth), BLOCK):
        near = unit[start : start + BLOCK] @ unit.T
        rows = np.arange(len(near))
        near[rows, start + rows] = -np.inf
        nearest = np.argpartition(-near, count - 1, axis=1)[:, :count]
        found[start : start + BLOCK] = (truth[nearest] != truth[start : start + BLOCK, None]).mean(axis=1)
    return found
