"""A torchvision network as an ONNX graph, kept so that it is exported once."""

import os
import warnings
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

from xai_core.model.spec import ModelSpec

GRAPHS_KEPT = 8
"""The graphs used last stay in the cache, the others leave."""


def exported(network: nn.Module, spec: ModelSpec, model_id: str, cache: Path) -> Path:
    """Return the file of a network's graph, which is written unless it is there.

    Parameters
    ----------
    network
        As `build_network` makes it.
    spec
        Gives the input size.
    model_id
        The graph is kept under it.
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
            os.utime(path)  # the time of its last use
        return path
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        export(network, spec, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _tidy(cache)
    return path


def export(network: nn.Module, spec: ModelSpec, path: Path) -> None:
    """Write a network as ONNX: input (n, 3, h, w) float32, output the logits; batch norm is folded."""
    with warnings.catch_warnings():
        # The exporter that torch now prefers needs one more package; this one is announced to go, but torch is pinned.
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


def _tidy(cache: Path) -> None:
    """Remove the graphs used longest ago. Another process may be doing the same."""
    with suppress(OSError):
        graphs = sorted(cache.glob("*.onnx"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in graphs[GRAPHS_KEPT:]:
            path.unlink(missing_ok=True)
