"""Engine `partition`, Owen values over the halving of a picture.

The halving is explored where the outputs change most. The values are those of `shap.PartitionExplainer` (S. M.
Lundberg, S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017; G. Owen, "Values of Games
with a Priori Unions", 1977), with both contexts of every node and with `max_evals` and `batch_size` read the same way.
Coalitions are rectangles here, not one boolean for each pixel and channel. Two differences are deliberate. Entries of
equal priority are taken in the order in which they came, where shap draws a random number. And a single pixel is not
divided into its colour channels: the sum of the channels is the same, and the evaluations are spent elsewhere.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain, count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.halving import Halving, halved
from xai_core.engines.search import Regions
from xai_core.engines.steering import steering_labels
from xai_core.model.runtime import Coalition, Rect
from xai_core.settings.explain_settings import ExplainSettings


class _Context(NamedTuple):
    """Shown part around a node, one rectangle added to another context.

    A linked list that never changes, so that thousands of entries share their common rectangles.
    """

    rect: Rect
    around: "_Context | None"


class _Entry(NamedTuple):
    """Node in one context, with the change of the logits when the node is shown.

    The change is not divided between the halves of the node yet. `before` and `after` are the rows of the logits
    without and with the node; `weight` is the share of the node's Owen value that this context has.
    """

    priority: float
    node: int
    context: _Context | None
    before: int
    after: int
    weight: float


class PartitionSearch:
    """Search over the halving of one picture (see `Search`).

    Parameters
    ----------
    view : (H, W, 3)
        Picture, of which only the size matters.
    settings
        `evaluations` is the budget. A node needs two coalitions, so that an odd budget is exceeded by one and a batch
        of an odd `search_width` has one more, both as in shap.
    known : (n, L) float
        Logits of the first n coalitions from an earlier search with the same picture, model and settings except for
        the budget (`logits`). They are replayed, so that the search asks for coalition n + 1 next and ends where a
        search from the start ends, bit for bit.
    labels
        Names of the outputs, for settings that steer by name.
    """

    def __init__(
        self,
        view: NDArray[np.generic],
        settings: ExplainSettings,
        known: NDArray[np.floating] | None = None,
        labels: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self._labels = labels
        self._whole = 0.0
        self._shape = view.shape[0], view.shape[1]
        self._tree = Halving((0, view.shape[0], 0, view.shape[1]))
        # Logits of all coalitions, in the order of asking. Of these, the first `_told` are known, the first `_used` are
        # in the queue, and `_due` more belong to the present batch: _used <= _told <= _used + _due.
        self._rows = np.empty((0, 0))
        self._told = 0
        self._used = 0
        self._due = 2
        self._steering = np.empty(0, np.intp)
        # Entries of equal priority would be compared field by field, so a unique number breaks ties.
        self._queue: list[tuple[float, int, _Entry]] = []
        self._order = count()
        self._expanding: list[_Entry] = []
        self._pixels: list[_Entry] = []
        # Batch by batch, as if they were evaluated now. A batch that a smaller budget had cut short is completed before
        # the queue is looked at, as it would have been with the larger budget.
        while known is not None and self.evaluations < len(known) and not self.finished:
            self.tell(known[self._told : self._used + self._due])

    @property
    def evaluations(self) -> int:
        """Number of coalitions whose logits are known."""
        return self._told

    @property
    def finished(self) -> bool:
        """True if the budget is spent, the map has settled or every pixel has been reached."""
        return self._due == 0

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) logits of all coalitions so far, in order, from which another search can go on (`known`)."""
        return self._rows[: self._told].copy()

    @property
    def work_left(self) -> float:
        """Logits still spread over nodes of more than a pixel, weighted by area.

        It is a sum over the queue. Its terms are the priority (weight times the largest change of a steering label)
        times the node's share of the picture's pixels. It is |full - base| at the start and 0 when every pixel has been
        reached. The sum of priorities without the areas would not fall: by the triangle inequality the four successors
        of an entry together have at least its priority.
        """
        nodes = self._tree.pixels
        left = (entry.priority * nodes[entry.node] for entry in self._entries() if nodes[entry.node] > 1)
        return float(sum(left)) / nodes[0]

    def ask(self) -> tuple[Coalition, ...]:
        """Return the coalitions of this batch that are not evaluated yet, () if the search is finished."""
        if self.finished:
            return ()
        coalitions = self._coalitions() if self._used else ((), (self._tree.rects[0],))
        return coalitions[self._told - self._used :]

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Take the logits of the first coalitions of `ask`, all or fewer.

        `ask` returns the rest again. The map changes whenever a batch is complete.

        Parameters
        ----------
        logits : (n, L) float

        Raises
        ------
        ValueError
            If there are more rows than `ask` returned, or another number of labels than before.
        """
        missing = self._used + self._due - self._told
        labels = self._rows.shape[1] if self._told else logits.shape[-1]
        if logits.ndim != 2 or len(logits) > missing or logits.shape[1] != labels:
            raise ValueError(f"The logits have shape {logits.shape}; expected at most ({missing}, {labels}).")
        self._append(logits)
        if self._told == self._used + self._due:
            self._advance()

    def result(self) -> Regions:
        """Return the complete, additive answer so far.

        Raises
        ------
        ValueError
            If the logits of the hidden and of the shown picture are not known yet.
        """
        if not self._used:
            raise ValueError("There is no result before the logits of the hidden and of the shown picture are known.")
        credit = self._tree.spread(self._credit())
        region_of, leaves = self._tree.region_map(self._shape)
        base, full = self._rows[:2].astype(np.float32)
        return Regions(region_of, credit[leaves].astype(np.float32), base, full)

    def _coalitions(self) -> tuple[Coalition, ...]:
        return tuple(
            (half, *_rects(entry.context)) for entry in self._expanding for half in halved(self._tree.rects[entry.node])
        )

    def _append(self, logits: NDArray[np.floating]) -> None:
        # Doubling keeps the cost of appending linear; np.concatenate for every chunk would make it quadratic.
        if self._told + len(logits) > len(self._rows):
            larger = np.empty((max(64, 2 * len(self._rows), self._told + len(logits)), logits.shape[1]))
            if self._told:
                larger[: self._told] = self._rows[: self._told]
            self._rows = larger
        self._rows[self._told : self._told + len(logits)] = logits
        self._told += len(logits)

    def _advance(self) -> None:
        """Put the complete batch into the queue, then choose the next one."""
        if self._used:
            self._branch()
        else:
            self._steering = steering_labels(self._rows[1], self.settings, self._labels)
            self._whole = float(self._changes(np.zeros(1, int), np.ones(1, int))[0])
            self._push(_Entry(self._whole, 0, None, 0, 1, 1.0))
        self._used = self._told
        self._expanding, self._due = [], 0
        if not self._settled():
            self._choose()

    def _settled(self) -> bool:
        share = self.settings.settle
        return share > 0 and self._whole > 0 and self.work_left <= share * self._whole

    def _choose(self) -> None:
        """Pop the entries of the next batch, those of the highest priority first."""
        budget, width = self.settings.evaluations, self.settings.search_width
        while self._queue and self._due < width and self._told + self._due < budget:
            entry = heappop(self._queue)[2]
            if self._tree.pixels[entry.node] == 1:
                # Set aside, not dropped: `_credit` still needs its change.
                self._pixels.append(entry)
            else:
                self._expanding.append(entry)
                self._due += 2

    def _branch(self) -> None:
        """Replace each expanded entry by its two halves, each without and with the other half shown.

        This is one level of the Owen value. With v the logits, c the context and a, b the halves, the change
        v(c + a + b) - v(c) is replaced by [v(c + a) - v(c)] / 2 and [v(c + a + b) - v(c + b)] / 2 for a, and for b by
        the same with a and b exchanged. The four sum to the change, which is why values add up at any moment.
        """
        lower = self._used + 2 * np.arange(len(self._expanding))
        upper = lower + 1
        before = np.array([entry.before for entry in self._expanding])
        after = np.array([entry.after for entry in self._expanding])
        froms, tos = np.stack([before, before, upper, lower], 1), np.stack([lower, upper, after, after], 1)
        weights = [entry.weight / 2 for entry in self._expanding]
        priorities = self._changes(froms, tos) * np.array(weights)[:, None]
        rows = zip(self._expanding, priorities.tolist(), froms.tolist(), tos.tolist(), weights, strict=True)
        for entry, priority, start, end, weight in rows:
            low, up = self._tree.halves(entry.node)
            with_up = _Context(self._tree.rects[up], entry.context)
            with_low = _Context(self._tree.rects[low], entry.context)
            # The order decides between equal priorities, and so which coalitions come next.
            self._push(_Entry(priority[0], low, entry.context, start[0], end[0], weight))
            self._push(_Entry(priority[1], up, entry.context, start[1], end[1], weight))
            self._push(_Entry(priority[2], low, with_up, start[2], end[2], weight))
            self._push(_Entry(priority[3], up, with_low, start[3], end[3], weight))

    def _changes(self, before: NDArray[np.intp], after: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the largest |change| of a steering label between rows of the logits."""
        steered = self._rows[after[..., None], self._steering] - self._rows[before[..., None], self._steering]
        changes: NDArray[np.float64] = np.abs(steered).max(axis=-1)
        return changes

    def _push(self, entry: _Entry) -> None:
        # heapq pops the smallest, hence the sign.
        heappush(self._queue, (-entry.priority, next(self._order), entry))

    def _entries(self) -> Iterator[_Entry]:
        """All entries that were not replaced by their halves. Their weighted changes sum to full - base."""
        return chain((item[2] for item in self._queue), self._expanding, self._pixels)

    def _credit(self) -> NDArray[np.float64]:
        """(nodes, L) values of the nodes, from the entries that were not replaced by their halves."""
        # Sorted by node alone, and stably: float sums depend on the order of their terms.
        entries = sorted(self._entries(), key=lambda entry: entry.node)
        nodes = np.array([entry.node for entry in entries])
        change = self._rows[[entry.after for entry in entries]]
        change -= self._rows[[entry.before for entry in entries]]
        change *= np.array([entry.weight for entry in entries])[:, None]
        firsts = np.flatnonzero(np.diff(nodes, prepend=-1))
        credit = np.zeros((len(self._tree.rects), change.shape[1]))
        credit[nodes[firsts]] = np.add.reduceat(change, firsts, axis=0)
        return credit


def _rects(context: _Context | None) -> Iterator[Rect]:
    while context is not None:
        yield context.rect
        context = context.around
