"""Opening of model files as runtimes, and writing of networks to model files.

No pickle is ever executed.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import save
from torch import nn

from xai_core.errors import ModelRefused
from xai_core.files import atomic_path
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.selection import ViewProvider
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.safetensors_file import SPEC_KEY
from xai_core.runtimes.sources.spec_files import read_labels
from xai_core.runtimes.sources.table import source_of


def open_model(
    path: Path,
    *,
    labels: Path | Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    architecture: str | None = None,
    device: str = "auto",
    runtime: str | None = None,
    view: ViewProvider | None = None,
) -> Runtime:
    """Open a model file as a runtime.

    The kinds of files are listed in `sources.table`: .safetensors, a plain state dict (.pth, .pt), or .onnx with a
    JSON spec.

    Parameters
    ----------
    path
        The model file.
    labels
        Class names in the order of the outputs, or a file of them (one per line, or a JSON list); None takes the
        spec's.
    classes
        Class names of the data set, sorted. They name the outputs where nothing else does and their numbers agree.
    spec
        The spec, or its JSON file; None takes that in the header of a .safetensors file, or the .json beside an
        .onnx file, or torchvision's default for the architecture.
    architecture
        torchvision's name of the network; None recognises it. An .onnx file does not need it.
    device
        "auto" takes CUDA where there is a device, and the fastest way to run the model there. This is measured for a
        second or two when a model is first opened on a machine, and stored. "cpu" and "cuda" name the device; on the
        CPU the plain runtime is then used without measuring. An .onnx file runs on the CPU.
    runtime
        "torch" or "onnxruntime" names the library, and nothing is measured; None takes $XAI_RUNTIME, or else "auto".
    view
        Function that returns a picture as the model sees it, on which the fastest runtime is compared with the plain
        one. Half precision is considered only with it; None uses a synthetic picture for the other ways.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    if not path.is_file():
        raise ModelRefused(f"There is no model file {path}.", "Check the path.")
    request = OpenRequest(
        labels=read_labels(labels),
        classes=None if classes is None else tuple(classes),
        spec=spec,
        architecture=architecture,
        device=device,
        runtime=runtime,
        view=view,
    )
    return source_of(path).load().open_file(path, request)


def save_checkpoint(path: Path, network: nn.Module, spec: ModelSpec, *, half: bool = False) -> None:
    """Write a .safetensors file that needs no other file beside it.

    Readers see the old file or the whole new one.

    Parameters
    ----------
    path
        File to write.
    network
        Network as `build_network` returns it.
    spec
        Specification for the header.
    half
        Store weights as float16. Biases, scales and running statistics stay float32: they are few, and a variance
        may exceed the range of float16.
    """
    # contiguous: safetensors refuses tensors in channels-last order, in which networks are trained.
    tensors = {
        name: (tensor.half() if half and tensor.ndim > 1 else tensor).cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }
    with atomic_path(path) as part:
        # save and not save_file, which writes a file that only its owner may read.
        part.write_bytes(save(tensors, metadata={SPEC_KEY: json.dumps(spec.to_json())}))
