"""From a model file to something that runs, and from a network to a file. No pickle is ever executed."""

import json
import os
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec, checked_labels, default_spec, model_id
from xai_core.runtimes.architectures import build_network, network_of
from xai_core.runtimes.selection import View, runtime_of_graph, runtime_of_network

__all__ = ["build_network", "model_id", "open_model", "save_checkpoint"]

SPEC_KEY = "spec"
"""Where the header of a .safetensors file holds the spec, as JSON."""

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Names under which training scripts keep the state dict beside other things."""

_PREFIXES = ("module.", "_orig_mod.", "model.")
"""What DataParallel, torch.compile and wrapping modules put before every name."""


def open_model(
    path: Path,
    *,
    labels: Path | Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    architecture: str | None = None,
    device: str = "auto",
    runtime: str | None = None,
    view: View | None = None,
) -> Runtime:
    """Open a model file: .safetensors, a plain state dict (.pth, .pt), or .onnx with a JSON spec.

    Parameters
    ----------
    path
        The model file.
    labels
        Class names in the order of the outputs, or a file of them (one a line, or a JSON list); None takes the spec's.
    classes
        Class names of the data set, sorted: they stand in where nothing else names the outputs and their numbers agree.
    spec
        The spec, or its JSON file; None takes that in the header of a .safetensors file, or the .json beside an
        .onnx file, or torchvision's default for the architecture.
    architecture
        torchvision's name of the network; None recognises it. An .onnx file has no need of it.
    device
        "auto" takes CUDA where there is a device, and the way of running the model that is the fastest there: it is
        measured for a second or two when a model is first opened on a machine, and remembered. "cpu" and "cuda" name
        the device; on the CPU the plain runtime is taken as it is. An .onnx file runs on the CPU.
    runtime
        "torch" or "onnxruntime" names the library, and nothing is measured; None takes $XAI_RUNTIME, or else "auto".
    view
        Gives a picture as the model sees it, on which the fastest runtime is checked against the plain one. Half
        precision is considered only with one; None draws a picture for the rest.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    if not path.is_file():
        raise ModelRefused(f"There is no model file {path}.", "Check the path.")
    kind = path.suffix.lower()
    names = _given_labels(labels)
    if kind == ".onnx":
        found = _spec_of_onnx(path, names, spec, device)
        return runtime_of_graph(path, found, model_id(path, found), device=device, runtime=runtime, view=view)
    if kind == ".safetensors":
        state, header = read_safetensors(path)
    elif kind in (".pth", ".pt"):
        state, header = read_state_dict(path), None
    else:
        raise ModelRefused(f"{path.name} is of no known kind.", "Give a .safetensors, .pth, .pt or .onnx file.")
    given = _read_spec(spec if spec is not None else header, path, names)
    network, architecture = network_of(state, path.name, architecture or (given.architecture if given else None))
    outputs = _outputs(network)
    if names is None and classes is not None and len(classes) == outputs:
        names = tuple(classes)
    found = _settled(given, names, outputs, architecture, path)
    return runtime_of_network(network, found, model_id(path, found), device=device, runtime=runtime, view=view)


