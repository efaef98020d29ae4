"""Contract of the engines, a search that asks for masked pictures and is given their logits."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.model.runtime import Coalition

ERRORS_MEAN = (
    "The standard error of a value is the spread of its region times the square root of the label's entry on the "
    "diagonal of noise. A value less than 1.96 standard errors from 0 is within noise. All values are stored, also "
    "those that were not drawn."
)
"""Instruction for readers of a stored explanation."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uncertainty:
    """Uncertainty of the values of an explanation.

    The standard error of a region's value is `spread` times the noise of the label. The errors of two labels are
    correlated, so that a contrast has a standard error of its own (`contrast_errors`).

    Attributes
    ----------
    spread : (R,) float32
        Standard error of each region for a noise of 1, without unit.
    noise : (L, L) float32
        Covariance between labels of the logits that the values leave unexplained, in square logits.
    r2 : (L,) float32
        Hold-out R2: share of the variance of a label's logits, in masked pictures that came later, that earlier values
        predicted. NaN where there are too few pictures or the logit does not vary; below 0 where the values predicted
        worse than a constant.
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
        """Return the (R,) standard errors of the difference between two labels' values, in logits.

        Parameters
        ----------
        a, b
            Indices of the labels.
        """
        # Var(A - B) = Var(A) + Var(B) - 2 Cov(A, B), for the part that the spread does not hold.
        variance = self.noise[a, a] + self.noise[b, b] - 2 * self.noise[a, b]
        errors: NDArray[np.float32] = self.spread * np.float32(max(variance, 0) ** 0.5)
        return errors


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Regions found so far with their values, where base + sum of values = full for every label.

    Attributes
    ----------
    region_of : (H, W) int32
        Row of `values` that a pixel belongs to.
    values : (R, L) float32
        Value of each region for each label, in logits. `settings.Engine.meaning` defines it.
    base, full : (L,) float32
        Logits of the fully hidden and of the fully shown picture.
    uncertainty
        Uncertainty of the values, if the engine estimates it.
    """

    region_of: NDArray[np.int32]
    values: NDArray[np.float32]
    base: NDArray[np.float32]
    full: NDArray[np.float32]
    uncertainty: Uncertainty | None = None


class Search(Protocol):
    """Exploration of one picture, driven by `ask` and `tell`.

    Searches share no state, so that each can run in a thread of its own. `engines.registry.new_search` starts them.
    """

    @property
    def evaluations(self) -> int:
        """Number of coalitions whose logits are known."""
        ...

    @property
    def finished(self) -> bool:
        """True if the search asks for no more coalitions."""
        ...

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) logits of all coalitions so far, in order, from which another search can go on."""
        ...

    @property
    def work_left(self) -> float:
        """Logits still spread over regions of more than a pixel, weighted by the regions' shares of area."""
        ...

    def ask(self) -> tuple[Coalition, ...]:
        """Return the coalitions of this batch that are not evaluated yet, () if the search is finished."""
        ...

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Take the logits of the first coalitions of `ask`, all or fewer.

        `ask` returns the rest again.
        """
        ...

    def result(self) -> Regions:
        """Return the complete, additive answer so far, which exists as soon as two coalitions are evaluated."""
        ...
