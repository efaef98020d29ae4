"""Interface of an engine's search."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core.model.runtime import Coalition

ERRORS_MEAN = (
    "The standard error of a value is the root of a sum of two squares. The first term is the spread of its region "
    "times the square root of the entry of the label on the diagonal of noise. For labels listed in steering it is "
    "the square root of the entry of region and label on the diagonal of covariance. The second term is relative "
    "times the value. A value less than 1.96 standard errors from 0 is within noise. All values are stored, also "
    "those that were not drawn."
)
"""Instruction for readers of a stored explanation."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uncertainty:
    """Uncertainty of the values of an explanation.

    The standard error of a region's value is `spread` times the noise of the label, or follows from `covariance` if the
    label steered the search; `relative` is added to it. The errors of two labels are correlated, so that a contrast has
    a standard error of its own (`contrast_errors`).

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
    steering : (K,) int
        Positions of the labels that have a covariance of their own. None of them in files of earlier versions.
    covariance : (R, K, K) float32
        Covariance of the errors of these labels for each region, in square logits.
    relative
        Part of a value that is added to its standard error in quadrature.
    """

    spread: NDArray[np.float32]
    noise: NDArray[np.float32]
    r2: NDArray[np.float32]
    steering: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    covariance: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    relative: float = 0.0

    def errors(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (R, L) standard errors of the (R, L) values of the explanation, in logits."""
        deviations: NDArray[np.float32] = np.sqrt(np.maximum(self.noise.diagonal(), 0))
        errors = np.outer(self.spread, deviations)
        for number, label in enumerate(self.steering):
            errors[:, label] = np.sqrt(np.maximum(self.covariance[:, number, number], 0))
        return _joined(errors, self.relative, values)

    def contrast_errors(self, a: int, b: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the (R,) standard errors of the difference between two labels' values, in logits.

        Parameters
        ----------
        a, b
            Indices of the labels.
        values : (R,)
            Differences.
        """
        # Var(A - B) = Var(A) + Var(B) - 2 Cov(A, B).
        variances = self._covariances(a, a) + self._covariances(b, b) - 2 * self._covariances(a, b)
        return _joined(np.sqrt(np.maximum(variances, 0)), self.relative, values)

    def _covariances(self, a: int, b: int) -> NDArray[np.float32]:
        """(R,) covariances of the values of two labels, without the relative part."""
        position = {int(label): number for number, label in enumerate(self.steering)}
        if a in position and b in position:
            own: NDArray[np.float32] = self.covariance[:, position[a], position[b]]
            return own
        shared: NDArray[np.float32] = self.spread**2 * self.noise[a, b]
        if a not in position and b not in position:
            return shared
        # One of the two has an error of its own; the correlation is that of the noise of both.
        label = a if a in position else b
        alone = self.spread * np.sqrt(self.noise[label, label])
        errors = np.sqrt(np.maximum(self._covariances(label, label), 0))
        scaled: NDArray[np.float32] = np.divide(shared * errors, alone, out=np.zeros_like(shared), where=alone > 0)
        return scaled


def _joined(errors: NDArray[np.float32], relative: float, values: NDArray[np.float32]) -> NDArray[np.float32]:
    joined: NDArray[np.float32] = np.hypot(errors, np.float32(relative) * values)
    return joined


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Regions found so far with their values, where base + sum of values = full for every label.

    Attributes
    ----------
    region_of : (H, W) int32
        Row of `values` that a pixel belongs to.
    values : (R, L) float32
        Value of each region for each label, in logits. `Engine.meaning` in the table of engines defines it.
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
    """Exploration of one picture, where `ask` returns coalitions and `tell` takes their logits.

    Searches share no state, so that each can run in a thread of its own. `engines.registry.new_search` starts them, and
    `OneRegion` in tests/unit/engines/test_registry.py is the smallest example.

    The class is called as `Class(view, settings, known, labels)`, as `PartitionSearch` describes. An engine whose entry
    says `uses_places` gets a keyword `grid` too, and then takes wider rows in place of logits, as `RegionSearch`
    describes:

    * `view` is the (H, W, 3) uint8 picture as the model sees it, not normalised.
    * `settings` are `ExplainSettings`. `evaluations` is the budget. It may be exceeded by less than one batch, as
      `partition` exceeds an odd budget by one. `settle` is optional for an engine: one that supports it finishes early
      when `work_left` has fallen to that share of its first value.
    * `known` are the (n, L) logits of the first n coalitions from an earlier search with the same picture, model and
      settings except for budget and `settle`, or None. The search replays them: it asks for coalition n + 1 next, and
      ends bit for bit where a search from the start ends. So coalitions depend on settings and logits alone, never on
      the size of batches. With more rows than the budget needs, only those are taken that it would ask for.
    * `labels` are the names of the outputs, for `settings.steer_labels`. `labels.index_of` raises NameUnknown for a
      name that is not among them; no other errors are expected, because settings were checked before.

    The first two coalitions are the hidden picture, (), and the shown one, ((0, H, 0, W),). Their logits are base and
    full.
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
        """Logits still spread over regions of more than a pixel, weighted by the regions' shares of area.

        It is at least 0, its largest value is that after the first two coalitions, and it falls as evaluations are
        added; an estimate may rise for a while.
        """
        ...

    def ask(self) -> tuple[Coalition, ...]:
        """Return the coalitions of this batch that are not evaluated yet, () if the search is finished."""
        ...

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Take the logits of the first coalitions of `ask`, all or fewer.

        `ask` returns the rest again.

        Parameters
        ----------
        logits : (n, L) float
            One row per coalition, in the order of `ask`.
        """
        ...

    def result(self) -> Regions:
        """Return the complete, additive answer so far, which exists as soon as two coalitions are evaluated."""
        ...
