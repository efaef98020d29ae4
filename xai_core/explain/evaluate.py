"""Evaluation of masked pictures."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import Coalition, composer_maker, hidden_form
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import ComposingRuntime, Runtime
from xai_core.settings import ExplainSettings


class Asked(Protocol):
    """What a check is about; a `Question` will do."""

    @property
    def runtime(self) -> Runtime:
        """The model, ready to run."""
        ...

    @property
    def view(self) -> NDArray[np.uint8]:
        """The picture as the model sees it, (H, W, 3), not normalised."""
        ...

    @property
    def settings(self) -> ExplainSettings:
        """What hides: its mask is that of the explanation which is checked."""
        ...


def evaluator(asked: Asked) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
    """Return what gives (n, L) logits for n coalitions; it serves one thread.

    Raises
    ------
    SettingRefused
        If the mask does not fit the model.
    """
    runtime, view, settings = asked.runtime, asked.view, asked.settings
    settings.check_against(runtime.spec.input_size, runtime.spec.labels)
    if isinstance(runtime, ComposingRuntime) and not settings.inpaints:
        return runtime.masked(normalised(view, runtime.spec), hidden_form(view, runtime.spec, settings))
    composer = composer_maker(view, runtime.spec, settings, channels_first=runtime.channels_first)()
    return lambda coalitions: runtime.logits(composer.compose(coalitions))


CHUNK = 8
"""Masked pictures evaluated at once, or as many as the runtime needs: few enough to stop at once."""
