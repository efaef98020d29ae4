"""Store of explanations in memory, for pictures that must not reach a disk."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.explanation import Explanation


class MemoryStore:
    """Store that writes nothing to any disk and is empty when its process ends.

    It satisfies `AnswerStore`. Any number of threads may use it.

    Parameters
    ----------
    max_bytes
        Bound of its size. Explanations that were read longest ago are dropped first.
    """

    def __init__(self, max_bytes: int = 64 * 2**20) -> None:
        # No folder of this name is ever made. It lets the service tell the questions of two stores apart.
        self.folder = Path(f"memory-{uuid4().hex}")
        self.max_bytes = max_bytes
        self._explanations: OrderedDict[str, Explanation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Explanation | None:
        """Return the explanation with this key, or None if there is none."""
        with self._lock:
            if key in self._explanations:
                self._explanations.move_to_end(key)
            return self._explanations.get(key)

    def put(self, key: str, explanation: Explanation) -> None:
        """Store an explanation, unless it is larger than the bound.

        Its arrays become read-only, because everybody who asks again gets the same ones.
        """
        for array in _arrays(explanation):
            array.setflags(write=False)
        with self._lock:
            self._explanations[key] = explanation
            self._explanations.move_to_end(key)
            while sum(map(_size, self._explanations.values())) > self.max_bytes:
                self._explanations.popitem(last=False)

    def get_logits(self, search_key: str) -> NDArray[np.float32] | None:  # noqa: ARG002 - an argument of `AnswerStore`
        """Return None, because no logits are stored.

        The service holds those of the latest searches, which is enough without a restart.
        """
        return None
        return

    def put_logits(self, search_key: str, logits: NDArray[np.float32]) -> None:
        """Discard the logits (see `get_logits`)."""


def _size(explanation: Explanation) -> int:
    return sum(array.nbytes for array in _arrays(explanation))


def _arrays(explanation: Explanation) -> tuple[NDArray[Any], ...]:
    return explanation.region_of, explanation.values, explanation.base, explanation.full