def save_checkpoint(path: Path, network: nn.Module, spec: ModelSpec, *, half: bool = False) -> None:
    """Write a .safetensors file that needs nothing beside it. Readers see the old file or the whole new one.

    Parameters
    ----------
    path
        Where to.
    network
        As `build_network` makes it.
    spec
        Goes into the header.
    half
        Store weights as float16. Biases, scales and running statistics stay float32: they are few, and a variance
        may be larger than float16 holds.
    """
    tensors = {
        name: (tensor.half() if half and tensor.ndim > 1 else tensor).cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # Not save_file: it leaves a file that only its owner may read.
        unfinished.write_bytes(save(tensors, metadata={SPEC_KEY: json.dumps(spec.to_json())}))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _spec_of_onnx(path: Path, names: tuple[str, ...] | None, spec: Path | ModelSpec | None, device: str) -> ModelSpec:
    if device not in ("auto", "cpu"):
        raise ModelRefused(f"{path.name} runs on the CPU only, not on {device!r}.", "Choose auto or cpu.")
    beside = path.with_suffix(".json")
    given = _read_spec(spec if spec is not None or not beside.is_file() else beside, path, names)
    if given is None:
        raise ModelRefused(
            f"{path.name} comes without a spec: how a photograph is to be resized and normalised for it is not known.",
            f"Write {beside.name} beside it, or give --spec FILE, with the keys labels, input_size, resize, "
            "interpolation, value_range, mean and std.",
        )
    return given


def _given_labels(labels: Path | Sequence[str] | None) -> tuple[str, ...] | None:
    if labels is None:
        return None
    if not isinstance(labels, Path):
        return checked_labels(labels, "the given list")
    text = _read_text(labels, "file of labels")
    if text.lstrip().startswith("["):
        try:
            return checked_labels(json.loads(text), labels.name)
        except ValueError as fault:
            raise ModelRefused(f"{labels.name} is not a JSON list: {fault}.") from fault
    return checked_labels([line.strip() for line in text.splitlines() if line.strip()], labels.name)


def _read_text(path: Path, what: str) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise ModelRefused(f"The {what} {path} cannot be read: {fault}.", "Check the path.") from fault


def _read_spec(given: Path | ModelSpec | str | None, model: Path, names: tuple[str, ...] | None) -> ModelSpec | None:
    """Return the spec from a file, an object or a header's text, with the given names in the place of its own."""
    if given is None:
        return None
    if isinstance(given, Path):
        own = ModelSpec.from_json(_read_text(given, "spec"), given.name, labels=names)
    elif isinstance(given, str):
        own = ModelSpec.from_json(given, f"the header of {model.name}", labels=names)
    else:
        own = given
    if names is None or names == own.labels:
        return own
    if set(names) == set(own.labels):
        raise ModelRefused(
            f"The given labels name the classes of {model.name} in another order than its spec does.",
            "Leave the labels out: the spec knows the order of the outputs.",
        )
    return replace(own, labels=names)


def _settled(
    given: ModelSpec | None, names: tuple[str, ...] | None, outputs: int, architecture: str, path: Path
) -> ModelSpec:
    """Return the spec of a network with that many outputs, or refuse to guess what they are called."""
    if given is None and names is None:
        raise ModelRefused(
            f"{path.name} has {outputs} outputs and does not say what they are called.",
            f"Give --labels FILE with {outputs} class names, one a line, in the order of the outputs.",
        )
    spec = given or default_spec(names or (), architecture)
    if len(spec.labels) != outputs:
        raise ModelRefused(
            f"{path.name} has {outputs} outputs, but there are {len(spec.labels)} labels.",
            f"Give --labels FILE with {outputs} class names, one a line, in the order of the outputs.",
        )
    return replace(spec, architecture=architecture)


def _outputs(network: nn.Module) -> int:
    *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
    return last.out_features


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], str | None]:
    """Return the tensors of a .safetensors file and the spec in its header, as JSON text.

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
        raise _damaged(path, fault) from fault
    return _plain(state, path), header


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a plain state dict (.pth, .pt); nothing in the file is executed.

    Raises
    ------
    ModelRefused
        If it is damaged, or more than tensors.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as fault:
        if foreign := re.search(r"GLOBAL (\S+)", str(fault)):
            raise ModelRefused(
                f"{path.name} holds a pickled module or other Python objects ({foreign[1]}), and opening it would run "
                "code from the file.",
                "Save the weights alone: torch.save(model.state_dict(), FILE).",
            ) from fault
        raise _damaged(path, fault) from fault
    except Exception as fault:  # a damaged archive surfaces as almost any exception
        raise _damaged(path, fault) from fault
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    return _plain(content, path)


def _damaged(path: Path, fault: Exception) -> ModelRefused:
    reason = str(fault).partition(". ")[0].rstrip(".") or type(fault).__name__
    return ModelRefused(f"{path.name} is truncated, damaged or no model file: {reason}.", "Save or copy it again.")


def _plain(content: object, path: Path) -> dict[str, Tensor]:
    """Return the tensors under the names that the bare network has."""
    if not isinstance(content, Mapping) or not any(isinstance(value, Tensor) for value in content.values()):
        raise ModelRefused(
            f"{path.name} holds {type(content).__name__} without tensors; expected a state dict.",
            "Save it with torch.save(model.state_dict(), FILE).",
        )
    state = {str(name): value for name, value in content.items() if isinstance(value, Tensor) and name != "n_averaged"}
    for prefix in _PREFIXES * 2:  # they may lie over each other in any order
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
    return state
