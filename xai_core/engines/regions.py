"""The engine `regions`: least-squares values of regions that follow the picture, finer where they matter.

Every region is shown or hidden by a fair coin, and the logits are fitted by a sum over the regions that are shown.
What is estimated are **least-squares values under fair-coin coalitions**. From all coalitions and without
regularisation they would be the Banzhaf values of the regions (J. F. Banzhaf, "Weighted Voting Doesn't Work", Rutgers
Law Review 1965; P. L. Hammer, R. Holzman, "Approximations of Pseudo-Boolean Functions", Zeitschrift fuer Operations
Research 1992), of all such values those that noise disturbs least (J. T. Wang, R. Jia, "Data Banzhaf", AISTATS 2023,
arXiv:2205.15466). A regression over superpixels in a classifier's place is LIME's idea (M. T. Ribeiro, S. Singh,
C. Guestrin, "Why Should I Trust You?", KDD 2016). Here values sum to what showing the whole picture adds, and regions
are divided as evaluations come in. They are neither Owen nor Shapley values.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from xai_core.engines.holdout_r2 import Foresight, foreseen
from xai_core.engines.paley import balanced_block
from xai_core.engines.regression import RATIO, Equations, Fit
from xai_core.engines.search import Regions, Uncertainty
from xai_core.engines.segmentation import segmented
from xai_core.labels import index_of
from xai_core.masking import Coalition
from xai_core.settings import ExplainSettings

FIRST = 64
"""Regions of the first answers."""

COARSE, EVERY = 40, 3
"""Large regions that are shown or hidden in the first block, and in every third from there on.

