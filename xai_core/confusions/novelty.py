"""Likeness of a picture to those of a study, by the model's embeddings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE = 400
"""Number of the study's pictures, evenly spaced, that give the usual likeness."""

UNUSUAL = 0.02
"""Share of the study's own pictures that are at most as alike to the others as a picture that counts as unlike.

With 0.02, 21 of 24 paintings were unlike the photographs of a study, and 5 of 24 photographs unlike the paintings of
the demo, whose model was trained on paintings alone. What counts as unlike is unlike; the reverse is not shown.
"""


@dataclass(frozen=True, slots=True)
class Novelty:
    """Likeness of one picture to a study.

    Attributes
    ----------
    nearest
        Largest cosine of the angle between its embedding and that of a picture of the study.
    usual
        Likeness that all but the share `UNUSUAL` of the study's pictures exceed, each to its nearest other picture.
    """

    nearest: float
    usual: float

    @property
    def is_unlike(self) -> bool:
        """True if the picture is less like the study than nearly all of the study's own pictures."""
        return self.nearest < self.usual


def novelty(embeddings: NDArray[np.float16], own: NDArray[np.float32]) -> Novelty | None:
    """Compare the embedding of a picture with those of a study.

    Parameters
    ----------
    embeddings : (N, D) float16
        Embeddings of the study. Rows of unreadable pictures are NaN and do not count.
    own : (D,) float32
        Embedding of the picture.

    Returns
    -------
    The likeness; None if the study has fewer than three readable pictures.
    """
    # float64, because squares of float16 embeddings overflow at 256.
    known = np.asarray(embeddings, np.float64)
    known = _directions(known[np.isfinite(known).all(axis=1)])
    if len(known) < 3:
        return None
    rows = np.unique(np.linspace(0, len(known) - 1, min(SAMPLE, len(known))).astype(np.intp))
    likeness = known[rows] @ known.T
    likeness[np.arange(len(rows)), rows] = -1.0  # a picture is not its own neighbour
    usual = float(np.quantile(likeness.max(axis=1), UNUSUAL))
    return Novelty(float((known @ _directions(np.asarray(own, np.float64)[None])[0]).max()), usual)


def _directions(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float64] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return found
