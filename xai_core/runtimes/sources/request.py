"""Arguments of `checkpoint.open_model` as the modules of the sources receive them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.model.spec_parts import Preprocessing
from xai_core.runtimes.selection import PictureProvider, ViewProvider

UNNAMED = deferred("nothing, so that they are numbered")
"""Origin of the names of outputs that nothing names."""

DRAFT_LABELS = deferred(
    "Nothing names the outputs. They are numbered for this look at the file; a study asks for their names."
)


def numbered_outputs(count: int) -> tuple[str, ...]:
    """Return names for outputs that nothing names, for a look at a file."""
    return tuple(f"output {number}" for number in range(count))


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
    draft
        True fills in names of the outputs and parts of the preprocessing that nothing says, and notes it, so that one
        can look at a file. False refuses such a file.
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
    draft: bool = False
    pictures: PictureProvider | None = None
