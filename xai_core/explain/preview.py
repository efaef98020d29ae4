"""Logits of a picture as it is and with all of it hidden, and the look of its hidden form."""

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import composer_maker
from xai_core.model.preprocess import denormalise, normalise
from xai_core.model.runtime import Coalition, Runtime
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings


def shown_logits(view: NDArray[np.uint8], runtime: Runtime) -> NDArray[np.float32]:
    """Return the (L,) float32 logits of a picture, at the cost of one evaluation.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    runtime
        Model.

    Raises
    ------
    ExplanationFailed
        If the model fails.
    """
    return np.asarray(runtime.logits(normalise(view, runtime.spec)[None])[0], np.float32)


def hidden_logits(view: NDArray[np.uint8], runtime: Runtime, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return the (L,) float32 logits of a picture with all of it hidden, at the cost of one evaluation.

    They are the base of an explanation with these settings.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    runtime
        Model.
    settings
        Choice of the mask, which must fit the model.

    Raises
    ------
    SettingRefused
        If the blur is larger than the model's input.
    ExplanationFailed
        If the model fails.
    """
    settings.check_against(runtime.spec.input_size, runtime.spec.labels)
    return np.asarray(runtime.logits(_hidden(view, runtime.spec, settings))[0], np.float32)


def hidden_view(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.uint8]:
    """Return a picture with all of it hidden, for display.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    spec
        Normalisation of the model's input.
    settings
        Choice of the mask.

    Returns
    -------
    (H, W, 3) uint8
    """
    return masked_view(view, spec, settings, ())


def masked_view(
    view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings, shown: Coalition
) -> NDArray[np.uint8]:
    """Return a masked picture as it is shown to the model, (H, W, 3) uint8, for display.

    Parameters
    ----------
    view, spec, settings
        See `hidden_view`.
    shown
        What is shown of the picture, such as an (H, W) bool mask.
    """
    return denormalise(composer_maker(view, spec, settings)().compose([shown])[0], spec)


def _hidden(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """(1, H, W, 3) float32 normalised picture of the coalition that shows nothing."""
    return composer_maker(view, spec, settings)().compose([()])
