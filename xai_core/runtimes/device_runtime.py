"""Runtime for PyTorch on a device with its own memory, which also composes the pictures."""

import logging
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from xai_core.errors import ExplanationFailed
from xai_core.language import deferred
from xai_core.model.places import answer_rows
from xai_core.model.runtime import Coalition, Outputs, check_inputs, check_logits
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.torch_runtime import TorchRuntime, as_tensor

log = logging.getLogger(__name__)


class DeviceRuntime(TorchRuntime):
    """Network of torch on a device, which halves a batch that does not fit its memory.

    Parameters
    ----------
    network, spec, model_id, device, batch
        See `TorchRuntime`.
    half
        Compute in float16.
    """

    def __init__(
        self,
        network: nn.Module,
        spec: ModelSpec,
        model_id: str,
        device: str = "cuda",
        *,
        batch: int | None = None,
        half: bool = False,
    ) -> None:
        super().__init__(network, spec, model_id, device, batch=batch)
        self._dtype = torch.float16 if half else torch.float32
        self._network = self._network.to(self._dtype)
        if half:
            self.name += " float16"

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return logits and inputs of the last linear layer (see `Runtime.logits_and_embeddings`)."""
        return self._run_all(inputs, self._forward)

    def place_logits(
        self, inputs: NDArray[np.float32], labels: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return logits and the share of each place in some of them (see `PlaceRuntime.place_logits`)."""
        logits, shares = self._run_all(inputs, self._place_forward(labels))
        assert shares is not None
        return logits, shares

    def masked(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Put a picture on the device (see `ComposingRuntime.masked`)."""
        compose_part = self._composer(picture, hidden)

        def logits(coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
            return self._run_in_parts(compose_part(coalitions), len(coalitions), self._forward)[0]

        return logits

    def masked_places(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32], labels: Sequence[int]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Put a picture on the device (see `ComposingPlaceRuntime.masked_places`)."""
        compose_part = self._composer(picture, hidden)
        forward = self._place_forward(labels)

        def rows(coalitions: Sequence[Coalition]) -> NDArray[np.float32]:
            logits, shares = self._run_in_parts(compose_part(coalitions), len(coalitions), forward)
            assert shares is not None
            return answer_rows(logits, shares)

        return rows

    def _composer(
        self, picture: NDArray[np.float32], hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Coalition]], Callable[[slice], Tensor]]:
        """Put a picture on the device, and return a function that composes a slice of coalitions there."""
        both = np.stack([picture, hidden])
        check_inputs(both, self.spec)
        shown, hides = as_tensor(both).to(self._device, self._dtype)
        return lambda coalitions: lambda part: compose(shown, hides, coalitions[part])

    def _run_all(self, inputs: NDArray[np.float32], forward: Callable[[Tensor], Outputs]) -> Outputs:
        check_inputs(inputs, self.spec)
        return self._run_in_parts(
            lambda part: as_tensor(inputs[part]).to(self._device, self._dtype), len(inputs), forward
        )

    def _run_in_parts(
        self, pictures: Callable[[slice], Tensor], count: int, forward: Callable[[Tensor], Outputs]
    ) -> Outputs:
        """Run the network on as many pictures at a time as the device has memory for.

        `forward` runs one tensor of pictures. `pictures` makes the tensor of a slice, and only one of them is on the
        device at a time.
        """
        parts: list[Outputs] = []
        done = 0
        while done < count:
            size = min(self._batch, count - done)
            try:
                parts.append(forward(pictures(slice(done, done + size))))
            except torch.OutOfMemoryError as fault:  # before RuntimeError, of which it is a subclass
                self._halve_batch(size, fault)
            except RuntimeError as fault:
                raise ExplanationFailed(
                    deferred("The network failed on {device}: {reason}.", device=self.name, reason=str(fault))
                ) from fault
            else:
                done += size
        logits = np.concatenate([part for part, _ in parts])
        check_logits(logits, count, self.spec)
        embeddings = [part for _, part in parts if part is not None]
        return logits, np.concatenate(embeddings) if embeddings else None

    def _halve_batch(self, size: int, fault: torch.OutOfMemoryError) -> None:
        if size == 1:
            raise ExplanationFailed(
                deferred("The memory of {device} does not take a single picture.", device=self.name),
                deferred("Close other programs that use the device, or choose the CPU."),
            ) from fault
        # Threads may halve at the same time. Any value that one of them writes is smaller than what did not fit, and
        # the batch size never changes a logit, so that no lock is needed.
        self._batch = size // 2
        log.warning("The memory of %s does not take %d pictures. Continuing with %d.", self.name, size, self._batch)
        if self._device == "cuda":
            # Blocks of the large batch stay in torch's pool otherwise, and the smaller one may not fit beside them.
            torch.cuda.empty_cache()


def compose(shown: Tensor, hides: Tensor, coalitions: Sequence[Coalition]) -> Tensor:
    """Compose masked pictures on the device of the picture.

    Parameters
    ----------
    shown, hides : (3, H, W)
        Values of the shown pixels and of the hidden ones.
    coalitions
        The n masks.

    Returns
    -------
    (n, 3, H, W), channels-last
    """
    height, width = shown.shape[1:]
    rectangles = [() if isinstance(coalition, np.ndarray) else coalition for coalition in coalitions]
    rows = [(number, *rectangle) for number, coalition in enumerate(rectangles) for rectangle in coalition]
    number, top, bottom, left, right = torch.tensor(rows, dtype=torch.long).reshape(-1, 5).to(shown.device).T
    # A summed-area table in reverse: +1 and -1 at the four corners of a rectangle, summed along rows and then columns,
    # are 1 inside it and 0 outside. One call fills all rectangles of all masks, where a loop would start a kernel for
    # each. The table has one row and one column more than the picture, for corners on its far edges.
    inside = torch.zeros(len(coalitions), height + 1, width + 1, dtype=torch.int32, device=shown.device)
    for row, column, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        signs = torch.full_like(row, sign, dtype=torch.int32)
        # accumulate: neighbouring rectangles share corners, and a plain write would keep the sign of one of them.
        inside.index_put_((number, row, column), signs, accumulate=True)
    where = inside.cumsum(1, dtype=torch.int32).cumsum(2, dtype=torch.int32)[:, None, :height, :width] > 0
    masks = {number: mask for number, mask in enumerate(coalitions) if isinstance(mask, np.ndarray)}
    if masks:
        where[list(masks), 0] = torch.from_numpy(np.stack(list(masks.values()))).to(shown.device)
    return torch.where(where, shown, hides).contiguous(memory_format=torch.channels_last)
