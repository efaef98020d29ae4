"""Results that a service keeps in memory: logits of searches, and answers that are not stored."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import StoreRefused
from xai_core.explain.queue.job import QuestionProtocol

log = logging.getLogger(__name__)

LOGITS_BYTES = 128 * 2**20
"""Bound of the logits of ended searches in memory, from which a search with a larger budget goes on."""

UNSTORED_ANSWERS = 64
"""Number of answers held in memory because they could not be stored."""


class KeptResults:
    """Results of one service, of bounded size. Those that were kept first are dropped first.

    The service's lock guards it.
    """

    def __init__(self) -> None:
        self._logits: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self.unsaved: list[tuple[QuestionProtocol[Any], NDArray[np.float32]]] = []

    def answer(self, name: tuple[str, str]) -> Any:
        """Return the answer to the question with a name, None if there is none."""
        return self._answers.get(name)

    def keep_answer(self, name: tuple[str, str], answer: object) -> None:
        """Keep an answer that is not stored."""
        self._answers[name] = answer
        while len(self._answers) > UNSTORED_ANSWERS:
            self._answers.popitem(last=False)

    def logits(self, search_key: str) -> NDArray[np.float32] | None:
        """Return the (n, L) logits of a search, None if there are none."""
        return self._logits.get(search_key)

    def keep_logits(self, question: QuestionProtocol[Any], logits: NDArray[np.float32], *, saved: bool) -> None:
        """Keep the longest logits of a search, and list them in `unsaved` if they are to be saved.

        Parameters
        ----------
        question
            Question of the search.
        logits : (n, L) float32
            Logits of its evaluations.
        saved
            False if they stay in memory only.
        """
        search_key = question.search_key
        # Searches with one key ask for the same coalitions in the same order, so the longer logits contain the others.
        longer = max(logits, self._logits.pop(search_key, logits), key=len)
        self._logits[search_key] = longer
        while sum(held.nbytes for held in self._logits.values()) > LOGITS_BYTES:
            self._logits.popitem(last=False)
        if saved:
            self.unsaved.append((question, longer))

    def take_unsaved(self) -> list[tuple[QuestionProtocol[Any], NDArray[np.float32]]]:
        """Return the logits to be saved, each once."""
        found, self.unsaved = self.unsaved, []
        return found


def save_logits(unsaved: Iterable[tuple[QuestionProtocol[Any], NDArray[np.float32]]]) -> None:
    """Write logits of searches to their stores, with a warning for each that a store refuses."""
    for question, logits in unsaved:
        try:
            question.store.put_logits(question.search_key, logits)
        except StoreRefused as fault:
            log.warning("%s", fault.sentence)
