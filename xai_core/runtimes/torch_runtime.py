"""Runtime for PyTorch on a CPU or a CUDA device."""

import copy
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.fx.experimental.optimization import fuse

from xai_core.errors import ExplanationFailed, ModelRefused
from xai_core.language import deferred
from xai_core.model.places import Grid, check_labels
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.places.parts import spread_rest
from xai_core.runtimes.places.torch_search import PlaceNetwork, find_in_graph, find_in_layers

log = logging.getLogger(__name__)

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
        raise ModelRefused(
            deferred("The device {device!r} is not known here.", device=device), deferred("Choose auto, cpu or cuda.")
        )
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelRefused(deferred("There is no CUDA device that torch can use."), deferred("Choose auto or cpu."))
    return device


class TorchRuntime:
    """Network of torch, with folded batch norms where it can be traced, in float32 and channels-last.

    Nothing changes after construction, so that threads share it without a lock.

    Parameters
    ----------
    network
        Network from pictures to logits, which stays as it is: the runtime works on a copy.
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
        prepared, self.embedding_size = _prepare(network.eval(), spec)
        self._network = _channels_last(prepared.to(torch.device(self._device)))
        self._places = _LazyPlaces(self._network)

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

    @property
    def place_grid(self) -> Grid | None:
        """Rows and columns of the last feature map (see `PlaceRuntime.place_grid`).

        The first access takes the time of about two pictures.
        """
        places = self._find_places()
        return None if places is None else places.grid

    def place_logits(
        self, inputs: NDArray[np.float32], labels: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return logits and the share of each place in some of them (see `PlaceRuntime.place_logits`)."""
        run = partial(self._run, forward=self._place_forward(labels))
        logits, shares = run_in_batches(run, inputs, batch=self._batch, spec=self.spec)
        assert shares is not None
        return logits, shares

    def _run(self, batch: NDArray[np.float32], forward: Callable[[Tensor], Outputs] | None = None) -> Outputs:
        try:
            return (forward or self._forward)(as_tensor(batch).to(self._device))
        except RuntimeError as fault:
            raise ExplanationFailed(
                deferred("The network failed on {device}: {reason}.", device=self.name, reason=str(fault))
            ) from fault

    def _forward(self, pictures: Tensor) -> Outputs:
        # inference_mode is a state of the thread, so it is entered here and not once at construction.
        with torch.inference_mode():
            logits, *embedding = self._network(pictures)
            return logits.float().cpu().numpy(), embedding[0].float().cpu().numpy() if embedding else None

    def _place_forward(self, labels: Sequence[int]) -> Callable[[Tensor], Outputs]:
        """Return a function from pictures to logits and the shares of the places in some of them."""
        places = self._find_places()
        if places is None:
            raise ValueError("The logits of this network are no sum over places.")
        check_labels(labels, len(self.spec.labels))

        def forward(pictures: Tensor) -> Outputs:
            with torch.inference_mode():
                logits, features = places.network(pictures)
                # Only the parts leave the device, which are far smaller than the feature map.
                parts = places.head.parts(features, labels).cpu().numpy()
                rows = logits.float().cpu().numpy()
            return rows, spread_rest(parts, rows, labels)

        return forward

    def _find_places(self) -> PlaceNetwork | None:
        return self._places.find(self.spec)


