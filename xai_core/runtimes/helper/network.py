"""Network of a model file with access to its layers, run in the helper process."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from xai_core import paths
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.helper import process
from xai_core.runtimes.opening.records import Signature, signature
from xai_core.runtimes.selection import open_graph_file
from xai_core.runtimes.sources.table import check_layers

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork, Layers


class LayeredNetwork(Protocol):
    """Network with access to its layers, in this process (`gradients.GradientNetwork`) or in the helper."""

    def grad_cam(self, view: NDArray[np.uint8], labels: Sequence[str]) -> NDArray[np.float32]:
        """Compute Grad-CAM, see `gradients.GradientNetwork.grad_cam`."""
        ...

    def randomised(self, layers: "Layers", seed: int, views: NDArray[np.uint8]) -> Runtime:
        """Return a copy with randomised weights, see `gradients.GradientNetwork.randomised`."""
        ...


def open_layers(path: Path, spec: ModelSpec, weights: str | None = None) -> LayeredNetwork:
    """Open a model file for access to its layers.

    Parameters
    ----------
    path, spec, weights
        See `gradients.GradientNetwork.open`.

    Raises
    ------
    ModelRefused
        If it gives no gradients, as an .onnx file, or cannot be used, or if torch is not installed.
    """
    if process.has_torch():
        from xai_core.runtimes.gradients import GradientNetwork  # noqa: PLC0415 - this process has torch

        return GradientNetwork.open(path, spec, weights)
    check_layers(path)
    network = HelperNetwork(path, spec, weights, signature(path))
    process.call(_opened, network)
    return network


@dataclass(frozen=True, slots=True)
class HelperNetwork:
    """Network that the helper process opens again whenever it was started anew.

    Attributes
    ----------
    path, spec, weights
        See `gradients.GradientNetwork.open`.
    signature
        Sizes and times of the files, so that a changed file is not taken for the one that was opened.
    """

    path: Path
    spec: ModelSpec
    weights: str | None
    signature: Signature

    def grad_cam(self, view: NDArray[np.uint8], labels: Sequence[str]) -> NDArray[np.float32]:
        """Compute Grad-CAM, see `gradients.GradientNetwork.grad_cam`."""
        return process.call(_grad_cam, self, view, tuple(labels))

    def randomised(self, layers: "Layers", seed: int, views: NDArray[np.uint8]) -> Runtime:
        """Return a copy with randomised weights, see `gradients.GradientNetwork.randomised`.

        It is run by ONNX Runtime in this process, from a graph that the helper exports.
        """
        identity, graph = process.call(_export_randomised, self, layers, seed, views)
        return open_graph_file(graph, self.spec, identity)


@lru_cache(maxsize=2)
def _network(network: HelperNetwork) -> "GradientNetwork":
    from xai_core.runtimes.gradients import GradientNetwork  # noqa: PLC0415 - imported by the helper

    return GradientNetwork.open(network.path, network.spec, network.weights)


def _opened(network: HelperNetwork) -> None:
    _network(network)


def _grad_cam(network: HelperNetwork, view: NDArray[np.uint8], labels: tuple[str, ...]) -> NDArray[np.float32]:
    return _network(network).grad_cam(view, labels)


def _export_randomised(
    network: HelperNetwork, layers: "Layers", seed: int, views: NDArray[np.uint8]
) -> tuple[str, Path]:
    """Export a copy with randomised weights, and return its id and the file of its graph."""
    from xai_core.runtimes.onnx_export import export_once  # noqa: PLC0415 - imported by the helper

    copy, identity = _network(network).randomised_network(layers, seed, views)
    # A folder of its own, so that these graphs do not push those of the models out of the cache.
    return identity, export_once(copy, network.spec, identity, paths.cache_folder() / "graphs" / "randomised")
