"""Table of the kinds of model files.

A further kind takes a row in `SOURCES` and a module beside this one, see `SourceModule`. The table is free of torch,
which takes seconds to import, so that a page can look up what a file offers.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.file_kinds import SAFETENSORS, TORCH, find_kind

if TYPE_CHECKING:
    from torch import nn

    from xai_core.model.opened import OpenedModel
    from xai_core.runtimes.sources.request import OpenRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Kind of model file.

    Attributes
    ----------
    suffixes
        Endings of its file names, in lower case.
    module
        Name of the module in this folder that opens it, see `SourceModule`; imported at the first use.
    has_layers
        True if the file gives access to its layers: their gradients and their weights.
    """

    suffixes: tuple[str, ...]
    module: str
    has_layers: bool

    def load(self) -> "SourceModule":
        """Import the module that opens this kind of file."""
        return cast("SourceModule", importlib.import_module(f"{__package__}.{self.module}"))


class SourceModule(Protocol):
    """Functions that the module of a source has."""

    def open_file(self, path: Path, request: "OpenRequest") -> "OpenedModel":
        """Open a model file.

        Raises
        ------
        ModelRefused
            If it cannot be used.
        """
        ...

    def open_layers(self, path: Path, architecture: str | None, weights: str | None = None) -> "nn.Module":
        """Return the network of a model file, which only sources with layers offer.

        Parameters
        ----------
        path
            The model file.
        architecture
            Name of the network, as the spec has it; None recognises it.
        weights
            Key of the weights in a file that holds several.

        Raises
        ------
        ModelRefused
            If it is damaged or holds anything else.
        """
        ...


SOURCES = (
    Source(suffixes=(".safetensors",), module="safetensors_file", has_layers=True),
    Source(suffixes=(".pth", ".pt", ".ckpt", ".bin", ".tar", ".th"), module="state_dict_file", has_layers=True),
    Source(suffixes=(".onnx",), module="onnx_file", has_layers=False),
    Source(suffixes=(), module="huggingface_folder", has_layers=True),
)
"""All kinds of model files. Folders have no suffix."""

_BY_MODULE = {source.module: source for source in SOURCES}


def source_of(path: Path) -> Source:
    """Return the kind of a model file, by its content, or by its name where there is no such file.

    Raises
    ------
    ModelRefused
        If no source reads it, with what it is and how it becomes one that opens.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        if (path / "config.json").is_file():
            return _BY_MODULE["huggingface_folder"]
        raise _unknown_folder(path)
    named = next((source for source in SOURCES if suffix in source.suffixes), None)
    if not path.is_file() and named is not None:
        return named
    kind = find_kind(path)
    if kind == TORCH:
        return _BY_MODULE["state_dict_file"]
    if kind == SAFETENSORS:
        return _BY_MODULE["safetensors_file"]
    if named is None:
        *others, last = (suffix for source in SOURCES for suffix in source.suffixes)
        raise ModelRefused(
            deferred("{file} is of no known kind.", file=path.name),
            deferred("Give a {suffixes} or {last} file.", suffixes=", ".join(others), last=last),
        )
    return named


def check_layers(path: Path) -> None:
    """Refuse a model file whose layers are not accessible.

    Raises
    ------
    ModelRefused
        If it can only be run, as an .onnx file.
    """
    if not source_of(path).has_layers:
        raise ModelRefused(
            deferred(
                "{file} is an ONNX graph: it can be run, but gives neither gradients nor weights to randomise.",
                file=path.name,
            ),
            deferred("Create a study of the model's own checkpoint (.safetensors, .pth)."),
        )


def _unknown_folder(path: Path) -> ModelRefused:
    if (path / "saved_model.pb").is_file():
        return ModelRefused(
            deferred("{file} is a SavedModel of TensorFlow.", file=path.name),
            f"pip install tf2onnx tensorflow; python -m tf2onnx.convert --saved-model {path.name} "
            f"--output {path.name}.onnx",
        )
    found = ", ".join(sorted(entry.name for entry in path.iterdir())[:5])
    return ModelRefused(
        deferred("{folder} is a folder without a config.json; it holds {names}.", folder=path.name, names=found)
        if found
        else deferred("{folder} is a folder without a config.json; it holds nothing.", folder=path.name),
        deferred("Give a model file, or the folder of a Hugging Face image classifier."),
    )
