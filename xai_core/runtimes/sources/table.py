"""Table of the kinds of model files.

A further kind takes a row in `SOURCES` and a module beside this one, see `SourceModule`. The table is free of torch,
which takes seconds to import, so that a page can look up what a file offers.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from xai_core.errors import ModelRefused

if TYPE_CHECKING:
    from xai_core.model.runtime import Runtime
    from xai_core.runtimes.sources.request import OpenRequest
    from xai_core.runtimes.sources.weights import Weights


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

    def open_file(self, path: Path, request: "OpenRequest") -> "Runtime":
        """Open a model file.

        Raises
        ------
        ModelRefused
            If it cannot be used.
        """
        ...

    def read_weights(self, path: Path) -> "Weights":
        """Read the tensors of a model file, which only sources with layers offer.

        Raises
        ------
        ModelRefused
            If it is damaged or holds anything else.
        """
        ...


SOURCES = (
    Source(suffixes=(".safetensors",), module="safetensors_file", has_layers=True),
    Source(suffixes=(".pth", ".pt"), module="state_dict_file", has_layers=True),
    Source(suffixes=(".onnx",), module="onnx_file", has_layers=False),
)
"""All kinds of model files."""


def source_of(path: Path) -> Source:
    """Return the kind of a model file, by its suffix.

    Raises
    ------
    ModelRefused
        If no source has this suffix.
    """
    suffix = path.suffix.lower()
    for source in SOURCES:
        if suffix in source.suffixes:
            return source
    *others, last = (suffix for source in SOURCES for suffix in source.suffixes)
    raise ModelRefused(f"{path.name} is of no known kind.", f"Give a {', '.join(others)} or {last} file.")


def check_layers(path: Path) -> None:
    """Refuse a model file whose layers are not accessible.

    Raises
    ------
    ModelRefused
        If it can only be run, as an .onnx file.
    """
    if not source_of(path).has_layers:
        raise ModelRefused(
            f"{path.name} is an ONNX graph: it can be run, but gives neither gradients nor weights to randomise.",
            "Create a study of the model's own checkpoint (.safetensors, .pth).",
        )
