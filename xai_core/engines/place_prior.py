"""Prior over the values of regions, place by place.

A place of the last feature map depends mainly on regions near it. The prior says so by a window around each place. It
lets neighbouring regions of similar colour have similar values, by a Gaussian process over location and colour
(kriging; C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006). The mean is the share
of each place in the change from the hidden to the whole picture, spread over its window, and thus the class activation
map of the network itself (B. Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016). BOREx
(2022, arXiv:2210.17130) takes another map as the mean of a Gaussian process too.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.segmentation import patch_features

REACH = 0.5
"""Standard deviation of the window of a place, and length of the kriging, in sides of a place."""

ONE_PLACE_LENGTH = 0.12
"""Length of the kriging for a network without places, in sides of the picture."""

FLOOR = 0.003
"""Weight in a window of regions far away, relative to one at the place itself."""

COLOUR_LENGTH = 25.0
"""Difference of colour in CIELAB over which values become independent."""

SMOOTH = 0.95
"""Share of the prior variance that varies smoothly; the rest is independent from region to region."""


class Kriging:
    """Gaussian process over location and colour, the prior of the values of R regions before windows.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it.
    region_of : (H, W) int32
        Region of each pixel.
    length
        Length of the kriging in sides of the picture; see `kriging_length`.

    Attributes
    ----------
    shares : (R,) float64
        Shares of the picture's area.
    centres : (R, 2) float64
        Rows and columns of the centres, in sides of the picture from 0 to 1.
    """

    def __init__(self, view: NDArray[np.uint8], region_of: NDArray[np.int32], length: float) -> None:
        features = patch_features(view, region_of)
        pixels = np.bincount(region_of.ravel())
        self.shares = pixels / pixels.sum()
        self.centres = (features[:, 3:] + 0.5) / region_of.shape
        self._colours = features[:, :3]
        self._length = length

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """(R, R) prior covariance of the values, with entries that sum to about 1."""
        apart = _square_distances(self.centres) / self._length**2
        apart += _square_distances(self._colours) / COLOUR_LENGTH**2
        kernel = np.exp(-apart / 2)
        # Without the roots a region in a crowd of similar ones would vary once with each of them.
        smooth = self.shares / np.sqrt(kernel @ self.shares)
        covariance: NDArray[np.float64] = SMOOTH * kernel * np.outer(smooth, smooth)
        covariance[np.diag_indices_from(covariance)] += (1 - SMOOTH) * self.shares
        return covariance


class PlacePrior:
    """Prior of the values of R regions at P places, where the sum over the regions is known.

    Parameters
    ----------
    kriging
        Prior before windows.
    grid
        Rows and columns of the places, or None for one place that depends on the whole picture alike.
    dtype
        Precision of the fits. float32 is exact enough with the ratios of `place_fit.BOUNDS`, at half the cost.

    Attributes
    ----------
    shares : (R,) float64
        Shares of the picture's area.
    windows : (P, R) float64
        Share of each region in the prior mean of a place. Each row sums to 1.
    """

    def __init__(self, kriging: Kriging, grid: tuple[int, int] | None, dtype: type[np.floating] = np.float32) -> None:
        self.shares = kriging.shares
        self._kriging = kriging
        self._dtype = dtype
        self._weights = np.ones((1, len(self.shares))) if grid is None else _windows(kriging.centres, grid)
        self._totals = (self._weights * self.shares).sum(axis=1, keepdims=True)
        self.windows: NDArray[np.float64] = self._weights * self.shares / self._totals

    @cached_property
    def covariances(self) -> NDArray[np.floating]:
        """(P, R, R) prior covariance of the values at each place.

        The rows of each sum to 0 up to rounding, because the sum of the values is known.
        """
        shared = self._kriging.covariance
        scales = np.sqrt(self._weights / self._totals)
        # The Gaussian process conditioned on the sum of its values: S - s s' / (1's) with s = S 1.
        sums = scales * (scales @ shared)
        known = sums / np.sqrt(sums.sum(axis=1, keepdims=True))
        shared, scales, known = (array.astype(self._dtype) for array in (shared, scales, known))
        covariances: NDArray[np.floating] = scales[:, :, None] * shared
        covariances *= scales[:, None]
        covariances -= known[:, :, None] * known[:, None]
        return covariances

    @cached_property
    def variances(self) -> NDArray[np.float64]:
        """(P, R) prior variance of the value of each region at each place."""
        return self.covariances.diagonal(axis1=1, axis2=2).astype(np.float64)


def kriging_length(grid: tuple[int, int] | None) -> float:
    """Return the length of the kriging for a grid of places, in sides of the picture."""
    return ONE_PLACE_LENGTH if grid is None else REACH / (grid[0] * grid[1]) ** 0.5


def _windows(where: NDArray[np.float64], grid: tuple[int, int]) -> NDArray[np.float64]:
    """(P, R) weights of regions in the window of each place, 1 at its centre."""
    down, across = ((np.arange(count) + 0.5) / count for count in grid)
    # In units of the standard deviation of the window, along each side.
    rows = (down[:, None] - where[:, 0]) * grid[0] / REACH
    columns = (across[:, None] - where[:, 1]) * grid[1] / REACH
    apart = rows[:, None] ** 2 + columns[None] ** 2
    return np.exp(-apart.reshape(-1, len(where)) / 2) + FLOOR


def _square_distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    return found
