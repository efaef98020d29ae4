"""Pictures with parts hidden, composed from rectangles or from a mask of pixels."""

from collections.abc import Callable, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.model.preprocess import normalised
from xai_core.model.spec import ModelSpec
from xai_core.settings import ExplainSettings

Rect = tuple[int, int, int, int]
"""Top, bottom, left, right in pixels, half-open."""

Coalition = tuple[Rect, ...] | NDArray[np.bool_]
"""What is shown: rectangles of which none overlaps another, () for nothing; or (H, W) bool, True where shown."""

INPAINT_RADIUS = 3
"""Pixels that a painted pixel looks at; shap's."""

_INPAINT = {"inpaint_telea": cv2.INPAINT_TELEA, "inpaint_ns": cv2.INPAINT_NS}


class Composer(Protocol):
    """Makes masked pictures of one picture; one composer serves one thread."""

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """Return one picture a coalition.

        Parameters
        ----------
        coalitions
            What is shown in each picture.

        Returns
        -------
        (n, H, W, 3) float32
            Normalised; a view of the composer's buffer, which the next call overwrites.
        """
        ...


def composer_maker(
    view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings, *, channels_first: bool = False
) -> Callable[[], Composer]:
    """Return what makes composers of masked pictures: what can be shared is computed once, a buffer is each one's own.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    spec
        How it is normalised.
    settings
        What hidden pixels show.
    channels_first
        How the pictures are to lie in memory; see `Runtime.channels_first`.
    """
    if settings.inpaints:
        return lambda: Inpainter(view, spec, settings)
    picture = normalised(view, spec)
    hides = hidden_form(view, spec, settings)
    return lambda: Masker(picture, hides, channels_first=channels_first)


def hidden_form(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """What a picture looks like when all of it is hidden, as (H, W, 3) float32, normalised.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    spec
        How it is normalised.
    settings
        Any mask but those that paint each masked picture anew.
    """
    if settings.colour is not None:
        plain = np.empty_like(view)
        plain[:] = settings.colour
        return normalised(plain, spec)
    return hidden(normalised(view, spec), settings)


def hidden(picture: NDArray[np.float32], settings: ExplainSettings) -> NDArray[np.float32]:
    """What a picture looks like when all of it is blurred, or is all of its mean colour.

    The box blur is shap's `blur(k,k)`. Normalising is affine and equal for all pixels of a channel, so blurring or
    averaging before or after it makes no difference.

    Parameters
    ----------
    picture : (H, W, 3) float32
        Normalised, as the model sees it.
    settings
        Masks `blur`, `gaussian` and `mean`.

    Returns
    -------
    (H, W, 3) float32
    """
    side = settings.blur_px
    if settings.mask == "mean":
        return np.broadcast_to(picture.mean(axis=(0, 1), dtype=np.float64).astype(np.float32), picture.shape).copy()
    if settings.mask == "gaussian":
        # The standard deviation of a box of that side: both blurs then spread a pixel equally far.
        sigma = ((side**2 - 1) / 12) ** 0.5
        blurred = cv2.GaussianBlur(picture, (0, 0), sigma) if side > 1 else picture.copy()
    else:
        blurred = cv2.blur(picture, (side, side))
    # Of a picture of one row or column OpenCV returns fewer dimensions.
    return np.asarray(blurred, np.float32).reshape(picture.shape)


def shown_pixels(coalition: Coalition, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A coalition as (H, W) bool, True where a pixel is shown; `shape` is H and W."""
    if isinstance(coalition, np.ndarray):
        return coalition
    shown = np.zeros(shape, np.bool_)
    for top, bottom, left, right in coalition:
        shown[top:bottom, left:right] = True
    return shown


class Masker:
    """Composes masked pictures out of two, the shown and the hidden one.

    Parameters
    ----------
    picture, hidden : (H, W, 3) float32
        What is seen where a pixel is shown, and where it is hidden.
    channels_first
        Let the pictures lie in memory channel after channel, as a network that wants (n, 3, H, W) reads them: what
        `compose` returns then is a view of that with the channels last.
    """

    def __init__(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32], *, channels_first: bool = False
    ) -> None:
        if picture.shape != hidden.shape:
            raise ValueError(f"The picture is {picture.shape} and its hidden form {hidden.shape}; they must agree.")
        # Compared in the order in which they lie in memory: then a row is copied at a stroke.
        axes = (2, 0, 1) if channels_first else (0, 1, 2)
        self._picture = np.ascontiguousarray(picture.transpose(axes), np.float32)
        self._hidden = np.ascontiguousarray(hidden.transpose(axes), np.float32)
        self._channels_first = channels_first
        self._buffer = np.empty((0, *self._picture.shape), np.float32)

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """See `Composer.compose`."""
        if len(coalitions) > len(self._buffer):
            self._buffer = np.empty((len(coalitions), *self._picture.shape), np.float32)
        pictures = self._buffer[: len(coalitions)]
        for picture, coalition in zip(pictures, coalitions, strict=True):
            picture[:] = self._hidden
            if isinstance(coalition, np.ndarray):
                shows = np.ascontiguousarray(coalition).view(np.uint8)
                # Two to nine times as fast as numpy's own copy under a mask.
                for source, target in zip(self._planes(self._picture), self._planes(picture), strict=True):
                    cv2.copyTo(source, shows, target)
                continue
            for top, bottom, left, right in coalition:
                where = np.s_[..., top:bottom, left:right] if self._channels_first else np.s_[top:bottom, left:right]
                picture[where] = self._picture[where]
        return pictures.transpose(0, 2, 3, 1) if self._channels_first else pictures

    def _planes(self, picture: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        """What one mask fits: each channel, or all of them at once."""
        return tuple(picture) if self._channels_first else (picture,)


class Inpainter:
    """Composes masked pictures by continuing what is shown into what is hidden.

    Painting works on the uint8 picture and the result is normalised: OpenCV takes no other pictures of three
    channels, and normalised numbers cut down to uint8, as shap's masker cuts them, are no picture any more. Where
    nothing is shown there is nothing to continue: the picture is then of its mean colour, as in shap.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    spec
        How it is normalised.
    settings
        Masks `inpaint_telea` and `inpaint_ns`.
    """

    def __init__(self, view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> None:
        self._view = np.ascontiguousarray(view)
        self._mean = view.mean(axis=(0, 1)).astype(np.uint8)
        self._spec = spec
        self._method = _INPAINT[settings.mask]

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """See `Composer.compose`."""
        return normalised(np.stack([self._painted(coalition) for coalition in coalitions]), self._spec)

    def _painted(self, coalition: Coalition) -> NDArray[np.uint8]:
        hides = (~shown_pixels(coalition, self._view.shape[:2])).astype(np.uint8)
        if hides.all():
            return np.broadcast_to(self._mean, self._view.shape)
        painted = cv2.inpaint(self._view, hides, INPAINT_RADIUS, self._method)
        return np.asarray(painted, np.uint8).reshape(self._view.shape)
