"""Runtime whose network runs on workers, for explanations that the server searches itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.confusions import confusion
from xai_core.masking import Masker
from xai_core.model.places import ComposingPlaceRuntime, Grid, PlaceRuntime, answer_rows, place_grid
from xai_core.model.runtime import Coalition, ComposingRuntime, Outputs, Runtime, check_inputs
from xai_core.model.spec import ModelSpec
from xai_core.study.remote.model import WorkerModel, study_model
from xai_core.study.study import Study
from xai_core.workers.crew import Crew, Shared

Pictures = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A normalised picture and its hidden form, (H, W, 3) each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Traits of a runtime on a worker (see `Runtime` and `PlaceRuntime`)."""

    name: str
    preferred_batch: int
    channels_first: bool
    embedding_size: int | None
    place_grid: Grid | None


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Composed pictures, (N, H, W, 3), to evaluate; with labels, their shares of places are asked too."""

    pictures: NDArray[np.float32]
    labels: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Coalitions of a shared picture to evaluate; with labels, answer rows are asked and not logits."""

    coalitions: Sequence[Coalition]
    labels: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateWork:
    """Work of evaluating pictures by one model.

    Attributes
    ----------
    model
        The model.
    """

    model: WorkerModel

    def open(self) -> Callable[[Inputs | Masks | None, Pictures | None], object]:
        """Open the model (see `crew.SharedWork`). Without an item, it answers with its traits."""
        runtime = self.model.open()

        def answer(item: Inputs | Masks | None, shared: Pictures | None) -> object:
            if item is None:
                return _traits(runtime)
            if isinstance(item, Inputs):
                return _evaluated(runtime, item.pictures, item.labels)
            assert shared is not None
            return _masked(runtime, *shared, item)

        return answer


class RemoteRuntime:
    """Runtime that runs on workers (see `ComposingPlaceRuntime`).

    Coalitions and not pictures are sent, and each call goes to a free worker. A worker composes and evaluates as this
    process would, so that explanations are equal bit for bit on machines of one kind.

    Parameters
    ----------
    crew
        The workers.
    work
        The model as they open it.

    Raises
    ------
    WorkersRefused
        If they cannot be started, or cannot open the model.
    """

    def __init__(self, crew: Crew, work: EvaluateWork) -> None:
        self._crew, self._work = crew, work
        self.spec: ModelSpec = work.model.spec
        self.model_id: str = work.model.model_id
        traits: Traits = crew.answer(self.model_id, work, None)
        self.name = traits.name
        self.preferred_batch = traits.preferred_batch
        self.channels_first = traits.channels_first
        self.embedding_size = traits.embedding_size
        self.place_grid = traits.place_grid

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, L) logits of pictures (see `Runtime.logits`)."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return logits and inputs of the last linear layer (see `Runtime.logits_and_embeddings`)."""
        check_inputs(inputs, self.spec)
        outputs: Outputs = self._ask(Inputs(np.ascontiguousarray(inputs)))
        return outputs

    def place_logits(
        self, inputs: NDArray[np.float32], labels: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return logits and the share of each place in some of them (see `PlaceRuntime.place_logits`)."""
        check_inputs(inputs, self.spec)
        found: tuple[NDArray[np.float32], NDArray[np.float32]] = self._ask(
            Inputs(np.ascontiguousarray(inputs), tuple(labels))
        )
        return found

    def masked(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Send a picture to the workers (see `ComposingRuntime.masked`)."""
        return self._masked_evaluator(picture, hidden, None)

    def masked_places(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32], labels: Sequence[int]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Send a picture to the workers (see `ComposingPlaceRuntime.masked_places`)."""
        return self._masked_evaluator(picture, hidden, tuple(labels))

    def _masked_evaluator(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32], labels: tuple[int, ...] | None
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        check_inputs(np.stack([picture, hidden]), self.spec)
        shared = Shared((picture, hidden))

        def evaluate(coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
            found: NDArray[np.float32] = self._ask(Masks(coalitions, labels), shared)
            return found

        return evaluate

    def _ask(self, item: Inputs | Masks, shared: Shared | None = None) -> Any:
        return self._crew.answer(self.model_id, self._work, item, shared)


def open_remote(study: Study, crew: Crew, *, ship: bool) -> RemoteRuntime:
    """Open the model of a study on workers.

    Parameters
    ----------
    study
        The study.
    crew
        The workers.
    ship
        True to send the model to them, False where they see the same path.

    Raises
    ------
    WorkersRefused
        If the workers cannot be started or reached, or do not see the model.
    """
    readable = confusion.readable(study.table)["image_id"].to_list()
    return RemoteRuntime(crew, EvaluateWork(study_model(study, readable, ship=ship)))


def _traits(runtime: Runtime) -> Traits:
    return Traits(
        name=runtime.name,
        preferred_batch=runtime.preferred_batch,
        channels_first=runtime.channels_first,
        embedding_size=runtime.embedding_size,
        place_grid=place_grid(runtime),
    )


def _evaluated(runtime: Runtime, pictures: NDArray[np.float32], labels: Sequence[int] | None) -> object:
    if labels is None:
        return runtime.logits_and_embeddings(pictures)
    assert isinstance(runtime, PlaceRuntime)
    return runtime.place_logits(pictures, labels)


def _masked(
    runtime: Runtime, picture: NDArray[np.float32], hidden: NDArray[np.float32], masks: Masks
) -> NDArray[np.float32]:
    if masks.labels is None and isinstance(runtime, ComposingRuntime):
        return runtime.masked(picture, hidden)(masks.coalitions)
    if masks.labels is not None and isinstance(runtime, ComposingPlaceRuntime):
        return runtime.masked_places(picture, hidden, masks.labels)(masks.coalitions)
    composed = Masker(picture, hidden, channels_first=runtime.channels_first).compose(masks.coalitions)
    if masks.labels is None:
        return runtime.logits(composed)
    assert isinstance(runtime, PlaceRuntime)
    return answer_rows(*runtime.place_logits(composed, masks.labels))
