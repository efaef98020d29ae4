"""Maps by other methods as questions to the service: in its queue, with progress, and stored.

Nothing here imports torch before a map is computed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.store import ExplanationStore
from xai_core.trust.check_jobs import Case, Check
from xai_core.trust.methods import METHODS, Attribution
from xai_core.trust.plan import Plan
from xai_core.trust.target import Target

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork


def method_of(case: Case, name: str, target: Target, *, evaluations: int, seed: int = 0) -> Check[Attribution]:
    """Ask for a map by a budgeted method; see `attributing.method_plan`."""

    def planner() -> Plan[Attribution]:
        from xai_core.trust.attribution import method_plan  # noqa: PLC0415 - torch takes seconds

        return method_plan(name, case, target.labels, evaluations=evaluations, seed=seed)

    masks = f"{name} {METHODS[name].version} {evaluations} {seed}"
    return Check(case, masks, repr(target.labels), evaluations, planner)


@dataclass(frozen=True, eq=False)
class GradCamCheck:
    """Grad-CAM as it is asked of the service: nothing is hidden, and the whole of it is one turn.

    What is stored are the maps themselves, a row a label.

    Attributes
    ----------
    case
        The picture before the model.
    target
        What to make maps for.
    network
        The model's own.
    """

    case: Case
    target: Target
    network: "GradientNetwork"

    @property
    def search_key(self) -> str:
        """Name of what is computed."""
        version = METHODS["gradcam"].version
        parts = ("gradcam", version, self.target.labels, self.case.runtime.model_id, self.case.picture_hash)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    @property
    def key(self) -> str:
        """Name of the answer, which is all that is computed."""
        return self.search_key

    @property
    def store(self) -> ExplanationStore:
        """Where the maps are kept."""
        return self.case.store

    @property
    def planned(self) -> int:
        """Passes forward and back: one a label."""
        return len(self.target.labels)

    def check(self) -> None:
        """Nothing of it can be refused: it has no settings."""

    def stored(self) -> Attribution | None:
        """Return the maps where they are kept."""
        rows, height_width = self.store.known(self.search_key), self.case.view.shape[:2]
        whole = rows is not None and rows.shape == (self.planned, height_width[0] * height_width[1])
        return self.attribution(rows) if rows is not None and whole else None

    def put(self, _answer: Attribution, rows: NDArray[np.float32]) -> None:
        """Keep the maps.

        Raises
        ------
        StoreRefused
            If the disk does not take it.
        """
        self.store.keep(self.search_key, rows)

    def spent(self, _answer: Attribution) -> int:
        """Passes that the answer took."""
        return self.planned

    def begin(self, _known: NDArray[np.float32] | None = None) -> "Looking":
        """Start to compute."""
        return Looking(self)

    def attribution(self, rows: NDArray[np.float32]) -> Attribution:
        """The answer that (k, H * W) rows of maps are."""
        height, width, _ = self.case.view.shape
        own = np.arange(height * width, dtype=np.int32).reshape(height, width)
        return Attribution("gradcam", self.target.labels, rows.reshape(-1, height, width), own, len(rows))


class Looking:
    """Grad-CAM that is being computed. One thread drives it; any thread may read the answer."""

    def __init__(self, asked: GradCamCheck) -> None:
        self._asked = asked
        self._rows = np.empty((0, asked.case.view[..., 0].size), np.float32)

    @property
    def evaluations(self) -> int:
        """Passes done."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """Whether the maps are there."""
        return self.evaluations == self.planned

    @property
    def planned(self) -> int:
        """Passes in all."""
        return self._asked.planned

    @property
    def logits(self) -> NDArray[np.float32]:
        """(k, H * W) maps: what is kept of it."""
        return self._rows

    def batch(self) -> Iterator[None]:
        """Compute all maps."""
        maps = self._asked.network.grad_cam(self._asked.case.view, self._asked.target.labels)
        self._rows = maps.reshape(len(maps), -1)
        yield

    def answer(self) -> Attribution | None:
        """Return the maps; None before they are there."""
        return self._asked.attribution(self._rows) if self.finished else None
