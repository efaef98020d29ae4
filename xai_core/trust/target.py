"""What a map speaks for: a label, or one label rather than another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.labels import index_of


class Mapped(Protocol):
    """What has a map for each label: an `Explanation`, or an `Attribution` of another method."""

    def map(self, label: str) -> NDArray[np.float32]:
        """(H, W) map of a label."""
        ...

    def contrast(self, a: str, b: str) -> NDArray[np.float32]:
        """(H, W) map of `a` rather than `b`."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A label, or a contrast of two.

    Attributes
    ----------
    label
        What the map speaks for.
    rather_than
        For a contrast map, the label that it speaks against; else None.
    """

    label: str
    rather_than: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label, or both."""
        return (self.label,) if self.rather_than is None else (self.label, self.rather_than)

    def score(self, logits: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.float64]:
        """What the map's values add up to: the label's logit, or the difference of both logits.

        Parameters
        ----------
        logits : (n, L) float
        labels
            Names of the L outputs.

        Returns
        -------
        (n,) float64, in logits
        """
        of_label = logits[:, index_of(self.label, labels)].astype(np.float64)
        return of_label if self.rather_than is None else of_label - logits[:, index_of(self.rather_than, labels)]

    def probability(self, logits: NDArray[np.floating], labels: Sequence[str]) -> NDArray[np.float64]:
        """Probability of the label; for a contrast, if only the two were possible.

        Parameters
        ----------
        logits : (n, L) float
        labels
            Names of the L outputs.

        Returns
        -------
        (n,) float64, from 0 to 1
        """
        if self.rather_than is not None:
            return 1 / (1 + np.exp(-self.score(logits, labels)))
        return probabilities(logits)[:, index_of(self.label, labels)]

    def map_of(self, found: Mapped) -> NDArray[np.float32]:
        """(H, W) map that an explanation has for this."""
        return found.map(self.label) if self.rather_than is None else found.contrast(self.label, self.rather_than)


def probabilities(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Softmax over the last axis."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares
