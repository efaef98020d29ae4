"""Table of guesses of one model on one set of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import log_softmax

from xai_core.data.dataset import Picture
from xai_core.errors import ModelRefused, StudyRefused
from xai_core.labels import close, match_names
from xai_core.language import deferred, mark
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.inference import ModelOutputs
from xai_core.texts import LIST, chained, counted

NUMBERS = ("p_guess", "p_truth", "margin", "loss")
COLUMNS = ("image_id", "truth", "guess", "p_guess", "p_truth", "rank_of_truth", "margin", "loss", "unreadable")

_MOST_NAMED = 10
"""Columns of `predictions.parquet`."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Table of guesses with the outputs that it was made from.

    Row i of all three is the same picture.

    Attributes
    ----------
    table
        One row per picture with the columns `COLUMNS`, see `guesses`.
    logits : (N, L) float32
        Float16 in studies of earlier versions, whose probabilities are exact in the table only.
    embeddings : (N, D) float16, or None
    """

    table: pd.DataFrame
    logits: NDArray[np.float32] | NDArray[np.float16]
    embeddings: NDArray[np.float16] | None

    @classmethod
    def from_outputs(cls, pictures: Sequence[Picture], outputs: ModelOutputs, labels: Sequence[str]) -> Self:
        """Make the predictions for N pictures from the model's outputs for them."""
        # As they come: rounded to float16, the logits would give other probabilities and ranks than the table.
        return cls(guesses(pictures, outputs, labels), outputs.logits, outputs.embeddings)

    def with_rows(self, rows: NDArray[np.intp], newer: Self) -> Self:
        """Return these predictions with those of other pictures, or of the same ones anew, in some rows.

        Parameters
        ----------
        rows : (M,) intp
            Numbers of the rows.
        newer
            M predictions with the same labels, and with embeddings where these have some.
        """
        table, embeddings = self.table.copy(), self.embeddings
        logits: NDArray[Any] = np.array(self.logits)
        for column in COLUMNS:
            table.loc[table.index[rows], column] = newer.table[column].to_numpy()
        logits[rows] = newer.logits
        if embeddings is not None:
            embeddings = np.array(embeddings)
            embeddings[rows] = newer.embeddings
        return type(self)(table, logits, embeddings)


def guesses(pictures: Sequence[Picture], outputs: ModelOutputs, labels: Sequence[str]) -> pd.DataFrame:
    """Turn logits into the table of guesses.

    Parameters
    ----------
    pictures
        N pictures whose truths are all among the labels.
    outputs
        The model's outputs for the same pictures.
    labels
        L class names in the order of the logits.

    Returns
    -------
    One row per picture with the columns `image_id`, `truth`, `guess` (the label with the largest logit, the first one
    in a tie), `p_guess`, `p_truth` (softmax), `rank_of_truth` (1 is best; 1 exactly where guess is truth), `margin`
    (p_guess minus the next probability), `loss` (-ln p_truth, in nats) and `unreadable` (the reason, mostly empty).
    Unreadable pictures have the guess "", rank 0 and NaN for numbers.
    """
    column = {label: number for number, label in enumerate(labels)}
    truth = np.array([column[picture.truth] for picture in pictures], np.intp)
    seen = outputs.reasons == ""
    logits = np.where(seen[:, None], outputs.logits, 0).astype(np.float64)
    rows, columns = np.arange(len(logits)), np.arange(logits.shape[1])
    guess = logits.argmax(axis=1)
    log_p = log_softmax(logits, axis=1)
    others = np.where(columns == guess[:, None], -np.inf, log_p).max(axis=1)
    own = logits[rows, truth][:, None]
    # Ties are ranked by column, as argmax does: otherwise rank 1 and a right guess could contradict each other.
    before = (logits > own) | ((logits == own) & (columns < truth[:, None]))
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
            "unreadable": outputs.reasons.astype(object),
        },
        columns=list(COLUMNS),
    )
    table.loc[~seen, list(NUMBERS)] = np.nan
    return table.astype({"image_id": "str", "truth": "str", "guess": "str", "unreadable": "str"})


