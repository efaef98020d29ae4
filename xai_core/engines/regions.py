"""Engine `regions`, values of regions that follow the picture, regressed place by place.

Every region is shown or hidden by a coin, and the logits are fitted by a sum over the shown regions. Fitting a
regression over regions in place of a classifier is the idea of LIME (M. T. Ribeiro, S. Singh, C. Guestrin, "Why Should
I Trust You?", KDD 2016). Where a network ends in a mean over the places of its last feature map, a logit is a sum over
these places, and each of them is fitted by itself. A place depends mainly on regions near it, and a prior that says so
leaves out the noise of all others. The values of a region at all places are then added. A network that does not show
its places is fitted as one place.

**What is estimated.** Under fair coins for single regions, from all coalitions and without regularisation, the values
are the Banzhaf values of the regions (J. F. Banzhaf, "Weighted Voting Doesn't Work", Rutgers Law Review 1965; as a
least-squares fit P. L. Hammer, R. Holzman, "Approximations of Pseudo-Boolean Functions", Zeitschrift fuer Operations
Research 1992; Y. Liu et al., "Kernel Banzhaf", 2024, arXiv:2410.08336) **plus one constant per pixel**. Banzhaf values
do not add up to full - base. The sum of the values is fixed to it, and the remainder is spread evenly over the area,
so that each region gets the remainder times its share of the pixels. The order of regions by value per pixel does not
change by it. With few evaluations the prior decides what the coalitions leave open, and coalitions of large regions
count too. The values are neither Owen nor Shapley values.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from xai_core.engines.holdout_r2 import HoldoutR2, pooled_r2
from xai_core.engines.nuisance import projected
from xai_core.engines.place_fit import RATIO, Design, Fit, PlaceEquations
from xai_core.engines.place_prior import Kriging, PlacePrior, kriging_length
from xai_core.engines.schedule import Draw, Schedule
from xai_core.engines.search import Regions, Uncertainty
from xai_core.engines.segmentation import segmented
from xai_core.engines.steering import steering_labels
from xai_core.model.runtime import Coalition
from xai_core.settings.explain_settings import ExplainSettings

MOST = 200
"""Largest number of regions, more than most photographs have patches. The number of one fits into a byte."""

WINDOW = 50
"""Evaluations before the first ones that the hold-out R2 is computed on. At three times as many it begins anew."""

FEWEST = 10
"""Number of coalitions, beside the hidden and the whole picture, from which errors are estimated."""

WIDER = 1.3
"""Factor of the posterior deviations, for what is uncertain beside the noise."""

RELATIVE = 0.25
"""Part of each value that is added to its standard error in quadrature.

