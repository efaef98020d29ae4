"""Composition of masked pictures, and the functions that fill hidden pixels.

The table `MASKS` of `settings.mask_table` has the functions and what people call them. A function for a mask that does
not inpaint takes the picture and returns its hidden form (`HiddenForm`); a function for a mask that inpaints takes the
picture and the hidden pixels and returns the filled picture (`Inpaint`).
"""

from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Coalition
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS

INPAINT_RADIUS = 3
"""Radius in pixels of the neighbourhood that inpainting looks at, the same as shap's."""

HiddenForm = Callable[[NDArray[np.float32], ModelSpec, ExplainSettings], NDArray[np.float32]]
"""Function from the normalised picture, (H, W, 3), to its form with all pixels hidden, of the same shape."""

Inpaint = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]
"""Function from the picture, (H, W, 3), and the hidden pixels, (H, W) not 0, to the filled picture."""


class Composer(Protocol):
    """Composer of masked pictures of one picture. One composer serves one thread."""

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """Compose one picture for each coalition.

        Parameters
        ----------
        coalitions
            Shown part of each of the N pictures.

        Returns
        -------
        (N, H, W, 3) float32
            Normalised. It is a view of the composer's buffer, which the next call overwrites.
        """
        ...


def composer_maker(
    view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings, *, channels_first: bool = False
) -> Callable[[], Composer]:
    """Return a function that makes composers, which share the hidden form and have buffers of their own.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    spec
        Normalisation of the model's input.
    settings
        Choice of the mask.
    channels_first
        Order of the composed pictures in memory; see `Runtime.channels_first`.
    """
    if settings.inpaints:
        return lambda: Inpainter(view, spec, settings)
    picture = normalise(view, spec)
    hidden_picture = hidden(picture, spec, settings)
    return lambda: Masker(picture, hidden_picture, channels_first=channels_first)


