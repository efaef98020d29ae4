"""Search of what a checkpoint holds: weights, class names and the arguments of the training."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from xai_core.runtimes.sources.torch_file import Inert, InertArray

_DEEPEST = 6
"""Levels of containers that are searched."""

_TENSOR_LEVELS = 3
"""Levels of containers that may hold weights; optimisers hold tensors in deeper ones."""


@dataclass(frozen=True, slots=True)
class TensorMap:
    """Tensors by name, somewhere in a checkpoint.

    Attributes
    ----------
    key
        Keys that lead there, joined by dots, such as "state_dict"; "" for the whole file.
    tensors
        The tensors.
    """

    key: str
    tensors: dict[str, Tensor]


def find_tensor_maps(content: object) -> tuple[TensorMap, ...]:
    """Return every mapping of names to tensors, the outermost first."""
    found = []
    for key, value in _walk(content, _TENSOR_LEVELS):
        mapping = _as_mapping(value)
        tensors = (
            {}
            if mapping is None
            else {str(name): t for name, item in mapping.items() if (t := _tensor(item)) is not None}
        )
        if tensors and not all(name.isdigit() for name in tensors):
            found.append(TensorMap(key, tensors))
    return tuple(found)


def find_values(content: object, names: re.Pattern[str]) -> Iterator[tuple[str, object]]:
    """Yield keys and values of a checkpoint whose last key fits a pattern."""
    for key, value in _walk(content, _DEEPEST):
        if key and names.fullmatch(key.rpartition(".")[2]):
            yield key, plain_value(value)


def find_object(content: object) -> str | None:
    """Return the class of the first module that is stored as an object, or None if there is none."""
    for _, value in _walk(content, 2):
        if isinstance(value, Inert) and "_modules" in value.values:
            return str(getattr(value, "origin", "a module"))
    return None


def plain_value(value: object) -> object:
    """Return arrays and tensors of few values as lists, objects as mappings, and all else as it is."""
    if isinstance(value, InertArray):
        array = value.array()
        return None if array is None or array.size > 100_000 else array.tolist()
    if isinstance(value, Tensor):
        return value.tolist() if value.numel() <= 100_000 and value.ndim <= 1 else None
    if isinstance(value, Inert):
        return value.values
    return value


def training_arguments(content: object) -> dict[str, object]:
    """Return the arguments of the script that trained the model, by name, empty where it stored none."""
    found: dict[str, object] = {}
    if not isinstance(content, Mapping):
        return found
    for key in ("args", "hyper_parameters", "hparams", "config", "cfg", "opt"):
        value = plain_value(content.get(key))
        if isinstance(value, Mapping):
            for name, item in value.items():
                found.setdefault(str(name), plain_value(item))
    for key in ("arch", "model_name", "architecture"):
        if isinstance(content.get(key), str):
            found.setdefault("arch", content[key])
    return found


def _walk(content: object, levels: int, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield all containers and values down to a level, with the keys that lead there."""
    yield key, content
    if levels == 0:
        return
    mapping = _as_mapping(content)
    if mapping is not None:
        # A state dict has thousands of names and holds nothing else.
        items = [(str(name), value) for name, value in mapping.items() if not isinstance(value, Tensor)]
    elif isinstance(content, list | tuple) and len(content) <= 16:
        items = [(str(index), value) for index, value in enumerate(content)]
    else:
        return
    for name, value in items[:2000]:
        yield from _walk(value, levels - 1, f"{key}.{name}" if key else name)


def _as_mapping(value: object) -> Mapping[object, object] | None:
    if isinstance(value, Inert) and not isinstance(value, InertArray):
        return value.values  # type: ignore[return-value] # its keys are text
    return value if isinstance(value, Mapping) else None


def _tensor(value: object) -> Tensor | None:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, InertArray):
        array = value.array()
        return torch.from_numpy(array) if array is not None and array.dtype.kind in "biuf" else None
    return None
