"""Loading of a state dict into its network."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.networks.build import build_empty, build_named
from xai_core.runtimes.networks.fingerprints import COUNTER, is_sized
from xai_core.runtimes.networks.heads import ACTIVATIONS, add_zero_logit, build_head, single_note
from xai_core.runtimes.networks.input_size import input_size, usual_size
from xai_core.runtimes.networks.recognise import body_shapes, first_difference, head_layers, network_shapes
from xai_core.runtimes.networks.sizes import count_features
from xai_core.runtimes.networks.tensors import State, add_counters, as_float32, describe_extras
from xai_core.runtimes.refusals.networks import foreign_tensor, no_last_layer, other_network

_VERSIONS = "_metadata"
"""Attribute of a state dict in which torch stores the versions of its modules."""

_AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
"""Prefixes of the outputs that serve training only."""


@dataclass(frozen=True, slots=True)
class LoadedNetwork:
    """Network with its weights, ready for inference.

    Attributes
    ----------
    network
        The network in evaluation mode.
    name
        Its name with what was named about its head, such as "resnet50+relu".
    outputs
        Number of outputs.
    input_size
        Height and width that the shapes of its tensors tell; None where they tell none.
    notes
        Sentences about what was left out or assumed.
    single
        True if the file's network gives one number, x, which became the logits 0 and x.
    """

    network: nn.Module
    name: str
    outputs: int
    input_size: tuple[int, int] | None
    notes: tuple[str, ...]
    single: bool = False


def split_name(architecture: str) -> tuple[str, str | None]:
    """Return the name of a network and the activation that is named after it, as in "resnet50+relu".

    Raises
    ------
    ModelRefused
        If the activation is not known.
    """
    name, _, activation = architecture.partition("+")
    if activation and activation not in ACTIVATIONS:
        raise ModelRefused(
            deferred(
                "The layer {layer!r} in the architecture {architecture!r} is not known here.",
                layer=activation,
                architecture=architecture,
            ),
            deferred("Known are {names}.", names=", ".join(ACTIVATIONS)),
            "architecture",
        )
    return name, activation or None


def fill_network(tensors: Mapping[str, Tensor], prefix: str, architecture: str, source: str) -> LoadedNetwork:
    """Return a network with the tensors behind a prefix.

    Parameters
    ----------
    tensors
        All tensors of the state dict, as `plain_tensors` returns them.
    prefix
        Text before the names of the network's tensors.
    architecture
        Name of the network, see `split_name`.
    source
        Name of the file, for messages.

    Raises
    ------
    ModelRefused
        If they are not those of this network, or its head cannot be known.
    """
    name, _ = split_name(architecture)
    state = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    difference = first_difference(state, name)
    if difference is not None:
        raise other_network(source, name, difference)
    size, options = input_size(state, name)
    outputs = _own_outputs(state, name)
    single = outputs == 1
    if outputs is None:
        network = build_empty(name, 1, **options)
        filled, notes, used, single = _replace_head(network, tensors, prefix, architecture, size=size, source=source)
        outputs = filled[next(key for key in reversed(filled) if filled[key].ndim == 2)].shape[0]
    else:
        outputs = 2 if single else outputs
        network = build_empty(name, outputs, **options)
        filled, notes, used = _with_two_logits(state, network) if single else state, (), None
    filled, extras = _without_extras(network, filled, name, source)
    others = [key for key in tensors if not key.startswith(prefix) and not (used and key.startswith(f"{used}."))]
    network = load_tensors(network, filled, source, lambda: build_named(name, outputs, **options))
    notes = (*notes, *([single_note(source)] if single else []))
    return LoadedNetwork(
        network=network.eval().requires_grad_(requires_grad=False),
        name=architecture,
        outputs=outputs,
        input_size=size,
        notes=(*notes, *describe_extras([*(prefix + key for key in extras), *others])),
        single=single,
    )


def _with_two_logits(state: State, network: nn.Module) -> State:
    """Return the tensors of a network with one output as those of the same network with two."""
    own = network.state_dict()
    return {
        key: add_zero_logit(tensor)
        if key in own and tensor.ndim and own[key].shape == (2, *tensor.shape[1:]) and tensor.shape[0] == 1
        else tensor
        for key, tensor in state.items()
    }


def _replace_head(
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    prefix: str,
    architecture: str,
    *,
    size: tuple[int, int] | None,
    source: str,
) -> tuple[State, tuple[str, ...], str | None, bool]:
    """Replace the head of a network by that of the file.

    Returns
    -------
    The tensors of the network, sentences, the name of a head outside the network, and True if it gives one number.
    """
    name, activation = split_name(architecture)
    state = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    root, given = _head_tensors(state, name)
    notes: tuple[str, ...] = ()
    outside: str | None = None
    if not given:
        root = head_layers(name)[-1]
        outside, given = _find_detached_head(tensors, prefix, name, source)
        notes = (
            deferred(
                "{layer} is taken for the last layer, which is not where {name} has its own.", layer=outside, name=name
            ),
        )
    features = count_features(network, root, size or usual_size(name))
    head = build_head(given, features, activation, source, outside or root)
    network.set_submodule(root, head.layers)
    filled = {key: value for key, value in state.items() if not key.startswith(f"{root}.")}
    filled |= {f"{root}.{key}": tensor for key, tensor in head.tensors.items()}
    return filled, (*notes, *head.notes), outside, head.single


def _head_tensors(state: State, name: str) -> tuple[str, State]:
    """Return the part that differs from the network's own, as small as possible, and the tensors under it."""
    last = head_layers(name)[-1]
    shapes = network_shapes(name)
    parts = last.split(".")
    for root in (".".join(parts[:length]) for length in range(len(parts), 0, -1)):
        outside = [key for key in shapes if not key.startswith(f"{root}.") and not is_sized(key)]
        if all(key in state and state[key].shape == shapes[key] for key in outside):
            given = {key.removeprefix(f"{root}."): value for key, value in state.items() if key.startswith(f"{root}.")}
            if given:
                return root, given
    return last, {}


