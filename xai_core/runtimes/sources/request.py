"""Arguments of `checkpoint.open_model` as the modules of the sources receive them."""

from dataclasses import dataclass
from pathlib import Path

from xai_core.model.spec import ModelSpec
from xai_core.runtimes.selection import ViewProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """Everything that the caller of `checkpoint.open_model` gives besides the file.

    Attributes
    ----------
    labels
        Class names in the order of the outputs; None takes those of the spec.
    classes
        Class names of the data set, sorted: a default for a file that does not name its outputs.
    spec
        The spec or its JSON file; None takes what the file or its neighbour holds.
    architecture
        torchvision's name of the network; None recognises it.
    device, runtime, view
        See `checkpoint.open_model`.
    """

    labels: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    spec: Path | ModelSpec | None = None
    architecture: str | None = None
    device: str = "auto"
    runtime: str | None = None
    view: ViewProvider | None = None
