"""What needs the network itself rather than its answers: Grad-CAM, and networks that forgot what they learned."""

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam
from numpy.typing import NDArray
from torch import nn

from xai_core.labels import index_of
from xai_core.model.layers import check_layers
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.architectures import build_network, network_of
from xai_core.runtimes.checkpoint import read_safetensors, read_state_dict
from xai_core.runtimes.torch_runtime import TorchRuntime, as_tensor

Layers = Literal["last", "all"]
"""Which weights are drawn anew: those of the last layer, or all of them."""


class GradientNetwork:
    """A torchvision network, open to its layers. Any number of threads may use one.

    Parameters
    ----------
    network
        Left as it is.
    spec
        What it is shown, what its outputs are called, and torchvision's name of it.
    """

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        self.spec = spec
        self._network = network.eval()

    @classmethod
    def open(cls, path: Path, spec: ModelSpec) -> Self:
        """Open a model file.

        Raises
        ------
        ModelRefused
            If it gives no gradients, as an .onnx file, or cannot be used.
        """
        check_layers(path)
        safe = path.suffix.lower() == ".safetensors"
        state = read_safetensors(path)[0] if safe else read_state_dict(path)
        network, architecture = network_of(state, path.name, spec.architecture)
        return cls(network, replace(spec, architecture=architecture))

    def grad_cam(self, view: NDArray[np.uint8], labels: Sequence[str]) -> NDArray[np.float32]:
        """Grad-CAM on the last convolutional stage, enlarged to the picture; one pass forward and back a label.

        R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        ICCV 2017, arXiv:1610.02391; without its last step, which would cut off what speaks against a label.

        Parameters
        ----------
        view : (H, W, 3) uint8
            The picture as the model sees it.
        labels
            k of its outputs.

        Returns
        -------
        (k, H, W) float32; comparable within a map, not in logits.
        """
        # A copy of its own: while it is traced, a layer carries hooks.
        network = copy.deepcopy(self._network)
        method = LayerGradCam(network, _last_stage(network))
        picture = as_tensor(normalised(view, self.spec)[None])
        coarse = [method.attribute(picture, target=index_of(label, self.spec.labels)) for label in labels]
        fine = LayerAttribution.interpolate(torch.cat(coarse), view.shape[:2], interpolate_mode="bilinear")
        return np.asarray(fine[:, 0].detach().numpy(), np.float32)

    def forgetful(self, layers: Layers, seed: int, views: NDArray[np.uint8]) -> Runtime:
        """Return the same network with weights as they are before training, ready to run.

        J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.

        Parameters
        ----------
        layers
            Whose weights are drawn anew.
        seed
            Of the weights.
        views : (n, H, W, 3) uint8
            A few pictures, from which batch norms, where all weights are new, take their statistics: without them
            such a network says the same of every picture.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self._last_forgotten() if layers == "last" else self._all_forgotten()
        if layers == "all":
            _calibrate(network, as_tensor(normalised(views, self.spec)))
        return TorchRuntime(network, self.spec, _id_of(network))

    def _last_forgotten(self) -> nn.Module:
        network = copy.deepcopy(self._network)
        *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
        last.reset_parameters()
        return network

    def _all_forgotten(self) -> nn.Module:
        assert self.spec.architecture is not None
        return build_network(self.spec.architecture, len(self.spec.labels)).eval().requires_grad_(requires_grad=False)


def _last_stage(network: nn.Module) -> nn.Module:
    """The last layers that still have places: `layer4` of ResNets, else the end of `features`."""
    if hasattr(network, "layer4"):
        return network.get_submodule("layer4")
    *_, last = network.get_submodule("features").children()
    return last


def _calibrate(network: nn.Module, pictures: torch.Tensor) -> None:
    """Let batch norms take their statistics from some pictures (n, 3, h, w)."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        network(pictures)
    network.eval()


def _id_of(network: nn.Module) -> str:
    """24 hexadecimal digits that change with any weight."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:24]
