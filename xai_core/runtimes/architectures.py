"""Networks of torchvision: built by name, and recognised from the tensors of a state dict."""

from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.model.spec import VIEWS


def build_network(architecture: str, outputs: int) -> nn.Module:
    """Return a freshly initialised network whose last layer is Linear(features, outputs).

    Parameters
    ----------
    architecture
        One of `spec.VIEWS`, such as "efficientnet_b1".
    outputs
        Number of labels.

    Raises
    ------
    ModelRefused
        If the architecture is not known.
    """
    if architecture not in VIEWS:
        raise ModelRefused(f"The architecture {architecture!r} is not known here.", f"Known are {', '.join(VIEWS)}.")
    from torchvision.models import get_model_builder  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    network: nn.Module = get_model_builder(architecture)(weights=None, num_classes=outputs)
    return network


def pretrained_network(architecture: str, outputs: int) -> nn.Module:
    """Return torchvision's ImageNet network with a fresh last layer Linear(features, outputs).

    The weights are downloaded on first use, into torch's own cache.

    Raises
    ------
    ModelRefused
        If they cannot be had.
    """
    from torchvision.models import get_model_weights  # noqa: PLC0415 - takes seconds

    network = build_network(architecture, outputs)
    try:
        state = get_model_weights(architecture).DEFAULT.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as fault:
        raise ModelRefused(
            f"The ImageNet weights of {architecture} cannot be fetched: {fault}.",
            "Connect to the internet, or train with --from-scratch.",
        ) from fault
    own = network.state_dict()
    fitting = {name: tensor for name, tensor in state.items() if tensor.shape == own[name].shape}
    network.load_state_dict(own | fitting)
    return network


def network_of(state: Mapping[str, Tensor], source: str, architecture: str | None = None) -> tuple[nn.Module, str]:
    """Return the network that a state dict belongs to, with its tensors in it, and its name.

    The last layer has as many outputs as its weight has rows. It may be where torchvision has it
    (`classifier.1`), or have taken the place of the whole head (`model.classifier = nn.Linear(1280, 101)`).

    Parameters
    ----------
    state
        Parameters and buffers by name; float16 becomes float32.
    source
        File name, for messages.
    architecture
        Its name; None recognises it.

    Raises
    ------
    ModelRefused
        If the tensors belong to no known network, or not to the named one.
    """
    if architecture is None:
        architecture = _recognised(state, source)
    elif (difference := _difference(state, architecture)) is not None:
        raise ModelRefused(f"{source} does not hold a {architecture}: {difference}.", "Name the right architecture.")
    return _fitted(state, architecture, source), architecture


def _recognised(state: Mapping[str, Tensor], source: str) -> str:
    # Building all twenty takes two seconds, so only the family that shares a tell-tale name is compared.
    residual = "layer1.0.conv1.weight" in state
    for architecture in VIEWS:
        if architecture.startswith("resnet") == residual and _difference(state, architecture) is None:
            return architecture
    some = ", ".join(list(state)[:3]) or "none"
    raise ModelRefused(
        f"{source} holds {len(state)} tensors ({some}, ...) of a network that is not known here.",
        f"Known are torchvision's {', '.join(VIEWS)}; export any other network to .onnx with a .json spec beside it.",
    )


@cache
def _skeleton_shapes(architecture: str) -> dict[str, torch.Size]:
    """Names and shapes of a network without its head."""
    with torch.device("meta"):
        state = build_network(architecture, 1).state_dict()
    return {name: tensor.shape for name, tensor in state.items() if _in_body(name, architecture)}


def _in_body(name: str, architecture: str) -> bool:
    # num_batches_tracked plays no part in inference, and old files do not have it.
    return not name.startswith(f"{_head(architecture)}.") and not name.endswith("num_batches_tracked")


def _head(architecture: str) -> str:
    return "fc" if architecture.startswith("resnet") else "classifier"


def _difference(state: Mapping[str, Tensor], architecture: str) -> str | None:
    """What first sets the tensors apart from the named network's, in words; None where they agree."""
    expected = _skeleton_shapes(architecture)
    for name, shape in expected.items():
        if name not in state:
            return f"{name} is missing"
        if state[name].shape != shape:
            return f"{name} has shape {tuple(state[name].shape)}, expected {tuple(shape)}"
    extra = next((name for name in state if _in_body(name, architecture) and name not in expected), None)
    return None if extra is None else f"{extra} has no place in it"


def _fitted(state: Mapping[str, Tensor], architecture: str, source: str) -> nn.Module:
    head = _head(architecture)
    given = {name: tensor for name, tensor in state.items() if name.startswith(f"{head}.")}
    matrices = [tensor for tensor in given.values() if tensor.ndim == 2]
    if not matrices:
        raise ModelRefused(f"{source} has no last layer: no {head}.*.weight among its tensors.")
    with torch.device("meta"):
        network = build_network(architecture, matrices[-1].shape[0])
    tensors = {name: _float32(tensor) for name, tensor in state.items()}
    if {name: tensor.shape for name, tensor in given.items()} != _shapes_under(network, head):
        tensors = _with_single_linear_head(network, head, tensors, source)
    _fill_counters(network, tensors)
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _shapes_under(network: nn.Module, head: str) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items() if name.startswith(f"{head}.")}


def _with_single_linear_head(
    network: nn.Module, head: str, tensors: dict[str, Tensor], source: str
) -> dict[str, Tensor]:
    """Put one Linear in the place of the network's head and return the tensors under the names that this gives."""
    given = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{head}.")}
    ends = {name.rpartition(".")[2]: tensor for name, tensor in given.items()}
    first = next(layer for layer in network.get_submodule(head).modules() if [*layer.parameters(recurse=False)])
    lone = set(ends) <= {"weight", "bias"} and len(ends) == len(given)
    if not lone or not isinstance(first, nn.Linear) or ends["weight"].shape[1] != first.in_features:
        found = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in given.items())
        raise ModelRefused(
            f"The head of {source} holds {found}; expected torchvision's own layers or one Linear.",
            "Export the network to .onnx with a .json spec beside it.",
        )
    outputs, features = ends["weight"].shape
    with torch.device("meta"):
        setattr(network, head, nn.Linear(features, outputs, bias="bias" in ends))
    body = {name: tensor for name, tensor in tensors.items() if name not in given}
    return body | {f"{head}.{end}": tensor for end, tensor in ends.items()}


def _float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _fill_counters(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    for name in network.state_dict():
        if name.endswith("num_batches_tracked"):
            tensors.setdefault(name, torch.zeros((), dtype=torch.long))
