"""Request list of the pictures that a model lacks, with exports for people and labelling tools."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.labels import index_of, words
from xai_core.language import tr
from xai_core.repair.fitting.repair_set import RepairSet
from xai_core.repair.trials.cures import try_cure
from xai_core.repair.trials.division import Division

NEAREST = 3
"""Pictures of each class that are named beside a mistake."""

DRAWS = 2
"""Random choices of pictures at each size of a learning curve."""

COLUMNS = (
    "image_id",
    "truth",
    "guess",
    "evidence",
    "near_truth",
    "similarity_truth",
    "near_guess",
    "similarity_guess",
    "evidence_near_guess",
)
"""Columns of a request list."""


def request_list(mistakes: RepairSet, known: RepairSet, labels: Sequence[str], pair: tuple[str, str]) -> pd.DataFrame:
    """Describe each mistake of a pair by the nearest pictures that the model could have learnt from.

    Parameters
    ----------
    mistakes
        Mistakes of the pair.
    known
        Pictures of the training split, or of another labelled set, by the same model.
    labels
        Class names in the order of the logits.
    pair
        Truth and guess.

    Returns
    -------
    One row per mistake with the columns `COLUMNS`: whether it carries the suspect evidence ("yes", "no" or "" where
    nobody has said), the ids of the nearest known pictures of either class (separated by spaces), the cosine of the
    angle to the nearest one, and the share of those of the guess that carry the evidence. Mistakes that are farthest
    from any picture of their class come first: they are what is missing most.
    """
    truth, guess = pair
    near = [_nearest(mistakes, known, index_of(label, tuple(labels))) for label in pair]
    rows = []
    for row, image_id in enumerate(mistakes.image_ids):
        (of_truth, to_truth), (of_guess, to_guess) = (found[row] for found in near)
        carried = [known.evidence[at] for at in of_guess] if known.evidence is not None else []
        rows.append(
            (
                image_id,
                truth,
                guess,
                "" if mistakes.evidence is None else ("yes" if mistakes.evidence[row] else "no"),
                " ".join(known.image_ids[at] for at in of_truth),
                to_truth,
                " ".join(known.image_ids[at] for at in of_guess),
                to_guess,
                float(np.mean(carried)) if carried else float("nan"),
            )
        )
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values(["similarity_truth", "image_id"], ignore_index=True)


def _nearest(mistakes: RepairSet, known: RepairSet, label: int) -> list[tuple[NDArray[np.intp], float]]:
    """Return rows of the nearest pictures of a class, and the largest cosine, for each mistake."""
    rows = np.flatnonzero(known.truth == label)
    if not len(rows):
        return [(rows, float("nan"))] * len(mistakes)
    middle = known.embeddings.mean(axis=0)
    cosine = _unit(mistakes.embeddings - middle) @ _unit(known.embeddings[rows] - middle).T
    order = np.argsort(-cosine, axis=1, kind="stable")[:, :NEAREST]
    return [(rows[best], float(cosine[row, best[0]])) for row, best in enumerate(order)]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Mean outcome of refits with a number of pictures of the truth that carry the evidence.

    Attributes
    ----------
    pictures
        Number of such pictures in the repair set.
    mistakes
        Mistakes of the pair that are left among the held-back pictures.
    top1
        Share of right guesses among the held-back pictures.
    """

    pictures: int
    mistakes: float
    top1: float


def learning_curve(
    division: Division, labels: Sequence[str], pair: tuple[str, str], *, strength: float, seed: int = 0
) -> tuple[CurvePoint, ...]:
    """Refit with more and more pictures of the truth that carry the evidence, and judge on the held-back ones.

    Parameters
    ----------
    division
        The pictures. Where nobody has said which carry the evidence, all of the true class count as carrying it.
    labels, pair
        See `try_cure`.
    strength
        Strength of the refits, such as the one that was chosen with all pictures.
    seed
        Seed of the choice of pictures.

    Returns
    -------
    One point per size: 0, 2, 4, 8 ... and all there are.
    """
    part = division.fitted_on
    of_truth = part.truth == index_of(pair[0], tuple(labels))
    wanted = np.flatnonzero(of_truth if part.evidence is None else of_truth & part.evidence)
    sizes = [0, *(size for size in (2, 4, 8, 16, 32, 64, 128, 256) if size < len(wanted)), len(wanted)]
    points = []
    for size in dict.fromkeys(sizes):
        outcomes = []
        for draw in range(DRAWS if 0 < size < len(wanted) else 1):
            rng = np.random.default_rng([seed, size, draw])
            dropped = rng.permutation(wanted)[size:]
            kept = part.take(np.setdiff1d(np.arange(len(part)), dropped))
            smaller = Division(kept, division.held_back, division.left_out)
            outcomes.append(try_cure("refit", smaller, labels, pair, strength=strength).outcome)
        left = [outcome.pair.after for outcome in outcomes]
        right = [outcome.changes.right.after / outcome.changes.right.pictures for outcome in outcomes]
        points.append(CurvePoint(size, float(np.mean(left)), float(np.mean(right))))
    return tuple(points)


def pictures_needed(curve: Sequence[CurvePoint], before: int) -> int | None:
    """Return the smallest number of pictures of a curve that halves the mistakes, None if none does."""
    return next((point.pictures for point in curve if point.mistakes <= before / 2), None)


def to_label_studio(requests: pd.DataFrame, address: Callable[[str], str], model: str) -> bytes:
    """Return a request list as tasks for Label Studio, with the model's guess as its prediction.

    A project with `<Image name="image" value="$image"/>` and `<Choices name="choice" toName="image">` shows them.

    Parameters
    ----------
    requests
        From `request_list`.
    address
        Function from an image id to the address under which Label Studio finds the picture.
    model
        Id of the model.
    """
    tasks = [
        {
            "data": {
                "image": address(row["image_id"]),
                "image_id": row["image_id"],
                "annotated": row["truth"],
                "question": tr("Is this {truth} or {guess}?", truth=words(row["truth"]), guess=words(row["guess"])),
            },
            "predictions": [
                {
                    "model_version": model,
                    "result": [
                        {
                            "from_name": "choice",
                            "to_name": "image",
                            "type": "choices",
                            "value": {"choices": [row["guess"]]},
                        }
                    ],
                }
            ],
        }
        for row in requests.to_dict("records")
    ]
    return json.dumps(tasks, ensure_ascii=False, indent=1).encode()
