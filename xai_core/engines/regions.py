"""Engine `regions`, least-squares values of regions that follow the picture.

Every region is shown or hidden by a fair coin, and the logits are fitted by a sum over the shown regions. The estimates
are **least-squares values under fair-coin coalitions**. From all coalitions and without regularisation they would be
the Banzhaf values of the regions (J. F. Banzhaf, "Weighted Voting Doesn't Work", Rutgers Law Review 1965; P. L. Hammer,
R. Holzman, "Approximations of Pseudo-Boolean Functions", Zeitschrift fuer Operations Research 1992), which of all such
values are the most robust against noise (J. T. Wang, R. Jia, "Data Banzhaf", AISTATS 2023, arXiv:2205.15466). Fitting a
regression over superpixels in place of a classifier is the idea of LIME (M. T. Ribeiro, S. Singh, C. Guestrin, "Why
Should I Trust You?", KDD 2016). Here values sum to what the whole picture adds to its hidden form, and regions are
divided as evaluations come in. The values are neither Owen nor Shapley values.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from xai_core.engines.holdout_r2 import HoldoutR2, pooled_r2
from xai_core.engines.paley import balanced_block
from xai_core.engines.regression import RATIO, Equations, Fit
from xai_core.engines.search import Regions, Uncertainty
from xai_core.engines.segmentation import segmented
from xai_core.labels import index_of
from xai_core.model.runtime import Coalition
from xai_core.settings.explain_settings import ExplainSettings

FIRST = 64
"""Number of regions of the first answers."""

COARSE, EVERY = 40, 3
"""Number of large regions that the first block shows or hides, and every third block after it.

