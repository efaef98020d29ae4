"""Maps by other methods as questions to the explanation service."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.store import AnswerStore
from xai_core.explain.target import Target
from xai_core.trust.attribution import attribution_plan
from xai_core.trust.check_questions import CheckedPicture, PlanQuestion
from xai_core.trust.methods import METHODS, Attribution
from xai_core.trust.plan import EvaluationPlan

if TYPE_CHECKING:
    from xai_core.runtimes.helper.network import LayeredNetwork


def method_question(
    picture: CheckedPicture, name: str, target: Target, *, evaluations: int, seed: int = 0
) -> PlanQuestion[Attribution]:
    """Return the question for `attribution.attribution_plan`."""

    def make_plan() -> EvaluationPlan[Attribution]:
        return attribution_plan(name, picture, target.labels, evaluations=evaluations, seed=seed)

    coalitions_name = f"{name} {METHODS[name].version} {evaluations} {seed}"
    return PlanQuestion(picture, coalitions_name, repr(target.labels), evaluations, make_plan)


@dataclass(frozen=True, eq=False)
class GradCamQuestion:
    """Question for Grad-CAM maps, which hide nothing and take a single turn.

    The maps themselves are stored, one row a label.

    Attributes
    ----------
    picture
        Picture and model.
    target
        Label or contrast to make maps for.
    network
        The model's network.
    """

    picture: CheckedPicture
    target: Target
    network: "LayeredNetwork"

    @property
    def search_key(self) -> str:
        """Name of the stored maps."""
        version = METHODS["gradcam"].version
        parts = ("gradcam", version, self.target.labels, self.picture.runtime.model_id, self.picture.picture_hash)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    @property
    def key(self) -> str:
        """Name of the answer, which is the maps."""
        return self.search_key

    @property
    def store(self) -> AnswerStore:
        """Store of the maps."""
        return self.picture.store

    @property
    def planned(self) -> int:
        """Number of passes forward and back, one for each label."""
        return len(self.target.labels)

    def check(self) -> None:
        """Accept every question, because Grad-CAM has no settings."""

    def stored(self) -> Attribution | None:
        """Return the stored maps, or None."""
        rows, (height, width) = self.store.get_logits(self.search_key), self.picture.view.shape[:2]
        expected = (self.planned, height * width)
        return self.attribution(rows) if rows is not None and rows.shape == expected else None

    def put(self, _answer: Attribution, rows: NDArray[np.float32]) -> None:
        """Store the maps.

        Raises
        ------
        StoreRefused
            If the disk is full or read-only.
        """
        self.store.put_logits(self.search_key, rows)

    def spent(self, _answer: Attribution) -> int:
        """Return the number of passes of the answer."""
        return self.planned

    def begin(self, _known: NDArray[np.float32] | None = None) -> "GradCamComputation":
        """Start the computation."""
        return GradCamComputation(self)

    def attribution(self, rows: NDArray[np.float32]) -> Attribution:
        """Return (k, H * W) rows of maps as an attribution."""
        height, width, _ = self.picture.view.shape
        one_pixel_regions = np.arange(height * width, dtype=np.int32).reshape(height, width)
        maps = rows.reshape(-1, height, width)
        return Attribution("gradcam", self.target.labels, maps, one_pixel_regions, len(rows))


class GradCamComputation:
    """Grad-CAM in progress.

    One thread drives it, and any thread may read the answer.
    """

    def __init__(self, question: GradCamQuestion) -> None:
        self._question = question
        self._rows = np.empty((0, question.picture.view[..., 0].size), np.float32)

    @property
    def evaluations(self) -> int:
        """Number of passes done."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """True if the maps are computed."""
        return self.evaluations == self.planned

    @property
    def planned(self) -> int:
        """Number of passes in all."""
        return self._question.planned

    @property
    def logits(self) -> NDArray[np.float32]:
        """(k, H * W) maps, which take the place of logits in the store."""
        return self._rows

    def batch(self) -> Iterator[None]:
        """Compute all maps."""
        maps = self._question.network.grad_cam(self._question.picture.view, self._question.target.labels)
        self._rows = maps.reshape(len(maps), -1)
        yield

    def answer(self) -> Attribution | None:
        """Return the maps, or None before they are computed."""
        return self._question.attribution(self._rows) if self.finished else None