def _own_outputs(state: State, name: str) -> int | None:
    """Return the number of outputs if the head is the network's own, or None."""
    layers = tuple(f"{layer}." for layer in head_layers(name))
    found = set()
    for key, shape in network_shapes(name).items():
        tensor = state.get(key)
        if tensor is None or (tensor.shape != shape and not key.startswith(layers) and not is_sized(key)):
            return None
        if key.startswith(layers) and tensor.shape != shape:
            if tensor.shape[1:] != shape[1:]:
                return None
            found.add(tensor.shape[0])
    if not found:
        return 1
    return found.pop() if len(found) == 1 else None


def _find_detached_head(tensors: Mapping[str, Tensor], prefix: str, name: str, source: str) -> tuple[str | None, State]:
    """Return the name and the tensors of the only linear layer outside a network that fits its features.

    Many modules hold a network without its last layer, and a linear layer of their own beside it.
    """
    network = build_empty(name, 1)
    root = head_layers(name)[-1]
    features = count_features(network, root, usual_size(name))
    body = body_shapes(name)
    found = [
        key.removesuffix(".weight")
        for key, tensor in tensors.items()
        if key.endswith(".weight")
        and tensor.ndim == 2
        and tensor.shape[1] == features
        and key.removeprefix(prefix) not in body
    ]
    if len(found) != 1:
        raise no_last_layer(source, found, root)
    layer = found[0]
    return layer, {
        key.removeprefix(f"{layer}."): value for key, value in tensors.items() if key.startswith(f"{layer}.")
    }


def _without_extras(network: nn.Module, filled: State, name: str, source: str) -> tuple[State, list[str]]:
    """Return the tensors of a network, and the names of those that are no part of it.

    Raises
    ------
    ModelRefused
        If a tensor lies inside the network, where a layer that is left out would change the answers.
    """
    expected = network.state_dict()
    extras = [key for key in filled if key not in expected and not key.endswith(COUNTER)]
    children = {child for child, _ in network.named_children()}
    for key in extras:
        if key.partition(".")[0] in children and not key.startswith(_AUXILIARY.get(name, ())):
            raise foreign_tensor(source, name, key)
    return {key: value for key, value in filled.items() if key in expected}, extras


def load_tensors(network: nn.Module, tensors: State, source: str, build: Callable[[], nn.Module]) -> nn.Module:
    """Load the tensors of a file into an empty network, and return it.

    A network with tables that no file holds, and that were not computed without weights, is built again in full.

    Parameters
    ----------
    network
        The network, with weights on the meta device.
    tensors
        All of its tensors by name; float16 becomes float32.
    source
        Name of the file, for messages.
    build
        Function that builds it in full.

    Raises
    ------
    ModelRefused
        If the tensors are not those of the network.
    """
    own = network.state_dict()
    filled = OrderedDict((name, as_float32(tensor)) for name, tensor in tensors.items())
    add_counters(own, filled)
    # MNASNet looks at the version.
    setattr(filled, _VERSIONS, getattr(own, _VERSIONS))
    try:
        # The tensors of the file become the parameters (assign), which costs no memory.
        network.load_state_dict(filled, assign=True)
        if any(value.is_meta for value in (*network.parameters(), *network.buffers())):
            complete = build()
            complete.load_state_dict(filled)
            return complete
    except RuntimeError as fault:
        raise ModelRefused(
            deferred("{source} cannot be loaded: {reason}.", source=source, reason=str(fault)),
            deferred("Name the right architecture."),
            "architecture",
        ) from fault
    return network
