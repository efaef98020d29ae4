"""Explanations that are not to be kept: in memory, and only as many as fit."""

import threading
from collections import OrderedDict
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore


class MemoryStore(ExplanationStore):
    """A store that writes nothing to any disk and is empty when its process ends; safe for any number of threads.

    Parameters
    ----------
    max_bytes
        Bound of what it holds; those used longest ago leave first.
    """

    def __init__(self, max_bytes: int = 64 * 2**20) -> None:
        # No folder of this name is ever made: it tells the service one store's questions from another's.
        super().__init__(Path(f"memory-{uuid4().hex}"), max_bytes)
        self._held: OrderedDict[str, Explanation] = OrderedDict()
        self._access = threading.Lock()

    def get(self, key: str) -> Explanation | None:
        """Return what is held under a key."""
        with self._access:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: str, explanation: Explanation) -> None:
        """Hold an explanation for as long as there is room; one that is larger than all the room is not held."""
        with self._access:
            self._held[key] = explanation
            self._held.move_to_end(key)
            while sum(map(_size, self._held.values())) > self.max_bytes:
                self._held.popitem(last=False)

    def known(self, search: str) -> None:  # noqa: ARG002 - asked by its contract
        """No logits are held: the service remembers those of the latest searches by itself."""
        return

    def keep(self, search: str, logits: NDArray[np.float32]) -> None:
        """See `known`."""


def _size(explanation: Explanation) -> int:
    return sum(each.nbytes for each in (explanation.region_of, explanation.values, explanation.base, explanation.full))
