"""Evaluation plans of checks, with the masked pictures and the conclusion from their logits.

Evaluating is separate from concluding, so that the explanation service can do the former in small steps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.evaluate import EvaluationRequest, chunk_size, evaluator
from xai_core.model.runtime import Coalition
from xai_core.progress import Progress, ignore_progress

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationPlan(Generic[Answer]):
    """Masked pictures to evaluate, with the function that turns their logits into an answer.

    Attributes
    ----------
    evaluations
        Number of masked pictures.
    coalition
        Function that returns the n-th coalition. Coalitions are made on demand, because a thousand masks of pixels
        would fill the memory.
    conclude
        Function from (n, L) float32 logits, in the order of the coalitions, to the answer.
    partial
        True if `conclude` also accepts logits whose unknown rows are NaN.
    """

    evaluations: int
    coalition: Callable[[int], Coalition]
    conclude: Callable[[NDArray[np.float32]], Answer]
    partial: bool = False


def evaluate_in_chunks(
    request: EvaluationRequest, plan: EvaluationPlan[Answer], start: int = 0, stop: int | None = None
) -> Iterator[NDArray[np.float32]]:
    """Yield the (n, L) logits of a plan, a few masked pictures at a time.

    Parameters
    ----------
    request
        Model, picture and mask.
    plan
        What to evaluate.
    start, stop
        Half-open range of the plan's masked pictures; None runs to the end.

    Raises
    ------
    SettingRefused
        If the mask does not fit the model.
    """
    evaluate, size = evaluator(request), chunk_size(request.runtime)
    end = plan.evaluations if stop is None else min(stop, plan.evaluations)
    for first in range(start, end, size):
        numbers = range(first, min(first + size, end))
        yield np.array(evaluate([plan.coalition(number) for number in numbers]), np.float32)


def run_plan(
    request: EvaluationRequest, plan: EvaluationPlan[Answer], *, progress: Progress = ignore_progress
) -> Answer:
    """Evaluate a plan in this thread and return its answer.

    Parameters
    ----------
    request
        Model, picture and mask.
    plan
        What to evaluate.
    progress
        Called after every few evaluations. To stop the evaluation, raise an exception in it.

    Raises
    ------
    SettingRefused
        If the mask does not fit the model.
    ExplanationFailed
        If the model fails.
    """
    parts: list[NDArray[np.float32]] = []
    done = 0
    for logits in evaluate_in_chunks(request, plan):
        parts.append(logits)
        done += len(logits)
        progress(done, plan.evaluations)
    return plan.conclude(np.concatenate(parts))
