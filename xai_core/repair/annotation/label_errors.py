"""Corrected labels from verdicts, and suggestions of further label errors."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax

from xai_core.confusions.neighbours import directions, nearest
from xai_core.language import tr
from xai_core.progress import Progress, ignore_progress
from xai_core.repair.fitting.repair_set import RepairSet
from xai_core.texts import counted

NEIGHBOURS = 20
"""Nearest pictures whose classes are looked at.

This and the square in `rank_labels` were chosen on 3 % exchanged labels of photographs and of the demo. With 15
to 30 neighbours and the power 2 or 3, as many are found within 3 percentage points.
"""

SMOOTHING = 0.03
"""Amount that is added to the share of a class among the neighbours, so that none is impossible."""

SUSPICIOUS = 0.001
"""Score of a label, 0 to 1, below which model and neighbours doubt it strongly."""

COLUMNS = ("image_id", "truth", "suggested", "score", "loss", "neighbours", "nearest", "normalized_margin")
"""Columns of a ranked list."""


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


def rank_labels(pictures: RepairSet, labels: Sequence[str], progress: Progress = ignore_progress) -> pd.DataFrame:
    """Rank all pictures by how likely their annotation is wrong.

    Two witnesses are combined: the model, and the classes of the nearest embeddings of other pictures. The score of a
    class is proportional to its probability by the model times the square of its share among the `NEIGHBOURS` nearest
    pictures. Only classes that occur count, because a model that knows others too loses much on them and says nothing
    about the label by it.

    Parameters
    ----------
    pictures
        All readable pictures of a study.
    labels
        Class names in the order of the logits.
    progress
        Receives the numbers of pictures done and planned while neighbours are searched.

    Returns
    -------
    Columns `COLUMNS`, the most likely error first: `image_id`, `truth`, `suggested` (the class that the model prefers
    among those that are not the truth), `score` (0 to 1, of the truth), `loss` (of the model, in nats, among all
    classes), `neighbours` (share of other classes among the nearest pictures), `nearest` (the class other than the
    truth that most of them have) and `normalized_margin` (probability of the truth minus that of the next class, scaled
    to 0 to 1; one of cleanlab's scores, low for suspicious labels). Pictures without a neighbour of another class are
    left out, because then the second witness does not doubt the label.
    """
    rows = np.arange(len(pictures))
    names = np.asarray(labels, object)
    log_p = log_softmax(pictures.logits.astype(np.float64), axis=1)
    own = log_p[rows, pictures.truth]
    others = log_p.copy()
    others[rows, pictures.truth] = -np.inf
    # A model of one class has no other, and then no neighbour has one either.
    margin = (np.exp(own) - np.exp(others.max(axis=1)) + 1) / 2
    shares = _class_shares(pictures, progress)
    place = np.searchsorted(pictures.classes, pictures.truth)
    among = log_softmax(pictures.logits[:, pictures.classes].astype(np.float64), axis=1)
    score = log_softmax(among + 2 * np.log(shares + SMOOTHING), axis=1)[rows, place]
    apart = 1 - shares[rows, place]
    shares[rows, place] = -1
    alike = pictures.classes[shares.argmax(axis=1)]
    order = np.lexsort((own, score))
    # Shares are sums of 1 / NEIGHBOURS.
    kept = order[apart[order] > 1e-9]
    found = pd.DataFrame(
        {
            "image_id": [pictures.image_ids[row] for row in kept],
            "truth": names[pictures.truth[kept]],
            "suggested": names[others.argmax(axis=1)[kept]],
            "score": np.exp(score[kept]),
            "loss": -own[kept],
            "neighbours": apart[kept],
            "nearest": names[alike[kept]],
            "normalized_margin": margin[kept],
        },
        columns=list(COLUMNS),
    )
    return found.astype(dict.fromkeys(("image_id", "truth", "suggested", "nearest"), "str"))


def doubt_sentence(ranked: pd.DataFrame) -> str:
    """Return in a sentence how many labels of a ranked list are doubted strongly."""
    doubted = int((ranked["score"] < SUSPICIOUS).sum())
    if not doubted:
        return tr("The model and the labels of similar pictures doubt no label strongly.")
    return tr(
        "The model and the labels of similar pictures both doubt **{labels}** strongly.",
        labels=counted(doubted, "label"),
    )


def _class_shares(pictures: RepairSet, progress: Progress) -> NDArray[np.float64]:
    """Return the share of each class that occurs among the nearest pictures of each, (N, C)."""
    near, _ = nearest(directions(pictures.embeddings)[0], count=NEIGHBOURS, progress=progress)
    place = np.searchsorted(pictures.classes, pictures.truth)
    shares = np.zeros((len(pictures), len(pictures.classes)))
    rows = np.arange(len(pictures))
    for column in range(near.shape[1]):
        shares[rows, place[near[:, column]]] += 1 / near.shape[1]
    if not near.shape[1]:
        shares[rows, place] = 1.0
    return shares
