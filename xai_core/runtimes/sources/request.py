"""Arguments of `checkpoint.open_model` as the modules of the sources receive them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xai_core.model.spec import ModelSpec
from xai_core.model.spec_parts import Preprocessing
from xai_core.runtimes.selection import PictureProvider, ViewProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """Everything that the caller of `checkpoint.open_model` gives besides the file.

    Attributes
    ----------
    labels
        Class names in the order of the outputs; None takes those of the spec or of the file.
    classes
        Class names of the data set, sorted: a default for a file that does not name its outputs.
    spec
        The spec or its JSON file; None takes what the file or its neighbour holds.
    architecture
        Name of the network; None recognises it.
    weights
        Key of the weights to take from a file that holds several networks; None prefers the averaged ones (EMA).
    output
        Name of the output of an .onnx file that holds one number for each label; None chooses it.
    values
        Values of further inputs of an .onnx file, by the name of the input.
    preprocessing
        Parts of the preprocessing that the caller gives. They go before those of the spec and of the file.
    device, runtime, view
        See `checkpoint.open_model`.
    pictures
        Function that returns real pictures, with which the model is tried; None uses synthetic ones.
    """

    labels: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    spec: Path | ModelSpec | None = None
    architecture: str | None = None
    weights: str | None = None
    output: str | None = None
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    device: str = "auto"
    runtime: str | None = None
    view: ViewProvider | None = None
    pictures: PictureProvider | None = None
