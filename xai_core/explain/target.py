"""Label or contrast of two labels, as the subject of a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from xai_core.labels import index_of


class HasMaps(Protocol):
    """Object with a map for each label, such as an `Explanation` or an `Attribution`."""

    def map(self, label: str) -> NDArray[np.float32]:
        """(H, W) map of a label."""
        ...

    def contrast(self, a: str, b: str) -> NDArray[np.float32]:
        """(H, W) map of `a` rather than `b`."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """Label, or contrast of two labels.

    Attributes
    ----------
    label
        Label that the map is evidence for.
    rather_than
        For a contrast, the label that the map is evidence against; else None.
    """

    label: str
    rather_than: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The label, or both labels."""
        return (self.label,) if self.rather_than is None else (self.label, self.rather_than)

    def score(self, logits: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.float64]:
        """Return the logit of the label, or the margin of the contrast.

        It is what the values of the map explain.

        Parameters
        ----------
        logits : (n, L) float
        labels
            Names of the L outputs.

        Returns
        -------
        (n,) float64, in logits

        Raises
        ------
        NameUnknown
            If there is no such label.
        """
        of_label = logits[:, index_of(self.label, labels)].astype(np.float64)
        return of_label if self.rather_than is None else of_label - logits[:, index_of(self.rather_than, labels)]

    def probability(self, logits: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of the label, or for a contrast that between its two labels alone.

        Parameters
        ----------
        logits : (n, L) float
        labels
            Names of the L outputs.

        Returns
        -------
        (n,) float64, from 0 to 1

        Raises
        ------
        NameUnknown
            If there is no such label.
        """
        if self.rather_than is not None:
            # The softmax of two logits is the logistic function of their difference.
            return np.asarray(special.expit(self.score(logits, labels)), np.float64)
        return probabilities(logits)[:, index_of(self.label, labels)]

    def map_of(self, explanation: HasMaps) -> NDArray[np.float32]:
        """Return the (H, W) map of the label or of the contrast."""
        if self.rather_than is None:
            return explanation.map(self.label)
        return explanation.contrast(self.label, self.rather_than)


def probabilities(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the softmax over the last axis, in float64."""
    return np.asarray(special.softmax(logits.astype(np.float64), axis=-1), np.float64)
