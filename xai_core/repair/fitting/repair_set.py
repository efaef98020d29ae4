"""Pictures that a cure is fitted on, as stored embeddings and logits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import StudyRefused
from xai_core.labels import match_names
from xai_core.language import deferred, mark
from xai_core.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class RepairSet:
    """Embeddings and logits of labelled pictures, by one model.

    Attributes
    ----------
    image_ids
        Ids of the N pictures.
    embeddings : (N, D) float32
        Inputs of the last layer.
    logits : (N, L) float32
        Its outputs.
    truth : (N,) int64
        Index of the true class among the labels.
    evidence : (N,) bool, or None
        True where a picture carries the suspect evidence; None where nobody has said.
    """

    image_ids: tuple[str, ...]
    embeddings: NDArray[np.float32]
    logits: NDArray[np.float32]
    truth: NDArray[np.int64]
    evidence: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def classes(self) -> NDArray[np.int64]:
        """Indices of the classes that occur, in rising order."""
        return np.unique(self.truth)

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "RepairSet":
        """Return the set of some pictures, chosen by position or by a mask."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return RepairSet(
            image_ids=tuple(self.image_ids[row] for row in at),
            embeddings=self.embeddings[at],
            logits=self.logits[at],
            truth=self.truth[at],
            evidence=None if self.evidence is None else self.evidence[at],
        )


def repair_set(
    study: Study,
    *,
    truths: dict[str, str] | None = None,
    evidence: dict[str, bool] | None = None,
    labels: Sequence[str] | None = None,
) -> RepairSet:
    """Return all readable pictures of a study.

    Parameters
    ----------
    study
        A study whose model exposes its last layer.
    truths
        Corrected class of some pictures, by image id, such as from verdicts.
    evidence
        True or False by image id, for pictures that carry the suspect evidence or do not; pictures that are not named
        do not. None if nobody has said.
    labels
        Labels of the model to repair, if the study is another one than that of the repaired pictures.

    Raises
    ------
    StudyRefused
        If the study has no embeddings, or other classes than `labels`.
    """
    if study.embeddings is None:
        raise StudyRefused(
            deferred(
                "The study {study} has no embeddings: its model does not end in a linear layer that can be seen.",
                study=study.name,
            ),
            deferred("Choose a study of a model with a linear last layer, or export the model so that it ends in one."),
        )
    names = tuple(labels or study.labels)
    if names != study.labels:
        lacking = sorted(set(names) - set(match_names(names, study.labels)))
        text = (
            mark(
                "The study {study} is of a model with other classes ({found}, expected {expected}): it has no {names}."
            )
            if lacking
            else mark(
                "The study {study} is of a model with other classes ({found}, expected {expected}): they are in "
                "another order."
            )
        )
        values = {"study": study.name, "found": len(study.labels), "expected": len(names)}
        raise StudyRefused(
            deferred(text, names=", ".join(lacking[:3]), **values),
            deferred("A repair set needs the same model: create its study with the same model file."),
        )
    rows = np.flatnonzero((study.table["unreadable"] == "").to_numpy())
    ids = tuple(study.table["image_id"].iloc[rows])
    corrected = truths or {}
    index = {label: number for number, label in enumerate(names)}
    truth = [
        index[corrected.get(image_id, label)]
        for image_id, label in zip(ids, study.table["truth"].iloc[rows], strict=True)
    ]
    return RepairSet(
        image_ids=ids,
        embeddings=np.asarray(study.embeddings[rows], np.float32),
        logits=np.asarray(study.logits[rows], np.float32),
        truth=np.array(truth, np.int64),
        evidence=None if evidence is None else np.array([evidence.get(image_id, False) for image_id in ids], np.bool_),
    )
