"""Comparison of an explanation with the prediction that a study stores for the same picture."""

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.language import tr
from xai_core.texts import paragraph

TOLERANCE = {False: 1e-2, True: 2e-2}
"""Largest difference that counts as rounding, as a share of the range of the logits, in float32 and in float16.

Another version of a picture decoder moves logits by a few thousandths of their range.
"""


def describe_disagreement(explanation: Explanation, predicted: NDArray[np.floating]) -> str:
    """Return a sentence if a model answers otherwise now than when its study was made, else "".

    Parameters
    ----------
    explanation
        Explanation of a picture, with the logits of the whole picture.
    predicted : (L,) float32 or float16
        Logits of the same picture that the study stores.
    """
    stored, full = predicted.astype(np.float64), explanation.full.astype(np.float64)
    # Studies of earlier versions stored float16, clipped to its range. NaN marks an unreadable picture.
    of_half = predicted.dtype == np.float16
    largest = float(np.finfo(np.float16).max) if of_half else np.inf
    comparable = np.isfinite(stored) & (np.abs(stored) < largest)
    if not comparable.any():
        return ""
    stored, full = stored[comparable], full[comparable]
    scale = float(np.ptp(stored))
    rounding = np.abs(stored) * (2.0**-11 if of_half else 0.0) + TOLERANCE["float16" in explanation.runtime] * max(
        scale, 1e-6
    )
    difference = np.abs(full - stored)
    if (difference <= rounding).all():
        return ""
    labels = [label for label, kept in zip(explanation.labels, comparable, strict=True) if kept]
    before, now = (words(labels[int(values.argmax())]) for values in (stored, full))
    return paragraph(
        tr(
            "The model answers otherwise than when the study was made: the logits of this picture differ by up to "
            "{difference:.3g}.",
            difference=float(difference.max()),
        ),
        tr("Its guess is {now} now and was {before}.", now=now, before=before)
        if before != now
        else tr("Its guess is {now} as before.", now=now),
        tr("Create the study again, with the same command."),
    )
