"""What a check evaluates, and what follows from it; kept apart, so that a queue can do the evaluating."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import XaiError
from xai_core.explain.evaluate import CHUNK, Asked, evaluator
from xai_core.masking import Coalition

Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]
"""Called with evaluations done and planned."""


class Stopped(XaiError):
    """Somebody wanted a check to end before it was done."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan(Generic[Answer]):
    """Masked pictures to evaluate, and what their logits mean.

    Attributes
    ----------
    evaluations
        How many masked pictures.
    coalition
        Gives the n-th of them; made when it is needed, because a thousand masks of pixels fill the memory.
    conclude
        From (n, L) float32 logits, in that order, to the answer.
    partial
        Whether it also concludes from logits of which the rows that are not known yet are NaN.
    """

    evaluations: int
    coalition: Callable[[int], Coalition]
    conclude: Callable[[NDArray[np.float32]], Answer]
    partial: bool = False


def chunks(asked: Asked, plan: Plan[Answer], start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.float32]]:
    """Evaluate a plan a few masked pictures at a time, yielding their logits (n, L); leave it at any of them.

    Parameters
    ----------
    asked
        Which model, picture and mask.
    plan
        What to evaluate.
    start, stop
        Which of its masked pictures, half-open; None goes to the end.
    """
    evaluate, at_once = evaluator(asked), asked.runtime.at_once
    size = at_once * max(1, CHUNK // at_once)
    end = plan.evaluations if stop is None else min(stop, plan.evaluations)
    for first in range(start, end, size):
        places = range(first, min(first + size, end))
        yield np.array(evaluate([plan.coalition(place) for place in places]), np.float32)


def answered(
    asked: Asked,
    plan: Plan[Answer],
    *,
    progress: Progress = lambda _done, _planned: None,
    stop: Callable[[], bool] = lambda: False,
) -> Answer:
    """Evaluate a plan here and now and return its answer.

    Parameters
    ----------
    asked
        Which model, picture and mask.
    plan
        What to evaluate.
    progress
        Called after every few evaluations.
    stop
        Asked as often; True ends it.

    Raises
    ------
    Stopped
        If `stop` said so.
    ExplanationFailed
        If the model fails.
    """
    parts: list[NDArray[np.float32]] = []
    done = 0
    for part in chunks(asked, plan):
        parts.append(part)
        done += len(part)
        progress(done, plan.evaluations)
        if done < plan.evaluations and stop():
            raise Stopped(f"It was stopped after {done} of {plan.evaluations} evaluations.")
    return plan.conclude(np.concatenate(parts))