Regions act together, and the design has large regions besides single ones. Values therefore differ from those of a far
longer search in proportion to their size."""

# Equations of this size gain nothing from several threads. More of them would compete with the model for the cores.
_BLAS = ThreadpoolController().select(internal_api="openblas")


class RegionSearch:
    """Search over regions of one picture (see `Search`).

    The regions are the same from the first answer to the last, so that maps only sharpen. After the first two
    evaluations `result` is a preview, the mean of the prior.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it, not normalised.
    settings
        `evaluations` is the budget, which is never exceeded; `seed` is that of the coalitions.
    known : (n, L) or (n, L + P * K) float
        Rows of the first n coalitions from an earlier search with the same picture, model and settings except for
        the budget (`logits`). They are replayed, so that the search asks for coalition n + 1 next and ends where a
        search from the start ends, bit for bit.
    labels
        Names of the L outputs, for settings that steer by name. With a grid all of them are needed.
    grid
        Rows and columns of the P places of the network's last feature map. Every row then holds the L logits and the
        shares of the places in the K steering labels (`model.places.answer_rows`). None if the network shows no places.
    """

    def __init__(
        self,
        view: NDArray[np.uint8],
        settings: ExplainSettings,
        known: NDArray[np.floating] | None = None,
        labels: Sequence[str] = (),
        grid: tuple[int, int] | None = None,
    ) -> None:
        self.settings = settings
        self._labels = labels
        self._grid = grid
        tree = segmented(view)
        leaves = sorted(tree.cut(MOST), key=lambda node: int(tree.first[node]))
        self._region_of = tree.region_map(leaves)
        # Four neighbouring pixels as one word: few words differ, and a fifth of the time of shown[region_of] is enough.
        padded = np.resize(self._region_of.astype(np.uint8), -(-self._region_of.size // 4) * 4)
        words, self._word_of = np.unique(padded.view(np.uint32), return_inverse=True)
        self._word_regions = words.view(np.uint8).astype(np.intp)
        kriging = Kriging(view, self._region_of, kriging_length(grid))
        self._whole_prior = PlacePrior(kriging, None)
        self._place_prior = self._whole_prior if grid is None else PlacePrior(kriging, grid)
        self._schedule = Schedule(tree, leaves, settings.seed)
        self._rows: list[NDArray[np.float64]] = []
        self._draws: list[Draw] = []
        # Ratios of the fit place by place and of the one-place fit of the other labels.
        self._ratios = (RATIO, RATIO)
        self._holdouts: list[HoldoutR2] = []
        self._over = False
        self._fits: tuple[int, tuple[Fit, Fit]] | None = None
        if known is not None and len(known):
            self.tell(known[: settings.evaluations])

    @property
    def evaluations(self) -> int:
        """Number of coalitions whose logits are known."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """True if the budget is spent, the map has settled or there is only one region."""
        return self.evaluations >= self.settings.evaluations or self._over

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) or (n, L + P * K) rows of all coalitions so far, in order, for another search to go on (`known`)."""
        return np.array(self._rows) if self._rows else np.empty((0, 0))

    @property
    def work_left(self) -> float:
        """Logits that are not located yet, by the prior variance that is left.

        It is the largest |full - base| of a steering label, times the posterior variance of its values as a share of
        their prior variance, summed over regions and places.
        """
        whole = float(np.abs(self._change[self._steering]).max())
        if len(self._whole_prior.shares) == 1:
            return 0.0
        return whole * self._fitted()[0].undecided if self._draws else whole

    def ask(self) -> tuple[Coalition, ...]:
        """Return the coalitions to evaluate next, in order, () if the search is finished."""
        if self.finished:
            return ()
        height, width = self._region_of.shape
        if self.evaluations < 2:
            return ((), ((0, height, 0, width),))[self.evaluations : self.settings.evaluations]
        # The end is a multiple of the width, counted from the first two: if `tell` received part of a batch, `ask`
        # returns the rest of it, and not a whole batch from there.
        used, batch = len(self._draws), self.settings.search_width
        end = min((used // batch + 1) * batch, self.settings.evaluations - 2)
        return tuple(self._spread(self._schedule.draw(number).shown) for number in range(used, end))

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Take the rows of the first coalitions of `ask`, all or fewer.

        `ask` returns the rest again.

        Parameters
        ----------
        logits : (n, L) or (n, L + P * K) float

        Raises
        ------
        ValueError
            If the budget has fewer evaluations left, or the rows are not as wide as those from before.
        """
        most = self.settings.evaluations - self.evaluations
        width = len(self._rows[0]) if self._rows else logits.shape[-1]
        if logits.ndim != 2 or len(logits) > most or logits.shape[1] != width:
            raise ValueError(f"The logits have shape {logits.shape}; expected at most ({most}, {width}).")
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
        base, full = self._ends.astype(np.float32)
        uncertainty = self._uncertainty() if len(self._draws) >= FEWEST else None
        return Regions(self._region_of, self._values().astype(np.float32), base, full, uncertainty)

    def _spread(self, shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the (H, W) pixels of the shown regions."""
        words = shown.take(self._word_regions).view(np.uint32)
        return words.take(self._word_of).view(np.bool_)[: self._region_of.size].reshape(self._region_of.shape)

    def _split(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the (n, L) logits of rows, and the (n, P, K) shares of the places in the steering labels."""
        logits = rows[:, : self._outputs]
        if self._grid is None:
            return logits, logits[:, None, self._steering]
        return logits, rows[:, self._outputs :].reshape(len(rows), self._grid[0] * self._grid[1], -1)

    def _take(self, row: NDArray[np.float64]) -> None:
        self._rows.append(row)
        evaluations = len(self._rows)
        if evaluations == 2:
            self._begin()
        elif evaluations > 2:
            draw = self._schedule.draw(len(self._draws))
            self._draws.append(draw)
            self._holdouts[-1].take(draw.shown, row[: self._outputs] - self._ends[0], draw.group)
            # In the number of evaluations and nothing else, so that the size of batches does not matter.
            if evaluations == self._next_window:
                self._begin_window()
            settle = self.settings.settle
            if settle > 0 and evaluations % WINDOW == 0:
                self._over = self._fitted()[0].undecided <= settle

    def _begin(self) -> None:
        self._outputs = len(self._rows[0]) if self._grid is None else len(self._labels)
        self._ends = np.array([row[: self._outputs] for row in self._rows])
        self._change = self._ends[1] - self._ends[0]
        self._steering = steering_labels(self._ends[1], self.settings, self._labels)
        places = 1 if self._grid is None else self._grid[0] * self._grid[1]
        expected = self._outputs + (0 if self._grid is None else places * len(self._steering))
        if len(self._rows[0]) != expected:
            raise ValueError(f"The rows have {len(self._rows[0])} numbers; expected {expected}.")
        shares = self._split(np.array(self._rows))[1]
        self._place_change = shares[1] - shares[0]
        self._over = len(self._whole_prior.shares) == 1
        self._next_window = WINDOW
        self._holdouts = [HoldoutR2(None, self._outputs)]

    def _begin_window(self) -> None:
        """Estimate the ratios anew, and predict the coalitions of the next window by the present values."""
        with _BLAS.limit(limits=1):
            places, whole = self._equations()
            self._ratios = (
                places.likeliest(self._ratios[0]),
                whole.likeliest(self._ratios[1], self._steering),
            )
            # The cached fit has the earlier ratios, although the number of evaluations is the same.
            self._fits = self.evaluations, (places.fit(self._ratios[0]), whole.fit(self._ratios[1]))
        self._holdouts = [*self._holdouts[-1:], HoldoutR2(self._values(), self._outputs)]
        self._next_window *= 3

    def _equations(self) -> tuple[PlaceEquations, PlaceEquations]:
        """Return the equations of the steering labels place by place, and those of all labels as one place."""
        shown = np.array([draw.shown for draw in self._draws], np.float64)
        groups = np.array([draw.group for draw in self._draws])
        weights = np.array([draw.weight for draw in self._draws])
        # Intercepts are nuisances, so the logits of the hidden picture need no subtraction.
        logits, shares = self._split(np.array(self._rows[2:]))
        columns = np.concatenate([shown, logits, shares.reshape(len(shown), -1)], axis=1)
        columns, freedom = projected(columns, groups, shown @ self._whole_prior.shares, weights)
        shown, above, moved = np.split(columns, np.cumsum([shown.shape[1], self._outputs]), axis=1)
        design = Design(shown)
        return (
            PlaceEquations(self._place_prior, design, moved.reshape(shares.shape), self._place_change, freedom),
            PlaceEquations(self._whole_prior, design, above[:, None], self._change[None], freedom),
        )

    def _fitted(self) -> tuple[Fit, Fit]:
        """Fits of all evaluations so far, computed once for each number of evaluations."""
        if self._fits is None or self._fits[0] != self.evaluations:
            with _BLAS.limit(limits=1):
                places, whole = self._equations()
                self._fits = self.evaluations, (places.fit(self._ratios[0]), whole.fit(self._ratios[1]))
        return self._fits[1]

    def _values(self) -> NDArray[np.float64]:
        """(R, L) values, those of the steering labels place by place."""
        if self._draws:
            places, whole = (fit.values for fit in self._fitted())
            values = whole.copy()
        else:
            places = self._place_prior.windows.T @ self._place_change
            values = np.outer(self._whole_prior.shares, self._change)
        values[:, self._steering] = places
        # The shares of the places add up to the logits in float32 only; the rest is spread over the area.
        values += np.outer(self._whole_prior.shares, self._change - values.sum(axis=0))
        return values

    def _uncertainty(self) -> Uncertainty:
        places, whole = self._fitted()
        none = self._grid is None
        steering = self._steering[:0] if none else self._steering
        covariance = np.empty((len(whole.values), 0, 0)) if none else WIDER**2 * places.covariance()
        arrays = WIDER * whole.spreads[0], whole.noise[0, :, 0], pooled_r2(self._holdouts), covariance
        spread, noise, r2, joint = (array.astype(np.float32) for array in arrays)
        return Uncertainty(spread=spread, noise=noise, r2=r2, steering=steering, covariance=joint, relative=RELATIVE)
