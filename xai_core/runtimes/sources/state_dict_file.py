"""Checkpoints that `torch.save` wrote, in any of its forms and under any file name."""

from pathlib import Path

from torch import nn

from xai_core.model.opened import OpenedModel
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.torch_file import A_MODULE, Inert, holds_objects, read_torch_file
from xai_core.runtimes.sources.weights import load_layers, open_checkpoint
from xai_core.runtimes.sources.weights_choice import Checkpoint


def open_file(path: Path, request: OpenRequest) -> OpenedModel:
    """Open a checkpoint (see `table.SourceModule`)."""
    return open_checkpoint(read_checkpoint(path), request)


def open_layers(path: Path, architecture: str | None, weights: str | None = None) -> nn.Module:
    """Return the network of a checkpoint (see `table.SourceModule`)."""
    return load_layers(read_checkpoint(path), architecture, weights)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without executing anything from it.

    Raises
    ------
    ModelRefused
        If it is damaged, or a pickled module.
    """
    content = read_torch_file(path)
    if isinstance(content, Inert):
        raise holds_objects(path, getattr(content, "origin", A_MODULE))
    return Checkpoint(path=path, content=content)