def check_labels(pictures: Sequence[Picture], labels: Sequence[str]) -> tuple[Picture, ...]:
    """Return pictures with their classes spelled as the model spells them.

    Classes are matched by name, never by position. Case, spaces, hyphens and underscores do not matter.

    Raises
    ------
    ModelRefused
        If the model does not know all classes. The message names them, the hint names similar labels.
    NameAmbiguous
        If a class fits two labels, or two classes fit one label.
    """
    truths = {picture.truth for picture in pictures}
    label_of = match_names(sorted(truths), labels)
    unknown = sorted(truths - set(label_of))
    if not unknown:
        return tuple(Picture(picture.image_id, label_of[picture.truth]) for picture in pictures)
    values = {"classes": deferred(counted(len(unknown), "class")), "names": ", ".join(unknown[:_MOST_NAMED])}
    raise ModelRefused(
        deferred("The model has no label for {classes} of the data: {names}, ...", **values)
        if len(unknown) > _MOST_NAMED
        else deferred("The model has no label for {classes} of the data: {names}.", **values),
        _advice(unknown, labels),
        "labels",
    )


def _advice(unknown: Sequence[str], labels: Sequence[str]) -> str:
    """Return advice for classes without a label, with the labels that are spelled nearly as they are."""
    near = [(name, found) for name in unknown if (found := close(name, labels))]
    if not near:
        return deferred("Labels are matched by name. Give labels with these names.")
    listed = (
        deferred(
            "{name} may be {labels}",
            name=name,
            labels=chained(mark("{first} or {rest}"), found),
        )
        for name, found in near[:_MOST_NAMED]
    )
    return deferred(
        "Labels are matched by name: {names}. Give labels with these names.",
        names=chained(LIST, listed),
    )


def save(predictions: Predictions, folder: Path) -> None:
    """Write `predictions.parquet`, `logits.npy` and `embeddings.npy`, if the model has embeddings.

    Raises
    ------
    StoreRefused
        If the disk does not take them.
    """
    table = folder / "predictions.parquet"
    with reporting_study_errors(table):
        predictions.table.to_parquet(table, index=False)
    for name, array in (("logits", predictions.logits), ("embeddings", predictions.embeddings)):
        if array is not None:
            file = folder / f"{name}.npy"
            with reporting_study_errors(file):
                write_array(file, array)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array as `np.save` does, and raise OSError if the disk does not take all of it.

    numpy 2.4 writes through C's buffered files and does not see the error of the last write: on a full disk, `np.save`
    returns and the file is too short.
    """
    content = np.ascontiguousarray(array)
    with path.open("wb") as out:
        np.lib.format.write_array_header_1_0(out, np.lib.format.header_data_from_array_1_0(content))
        out.write(content.tobytes() if content.size == 0 else content.view(np.uint8).data)


def load(folder: Path, labels: Sequence[str]) -> Predictions:
    """Read predictions written by `save`.

    The arrays stay on disk and are mapped into memory.

    Raises
    ------
    StudyRefused
        If a file is missing or damaged, or if files and labels do not fit each other.
    """
    try:
        table = pd.read_parquet(folder / "predictions.parquet")
        logits = np.load(folder / "logits.npy", mmap_mode="r", allow_pickle=False)
        path = folder / "embeddings.npy"
        embeddings = np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None
    except (OSError, ValueError, EOFError, pa.ArrowException) as fault:
        raise StudyRefused(
            deferred("The predictions in {folder} are missing or damaged: {reason}.", folder=folder, reason=str(fault))
        ) from fault
    if tuple(table.columns) != COLUMNS:
        raise StudyRefused(
            deferred(
                "The predictions in {folder} have the columns {found}, expected {expected}.",
                folder=folder,
                found=list(table.columns),
                expected=list(COLUMNS),
            )
        )
    shapes = [logits.shape, (len(table), len(labels))] + ([embeddings.shape] if embeddings is not None else [])
    fits = embeddings is None or (embeddings.ndim == 2 and len(embeddings) == len(table))
    if logits.shape != (len(table), len(labels)) or not fits:
        raise StudyRefused(
            deferred("The predictions in {folder} do not fit each other: {shapes}.", folder=folder, shapes=shapes)
        )
    unknown = {*table["truth"], *table["guess"]} - {*labels, ""}
    if unknown:
        raise StudyRefused(
            deferred(
                "The predictions in {folder} name classes that the model does not have: {classes}.",
                folder=folder,
                classes=unknown,
            )
        )
    return Predictions(table, logits, embeddings)
