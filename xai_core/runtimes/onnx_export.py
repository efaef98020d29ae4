"""Export of torchvision networks to ONNX graphs, with a cache so that each is exported once."""

import os
import warnings
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

from xai_core.files import atomic_path
from xai_core.model.spec import ModelSpec

MAX_GRAPHS = 8
"""Graphs in the cache; those used least recently are removed."""


def export_once(network: nn.Module, spec: ModelSpec, model_id: str, cache: Path) -> Path:
    """Return the file of a network's graph, which is written if it is missing.

    Parameters
    ----------
    network
        Network as `build_network` returns it.
    spec
        Specification with the input size.
    model_id
        Name of the graph in the cache.
    cache
        Folder of the graphs.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = cache / f"{model_id}.onnx"
    if path.is_file():
        with suppress(OSError):
            os.utime(path)  # the time of its last use, by which old graphs are removed
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as part:
        export(network, spec, part)
    _remove_old(cache)
    return path


def export(network: nn.Module, spec: ModelSpec, path: Path) -> None:
    """Write a network as an ONNX graph with folded batch norms.

    Its input is (n, 3, H, W) float32, its output the logits.
    """
    with warnings.catch_warnings():
        # torch's new exporter needs one more package. The old one warns that it will be removed, but torch is pinned.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, 3, *spec.input_size),),
            path,
            dynamo=False,
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}},
        )


def _remove_old(cache: Path) -> None:
    """Remove the graphs used least recently."""
    # Another process may remove the same files between the listing and the look at their times.
    with suppress(OSError):
        graphs = sorted(cache.glob("*.onnx"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in graphs[MAX_GRAPHS:]:
            path.unlink(missing_ok=True)