A model recognises little in a picture with many small holes. Values from such coalitions alone may therefore fail to
predict its logits when a larger part is hidden."""

GRAIN = 14.0
"""Regions of a block, divided by the square root of the evaluations before it: 170 after 300, 360 after 1,000."""

MOST = 1000
"""Largest number of regions, with which a partial answer takes a tenth of a second."""

# Equations of this size gain nothing from several threads. More of them would compete with the model for the cores.
_BLAS = ThreadpoolController().select(internal_api="openblas")


class RegionSearch:
    """Search over regions of one picture (see `Search`).

    Coalitions come in balanced blocks, over large regions in some blocks and over all regions in the others. At the end
    of a block regions are divided, first those in which colour and location scatter most; what was learned of a region
    holds for the sum of its parts. Dividing the regions of the largest values first was no better on the few pictures
    where it was tried: large values are often noisy.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    settings
        `evaluations` is the budget, which is never exceeded; `seed` is that of the coalitions.
    known : (n, L) float
        Logits of the first n coalitions from an earlier search with the same picture, model and settings except for
        the budget (`logits`). They are replayed, so that the search asks for coalition n + 1 next and ends where a
        search from the start ends, bit for bit.
    labels
        Names of the outputs, for settings that steer by name.
    """

    def __init__(
        self,
        view: NDArray[np.uint8],
        settings: ExplainSettings,
        known: NDArray[np.floating] | None = None,
        labels: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self._view = view
        self._labels = labels
        self._tree = segmented(view)
        self._rows: list[NDArray[np.float64]] = []
        self._fit: tuple[int, Fit] | None = None
        if known is not None and len(known):
            self.tell(known[: settings.evaluations])

    @property
    def evaluations(self) -> int:
        """Number of coalitions whose logits are known."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """True if the budget is spent, the map has settled or there is only one region."""
        return self.evaluations >= self.settings.evaluations or (self.evaluations > 1 and self._over)

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) logits of all coalitions so far, in order, from which another search can go on (`known`)."""
        return np.array(self._rows) if self._rows else np.empty((0, 0))

    @property
    def work_left(self) -> float:
        """Logits still spread over regions of more than a pixel, weighted by area.

        It is a sum over the regions. The terms are the largest |value| of a steering label times the region's share of
        the picture's pixels. It is |full - base| at the start.
        """
        if not self._equations.rows:
            return float(np.abs(self._whole[self._steering]).max()) if self._tree.pixels[0] > 1 else 0.0
        pixels = self._tree.pixels[self._leaves]
        worth = np.abs(self._fitted().values[:, self._steering]).max(axis=1)
        return float((worth * pixels)[pixels > 1].sum()) / float(self._tree.pixels[0])

    def ask(self) -> tuple[Coalition, ...]:
        """Return the coalitions to evaluate next, in order, () if the search is finished."""
        if self.finished:
            return ()
        shape = self._view.shape[:2]
        if self.evaluations < 2:
            return ((), ((0, shape[0], 0, shape[1]),))[self.evaluations : self.settings.evaluations]
        # The end is a multiple of the width, counted from the start of the block: if `tell` received part of a batch,
        # `ask` returns the rest of it, and not a whole batch from there.
        width = self.settings.search_width
        end = min((self._used // width + 1) * width, self._used + self.settings.evaluations - self.evaluations)
        region_of = self._tree.region_map(self._leaves)
        return tuple(shown.take(region_of) for shown in self._block[self._used : end])

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Take the logits of the first coalitions of `ask`, all or fewer.

        `ask` returns the rest again.

        Parameters
        ----------
        logits : (n, L) float

        Raises
        ------
        ValueError
            If the budget has fewer evaluations left, or the number of labels is not that from before.
        """
        most = self.settings.evaluations - self.evaluations
        labels = len(self._rows[0]) if self._rows else logits.shape[-1]
        if logits.ndim != 2 or len(logits) > most or logits.shape[1] != labels:
            raise ValueError(f"The logits have shape {logits.shape}; expected at most ({most}, {labels}).")
        for row in np.asarray(logits, np.float64):
            self._take(row)

    def result(self) -> Regions:
        """Return the complete, additive answer so far.

        Raises
        ------
        ValueError
            If the logits of the hidden and of the shown picture are not known yet.
        """
        if self.evaluations < 2:
            raise ValueError("There is no result before the logits of the hidden and of the shown picture are known.")
        base, full = np.array(self._rows[:2], np.float32)
        if not self._equations.rows:
            return Regions(np.zeros(self._view.shape[:2], np.int32), (full - base)[None], base, full)
        region_of = self._tree.region_map(self._leaves)
        return Regions(region_of, self._fitted().values.astype(np.float32), base, full, self._uncertainty())

    @property
    def _shares(self) -> NDArray[np.float64]:
        """(R,) prior variances, shares of the pixels times the relevance of the large part around them."""
        weights = self._tree.pixels[self._leaves] * self._relevances[self._within(self._coarse)]
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def _uncertainty(self) -> Uncertainty:
        fit = self._fitted()
        arrays = fit.spread, fit.noise, pooled_r2(self._holdouts)
        spread, noise, r2 = (array.astype(np.float32) for array in arrays)
        return Uncertainty(spread=spread, noise=noise, r2=r2)

    def _take(self, row: NDArray[np.float64]) -> None:
        self._rows.append(row)
        if self.evaluations == 2:
            self._begin()
        elif self.evaluations > 2:
            above, shown = row - self._rows[0], self._block[self._used]
            self._equations.add(shown, above)
            self._holdouts[-1].take(shown, above)
            self._used += 1
            if self._used == len(self._block):
                self._divide()

    def _begin(self) -> None:
        base, full = self._rows
        self._whole = full - base
        top = np.argsort(-full, kind="stable")[: self.settings.steer_top]
        named = [index_of(label, self._labels) for label in self.settings.steer_labels]
        self._steering = np.array([*top, *(label for label in named if label not in top)], np.intp)
        self._leaves = self._cut(FIRST)
        self._coarse = self._cut(COARSE)
        self._equations = Equations(len(self._leaves), len(base))
        self._relevances = np.ones(len(self._coarse))
        self._ratio, self._blocks = RATIO, 0
        self._holdouts: list[HoldoutR2] = []
        self._next_block(None)

    def _next_block(self, values: NDArray[np.float64] | None) -> None:
        # A generator for each block: its coalitions depend on the seed, on its number and on the number of regions, and
        # not on how many random numbers were taken before.
        random = np.random.default_rng([self.settings.seed, self._blocks])
        groups = self._groups()
        self._block, self._used = balanced_block(int(groups[-1]) + 1, random)[:, groups], 0
        # This block and the two before it: any three in a row have a block over large regions and one over all regions.
        self._holdouts = [*self._holdouts[-2:], HoldoutR2(values, len(self._whole))]
        self._over = len(self._leaves) == 1 or self._is_settled()
        self._blocks += 1

    def _groups(self) -> NDArray[np.intp]:
        """(R,) numbers of the regions that this block shows and hides together, in the order of the regions."""
        if self._blocks % EVERY:
            return np.arange(len(self._leaves))
        return self._within(self._coarse)

    def _is_settled(self) -> bool:
        share = self.settings.settle
        return share > 0 and self._blocks > 0 and self.work_left <= share * np.abs(self._whole[self._steering]).max()

    def _divide(self) -> None:
        """Update the prior, divide regions as far as evaluations allow, and begin a new block."""
        question = self._shares, self._whole
        parts = self._within(self._coarse)
        with _BLAS.limit(limits=1):
            self._ratio = self._equations.likeliest(*question, self._steering)
            self._relevances *= self._equations.relevances(*question, self._ratio, self._steering, parts)
        before = self._leaves
        # Never fewer regions than before, because `end_block` needs an old region for each new one.
        self._leaves = self._cut(max(len(before), min(MOST, round(GRAIN * math.sqrt(self.evaluations)))))
        self._equations.end_block(self._within(before))
        # The cached fit is of the old regions, although the number of evaluations is the same.
        self._fit = None
        self._next_block(self._fitted().values)

    def _cut(self, regions: int) -> list[int]:
        """Nodes of the tree that are the regions, in the order of their patches."""
        return sorted(self._tree.cut(regions), key=lambda node: int(self._tree.first[node]))

    def _within(self, coarser: list[int]) -> NDArray[np.intp]:
        """(R,) index of the coarser region that each region lies in."""
        # Patches of a node are consecutive, and cuts are nested, so a binary search over the ends is enough.
        return np.searchsorted(self._tree.end[coarser], self._tree.first[self._leaves], side="right")

    def _fitted(self) -> Fit:
        """Fit of all evaluations so far, computed once for each number of evaluations."""
        if self._fit is None or self._fit[0] != self.evaluations:
            with _BLAS.limit(limits=1):
                self._fit = self.evaluations, self._equations.fit(self._shares, self._whole, self._ratio)
        return self._fit[1]
