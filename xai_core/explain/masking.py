"""Pictures with parts hidden, composed from rectangles."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.settings import ExplainSettings

Rect = tuple[int, int, int, int]
"""Top, bottom, left, right in pixels, half-open."""

Coalition = tuple[Rect, ...]
"""The rectangles that are shown, none overlapping another; () hides everything."""


def hidden(picture: NDArray[np.float32], settings: ExplainSettings) -> NDArray[np.float32]:
    """What a picture looks like when all of it is hidden.

    The blur is shap's `blur(k,k)`. Normalising is affine and equal for all pixels of a channel, so blurring before
    or after it makes no difference.

    Parameters
    ----------
    picture : (H, W, 3) float32
        Normalised, as the model sees it.
    settings
        Gives the side of the box blur in pixels.

    Returns
    -------
    (H, W, 3) float32
    """
    side = settings.blur_px
    return np.asarray(cv2.blur(picture, (side, side)), np.float32).reshape(picture.shape)


class Masker:
    """Composes masked pictures in a buffer of its own; one masker serves one thread.

    Parameters
    ----------
    picture, hidden : (H, W, 3) float32
        What is seen where a pixel is shown, and where it is hidden.
    """

    def __init__(self, picture: NDArray[np.float32], hidden: NDArray[np.float32]) -> None:
        if picture.shape != hidden.shape:
            raise ValueError(f"The picture is {picture.shape} and its hidden form {hidden.shape}; they must agree.")
        self._picture = np.ascontiguousarray(picture, np.float32)
        self._hidden = np.ascontiguousarray(hidden, np.float32)
        self._buffer = np.empty((0, *picture.shape), np.float32)

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """Return one picture a coalition.

        Parameters
        ----------
        coalitions
            What is shown in each picture.

        Returns
        -------
        (n, H, W, 3) float32
            A view of the masker's buffer: the next call overwrites it.
        """
        if len(coalitions) > len(self._buffer):
            self._buffer = np.empty((len(coalitions), *self._picture.shape), np.float32)
        pictures = self._buffer[: len(coalitions)]
        for picture, coalition in zip(pictures, coalitions, strict=True):
            picture[:] = self._hidden
            for top, bottom, left, right in coalition:
                picture[top:bottom, left:right] = self._picture[top:bottom, left:right]
        return pictures