class _LazyPlaces:
    """Search for the feature map of a network, on first use."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._lock = threading.Lock()
        self._found: PlaceNetwork | None = None
        self._is_searched = False

    def find(self, spec: ModelSpec) -> PlaceNetwork | None:
        """Return the network with its feature map, None if its logits are no sum over places."""
        with self._lock:
            if not self._is_searched:
                self._found = self._search(spec)
                self._is_searched = True
            return self._found

    def _search(self, spec: ModelSpec) -> PlaceNetwork | None:
        first = next(self._network.parameters(), torch.empty(0))
        # Noise, because on an even picture all places may be alike.
        noise = torch.randn(1, 3, *spec.input_size, generator=torch.Generator().manual_seed(0))
        picture = noise.to(first.device, first.dtype, memory_format=torch.channels_last)
        try:
            if isinstance(self._network, fx.GraphModule):
                return find_in_graph(self._network, picture)
            assert isinstance(self._network, _WatchedNetwork)
            return find_in_layers(self._network.network, picture)
        except Exception as fault:  # noqa: BLE001 - networks of any origin fail in any way, and run without places
            log.debug("The places of the network are not used: %s", fault)
            return None


def as_tensor(pictures: NDArray[np.float32]) -> Tensor:
    """Return pictures (n, H, W, 3) as a tensor (n, 3, H, W).

    Contiguous memory is shared and not copied. The order of the pixels in it is torch's channels-last.
    """
    # "W" copies read-only arrays: torch warns about them, because a tensor on them could be written to.
    return torch.from_numpy(np.require(pictures, requirements=["C", "W"])).permute(0, 3, 1, 2)


def _channels_last(network: nn.Module) -> nn.Module:
    """Store weights in channels-last order, in which pictures arrive, so that none is transposed."""
    # Module.to converts tensors of five dimensions too, for which torch has another order.
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.ndim == 4:
            tensor.data = tensor.data.contiguous(memory_format=torch.channels_last)
    return network


def _prepare(network: nn.Module, spec: ModelSpec) -> tuple[nn.Module, int | None]:
    """Return a copy of a network that returns logits and embedding, and the width of the embedding."""
    try:
        # fuse traces a copy of the network and folds each batch norm into the convolution before it. This is exact up
        # to rounding only in evaluation mode, where a batch norm is a fixed affine map.
        folded = cast("fx.GraphModule", fuse(network))
        return folded, _expose_embedding(folded)
    except Exception as fault:  # noqa: BLE001 - a network that cannot be traced fails in any way, and runs as it is
        log.debug("The network is not traced: %s", fault)
        watched = _WatchedNetwork(copy.deepcopy(network), spec)
        return watched, watched.embedding_size


class _WatchedNetwork(nn.Module):
    """Network that runs as it is and returns (logits, input of its last linear layer).

    Parameters
    ----------
    network
        The network, to which a hook is added.
    spec
        Specification with the input size and the labels.
    """

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.network = network
        # Threads share the network, and each must find its own batch.
        self._seen = threading.local()
        self.embedding_size = None
        last = _find_last_linear(network, spec)
        if last is not None:
            last.register_forward_pre_hook(self._remember)
            self.embedding_size = last.in_features

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return logits (n, L), and embeddings (n, D) where there is a last linear layer."""
        logits = self.network(pictures)
        return (logits,) if self.embedding_size is None else (logits, self._seen.embedding)

    def _remember(self, _layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        self._seen.embedding = given[0]


def _find_last_linear(network: nn.Module, spec: ModelSpec) -> nn.Linear | None:
    """Return the layer whose output are the logits, if it is linear and takes one row for each picture."""
    outputs: dict[nn.Linear, Tensor] = {}

    def remember(layer: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(layer, nn.Linear) and given[0].ndim == 2:
            outputs[layer] = output

    handles = [layer.register_forward_hook(remember) for layer in network.modules() if isinstance(layer, nn.Linear)]
    try:
        with torch.inference_mode():
            logits = network(torch.zeros(1, 3, *spec.input_size))
    finally:
        for handle in handles:
            handle.remove()
    return next((layer for layer, output in outputs.items() if torch.equal(output, logits)), None)


def _expose_embedding(network: fx.GraphModule) -> int | None:
    """Make the network return (logits, embedding), or (logits,) without a last linear layer."""
    end = network.graph.output_node()
    last = end.args[0]
    assert isinstance(last, fx.Node)
    # timm ends heads with layers that do nothing.
    while last.op == "call_module" and isinstance(network.get_submodule(str(last.target)), nn.Identity | nn.Dropout):
        last = last.args[0]
        assert isinstance(last, fx.Node)
    layer = network.get_submodule(str(last.target)) if last.op == "call_module" else None
    linear = isinstance(layer, nn.Linear)
    end.args = ((last, last.args[0]),) if linear else ((last,),)
    network.recompile()
    return layer.in_features if isinstance(layer, nn.Linear) else None