def hidden_form(view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return the picture with all pixels hidden, (H, W, 3) float32, normalised.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    spec
        Normalisation of the model's input.
    settings
        Choice of a mask that does not inpaint.

    Raises
    ------
    ValueError
        If the mask inpaints.
    """
    return hidden(normalise(view, spec), spec, settings)


def hidden(picture: NDArray[np.float32], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return a normalised picture with all pixels hidden.

    Normalising is affine and equal for all pixels of a channel, so blurring or averaging before or after it makes no
    difference.

    Parameters
    ----------
    picture : (H, W, 3) float32
        Normalised picture.
    spec, settings
        As for `hidden_form`.
    """
    if settings.inpaints:
        raise ValueError(f"The mask {settings.mask} has no hidden form: its fill depends on which pixels are hidden.")
    fill: HiddenForm = resolve_name(MASKS[settings.mask].fill)
    return fill(picture, spec, settings)


def box_blurred(picture: NDArray[np.float32], _spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return a box blur of a picture (H, W, 3), that of shap's masker `blur(k,k)`."""
    side = settings.blur_px
    return _of_shape(cv2.blur(picture, (side, side)), picture)


def gaussian_blurred(picture: NDArray[np.float32], _spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return a Gaussian blur of a picture (H, W, 3), as wide as the box blur of this `blur_px`."""
    side = settings.blur_px
    if side == 1:
        return picture.copy()
    # The variance of n equally likely neighbouring whole numbers is (n**2 - 1) / 12, so that both blurs spread a pixel
    # equally far.
    sigma = ((side**2 - 1) / 12) ** 0.5
    return _of_shape(cv2.GaussianBlur(picture, (0, 0), sigma), picture)


def mean_coloured(picture: NDArray[np.float32], _spec: ModelSpec, _settings: ExplainSettings) -> NDArray[np.float32]:
    """Return a uniform picture (H, W, 3) in the mean colour of a normalised picture (H, W, 3)."""
    return np.broadcast_to(picture.mean(axis=(0, 1), dtype=np.float64).astype(np.float32), picture.shape).copy()


def plainly_coloured(picture: NDArray[np.float32], spec: ModelSpec, settings: ExplainSettings) -> NDArray[np.float32]:
    """Return a uniform normalised picture (H, W, 3) in the colour of the settings."""
    plain = np.empty(picture.shape, np.uint8)
    assert settings.colour is not None
    plain[:] = settings.colour
    return normalise(plain, spec)


def inpainted_telea(view: NDArray[np.uint8], hidden_pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill hidden pixels by A. Telea's fast marching method (Journal of Graphics Tools 2004).

    `view` is (H, W, 3), and `hidden_pixels` (H, W) is not 0 where a pixel is hidden.
    """
    return np.asarray(cv2.inpaint(view, hidden_pixels, INPAINT_RADIUS, cv2.INPAINT_TELEA), np.uint8)


def inpainted_ns(view: NDArray[np.uint8], hidden_pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill hidden pixels by the Navier-Stokes method (M. Bertalmio et al., CVPR 2001).

    `view` is (H, W, 3), and `hidden_pixels` (H, W) is not 0 where a pixel is hidden.
    """
    return np.asarray(cv2.inpaint(view, hidden_pixels, INPAINT_RADIUS, cv2.INPAINT_NS), np.uint8)


def shown_pixels(coalition: Coalition, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a coalition as (H, W) bool, True where a pixel is shown, for the shape (H, W)."""
    if isinstance(coalition, np.ndarray):
        return coalition
    shown = np.zeros(shape, np.bool_)
    for top, bottom, left, right in coalition:
        shown[top:bottom, left:right] = True
    return shown


def _of_shape(blurred: NDArray[Any], picture: NDArray[np.float32]) -> NDArray[np.float32]:
    # OpenCV drops a dimension of a picture that has one row or one column.
    return np.asarray(blurred, np.float32).reshape(picture.shape)


class Masker:
    """Composer that takes every pixel from the shown or from the hidden picture.

    Parameters
    ----------
    picture, hidden_picture : (H, W, 3) float32
        Sources of the shown and of the hidden pixels.
    channels_first
        If True, the pictures lie in memory channel after channel, as a network that reads (N, 3, H, W) wants them.
        `compose` still returns the channels last, as a view of that memory.

    Raises
    ------
    ValueError
        If the two pictures differ in shape.
    """

    def __init__(
        self, picture: NDArray[np.float32], hidden_picture: NDArray[np.float32], *, channels_first: bool = False
    ) -> None:
        if picture.shape != hidden_picture.shape:
            raise ValueError(
                f"The picture is {picture.shape} and its hidden form {hidden_picture.shape}; they must agree."
            )
        # Sources and buffer share one order in memory: a row of a rectangle is then one contiguous copy, and no
        # composed picture has to be transposed for the network.
        axes = (2, 0, 1) if channels_first else (0, 1, 2)
        self._picture = np.ascontiguousarray(picture.transpose(axes), np.float32)
        self._hidden = np.ascontiguousarray(hidden_picture.transpose(axes), np.float32)
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
                # OpenCV wants bytes; a bool array has the same memory, so that nothing is copied here.
                shows = np.ascontiguousarray(coalition).view(np.uint8)
                # cv2.copyTo is two to nine times as fast as numpy's assignment under a mask.
                for source, target in zip(self._planes(self._picture), self._planes(picture), strict=True):
                    cv2.copyTo(source, shows, target)
                continue
            for top, bottom, left, right in coalition:
                where = np.s_[..., top:bottom, left:right] if self._channels_first else np.s_[top:bottom, left:right]
                picture[where] = self._picture[where]
        return pictures.transpose(0, 2, 3, 1) if self._channels_first else pictures

    def _planes(self, picture: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        """Return views of a picture that an (H, W) mask fits, its channels or all of it."""
        return tuple(picture) if self._channels_first else (picture,)


class Inpainter:
    """Composer that continues the shown pixels into the hidden ones.

    It inpaints the uint8 picture and normalises the result. OpenCV inpaints no other pictures of three channels, and
    normalised values cast to uint8, as shap's masker casts them, are no picture any more. Where nothing is shown there
    is nothing to continue, and the picture has its mean colour, as in shap.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    spec
        Normalisation of the model's input.
    settings
        Choice of a mask that inpaints.
    """

    def __init__(self, view: NDArray[np.uint8], spec: ModelSpec, settings: ExplainSettings) -> None:
        self._view = np.ascontiguousarray(view)
        self._mean = view.mean(axis=(0, 1)).astype(np.uint8)
        self._spec = spec
        self._inpaint: Inpaint = resolve_name(MASKS[settings.mask].fill)

    def compose(self, coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
        """See `Composer.compose`."""
        return normalise(np.stack([self._filled(coalition) for coalition in coalitions]), self._spec)

    def _filled(self, coalition: Coalition) -> NDArray[np.uint8]:
        hidden_pixels = (~shown_pixels(coalition, self._view.shape[:2])).astype(np.uint8)
        if hidden_pixels.all():
            return np.broadcast_to(self._mean, self._view.shape)
        return self._inpaint(self._view, hidden_pixels).reshape(self._view.shape)
