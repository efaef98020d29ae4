"""Evaluation of masked pictures by a model."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.steering import steering_labels
from xai_core.masking import composer_maker, hidden_form
from xai_core.model.places import (
    ComposingPlaceRuntime,
    Grid,
    PlaceRuntime,
    answer_rows,
    coarse_grid,
    join_places,
    place_grid,
    split_rows,
)
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Coalition, ComposingRuntime, Runtime
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings

MOST_PLACES = 8
"""Largest number of rows, and of columns, of the grid of places by which an engine fits.

The places of a finer feature map are joined. More of them make a fit slower and no better: about 11 regions a place
are enough."""

CHUNK = 8
"""Masked pictures evaluated at once, few enough that a job stops soon after it is cancelled. See `chunk_size`."""

Evaluate = Callable[[Sequence[Coalition]], NDArray[np.float32]]
"""Function from n coalitions to (n, L) logits, or to (n, L + P * K) answer rows. It serves one thread."""


class EvaluationRequest(Protocol):
    """Picture, model and mask of an evaluation, such as a `Question`."""

    @property
    def runtime(self) -> Runtime:
        """Model, ready to run."""
        ...

    @property
    def view(self) -> NDArray[np.uint8]:
        """(H, W, 3) picture as the model sees it, not normalised."""
        ...

    @property
    def settings(self) -> ExplainSettings:
        """Settings with the choice of the mask; for a check, those of the checked explanation."""
        ...


def evaluator(request: EvaluationRequest) -> Evaluate:
    """Return a function that evaluates masked pictures, for one thread.

    Raises
    ------
    SettingRefused
        If the mask does not fit the model.
    """
    spec = request.runtime.spec
    request.settings.check_against(spec.input_size, spec.labels)
    return evaluator_maker(request)()


def evaluator_maker(request: EvaluationRequest) -> Callable[[], Evaluate]:
    """Return a function that makes evaluators of one picture.

    Settings must fit the model. The normalised picture and its hidden form are computed once. Each evaluator adds a
    buffer for the composed pictures. A runtime that composes on its device needs no buffer here, and all evaluators are
    then the same.
    """
    runtime, view, settings = request.runtime, request.view, request.settings
    # Inpainting fills the hidden pixels from the shown ones, so there is no one hidden form to send to the device.
    if isinstance(runtime, ComposingRuntime) and not settings.inpaints:
        on_device = runtime.masked(normalise(view, runtime.spec), hidden_form(view, runtime.spec, settings))
        return lambda: on_device
    new_composer = composer_maker(view, runtime.spec, settings, channels_first=runtime.channels_first)

    def new_evaluator() -> Evaluate:
        composer = new_composer()
        return lambda coalitions: runtime.logits(composer.compose(coalitions))

    return new_evaluator


def used_grid(request: EvaluationRequest) -> Grid | None:
    """Return the grid of places by which an engine fits, None if the engine or the network has no places."""
    grid = place_grid(request.runtime) if ENGINES[request.settings.engine].uses_places else None
    return None if grid is None else coarse_grid(grid, MOST_PLACES)


def row_evaluator_maker(request: EvaluationRequest, full: NDArray[np.float32] | None = None) -> Callable[[], Evaluate]:
    """Return a function that makes evaluators of one picture for the search of an engine.

    An engine that uses places gets answer rows of a network that shows them (`model.places.answer_rows`). Any other
    search gets logits (`evaluator_maker`).

    Parameters
    ----------
    request
        Picture, model and settings, which must fit the model.
    full : (L,) float32
        Logits of the whole picture, which choose the K steering labels. If they are not known, they are those of the
        last of the first coalitions that are evaluated, which must be the whole picture.
    """
    if used_grid(request) is None:
        return evaluator_maker(request)
    return _RowEvaluatorMaker(request, full)


class _RowEvaluatorMaker:
    """Maker of evaluators that return answer rows (see `row_evaluator_maker`)."""

    def __init__(self, request: EvaluationRequest, full: NDArray[np.float32] | None) -> None:
        self._request = request
        self._every = tuple(range(len(request.runtime.spec.labels)))
        self._steering = None if full is None else self._chosen(full)
        self._new = _place_evaluators(request)

    def __call__(self) -> Evaluate:
        """Return an evaluator for one thread."""
        return self._first() if self._steering is None else self._new(self._steering)

    def _first(self) -> Evaluate:
        """Return an evaluator that asks for the shares of all labels, because it does not know yet which steer."""
        evaluate = self._new(self._every)

        def rows(coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
            found = evaluate(coalitions)
            if self._steering is None:
                self._steering = self._chosen(found[-1, : len(self._every)])
            grid = used_grid(self._request)
            assert grid is not None
            logits, shares = split_rows(found, len(self._every), grid[0] * grid[1])
            return answer_rows(logits, shares[..., self._steering])

        return rows

    def _chosen(self, full: NDArray[np.float32]) -> tuple[int, ...]:
        spec, settings = self._request.runtime.spec, self._request.settings
        return tuple(int(label) for label in steering_labels(full, settings, spec.labels))


def _place_evaluators(request: EvaluationRequest) -> Callable[[tuple[int, ...]], Evaluate]:
    """Return a function from K labels to an evaluator that returns answer rows with their shares."""
    runtime, view, settings = request.runtime, request.view, request.settings
    assert isinstance(runtime, PlaceRuntime)
    places, grid, count = runtime, runtime.place_grid, len(runtime.spec.labels)
    assert grid is not None
    if isinstance(runtime, ComposingPlaceRuntime) and not settings.inpaints:
        composing, picture, cover = runtime, normalise(view, runtime.spec), hidden_form(view, runtime.spec, settings)

        # The picture is sent to the device once for all batches, and not once for each.
        @cache
        def on_device(labels: tuple[int, ...]) -> Evaluate:
            evaluate = composing.masked_places(picture, cover, labels)
            return lambda coalitions: _joined(*split_rows(evaluate(coalitions), count, grid[0] * grid[1]), grid)

        return on_device
    new_composer = composer_maker(view, runtime.spec, settings, channels_first=runtime.channels_first)

    def new_evaluator(labels: tuple[int, ...]) -> Evaluate:
        composer = new_composer()
        return lambda coalitions: _joined(*places.place_logits(composer.compose(coalitions), labels), grid)

    return new_evaluator


def _joined(logits: NDArray[np.float32], shares: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """Return the answer rows over the places of the grid that is used."""
    return answer_rows(logits, join_places(shares, grid, MOST_PLACES))


def chunk_size(runtime: Runtime) -> int:
    """Return the number of pictures to evaluate at once.

    It is a multiple of `runtime.preferred_batch` near `CHUNK`.
    """
    return runtime.preferred_batch * max(1, CHUNK // runtime.preferred_batch)
