"""Opening of model files as runtimes.

No pickle is ever executed. This module is free of torch, which is imported where a file needs it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xai_core.errors import ModelRefused
from xai_core.language import ENGLISH, deferred, using
from xai_core.model.opened import OpenedModel
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.model.spec_parts import Preprocessing
from xai_core.runtimes.opening.records import write_opening
from xai_core.runtimes.opening.without_torch import open_without_torch
from xai_core.runtimes.selection import PictureProvider, ViewProvider
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import read_labels
from xai_core.runtimes.sources.table import source_of
from xai_core.runtimes.trial.runtime_trial import try_model


def open_model(path: Path, **given: Any) -> Runtime:
    """Open a model file or folder as a runtime.

    Parameters
    ----------
    path, given
        See `open_with_notes`.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    return open_with_notes(path, **given).runtime


@using(ENGLISH)
def open_with_notes(
    path: Path,
    *,
    labels: Path | Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    architecture: str | None = None,
    weights: str | None = None,
    output: str | None = None,
    values: Mapping[str, Sequence[float]] | None = None,
    preprocessing: Preprocessing | None = None,
    device: str = "auto",
    runtime: str | None = None,
    view: ViewProvider | None = None,
    pictures: PictureProvider | None = None,
    draft: bool = False,
) -> OpenedModel:
    """Open a model file or folder, with a record of how it was read.

    The kinds of files are listed in `sources.table`. The model is tried on a few pictures when a machine opens it for
    the first time: it must answer the same pictures in the same way each time, alone and in a batch.

    Parameters
    ----------
    path
        The model file or folder.
    labels
        Class names in the order of the outputs, or a file of them; None takes those of the spec or of the file.
    classes
        Class names of the data set, sorted. They name the outputs where nothing else does and their numbers agree.
    spec
        The spec, or its JSON file; None takes what the file itself holds, the .json beside an .onnx file, or the
        default of the architecture.
    architecture
        Name of the network; None recognises it. An .onnx file does not need it.
    weights
        Key of the weights to take from a file that holds several networks.
    output
        Name of the output of an .onnx file that holds one number for each label.
    values
        Values of further inputs of an .onnx file, by the name of the input.
    preprocessing
        Parts of the preprocessing, which go before those of the spec and of the file.
    device
        "auto" takes CUDA where there is a device, and the fastest way to run the model there. This is measured for a
        second or two when a model is first opened on a machine, and stored. "cpu" and "cuda" name the device; on the
        CPU the plain runtime is then used without measuring. An .onnx file runs on the CPU.
    runtime
        "torch" or "onnxruntime" names the library, and nothing is measured; None takes $XAI_RUNTIME, or else "auto".
    view
        Function that returns a picture as the model sees it, on which the fastest runtime is compared with the plain
        one. Half precision is considered only with it; None uses a synthetic picture for the other ways.
    pictures
        Function that returns a few pictures as a model of a given spec sees them, on which the model is tried; None
        uses synthetic ones.
    draft
        True fills in names of outputs and preprocessing that nothing says, to look at a file; see `OpenRequest`.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    if not path.exists():
        raise ModelRefused(deferred("There is no model file {path}.", path=path), deferred("Check the path."))
    request = OpenRequest(
        labels=read_labels(labels),
        classes=None if classes is None else tuple(classes),
        spec=spec,
        architecture=architecture,
        weights=weights,
        output=output,
        values=dict(values or {}),
        preprocessing=preprocessing or Preprocessing(),
        device=device,
        runtime=runtime,
        view=view,
        pictures=pictures,
        draft=draft,
    )
    if values and source_of(path).has_layers:
        raise ModelRefused(
            deferred(
                "A value is given for {name!r}, but {file} takes pictures only: ONNX graphs alone have further inputs.",
                name=next(iter(values)),
                file=path.name,
            ),
            deferred("Leave it out."),
            "input",
        )
    return open_by_request(path, request)


def open_by_request(path: Path, request: OpenRequest) -> OpenedModel:
    """Open a model file or folder that exists, see `open_with_notes`."""
    source = source_of(path)
    if not source.has_layers:
        return source.load().open_file(path, request)
    opened = open_without_torch(path, request)
    if opened is None:
        opened = source.load().open_file(path, request)
        write_opening(opened, path, request)
    return try_model(opened, request)
