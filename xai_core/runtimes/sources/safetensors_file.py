"""Model files in the .safetensors format.

This project writes the spec into their header.
"""

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.runtimes.sources.file_kinds import damaged
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import SPEC_KEY
from xai_core.runtimes.sources.weights import load_layers, open_checkpoint
from xai_core.runtimes.sources.weights_choice import Checkpoint


def open_file(path: Path, request: OpenRequest) -> OpenedModel:
    """Open a .safetensors file (see `table.SourceModule`)."""
    return open_checkpoint(read_checkpoint(path), request)


def open_layers(path: Path, architecture: str | None, weights: str | None = None) -> nn.Module:
    """Return the network of a .safetensors file (see `table.SourceModule`)."""
    return load_layers(read_checkpoint(path), architecture, weights)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a .safetensors file with the spec and all other metadata in its header.

    Raises
    ------
    ModelRefused
        If it is damaged.
    """
    state, header = read_tensors(path)
    metadata = {key: _decoded(value) for key, value in header.items() if key != SPEC_KEY}
    return Checkpoint(
        path=path, content={**state, **metadata}, header=header.get(SPEC_KEY), source=deferred(".safetensors file")
    )


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a .safetensors file by name, and the metadata in its header.

    Raises
    ------
    ModelRefused
        If it is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            return state, file.metadata() or {}
    except (SafetensorError, OSError) as fault:
        raise damaged(path, fault) from fault


def _decoded(text: str) -> object:
    """Return JSON in the header as its value, other text as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
