"""The contract of everything that turns pictures into logits, and the checks that all of it shares."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed
from xai_core.model.spec import ModelSpec


class Runtime(Protocol):
    """A network that is ready to run. Any number of threads may call one runtime at the same time."""

    @property
    def spec(self) -> ModelSpec:
        """What the network is shown and what its outputs are called."""
        ...

    @property
    def model_id(self) -> str:
        """24 hexadecimal digits that change with the model file and with its spec."""
        ...

    @property
    def name(self) -> str:
        """Library and device, such as "torch cpu"."""
        ...

    @property
    def embedding_size(self) -> int | None:
        """Width D of the input of the last linear layer; None for a network that does not expose it."""
        ...

    @property
    def at_once(self) -> int:
        """Pictures that keep it busy when they are given together; fewer are slower, more are no faster."""
        ...

    @property
    def channels_first(self) -> bool:
        """Whether it copies pictures unless their channels lie one after the other in memory; a matter of speed."""
        ...

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs for any number of pictures.

        The runtime splits them into batches of its own best size: that is speed, never meaning.

        Parameters
        ----------
        inputs : (N, H, W, 3) float32
            Normalised pictures, N >= 1, as `preprocess.normalised` gives them.

        Returns
        -------
        (N, L) float32, in logits

        Raises
        ------
        ValueError
            If the inputs have another shape or type.
        ExplanationFailed
            If the network fails, or its outputs are not finite numbers of shape (N, L).
        """
        ...

    def logits_and_embeddings(
        self, inputs: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Outputs, and the inputs of the last linear layer.

        Parameters
        ----------
        inputs : (N, H, W, 3) float32
            Normalised pictures, N >= 1.

        Returns
        -------
        logits : (N, L) float32
        embeddings : (N, D) float32
            None where `embedding_size` is None.
        """
        ...


Shown = Sequence[tuple[int, int, int, int]] | NDArray[np.bool_]
"""A coalition: disjoint half-open rectangles top, bottom, left, right in pixels; or (H, W) bool, True where shown."""


@runtime_checkable
class ComposingRuntime(Runtime, Protocol):
    """A runtime that composes masked pictures on its device, so that only what is shown has to get there."""

    def masked(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Shown]], NDArray[np.float32]]:
        """Put a picture on the device, and return what evaluates masked forms of it.

        Parameters
        ----------
        picture, hidden : (H, W, 3) float32
            What is seen where a pixel is shown, and where it is hidden; normalised.

        Returns
        -------
        A function from n coalitions to (n, L) float32 logits.
        """
        ...


Outputs = tuple[NDArray[np.float32], NDArray[np.float32] | None]
"""Logits (N, L) and, where the network exposes them, embeddings (N, D)."""


def run_in_batches(
    run: Callable[[NDArray[np.float32]], Outputs],
    inputs: NDArray[np.float32],
    *,
    batch: int,
    spec: ModelSpec,
    lanes: Executor | None = None,
) -> Outputs:
    """Run a network over any number of pictures, with the checks that the contract promises.

    Parameters
    ----------
    run
        Takes at most `batch` pictures.
    inputs : (N, H, W, 3) float32
    batch
        Pictures at a time.
    spec
        Gives the shapes of inputs and outputs.
    lanes
        Runs several batches at the same time.

    Returns
    -------
    logits : (N, L) float32
    embeddings : (N, D) float32 or None
    """
    check_inputs(inputs, spec)
    batches = [inputs[start : start + batch] for start in range(0, len(inputs), batch)]
    parts = list(map(run, batches) if lanes is None else lanes.map(run, batches))
    logits = np.concatenate([part for part, _ in parts])
    check_logits(logits, len(inputs), spec)
    embeddings = [part for _, part in parts if part is not None]
    return logits, np.concatenate(embeddings) if embeddings else None


def check_inputs(inputs: NDArray[np.float32], spec: ModelSpec) -> None:
    """Refuse pictures that do not fit the network.

    Raises
    ------
    ValueError
        If `inputs` is not (N >= 1, H, W, 3) float32 with the spec's H and W.
    """
    height, width = spec.input_size
    if inputs.ndim != 4 or inputs.shape[0] < 1 or inputs.shape[1:] != (height, width, 3):
        raise ValueError(f"The pictures have shape {inputs.shape}; expected (n, {height}, {width}, 3).")
    if inputs.dtype != np.float32:
        raise ValueError(f"The pictures are {inputs.dtype}; expected normalised float32.")


def check_logits(logits: NDArray[np.float32], pictures: int, spec: ModelSpec) -> None:
    """Refuse outputs that nothing can be concluded from.

    Raises
    ------
    ExplanationFailed
        If the outputs are not (N, L), or some of them are not finite.
    """
    expected = (pictures, len(spec.labels))
    if logits.shape != expected:
        raise ExplanationFailed(
            f"The model returned outputs of shape {logits.shape}; expected {expected}: {pictures} pictures, "
            f"{len(spec.labels)} labels.",
            "Check that the labels and the model file belong together.",
        )
    bad = int(np.count_nonzero(~np.isfinite(logits).all(axis=1)))
    if bad:
        raise ExplanationFailed(
            f"The model returned outputs that are not finite (NaN or infinite) for {bad} of {pictures} pictures.",
            "Check that its weights are finite and that its spec (value_range, mean, std) is that of its training.",
        )
