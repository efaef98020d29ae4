"""What every engine is to the rest: a search that asks for masked pictures, is told their logits, and has an answer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.masking import Coalition

TITLES = {"partition": "SHAP's partition", "regions": "Regions along edges"}
"""Engines for people, by the names that settings use."""

ESTIMATING = frozenset({"regions"})
"""Engines whose values have standard errors."""

MEANINGS = {
    "partition": "Owen values, a kind of Shapley values: what rectangles add to the logit, the picture being halved "
    "again and again where most is at stake. They sum to what the picture adds.",
    "regions": "Least-squares values under fair-coin coalitions: regions are cut along the picture's edges, each is "
    "shown or hidden by a fair coin, and is worth what the logit gains with it on average. They are close to Banzhaf "
    "values, neither Owen nor Shapley values, have standard errors, and sum to what the picture adds.",
}
"""What their values are."""

ERRORS_MEAN = (
    "The standard error of a value is the spread of its region times the square root of its label's place on the "
    "diagonal of noise. A value less than 1.96 of them from 0 is within noise. All values are here, whatever was drawn."
)
"""How errors are read from what is stored."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uncertainty:
    """How far values may be off: the standard error of a region's value is `spread` times the noise of the label.

    The errors of two labels go together, so that a contrast has a standard error of its own.

    Attributes
    ----------
    spread : (R,) float32
        Of each region, without unit.
    noise : (L, L) float32
        Covariance of what the values leave unexplained of the logits of two labels, in square logits.
    r2 : (L,) float32
        Share of the variance of a label's logits that values found before foresaw in masked pictures that came after.
        NaN where there are too few to say, or nothing varies; below 0 where foreseeing nothing had been better.
    """

    spread: NDArray[np.float32]
    noise: NDArray[np.float32]
    r2: NDArray[np.float32]

    @property
    def errors(self) -> NDArray[np.float32]:
        """(R, L) standard errors of the values, in logits."""
        deviations: NDArray[np.float32] = np.sqrt(np.maximum(self.noise.diagonal(), 0))
        return np.outer(self.spread, deviations)

    def contrast_errors(self, a: int, b: int) -> NDArray[np.float32]:
        """(R,) standard errors of the difference of the values of two labels, given by their places, in logits."""
        variance = self.noise[a, a] + self.noise[b, b] - 2 * self.noise[a, b]
        errors: NDArray[np.float32] = self.spread * np.float32(max(variance, 0) ** 0.5)
        return errors


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The regions found so far and what they are worth; base + sum of values = full for every label.

    Attributes
    ----------
    region_of : (H, W) int32
        Row of `values` that a pixel belongs to.
    values : (R, L) float32
        What a region is worth for a label, in logits; the engine says in what sense.
    base, full : (L,) float32
        Logits of the picture fully hidden and fully shown.
    uncertainty
        Of the values, if the engine estimates them.
    """

    region_of: NDArray[np.int32]
    values: NDArray[np.float32]
    base: NDArray[np.float32]
    full: NDArray[np.float32]
    uncertainty: Uncertainty | None = None


class Search(Protocol):
    """One exploration of one picture, driven by `ask` and `tell`. It shares nothing with any other."""

    @property
    def evaluations(self) -> int:
        """Masks whose logits are known."""
        ...

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to ask."""
        ...

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) of every mask told, in order: all that is needed to go on later."""
        ...

    @property
    def work_left(self) -> float:
        """Logits that are still spread over more than a pixel, weighed by the share of the picture they lie on."""
        ...

    def ask(self) -> tuple[Coalition, ...]:
        """Return the masks of the present batch that have not been told, in the order to tell them; () = finished."""
        ...

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Hand in the logits of the first masks of `ask`, all of them or fewer; the rest is asked for again."""
        ...

    def result(self) -> Regions:
        """Return the complete, additive answer so far; there is one as soon as two masks have been told."""
        ...

    def extended(self, evaluations: int) -> "Search":
        """Return this search with another budget, the masks told so far included."""
        ...
