"""Values of regions by regularised least squares, for all labels at once, from running normal equations.

The logits of coalitions are fitted by an intercept and one value a region, in which those that are shown are summed.
What the values are taken to be before anything is known is a Gaussian on the tree of regions: the picture's whole
change is spread evenly over its pixels, and each halving moves some of it from one half to the other, how much being
unknown, and more where halves are larger. So few coalitions settle what large parts of the picture are worth, and more
of them what their parts are. Values add up by construction: what moves from half to half leaves the sum as it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, eigh

from xai_core.explain.segmentation import Segmentation

REACH = 0.5
"""How fast what a halving moves grows with its size: with 0 each pixel stands alone, as in ridge regression."""

RATIO = 1.0
"""Variance of the logits that values leave unexplained, by the one that they explain, until it has been looked at."""

RATIOS = 2.0 ** np.arange(-6, 4.5, 0.5)
"""What is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Values and how sure they are.

    Attributes
    ----------
    values : (R, L) float64
        In logits.
    spread : (R,) float64
        Standard error of a value for a noise of 1.
    noise : (L, L) float64
        Covariance of what is left unexplained.
    """

    values: NDArray[np.float64]
    spread: NDArray[np.float64]
    noise: NDArray[np.float64]


class Prior:
    """What the values of regions are taken to be before anything is known.

    Parameters
    ----------
    tree
        Of the picture.
    leaves
        Nodes that are its regions, in the order of their patches.

    Attributes
    ----------
    shares : (R,) float64
        Of the picture.
    moves : (R, R - 1) sparse
        What each halving moves by a standard deviation: it sums to 0 over regions.
    """

    def __init__(self, tree: Segmentation, leaves: list[int]) -> None:
        self.shares = tree.pixels[leaves] / tree.pixels[0]
        ends = tree.end[leaves]
        total = np.concatenate([[0.0], np.cumsum(self.shares)])
        columns: list[NDArray[np.float64]] = []
        starts: list[int] = []
        inner = [0] if len(leaves) > 1 else []
        among = set(leaves)
        while inner:
            node = inner.pop()
            first, second = tree.halves[node].tolist()
            low, middle, high = (
                int(np.searchsorted(ends, patch, side="right"))
                for patch in (tree.first[node], tree.first[second], tree.end[node] - 1)
            )
            high += 1
            left, right = total[middle] - total[low], total[high] - total[middle]
            deviation = (left * right * (left + right) ** (REACH - 1)) ** 0.5
            moved = self.shares[low:high] * deviation
            moved[: middle - low] /= left
            moved[middle - low :] /= -right
            columns.append(moved)
            starts.append(low)
            inner += [half for half in (first, second) if half not in among]
        lengths = [len(column) for column in columns]
        rows = [np.arange(start, start + length) for start, length in zip(starts, lengths, strict=True)]
        values = np.concatenate(columns) if columns else np.empty(0)
        places = np.concatenate(rows) if rows else np.empty(0, np.intp)
        pointers = np.concatenate([[0], np.cumsum(lengths, dtype=np.intp)])
        self.moves = sparse.csc_array((values, places, pointers), shape=(len(leaves), len(columns)))


class _Sums:
    """Of coalitions and logits of one block, or of all blocks that are over, each less its own mean."""

    def __init__(self, regions: int, labels: int) -> None:
        self.rows = 0
        self.gram = np.zeros((regions, regions))
        self.cross = np.zeros((regions, labels))
        self.squares = np.zeros((labels, labels))


class Equations:
    """Sums over coalitions from which values follow.

    Each block of coalitions has an intercept of its own: the finer what is hidden is strewn, the less a model makes of
    what is left, whichever regions they are.

    Parameters
    ----------
    regions, labels
        How many.
    """

    def __init__(self, regions: int, labels: int) -> None:
        self._past = _Sums(regions, labels)
        self._begin_block(regions, labels)

    @property
    def rows(self) -> int:
        """Coalitions taken up."""
        return self._past.rows + self._now.rows

    def add(self, shown: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Take up a coalition: (R,) bool, and (L,) what it adds to the logits of the hidden picture."""
        # One by one: in whatever portions they come, the sums are the same to the last bit.
        self._now.cross[shown] += logits
        self._now.squares += np.outer(logits, logits)
        self._now.rows += 1
        self._sum += logits
        self._pending.append(shown)

    def end_block(self, parents: NDArray[np.intp]) -> None:
        """End a block, and replace regions by parts of them: (new R,) the region of each part.

        In the coalitions so far all parts of a region have been shown together.
        """
        gram, cross, squares = self._centred()
        self._past.rows += self._now.rows
        self._past.gram, self._past.cross = gram[np.ix_(parents, parents)], cross[parents]
        self._past.squares = squares
        self._begin_block(len(parents), len(squares))

    def fit(self, prior: Prior, whole: NDArray[np.float64], ratio: float) -> Fit:
        """Find the values.

        Parameters
        ----------
        prior
            Over the regions.
        whole : (L,) float64
            What values sum to.
        ratio
            See `RATIO`.
        """
        expected = np.outer(prior.shares, whole)
        moved, target, squares, scale = self._moves(prior, expected)
        moved[np.diag_indices_from(moved)] += ratio * scale
        inverse = cho_solve(
            cho_factor(moved, lower=True, overwrite_a=True, check_finite=False), np.eye(len(moved)), check_finite=False
        )
        solved = inverse @ target
        variances = np.einsum("ij,ij->i", np.asarray(prior.moves @ inverse), prior.moves.toarray())
        noise = (squares - target.T @ solved) / max(1, self.rows - 1)
        return Fit(expected + prior.moves @ solved, np.sqrt(np.maximum(variances, 0)), noise)

    def likeliest(self, prior: Prior, whole: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
        """Return which of `RATIOS` is likeliest by the logits of some labels, and as a factor of 2 off is no wonder."""
        moved, target, squares, scale = self._moves(prior, np.outer(prior.shares, whole))
        sizes, axes = eigh(moved, overwrite_a=True, check_finite=False)
        along = (axes.T @ target[:, labels]) ** 2
        ridges = (RATIOS * scale)[:, None]
        left = np.maximum(squares.diagonal()[labels] - (1 / (sizes + ridges)) @ along, np.finfo(float).tiny)
        determinants = np.log1p(np.maximum(sizes, 0) / ridges).sum(axis=1)
        surprise = (self.rows - 1) * np.log(left).mean(axis=1) + determinants + np.log2(RATIOS / RATIO) ** 2
        return float(RATIOS[np.argmin(surprise)])

    def _begin_block(self, regions: int, labels: int) -> None:
        self._now = _Sums(regions, labels)
        self._sum = np.zeros(labels)
        self._pending: list[NDArray[np.bool_]] = []

    def _centred(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what regions, regions and labels, and labels have in common, each less its mean in its block."""
        past, now, rows = self._past, self._now, max(1, self._now.rows)
        if self._pending:
            shown = np.array(self._pending, np.float64)
            now.gram += shown.T @ shown
            self._pending = []
        times = now.gram.diagonal()
        return (
            past.gram + now.gram - np.outer(times, times / rows),
            past.cross + now.cross - np.outer(times, self._sum / rows),
            past.squares + now.squares - np.outer(self._sum, self._sum / rows),
        )

    def _moves(
        self, prior: Prior, expected: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        """Return the equations of the moves less what was expected, and the mean square of a coalition's moves."""
        gram, cross, squares = self._centred()
        foreseen = gram @ expected
        squares = squares - expected.T @ cross - cross.T @ expected + expected.T @ foreseen
        moved: NDArray[np.float64] = np.asarray(prior.moves.T @ (prior.moves.T @ gram).T)
        return (
            moved,
            np.asarray(prior.moves.T @ (cross - foreseen)),
            squares,
            float(np.trace(moved)) / max(1, self.rows),
        )
