"""The engine `partition`: Owen values over the halving of a picture, explored where the outputs change most.

It asks for masked pictures and is told their logits, so it knows no model. The numbers are those of
`shap.PartitionExplainer` (Owen values with both contexts, `max_evals` and `batch_size` read the same way), found with
rectangles in place of one boolean a pixel and channel. Two differences, both on purpose: equal priorities are taken in
the order in which they came (shap throws a die), and a single pixel is not taken apart into its colour channels (its
sum is the same; the evaluations go elsewhere).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import chain, count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.halving import Halving, halved
from xai_core.engines.search import Regions
from xai_core.labels import index_of
from xai_core.masking import Coalition, Rect
from xai_core.settings import ExplainSettings


class _Context(NamedTuple):
    """What is shown around a node: one rectangle more than another context. Never changed, so shared freely."""

    rect: Rect
    around: "_Context | None"


class _Entry(NamedTuple):
    """A node in one context: the change of the logits when it is shown, not yet placed within the node.

    `before` and `after` are the rows of the logits without and with the node.
    """

    priority: float
    node: int
    context: _Context | None
    before: int
    after: int
    weight: float


class PartitionSearch:
    """One exploration of one picture, driven by `ask` and `tell`.

    Parameters
    ----------
    shape
        Height and width of the picture in pixels.
    settings
        `evaluations` is the budget. Two masks are asked for a node, so that an odd budget is overshot by one and a
        batch of an odd `search_width` is one larger, both as in shap.
    known : (n, L) float
        Logits of the first n masks, where an earlier search with the same picture, model and settings but for the
        budget has them already: see `logits`. They are gone through without asking.
    labels
        Names of the outputs, for settings that steer by name.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        settings: ExplainSettings,
        known: NDArray[np.floating] | None = None,
        labels: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self._labels = labels
        self._whole = 0.0
        self._shape = shape
        self._tree = Halving((0, shape[0], 0, shape[1]))
        self._rows = np.empty((0, 0))
        self._told = 0
        self._used = 0
        self._due = 2
        self._steering = np.empty(0, np.intp)
        self._queue: list[tuple[float, int, _Entry]] = []
        self._order = count()
        self._expanding: list[_Entry] = []
        self._pixels: list[_Entry] = []
        while known is not None and self.evaluations < len(known) and not self.finished:
            self.tell(known[self._told : self._used + self._due])

    @property
    def evaluations(self) -> int:
        """Masks whose logits are known."""
        return self._told

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to ask: the budget is spent, the map has settled or every pixel is reached."""
        return self._due == 0

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, L) of every mask told, in order: all that is needed to go on later (`known`)."""
        return self._rows[: self._told].copy()

    @property
    def work_left(self) -> float:
        """Logits that are still spread over more than a pixel, weighed by the share of the picture they lie on.

        The sum over the queue of priority (weight times the largest change of a steering label) times pixels of the
        node over pixels of the picture; |full - base| at the start, 0 when every pixel has been reached. The plain
        sum of priorities would not fall: by the triangle inequality a node's four successors together hold at least
        as much as the node.
        """
        nodes = self._tree.pixels
        left = (entry.priority * nodes[entry.node] for entry in self._entries() if nodes[entry.node] > 1)
        return float(sum(left)) / nodes[0]

    def ask(self) -> tuple[Coalition, ...]:
        """Return the masks of the present batch that have not been told, in the order to tell them; () = finished."""
        if self.finished:
            return ()
        masks = self._masks() if self._used else ((), (self._tree.rects[0],))
        return masks[self._told - self._used :]

    def tell(self, logits: NDArray[np.floating]) -> None:
        """Hand in the logits of the first masks of `ask`, all of them or fewer; the rest is asked for again.

        The map moves on whenever the batch is complete.

        Parameters
        ----------
        logits : (n, L) float
        """
        missing = self._used + self._due - self._told
        labels = self._rows.shape[1] if self._told else logits.shape[-1]
        if logits.ndim != 2 or len(logits) > missing or logits.shape[1] != labels:
            raise ValueError(f"The logits have shape {logits.shape}; expected at most ({missing}, {labels}).")
        self._append(logits)
        if self._told == self._used + self._due:
            self._advance()

    def result(self) -> Regions:
        """Return the complete, additive answer so far; there is one as soon as both first masks have been told."""
        if not self._used:
            raise ValueError("There is no result before the logits of the hidden and of the shown picture are told.")
        credit = self._tree.spread(self._credit())
        region_of, leaves = self._tree.painted(self._shape)
        base, full = self._rows[:2].astype(np.float32)
        return Regions(region_of, credit[leaves].astype(np.float32), base, full)

    def extended(self, evaluations: int) -> "PartitionSearch":
        """Return this search with another budget, the masks told so far included.

        It asks for mask N + 1 next and ends where a search with the larger budget from the start ends, bit for bit.
        That holds also where the smaller budget cut a batch short: what is known is gone through again, so that the
        batch is completed before the queue is looked at.
        """
        settings = replace(self.settings, evaluations=evaluations)
        return PartitionSearch(self._shape, settings, self.logits, self._labels)

    def _masks(self) -> tuple[Coalition, ...]:
        return tuple(
            (half, *_rects(entry.context)) for entry in self._expanding for half in halved(self._tree.rects[entry.node])
        )

    def _append(self, logits: NDArray[np.floating]) -> None:
        if self._told + len(logits) > len(self._rows):
            larger = np.empty((max(64, 2 * len(self._rows), self._told + len(logits)), logits.shape[1]))
            if self._told:
                larger[: self._told] = self._rows[: self._told]
            self._rows = larger
        self._rows[self._told : self._told + len(logits)] = logits
        self._told += len(logits)

    def _advance(self) -> None:
        """Use the complete batch, then choose the next one."""
        if self._used:
            self._branch()
        else:
            top = np.argsort(-self._rows[1], kind="stable")[: self.settings.steer_top]
            named = [index_of(label, self._labels) for label in self.settings.steer_labels]
            self._steering = np.array([*top, *(place for place in named if place not in top)], np.intp)
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
        """Pop the nodes of the next batch, the largest first."""
        budget, width = self.settings.evaluations, self.settings.search_width
        while self._queue and self._due < width and self._told + self._due < budget:
            entry = heappop(self._queue)[2]
            if self._tree.pixels[entry.node] == 1:
                self._pixels.append(entry)
            else:
                self._expanding.append(entry)
                self._due += 2

    def _branch(self) -> None:
        """Replace each expanded entry by its two halves, each without and with the other half shown."""
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
            self._push(_Entry(priority[0], low, entry.context, start[0], end[0], weight))
            self._push(_Entry(priority[1], up, entry.context, start[1], end[1], weight))
            self._push(_Entry(priority[2], low, with_up, start[2], end[2], weight))
            self._push(_Entry(priority[3], up, with_low, start[3], end[3], weight))

    def _changes(self, before: NDArray[np.intp], after: NDArray[np.intp]) -> NDArray[np.float64]:
        """Largest |change| over the steering labels between rows of the logits; the shape of the arguments."""
        steered = self._rows[after[..., None], self._steering] - self._rows[before[..., None], self._steering]
        changes: NDArray[np.float64] = np.abs(steered).max(axis=-1)
        return changes

    def _push(self, entry: _Entry) -> None:
        heappush(self._queue, (-entry.priority, next(self._order), entry))

    def _entries(self) -> Iterator[_Entry]:
        return chain((item[2] for item in self._queue), self._expanding, self._pixels)

    def _credit(self) -> NDArray[np.float64]:
        """(nodes, L): what every node is worth by the entries that were not taken further."""
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
