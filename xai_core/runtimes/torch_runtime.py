"""PyTorch on a CPU or a CUDA device."""

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
"""Pictures at a time. Small batches win on a CPU because activations stay in its cache."""


def chosen_device(device: str) -> str:
    """Return "cpu" or "cuda"; "auto" takes CUDA where there is a device.

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
    """A torchvision network with its batch norm folded into its convolutions, in float32 and channels-last.

    Nothing changes after construction, so that threads may share it without a lock.

    Parameters
    ----------
    network
        Left as it is: the runtime works on a folded copy.
    spec, model_id
        See `Runtime`.
    device
        "auto", "cpu" or "cuda".
    batch
        Pictures at a time; None takes what is usual for the device.
    """

    channels_first: ClassVar[bool] = False

    def __init__(
        self, network: nn.Module, spec: ModelSpec, model_id: str, device: str = "auto", *, batch: int | None = None
    ) -> None:
        self.spec = spec
        self.model_id = model_id
        self._device = chosen_device(device)
        if self._device == "cuda":
            # As torch comes, convolutions round what they multiply to 10 bits (TF32): logits are then off by 0.2 %.
            torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]
            torch.backends.cuda.matmul.fp32_precision = "ieee"
        self._batch = batch or BATCH[self._device]
        self.name = f"torch {self._device}"
        folded = cast("fx.GraphModule", fuse(network.eval()))
        self.embedding_size = _expose_embedding(folded)
        self._network = folded.to(torch.device(self._device)).to(memory_format=torch.channels_last)

    @property
    def at_once(self) -> int:
        """Pictures in a batch; see `Runtime.at_once`."""
        return self._batch

    def sized(self, batch: int) -> "TorchRuntime":
        """Return this runtime, its network shared, with batches of another size."""
        other = copy.copy(self)
        other._batch = batch  # noqa: SLF001 - its own class
        return other

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs for pictures (N, H, W, 3), as (N, L) logits; see `Runtime.logits`."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Outputs and inputs of the last linear layer; see `Runtime.logits_and_embeddings`."""
        return run_in_batches(self._run, inputs, batch=self._batch, spec=self.spec)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        try:
            return self._forward(as_tensor(batch).to(self._device))
        except RuntimeError as fault:
            raise ExplanationFailed(f"The network failed on {self.name}: {fault}.") from fault

    def _forward(self, pictures: Tensor) -> Outputs:
        with torch.inference_mode():
            logits, *embedding = self._network(pictures)
            return logits.float().cpu().numpy(), embedding[0].float().cpu().numpy() if embedding else None


def as_tensor(pictures: NDArray[np.float32]) -> Tensor:
    """Pictures (n, h, w, 3) as the tensor (n, 3, h, w) that a network wants.

    Pixels that lie channel by channel in memory are torch's channels-last: nothing is copied.
    """
    return torch.from_numpy(np.require(pictures, requirements=["C", "W"])).permute(0, 3, 1, 2)


def _expose_embedding(network: fx.GraphModule) -> int | None:
    """Make the network return (logits, embedding), or (logits,) where its last step is no linear layer."""
    end = network.graph.output_node()
    last = end.args[0]
    assert isinstance(last, fx.Node)
    layer = network.get_submodule(str(last.target)) if last.op == "call_module" else None
    linear = isinstance(layer, nn.Linear)
    end.args = ((last, last.args[0]),) if linear else ((last,),)
    network.recompile()
    return layer.in_features if isinstance(layer, nn.Linear) else None