Of a picture with many small holes a model makes little: values from such coalitions alone may not foresee what becomes
of it without a larger part."""

GRAIN = 14.0
"""Regions in a block, by the square root of the evaluations before it: 170 after 300, 360 after 1,000 evaluations."""

MOST = 1000
"""Regions that there are at most: a snapshot then takes a tenth of a second."""

_BLAS = ThreadpoolController().select(internal_api="openblas")
"""Held to one thread: equations this small gain nothing from more, which wait for the cores that the model runs on."""


class SurrogateSearch:
    """One exploration of one picture, driven by `ask` and `tell`.

    Coalitions come in blocks in which they are balanced, now over large regions, now over all. At the end of a block
    regions are divided, those first in which colour and place scatter most; what was seen of them stays seen. To divide
    those first that are worth most was no better on the few pictures where it was tried: large values are often noisy.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model sees it, not normalised.
    settings
        `evaluations` is the budget, to which it keeps; `seed` is that of the coalitions.
    known : (n, L) float
        Logits of the first n masks, where an earlier search with the same picture, model and settings but for the
        budget has them already: see `logits`. They are gone through without asking.
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
        """Masks whose logits are known."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to ask: the budget is spent, or the map has settled, or there is one region."""
        return self.evaluations >= self.settings.evaluations or (self.evaluations > 1 and self._over)

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) of every mask told, in order: all that is needed to go on later (`known`)."""
        return np.array(self._rows) if self._rows else np.empty((0, 0))

    @property
    def work_left(self) -> float:
        """Logits that are still spread over more than a pixel, weighed by the share of the picture they lie on.

        The sum over regions of the largest |value| of a steering label times pixels of the region over pixels of the
        picture; |full - base| at the start.
        """
        if not self._equations.rows:
            return float(np.abs(self._whole[self._steering]).max()) if self._tree.pixels[0] > 1 else 0.0
        pixels = self._tree.pixels[self._leaves]
        worth = np.abs(self._fitted().values[:, self._steering]).max(axis=1)
        return float((worth * pixels)[pixels > 1].sum()) / float(self._tree.pixels[0])

    def ask(self) -> tuple[Coalition, ...]:
        """Return the masks to evaluate next, in the order to tell them; () = finished."""
        if self.finished:
            return ()
        shape = self._view.shape[:2]
        if self.evaluations < 2:
            return ((), ((0, shape[0], 0, shape[1]),))[self.evaluations : self.settings.evaluations]
        # Always to the same end, so that what was told in part is asked for as it would have been.
        width = self.settings.search_width
        end = min((self._used // width + 1) * width, self._used + self.settings.evaluations - self.evaluations)
        region_of = self._tree.painted(self._leaves)
        return tuple(shown.take(region_of) for shown in self._block[self._used : end])

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Hand in the logits of the first masks of `ask`, all of them or fewer; the rest is asked for again.

        Parameters
        ----------
        logits : (n, L) float
        """
        most = self.settings.evaluations - self.evaluations
        labels = len(self._rows[0]) if self._rows else logits.shape[-1]
        if logits.ndim != 2 or len(logits) > most or logits.shape[1] != labels:
            raise ValueError(f"The logits have shape {logits.shape}; expected at most ({most}, {labels}).")
        for row in np.asarray(logits, np.float64):
            self._take(row)

    def result(self) -> Regions:
        """Return the complete, additive answer so far; there is one as soon as both first masks have been told."""
        if self.evaluations < 2:
            raise ValueError("There is no result before the logits of the hidden and of the shown picture are told.")
        base, full = np.array(self._rows[:2], np.float32)
        if not self._equations.rows:
            return Regions(np.zeros(self._view.shape[:2], np.int32), (full - base)[None], base, full)
        region_of = self._tree.painted(self._leaves)
        return Regions(region_of, self._fitted().values.astype(np.float32), base, full, self._uncertainty())

    def extended(self, evaluations: int) -> "SurrogateSearch":
        """Return this search with another budget, the masks told so far included.

        It asks for mask N + 1 next and ends where a search with the larger budget from the start ends, bit for bit.
        """
        settings = replace(self.settings, evaluations=evaluations)
        return SurrogateSearch(self._view, settings, self.logits, self._labels)

    @property
    def _shares(self) -> NDArray[np.float64]:
        """(R,) of the regions in the picture's pixels, times the relevance of the large part that they lie in."""
        weights = self._tree.pixels[self._leaves] * self._relevances[self._within(self._coarse)]
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    def _uncertainty(self) -> Uncertainty:
        fit = self._fitted()
        parts = fit.spread, fit.noise, foreseen(self._foresights)
        spread, noise, r2 = (part.astype(np.float32) for part in parts)
        return Uncertainty(spread=spread, noise=noise, r2=r2)

    def _take(self, row: NDArray[np.float64]) -> None:
        self._rows.append(row)
        if self.evaluations == 2:
            self._begin()
        elif self.evaluations > 2:
            above, shown = row - self._rows[0], self._block[self._used]
            self._equations.add(shown, above)
            self._foresights[-1].take(shown, above)
            self._used += 1
            if self._used == len(self._block):
                self._divide()

    def _begin(self) -> None:
        base, full = self._rows
        self._whole = full - base
        top = np.argsort(-full, kind="stable")[: self.settings.steer_top]
        named = [index_of(label, self._labels) for label in self.settings.steer_labels]
        self._steering = np.array([*top, *(place for place in named if place not in top)], np.intp)
        self._leaves = self._cut(FIRST)
        self._coarse = self._cut(COARSE)
        self._equations = Equations(len(self._leaves), len(base))
        self._relevances = np.ones(len(self._coarse))
        self._ratio, self._blocks = RATIO, 0
        self._foresights: list[Foresight] = []
        self._next_block(None)

    def _next_block(self, values: NDArray[np.float64] | None) -> None:
        random = np.random.default_rng([self.settings.seed, self._blocks])
        groups = self._groups()
        self._block, self._used = balanced_block(int(groups[-1]) + 1, random)[:, groups], 0
        # The present block and two before it: of both kinds there is one that is over.
        self._foresights = [*self._foresights[-2:], Foresight(values, len(self._whole))]
        self._over = len(self._leaves) == 1 or self._is_settled()
        self._blocks += 1

    def _groups(self) -> NDArray[np.intp]:
        """(R,) which regions are shown and hidden together in the block that begins, numbered in their order."""
        if self._blocks % EVERY:
            return np.arange(len(self._leaves))
        return self._within(self._coarse)

    def _is_settled(self) -> bool:
        share = self.settings.settle
        return share > 0 and self._blocks > 0 and self.work_left <= share * np.abs(self._whole[self._steering]).max()

    def _divide(self) -> None:
        """Divide regions as far as the evaluations allow, and begin a block over those that there are then."""
        question = self._shares, self._whole
        parts = self._within(self._coarse)
        with _BLAS.limit(limits=1):
            self._ratio = self._equations.likeliest(*question, self._steering)
            self._relevances *= self._equations.relevances(*question, self._ratio, self._steering, parts)
        before = self._leaves
        self._leaves = self._cut(max(len(before), min(MOST, round(GRAIN * math.sqrt(self.evaluations)))))
        self._equations.end_block(self._within(before))
        self._fit = None
        self._next_block(self._fitted().values)

    def _cut(self, regions: int) -> list[int]:
        """Nodes that are the regions, in the order of their patches."""
        return sorted(self._tree.cut(regions), key=lambda node: int(self._tree.first[node]))

    def _within(self, coarser: list[int]) -> NDArray[np.intp]:
        """(R,) which of some coarser regions each region lies in."""
        return np.searchsorted(self._tree.end[coarser], self._tree.first[self._leaves], side="right")

    def _fitted(self) -> Fit:
        if self._fit is None or self._fit[0] != self.evaluations:
            with _BLAS.limit(limits=1):
                self._fit = self.evaluations, self._equations.fit(self._shares, self._whole, self._ratio)
        return self._fit[1]
