"""Networks built by name, or recognised from the tensors of a state dict."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.networks.build import build_named
from xai_core.runtimes.networks.load import fill_network, split_name
from xai_core.runtimes.networks.recognise import FoundNetwork, find_networks, find_prefixes
from xai_core.runtimes.networks.relatives import nearest_networks
from xai_core.runtimes.networks.tensors import plain_tensors
from xai_core.texts import CLAUSES, LIST, chained

DEFAULTS = ("efficientnet_b1", "resnet50", "convnext_tiny", "vit_b_16", "swin_t")
"""Examples of networks for messages."""


def build_network(architecture: str, outputs: int) -> nn.Module:
    """Return a freshly initialised network.

    Parameters
    ----------
    architecture
        torchvision's name of a classifier, such as "efficientnet_b1", or "timm:" and timm's name.
    outputs
        Number of labels.

    Raises
    ------
    ModelRefused
        If the architecture is not known.
    """
    return build_named(split_name(architecture)[0], outputs)


def pretrained_network(architecture: str, outputs: int) -> nn.Module:
    """Return torchvision's ImageNet network with a fresh last layer Linear(features, outputs).

    The weights are downloaded on first use, into torch's own cache.

    Raises
    ------
    ModelRefused
        If the weights cannot be downloaded.
    """
    from torchvision.models import get_model_weights  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    network = build_network(architecture, outputs)
    try:
        state = get_model_weights(architecture).DEFAULT.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as fault:
        raise ModelRefused(
            deferred(
                "The ImageNet weights of {network} cannot be fetched: {reason}.",
                network=architecture,
                reason=str(fault),
            ),
            deferred("Connect to the internet, or train from scratch."),
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

    The last layer has as many outputs as its weight has rows. It may be where the network has it (`classifier.1`), or
    linear layers may have replaced the whole part (`model.classifier = nn.Linear(1280, 101)`).

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
    tensors, _ = plain_tensors(state)
    prefix = ""
    if architecture is None:
        networks = find_networks(tensors)
        if len(networks) != 1:
            raise unknown_network(tensors, source) if not networks else several_networks(networks, source)
        prefix, architecture = networks[0].prefix, networks[0].name
    else:
        prefix = next(iter(find_prefixes(tensors, split_name(architecture)[0])), "")
    loaded = fill_network(tensors, prefix, architecture, source)
    return loaded.network, loaded.name


def unknown_network(state: Mapping[str, Tensor], source: str) -> ModelRefused:
    """Return the error for tensors of a network that is not known, with the closest known ones."""
    found = deferred(
        "{source} holds {number:d} tensors ({names}, ...) of a network that is not known here.",
        source=source,
        number=len(state),
        names=", ".join(list(state)[:3]) or deferred("none"),
    )
    closest = nearest_networks(state)
    if not closest:
        return ModelRefused(
            found,
            deferred(
                "Known are torchvision's classifiers ({names}, ...) and timm's networks; none is close. Export the "
                "network to .onnx with a .json spec beside it.",
                names=", ".join(DEFAULTS),
            ),
            "architecture",
        )
    described = chained(
        CLAUSES,
        [
            deferred(
                "{name}, {matching:d} of whose {number:d} tensors have the same name and shape here ({differences})",
                name=relative.name,
                matching=relative.matching,
                number=relative.tensors,
                differences=chained(LIST, relative.differences) if relative.differences else "",
            )
            for relative in closest
        ],
    )
    return ModelRefused(
        deferred("{found} The closest are {networks}.", found=found, networks=described),
        deferred(
            "If it is one of them, name it, such as {name}. Otherwise export the network to .onnx with a .json spec "
            "beside it.",
            name=closest[0].name,
        ),
        "architecture",
    )


def several_networks(networks: Sequence[FoundNetwork], source: str) -> ModelRefused:
    """Return the error for a file that holds several networks."""
    found = chained(
        LIST,
        [
            deferred("{prefix} ({network})", prefix=network.prefix or deferred("(no prefix)"), network=network.name)
            for network in networks
        ],
    )
    return ModelRefused(
        deferred(
            "{source} holds {number:d} networks: {networks}.", source=source, number=len(networks), networks=found
        ),
        deferred("Name the one to take by its key."),
        "weights",
    )
