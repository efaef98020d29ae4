"""Networks of torchvision, built by name or recognised from the tensors of a state dict."""

from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.model.spec import ARCHITECTURES


def build_network(architecture: str, outputs: int) -> nn.Module:
    """Return a freshly initialised network whose last layer is Linear(features, outputs).

    Parameters
    ----------
    architecture
        One of `spec.ARCHITECTURES`, such as "efficientnet_b1".
    outputs
        Number of labels.

    Raises
    ------
    ModelRefused
        If the architecture is not known.
    """
    if architecture not in ARCHITECTURES:
        raise ModelRefused(
            f"The architecture {architecture!r} is not known here.", f"Known are {', '.join(ARCHITECTURES)}."
        )
    from torchvision.models import get_model_builder  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    network: nn.Module = get_model_builder(architecture)(weights=None, num_classes=outputs)
    return network


def pretrained_network(architecture: str, outputs: int) -> nn.Module:
    """Return torchvision's ImageNet network with a fresh last layer Linear(features, outputs).

    The weights are downloaded on first use, into torch's own cache.

    Raises
    ------
    ModelRefused
        If the weights cannot be downloaded.
    """
    from torchvision.models import get_model_weights  # noqa: PLC0415 - takes seconds

    network = build_network(architecture, outputs)
    try:
        state = get_model_weights(architecture).DEFAULT.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as fault:
        raise ModelRefused(
            f"The ImageNet weights of {architecture} cannot be fetched: {fault}.",
            "Connect to the internet, or train from scratch.",
            "from_scratch",
        ) from fault
    own = network.state_dict()
    # Only the last layer differs in shape, because ImageNet has 1000 classes; it keeps its random weights.
    fitting = {name: tensor for name, tensor in state.items() if tensor.shape == own[name].shape}
    network.load_state_dict(own | fitting)
    return network


def calibrate_batch_norms(network: nn.Module, pictures: Tensor) -> None:
    """Set the running statistics of all batch norms from pictures (n, 3, H, W).

    A network with random weights gives almost the same logits for every picture until this is done.
    """
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        # No momentum means a plain average. With torch's default of 0.1, one pass would leave 90 % of the reset values.
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        network(pictures)
    network.eval()


def load_network(state: Mapping[str, Tensor], source: str, architecture: str | None = None) -> tuple[nn.Module, str]:
    """Build the network of a state dict, load its tensors, and return it with its name.

    The last layer has as many outputs as its weight has rows. It may be where torchvision has it (`classifier.1`), or
    a single linear layer may have replaced the whole head (`model.classifier = nn.Linear(1280, 101)`).

    Parameters
    ----------
    state
        Parameters and buffers by name; float16 becomes float32.
    source
        File name, for messages.
    architecture
        Name of the network; None recognises it from the names and shapes of the tensors.

    Raises
    ------
    ModelRefused
        If the tensors belong to no known network, or not to the named one.
    """
    if architecture is None:
        architecture = _recognise(state, source)
    elif (difference := _first_difference(state, architecture)) is not None:
        raise ModelRefused(f"{source} does not hold a {architecture}: {difference}.", "Name the right architecture.")
    return _filled_network(state, architecture, source), architecture


def _recognise(state: Mapping[str, Tensor], source: str) -> str:
    # To build all networks takes two seconds. Only the families on one side of this telling name are compared.
    residual = "layer1.0.conv1.weight" in state
    for architecture in ARCHITECTURES:
        if architecture.startswith("resnet") == residual and _first_difference(state, architecture) is None:
            return architecture
    some = ", ".join(list(state)[:3]) or "none"
    raise ModelRefused(
        f"{source} holds {len(state)} tensors ({some}, ...) of a network that is not known here.",
        f"Known are torchvision's {', '.join(ARCHITECTURES)}. Export any other network to .onnx with a .json spec "
        "beside it.",
    )


@cache
def _body_shapes(architecture: str) -> dict[str, torch.Size]:
    """Return names and shapes of the tensors of a network without its head."""
    with torch.device("meta"):
        state = build_network(architecture, 1).state_dict()
    return {name: tensor.shape for name, tensor in state.items() if _in_body(name, architecture)}


def _in_body(name: str, architecture: str) -> bool:
    # num_batches_tracked plays no part in inference, and files of old torch versions do not have it.
    return not name.startswith(f"{_head(architecture)}.") and not name.endswith("num_batches_tracked")


def _head(architecture: str) -> str:
    return "fc" if architecture.startswith("resnet") else "classifier"


def _first_difference(state: Mapping[str, Tensor], architecture: str) -> str | None:
    """Describe the first difference between the tensors and the named network, if any."""
    expected = _body_shapes(architecture)
    for name, shape in expected.items():
        if name not in state:
            return f"{name} is missing"
        if state[name].shape != shape:
            return f"{name} has shape {tuple(state[name].shape)}, expected {tuple(shape)}"
    extra = next((name for name in state if _in_body(name, architecture) and name not in expected), None)
    return None if extra is None else f"{extra} is not a tensor of that network"


def _filled_network(state: Mapping[str, Tensor], architecture: str, source: str) -> nn.Module:
    """Return the named network with the tensors of a state dict, ready for inference."""
    head = _head(architecture)
    given = {name: tensor for name, tensor in state.items() if name.startswith(f"{head}.")}
    matrices = [tensor for tensor in given.values() if tensor.ndim == 2]
    if not matrices:
        raise ModelRefused(f"{source} has no last layer: no {head}.*.weight among its tensors.")
    # On the meta device nothing is initialised; the tensors of the file become the parameters (assign=True).
    with torch.device("meta"):
        network = build_network(architecture, matrices[-1].shape[0])
    tensors = {name: _as_float32(tensor) for name, tensor in state.items()}
    if {name: tensor.shape for name, tensor in given.items()} != _shapes_under(network, head):
        tensors = _replace_head(network, head, tensors, source)
    _add_counters(network, tensors)
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _shapes_under(network: nn.Module, head: str) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in network.state_dict().items() if name.startswith(f"{head}.")}


def _replace_head(network: nn.Module, head: str, tensors: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """Replace a network's head by one linear layer, and rename the tensors to match."""
    given = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{head}.")}
    ends = {name.rpartition(".")[2]: tensor for name, tensor in given.items()}
    first = next(layer for layer in network.get_submodule(head).modules() if [*layer.parameters(recurse=False)])
    single = set(ends) <= {"weight", "bias"} and len(ends) == len(given)
    # A layer before the linear one would be lost here: only a head that reads the body's features itself is accepted.
    if not single or not isinstance(first, nn.Linear) or ends["weight"].shape[1] != first.in_features:
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


def _as_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _add_counters(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    # load_state_dict is strict, so the counters that old files lack are added as 0.
    for name in network.state_dict():
        if name.endswith("num_batches_tracked"):
            tensors.setdefault(name, torch.zeros((), dtype=torch.long))
