"""Model files in the .safetensors format.

This project writes the spec into their header.
"""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from xai_core.model.runtime import Runtime
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.weights import Weights, damaged, open_weights, plain_state

SPEC_KEY = "spec"
"""Key in the header's metadata that holds the spec, as JSON text."""


def open_file(path: Path, request: OpenRequest) -> Runtime:
    """Open a .safetensors file (see `table.SourceModule`)."""
    return open_weights(read_weights, path, request)


def read_weights(path: Path) -> Weights:
    """Read the tensors of a .safetensors file and the spec in its header.

    Raises
    ------
    ModelRefused
        If it is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            header = (file.metadata() or {}).get(SPEC_KEY)
    except (SafetensorError, OSError) as fault:
        raise damaged(path, fault) from fault
    return plain_state(state, path), header
