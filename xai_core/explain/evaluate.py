"""Evaluation of masked pictures by a model."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import composer_maker, hidden_form
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Coalition, ComposingRuntime, Runtime
from xai_core.settings.explain_settings import ExplainSettings

CHUNK = 8
"""Masked pictures evaluated at once, few enough that a job stops soon after it is cancelled. See `chunk_size`."""

Evaluate = Callable[[Sequence[Coalition]], NDArray[np.float32]]
"""Function from n coalitions to (n, L) logits. It serves one thread."""


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


def chunk_size(runtime: Runtime) -> int:
    """Return the number of pictures to evaluate at once.

    It is a multiple of `runtime.preferred_batch` near `CHUNK`.
    """
    return runtime.preferred_batch * max(1, CHUNK // runtime.preferred_batch)
