"""The table of guesses of one model on one set of pictures: made from its answers, saved, loaded and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from xai_core.data.dataset import Picture
from xai_core.errors import ModelRefused, StudyRefused
from xai_core.files import writing
from xai_core.labels import close
from xai_core.study.inference import Answers, halved

NUMBERS = ("p_guess", "p_truth", "margin", "loss")
COLUMNS = ("image_id", "truth", "guess", "p_guess", "p_truth", "rank_of_truth", "margin", "loss", "unreadable")
"""Of `predictions.parquet`."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The table of guesses with what it was made from: row i of all three is the same picture.

    Attributes
    ----------
    table
        Columns `COLUMNS`; see `guesses`.
    logits : (N, L) float16
    embeddings : (N, D) float16, or None
    """

    table: pd.DataFrame
    logits: NDArray[np.float16]
    embeddings: NDArray[np.float16] | None

    @classmethod
    def of(cls, pictures: Sequence[Picture], answers: Answers, labels: Sequence[str]) -> Self:
        """Of N pictures and the answers about them."""
        return cls(guesses(pictures, answers, labels), halved(answers.logits), answers.embeddings)


def guesses(pictures: Sequence[Picture], answers: Answers, labels: Sequence[str]) -> pd.DataFrame:
    """Turn logits into the table of guesses.

    Parameters
    ----------
    pictures
        N pictures, whose truths are all among the labels.
    answers
        Of the same pictures.
    labels
        L class names in the order of the logits.

    Returns
    -------
    One row a picture with the columns `image_id`, `truth`, `guess` (the label with the largest logit, ties to the
    first), `p_guess`, `p_truth` (softmax), `rank_of_truth` (1 is best; 1 exactly where guess is truth), `margin`
    (p_guess minus the next probability), `loss` (-ln p_truth, in nats) and `unreadable` (the reason, mostly empty).
    Unreadable pictures have the guess "", rank 0 and NaN for numbers.
    """
    place = {label: number for number, label in enumerate(labels)}
    truth = np.array([place[picture.truth] for picture in pictures], np.intp)
    seen = answers.reasons == ""
    logits = np.where(seen[:, None], answers.logits, 0).astype(np.float64)
    rows, every = np.arange(len(logits)), np.arange(logits.shape[1])
    guess = logits.argmax(axis=1)
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    others = np.where(every == guess[:, None], -np.inf, log_p).max(axis=1)
    own = logits[rows, truth][:, None]
    before = (logits > own) | ((logits == own) & (every < truth[:, None]))
    p_guess, loss = np.exp(log_p[rows, guess]), -log_p[rows, truth]
    table = pd.DataFrame(
        {
            "image_id": [picture.image_id for picture in pictures],
            "truth": [picture.truth for picture in pictures],
            "guess": np.where(seen, np.asarray(labels, object)[guess], ""),
            "p_guess": p_guess,
            "p_truth": np.exp(-loss),
            "rank_of_truth": np.where(seen, 1 + before.sum(axis=1), 0),
            "margin": p_guess - np.exp(others),
            "loss": loss,
            "unreadable": answers.reasons.astype(object),
        },
        columns=list(COLUMNS),
    )
    table.loc[~seen, list(NUMBERS)] = np.nan
    return table.astype({"image_id": "str", "truth": "str", "guess": "str", "unreadable": "str"})


def check_labels(pictures: Sequence[Picture], labels: Sequence[str]) -> None:
    """Refuse a model that does not know the classes of the data; they are matched by name, never by position.

    Raises
    ------
    ModelRefused
        Names the classes, and labels that look like them.
    """
    unknown = sorted({picture.truth for picture in pictures} - set(labels))
    if not unknown:
        return
    near = [f"{name} may be {' or '.join(found)}" for name in unknown if (found := close(name, labels))]
    raise ModelRefused(
        f"The model has no label for {len(unknown)} classes of the data: {', '.join(unknown[:10])}"
        + (", ..." if len(unknown) > 10 else "."),
        f"Labels are matched by name{': ' + ', '.join(near[:10]) if near else ''}. Give --labels with these names.",
    )


def save(predictions: Predictions, folder: Path) -> None:
    """Write `predictions.parquet`, `logits.npy` and, where the model exposes them, `embeddings.npy`.

    Raises
    ------
    StoreRefused
        If the disk does not take them.
    """
    with writing(folder):
        predictions.table.to_parquet(folder / "predictions.parquet", index=False)
        np.save(folder / "logits.npy", predictions.logits, allow_pickle=False)
        if predictions.embeddings is not None:
            np.save(folder / "embeddings.npy", predictions.embeddings, allow_pickle=False)


def load(folder: Path, labels: Sequence[str]) -> Predictions:
    """Read what `save` wrote; the arrays stay on disk and are mapped into memory.

    Raises
    ------
    StudyRefused
        If a file is missing or damaged, or they do not fit each other and the labels.
    """
    try:
        table = pd.read_parquet(folder / "predictions.parquet")
        logits = np.load(folder / "logits.npy", mmap_mode="r", allow_pickle=False)
        path = folder / "embeddings.npy"
        embeddings = np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None
    except (OSError, ValueError, EOFError, pa.ArrowException) as fault:
        raise StudyRefused(f"The predictions in {folder} are missing or damaged: {fault}.") from fault
    if tuple(table.columns) != COLUMNS:
        raise StudyRefused(f"The predictions in {folder} have the columns {list(table.columns)}.")
    shapes = [logits.shape, (len(table), len(labels))] + ([embeddings.shape] if embeddings is not None else [])
    if logits.shape != (len(table), len(labels)) or any(shape[0] != len(table) for shape in shapes):
        raise StudyRefused(f"The predictions in {folder} do not fit each other: {shapes}.")
    strange = {*table["truth"], *table["guess"]} - {*labels, ""}
    if strange:
        raise StudyRefused(f"The predictions in {folder} name classes that the model does not have: {strange}.")
    return Predictions(table, logits, embeddings)
