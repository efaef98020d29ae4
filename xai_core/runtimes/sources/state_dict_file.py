"""Plain state dicts that `torch.save` wrote (.pth, .pt), read without executing anything."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.weights import Weights, damaged, open_weights, plain_state

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts store the state dict beside other things."""


def open_file(path: Path, request: OpenRequest) -> Runtime:
    """Open a state dict (see `table.SourceModule`)."""
    return open_weights(read_weights, path, request)


def read_weights(path: Path) -> Weights:
    """Read the tensors of a state dict, which holds no spec.

    Raises
    ------
    ModelRefused
        If it is damaged, or holds more than tensors.
    """
    try:
        # weights_only: pickle runs code from the file while it loads anything else than tensors.
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as fault:
        if foreign := re.search(r"GLOBAL (\S+)", str(fault)):
            raise ModelRefused(
                f"{path.name} holds a pickled module or other Python objects ({foreign[1]}), and opening it would run "
                "code from the file.",
                "Save the weights alone: torch.save(model.state_dict(), FILE).",
            ) from fault
        raise damaged(path, fault) from fault
    except Exception as fault:  # a damaged archive surfaces as almost any exception
        raise damaged(path, fault) from fault
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    return plain_state(content, path), None
