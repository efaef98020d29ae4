"""Runtime for PyTorch on a CPU or a CUDA device."""

import copy
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.fx.experimental.optimization import fuse

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec

BATCH = {"cpu": 4, "cuda": 64}
"""Pictures in a batch, by device. Small batches are faster on a CPU because their activations stay in its cache."""


def resolve_device(device: str) -> str:
    """Return "cpu" or "cuda" for a device name, where "auto" prefers CUDA.

    Raises
    ------
    ModelRefused
        If there is no such device.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device not in BATCH:
        raise ModelRefused(f"The device {device!r} is not known here.", "Choose auto, cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelRefused("There is no CUDA device that torch can use.", "Choose auto or cpu.")
    return device


class TorchRuntime:
    """Network of torch with folded batch norms, in float32 and channels-last.

    Nothing changes after construction, so that threads share it without a lock.

    Parameters
    ----------
    network
        Network, which stays as it is: the runtime works on a folded copy.
    spec, model_id
        See `Runtime`.
    device
        "auto", "cpu" or "cuda".
    batch
        Pictures in a batch; None takes the default of the device.
    """

    channels_first: ClassVar[bool] = False

    def __init__(
        self, network: nn.Module, spec: ModelSpec, model_id: str, device: str = "auto", *, batch: int | None = None
    ) -> None:
        self.spec = spec
        self.model_id = model_id
        self._device = resolve_device(device)
        if self._device == "cuda":
            # By default torch rounds the factors of convolutions on CUDA to 10 bits (TF32). The logits of
            # EfficientNet-B1 were then off by 0.2 % of their size, more than `autotune.TOLERANCE` allows.
            torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]
            torch.backends.cuda.matmul.fp32_precision = "ieee"
        self._batch = batch or BATCH[self._device]
        self.name = f"torch {self._device}"
        # fuse traces a copy of the network and folds each batch norm into the convolution before it. This is exact up
        # to rounding only in evaluation mode, where a batch norm is a fixed affine map.
        folded = cast("fx.GraphModule", fuse(network.eval()))
        self.embedding_size = _expose_embedding(folded)
        # Channels-last is the order in which pictures arrive, so that none is transposed.
        self._network = folded.to(torch.device(self._device)).to(memory_format=torch.channels_last)

    @property
    def preferred_batch(self) -> int:
        """Pictures in a batch (see `Runtime.preferred_batch`)."""
        return self._batch

    def with_batch(self, batch: int) -> "TorchRuntime":
        """Return a runtime that shares this network and has batches of another size."""
        other = copy.copy(self)
        other._batch = batch  # noqa: SLF001 - its own class
        return other

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, L) logits of pictures (N, H, W, 3) (see `Runtime.logits`)."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return logits and inputs of the last linear layer (see `Runtime.logits_and_embeddings`)."""
        return run_in_batches(self._run, inputs, batch=self._batch, spec=self.spec)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        try:
            return self._forward(as_tensor(batch).to(self._device))
        except RuntimeError as fault:
            raise ExplanationFailed(f"The network failed on {self.name}: {fault}.") from fault

    def _forward(self, pictures: Tensor) -> Outputs:
        # inference_mode is a state of the thread, so it is entered here and not once at construction.
        with torch.inference_mode():
            logits, *embedding = self._network(pictures)
            return logits.float().cpu().numpy(), embedding[0].float().cpu().numpy() if embedding else None


def as_tensor(pictures: NDArray[np.float32]) -> Tensor:
    """Return pictures (n, H, W, 3) as a tensor (n, 3, H, W).

    Contiguous memory is shared and not copied. The order of the pixels in it is torch's channels-last.
    """
    # "W" copies read-only arrays: torch warns about them, because a tensor on them could be written to.
    return torch.from_numpy(np.require(pictures, requirements=["C", "W"])).permute(0, 3, 1, 2)


def _expose_embedding(network: fx.GraphModule) -> int | None:
    """Make the network return (logits, embedding), or (logits,) without a last linear layer."""
    end = network.graph.output_node()
    last = end.args[0]
    assert isinstance(last, fx.Node)
    layer = network.get_submodule(str(last.target)) if last.op == "call_module" else None
    linear = isinstance(layer, nn.Linear)
    end.args = ((last, last.args[0]),) if linear else ((last,),)
    network.recompile()
    return layer.in_features if isinstance(layer, nn.Linear) else None
