"""Contract of the runtimes that turn pictures into logits, and the checks that they share."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed, OutputsNotFinite
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec


class Runtime(Protocol):
    """Network that is ready to run.

    Any number of threads may call one runtime at the same time.
    """

    @property
    def spec(self) -> ModelSpec:
        """Labels and preprocessing of the network."""
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
        """Width D of the last linear layer's input, None for a network that does not expose it."""
        ...

    @property
    def preferred_batch(self) -> int:
        """Smallest number of pictures in one call that reaches the full speed."""
        ...

    @property
    def channels_first(self) -> bool:
        """True if it copies pictures whose memory layout is not channels-first, which costs time."""
        ...

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the logits of any number of pictures.

        The runtime splits them into batches of the size that is fastest for it. This changes the speed and never the
        logits.

        Parameters
        ----------
        inputs : (N, H, W, 3) float32
            Normalised pictures, N >= 1, as `preprocess.normalise` returns them.

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
        """Return the logits, and the inputs of the last linear layer.

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


Rect = tuple[int, int, int, int]
"""Half-open rectangle in pixels: top, bottom, left, right."""

Coalition = tuple[Rect, ...] | NDArray[np.bool_]
"""Shown part of a masked picture: disjoint rectangles, () for nothing; or (H, W) bool, True where shown."""


@runtime_checkable
class ComposingRuntime(Runtime, Protocol):
    """Runtime that composes masked pictures on its device.

    Only the coalitions are transferred to it, which are far smaller than the pictures.
    """

    def masked(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Put a picture on the device, and return a function that evaluates masked copies of it.

        Parameters
        ----------
        picture, hidden : (H, W, 3) float32
            Normalised values of the shown pixels and of the hidden ones.

        Returns
        -------
        Function from n coalitions to (n, L) float32 logits.
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
    """Run a network on any number of pictures, with the checks that the contract promises.

    Parameters
    ----------
    run
        Function that runs the network on at most `batch` pictures.
    inputs : (N, H, W, 3) float32
        Normalised pictures.
    batch
        Pictures in one call of `run`.
    spec
        Specification with the shapes of inputs and outputs.
    lanes
        Executor that runs several batches at the same time; None runs them one after the other.

    Returns
    -------
    logits : (N, L) float32
    embeddings : (N, D) float32 or None
    """
    check_inputs(inputs, spec)
    batches = [inputs[start : start + batch] for start in range(0, len(inputs), batch)]
    # Executor.map keeps the order of the batches, whichever lane is done first.
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
    """Refuse outputs of another shape, and outputs that are not finite.

    Raises
    ------
    ExplanationFailed
        If the outputs are not (N, L), or some of them are not finite.
    """
    expected = (pictures, len(spec.labels))
    if logits.shape != expected:
        raise ExplanationFailed(
            deferred(
                "The model returned outputs of shape {shape}; expected {expected}: {number:d} pictures, {labels:d} "
                "labels.",
                shape=logits.shape,
                expected=expected,
                number=pictures,
                labels=len(spec.labels),
            ),
            deferred("Check that the labels and the model file belong together."),
        )
    # One NaN would spread through a regression or a halving to every region without an error.
    bad = int(np.count_nonzero(~np.isfinite(logits).all(axis=1)))
    if bad:
        raise OutputsNotFinite(
            deferred(
                "The model returned outputs that are not finite (NaN or infinite) for {bad:d} of {number:d} pictures.",
                bad=bad,
                number=pictures,
            ),
            deferred(
                "Check that its weights are finite and that its spec (value_range, mean, std) is that of its training."
            ),
        )
