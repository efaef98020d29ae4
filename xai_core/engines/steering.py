"""Choice of the labels that steer a search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xai_core.labels import index_of
from xai_core.settings.explain_settings import ExplainSettings


def steering_labels(full: NDArray[np.floating], settings: ExplainSettings, labels: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions of the labels that steer, the most probable ones and then the named ones.

    Parameters
    ----------
    full : (L,)
        Logits of the whole picture.
    settings
        `steer_top` and `steer_labels`.
    labels
        Names of the L outputs, for `steer_labels`.

    Returns
    -------
    (K,) int, each position once. Of equal logits the first label counts as the more probable one.
    """
    top = np.argsort(-full, kind="stable")[: settings.steer_top]
    named = [index_of(label, labels) for label in settings.steer_labels]
    return np.array([*top, *(label for label in dict.fromkeys(named) if label not in top)], np.intp)
