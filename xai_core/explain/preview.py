"""What the model says of a picture as it is, and of the same picture when all of it is hidden."""

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import composer_maker
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.settings import ExplainSettings


def said(view: NDArray[np.uint8], runtime: Runtime) -> NDArray[np.float32]:
    """Logits of a picture as the model sees it, (H, W, 3) uint8: (L,) float32. Costs one evaluation.

    Raises
    ------
    ExplanationFailed
        If the model fails.
    """
    return np.asarray(runtime.logits(normalised(view, runtime.spec)[None])[0], np.float32)


def hidden_view(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.uint8]:
    """What a picture looks like when all of it is hidden, for the eye.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    spec
        How it is normalised.
    settings
        What hidden pixels show.

    Returns
    -------
    (H, W, 3) uint8
    """
    return pictured(_hidden(view, spec, settings)[0], spec)


def hidden_said(view: NDArray[np.uint8], runtime: Runtime, settings: ExplainSettings) -> NDArray[np.float32]:
    """Logits of a picture when all of it is hidden: (L,) float32, an explanation's base. Costs one evaluation.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    runtime
        The model.
    settings
        What hidden pixels show; must fit the model.

    Raises
    ------
    SettingRefused
        If the blur is larger than the model's input.
    ExplanationFailed
        If the model fails.
    """
    settings.check_against(runtime.spec.input_size, runtime.spec.labels)
    return np.asarray(runtime.logits(_hidden(view, runtime.spec, settings))[0], np.float32)


def _hidden(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """(1, H, W, 3) float32, normalised: the coalition in which nothing is shown."""
    return composer_maker(view, spec, settings)().compose([()])


def pictured(picture: NDArray[np.float32], spec: ModelSpec) -> NDArray[np.uint8]:
    """The way back from `preprocess.normalised`, for the eye: (H, W, 3) float32 to uint8."""
    black, white = spec.value_range
    values: NDArray[np.float32] = picture * np.array(spec.std, np.float32) + np.array(spec.mean, np.float32)
    grey = np.clip((values - black) * (255 / (white - black)), 0, 255)
    return np.asarray(np.rint(grey), np.uint8)
