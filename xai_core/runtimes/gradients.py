"""Grad-CAM and networks with randomised weights, for which logits alone do not suffice."""

import copy
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam
from numpy.typing import NDArray
from torch import nn

from xai_core.errors import ModelRefused
from xai_core.labels import index_of
from xai_core.language import deferred
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.model.torchvision_table import TORCHVISION
from xai_core.runtimes.architectures import build_network, calibrate_batch_norms
from xai_core.runtimes.sources.table import check_layers, source_of
from xai_core.runtimes.torch_runtime import TorchRuntime, as_tensor

Layers = Literal["last", "all"]
"""Layers whose weights are randomised, the last one or all of them."""


class GradientNetwork:
    """Network of torch with access to its layers.

    Any number of threads may use one.

    Parameters
    ----------
    network
        Network, which stays as it is.
    spec
        Preprocessing, labels and torchvision's name of the network.
    """

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        self.spec = spec
        self._network = network.eval()

    @classmethod
    def open(cls, path: Path, spec: ModelSpec, weights: str | None = None) -> Self:
        """Open a model file.

        Parameters
        ----------
        path, spec
            The model file, and its spec as `checkpoint.open_model` returns it.
        weights
            Key of the weights in a file that holds several networks.

        Raises
        ------
        ModelRefused
            If it gives no gradients, as an .onnx file, or cannot be used.
        """
        check_layers(path)
        return cls(source_of(path).load().open_layers(path, spec.architecture, weights), spec)

    def grad_cam(self, view: NDArray[np.uint8], labels: Sequence[str]) -> NDArray[np.float32]:
        """Compute Grad-CAM on the last convolutional stage, enlarged to the picture.

        R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        ICCV 2017, arXiv:1610.02391. Its last step, a ReLU, is left out: it would remove the evidence against a label.
        It takes one forward and one backward pass per label.

        Parameters
        ----------
        view : (H, W, 3) uint8
            The picture as the model sees it.
        labels
            k labels of the network.

        Returns
        -------
        (k, H, W) float32. Values are comparable within a map; they are not in logits.
        """
        # A copy per call: Captum hangs hooks on a layer while it is traced, and threads would trigger each other's.
        network = copy.deepcopy(self._network)
        method = LayerGradCam(network, _last_stage(network, view.shape[:2]))
        picture = as_tensor(normalise(view, self.spec)[None])
        coarse = [method.attribute(picture, target=index_of(label, self.spec.labels)) for label in labels]
        # Bilinear, as in the paper: the last stage has only about 8 x 8 cells.
        fine = LayerAttribution.interpolate(torch.cat(coarse), view.shape[:2], interpolate_mode="bilinear")
        return np.asarray(fine[:, 0].detach().numpy(), np.float32)

    def randomised(self, layers: Layers, seed: int, views: NDArray[np.uint8]) -> Runtime:
        """Return a copy of the network with randomised weights, ready to run.

        J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292.

        Parameters
        ----------
        layers
            Layers whose weights are initialised anew, as before training.
        seed
            Seed of the weights.
        views : (n, H, W, 3) uint8
            A few pictures, from which the batch norms take their statistics where all weights are new. Without them
            such a network gives the same logits for every picture.
        """
        network, identity = self.randomised_network(layers, seed, views)
        return TorchRuntime(network, self.spec, identity)

    def randomised_network(self, layers: Layers, seed: int, views: NDArray[np.uint8]) -> tuple[nn.Module, str]:
        """Return the network that `randomised` runs, and its id."""
        # Networks initialise from torch's global generator; fork_rng restores it for everybody else.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self._with_random_last_layer() if layers == "last" else self._with_random_weights()
        if layers == "all":
            calibrate_batch_norms(network, as_tensor(normalise(views, self.spec)))
        return network, _weights_id(network)

    def _with_random_last_layer(self) -> nn.Module:
        network = copy.deepcopy(self._network)
        *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
        last.reset_parameters()
        return network

    def _with_random_weights(self) -> nn.Module:
        name = self.spec.architecture
        if name is not None and name in TORCHVISION:
            network = build_network(name, len(self.spec.labels))
            return network.eval().requires_grad_(requires_grad=False)
        # Networks of other libraries, and heads that were replaced, are initialised by the layers' own rules.
        network = copy.deepcopy(self._network)
        for layer in network.modules():
            if callable(reset := getattr(layer, "reset_parameters", None)):
                reset()
        return network


def _last_stage(network: nn.Module, size: tuple[int, int]) -> nn.Module:
    """Return the last layers with spatial output, `layer4` or the end of `features` where there are such.

    Raises
    ------
    ModelRefused
        If no layer has spatial output, as in vision transformers.
    """
    if hasattr(network, "layer4"):
        return network.get_submodule("layer4")
    if isinstance(features := getattr(network, "features", None), nn.Module) and [*features.children()]:
        *_, last = features.children()
        return last
    spatial: list[nn.Module] = []

    def remember(layer: nn.Module, _given: object, output: object) -> None:
        if isinstance(output, torch.Tensor) and output.ndim == 4 and min(output.shape[2:]) > 1:
            spatial.append(layer)

    handles = [layer.register_forward_hook(remember) for layer in network.modules() if not [*layer.children()]]
    with torch.inference_mode():
        network(torch.zeros(1, 3, *size))
    for handle in handles:
        handle.remove()
    # A transformer cuts the picture into patches by a convolution and has no other layer of this kind.
    if len({type(layer) for layer in spatial}) < 2:
        raise ModelRefused(
            deferred(
                "Grad-CAM needs a convolutional network: no late layer of this one keeps the shape of the picture."
            ),
            deferred("Choose another method."),
        )
    return spatial[-1]


def _weights_id(network: nn.Module) -> str:
    """Return 24 hexadecimal digits that change with any weight."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:24]
