"""Networks of fastai's `vision_learner`, the body of a known network with a head of fastai."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.networks.build import TIMM, build_empty, build_named
from xai_core.runtimes.networks.fingerprints import COUNTER
from xai_core.runtimes.networks.heads import build_head, single_note
from xai_core.runtimes.networks.input_size import input_size, usual_size
from xai_core.runtimes.networks.load import LoadedNetwork, load_tensors, split_name
from xai_core.runtimes.networks.recognise import body_shapes, find_networks, first_difference
from xai_core.runtimes.networks.tensors import State
from xai_core.texts import LIST, chained

FASTAI = "fastai:"
"""Prefix of the names of networks with a head of fastai."""

# `create_body` keeps the parts before the last pooling, under their numbers (fastai 2.8, vision/learner.py).
_BODIES = (
    ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"),
    ("features",),
    ("features", "norm", "permute"),
    ("stem", "trunk_output"),
)
"""Parts of torchvision's networks that form the body, by family."""

_TIMM_BODY = "model."
"""Attribute of fastai's `TimmBody` that holds a whole network of timm."""

_NAME = re.compile(r"((?:[A-Za-z_]\w*\.)*)([01])\.(.+)")


@dataclass(frozen=True, slots=True)
class _Parts:
    """Tensors of such a network.

    Attributes
    ----------
    prefix
        Text before the names of all of them.
    body
        Those of the body, under the names that the known network has.
    head
        Those of the head, by their names in it.
    children
        Parts of the known network that form the body; None for the whole network.
    """

    prefix: str
    body: State
    head: State
    children: tuple[str, ...] | None


class _ConcatPool(nn.Module):
    """Largest values and means of each channel, one behind the other (fastai 2.8, `AdaptiveConcatPool2d`)."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, 2 C) values of features (n, C, H, W)."""
        return torch.cat([features.amax((2, 3)), features.mean((2, 3))], 1)


class _MeanPool(nn.Module):
    """Means of each channel."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, C) values of features (n, C, H, W)."""
        return features.mean((2, 3))


class _TimmBody(nn.Module):
    """Network of timm without its head, which returns features before the pooling where it has one."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        config: Any = model.default_cfg
        # fastai asks the configuration and not the network (fastai 2.8, `TimmBody`).
        self.pooled = config.get("pool_size") is not None

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features of pictures (n, 3, H, W)."""
        model: Any = self.model
        features: Tensor = model.forward_features(pictures) if self.pooled else model(pictures)
        return features


def find_fastai(state: Mapping[str, Tensor]) -> str | None:
    """Return the name of a network with a head of fastai, or None if a state dict holds no such network."""
    for parts in _divisions(state):
        for found in find_networks(parts.body):
            own = [name for name in found.fingerprint.names if name.startswith(TIMM) == (parts.children is None)]
            if not found.prefix and own:
                return FASTAI + (found.name if found.name in own else own[0])
    return None


def fill_fastai(tensors: Mapping[str, Tensor], architecture: str, source: str) -> LoadedNetwork:
    """Return a network with a head of fastai and its tensors.

    Layers without weights leave no trace in the head. They are taken for those of fastai's `create_head`.

    Parameters
    ----------
    tensors
        All tensors of the state dict, as `plain_tensors` returns them.
    architecture
        "fastai:" and the name of the network that gives the body, as in "fastai:resnet34".
    source
        Name of the file, for messages.

    Raises
    ------
    ModelRefused
        If they are not those of such a network.
    """
    name, activation = split_name(architecture.removeprefix(FASTAI))
    parts = _fitting_parts(tensors, name, source)
    size, options = input_size(parts.body, name)
    body = _build_body(name, parts.children, partial(build_empty, **options))
    pool, features = _choose_pool(body, size or usual_size(name), parts.head)
    head = build_head(parts.head, features, activation or _usual_activation(parts.head), source, f"{parts.prefix}1")
    network = _assemble(body, pool, head.layers)

    def complete() -> nn.Module:
        layers = head.layers.to_empty(device="cpu")
        return _assemble(_build_body(name, parts.children, partial(build_named, **options)), pool, layers)

    names = "body.model." if parts.children is None else "body."
    filled = {f"{names}{key}": tensor for key, tensor in parts.body.items()}
    filled |= {f"head.{key}": tensor for key, tensor in head.tensors.items()}
    filled = _checked(network, filled, name, source)
    last = next(key for key in reversed(head.tensors) if head.tensors[key].ndim == 2)
    return LoadedNetwork(
        network=load_tensors(network, filled, source, complete).eval().requires_grad_(requires_grad=False),
        name=architecture,
        outputs=head.tensors[last].shape[0],
        input_size=size,
        notes=(_describe(name, pool, parts.head, activation), *([single_note(source)] if head.single else [])),
        single=head.single,
    )


def _divisions(state: Mapping[str, Tensor]) -> list[_Parts]:
    """Return the ways to divide a state dict into body and head, without a look at their shapes."""
    named = {name: match for name in state if (match := _NAME.fullmatch(name)) is not None}
    prefixes = {match[1] for match in named.values()}
    if len(named) != len(state) or len(prefixes) != 1:
        return []
    body, head = ({named[name][3]: state[name] for name in state if named[name][2] == part} for part in "01")
    if not body or not head or not all(re.fullmatch(r"\d+\.\w+", name) for name in head):
        return []
    prefix = prefixes.pop()
    if all(name.startswith(_TIMM_BODY) for name in body):
        return [_Parts(prefix, {name.removeprefix(_TIMM_BODY): body[name] for name in body}, head, None)]
    found = []
    for children in _BODIES:
        numbers = {name: name.partition(".")[0] for name in body}
        if all(number.isdigit() and int(number) < len(children) for number in numbers.values()):
            renamed = {
                children[int(number)] + name.removeprefix(number): body[name] for name, number in numbers.items()
            }
            found.append(_Parts(prefix, renamed, head, children))
    return found


def _fitting_parts(tensors: Mapping[str, Tensor], name: str, source: str) -> _Parts:
    differences = []
    for parts in _divisions(tensors):
        difference = first_difference(parts.body, name)
        if difference is None:
            return parts
        # The division with another name for every tensor says nothing.
        if set(parts.body) & set(body_shapes(name)):
            differences.append(difference)
    expected = deferred("expected tensors named 0... of its body and 1... of a head of fastai")
    raise ModelRefused(
        deferred(
            "{source} does not hold a {name} with a head of fastai: {what}.",
            source=source,
            name=name,
            what=differences[0] if differences else expected,
        ),
        deferred("Name the right architecture."),
        "architecture",
    )


def _build_body(name: str, children: tuple[str, ...] | None, build: Callable[..., nn.Module]) -> nn.Module:
    if children is None:
        return _TimmBody(build(name, 0))
    network = build(name, 1)
    return nn.Sequential(OrderedDict((child, network.get_submodule(child)) for child in children))


def _choose_pool(body: nn.Module, size: tuple[int, int], head: State) -> tuple[nn.Module, int]:
    """Return the pooling that fits the width of a head, and this width."""
    width = next(tensor.shape[-1] for tensor in head.values() if tensor.ndim)
    try:
        features = body.to("meta").eval()(torch.zeros(2, 3, *size, device="meta"))
    except (RuntimeError, NotImplementedError):
        return _ConcatPool(), width
    if features.ndim == 2:
        return nn.Identity(), features.shape[1]
    channels = features.shape[1]
    return (_MeanPool(), channels) if width == channels else (_ConcatPool(), 2 * channels)


def _usual_activation(head: State) -> str | None:
    """Return the layer of `create_head` between a linear layer and the norm behind it, or None for another head."""
    # One place is left free in the numbers there. Two linear layers in a row are not fastai's.
    numbers = sorted({int(name.partition(".")[0]) for name in head})
    linear = {number for number in numbers if head.get(f"{number}.weight", torch.empty(0)).ndim == 2}
    behind = {after for number, after in pairwise(numbers) if number in linear}
    free = all(after - 2 in linear and after not in linear for after in behind)
    return "relu" if free else None


def _assemble(body: nn.Module, pool: nn.Module, head: nn.Module) -> nn.Module:
    return nn.Sequential(OrderedDict(body=body, pool=pool, head=head))


def _checked(network: nn.Module, filled: State, name: str, source: str) -> State:
    """Return the tensors, and refuse one that is no part of the network or missing."""
    expected = {key for key in network.state_dict() if not key.endswith(COUNTER)}
    given = {key for key in filled if not key.endswith(COUNTER)}
    if expected == given:
        return filled
    key = min(expected ^ given)
    what = (
        deferred("{tensor} is missing", tensor=key)
        if key in expected
        else deferred("{tensor} is not a tensor of that network", tensor=key)
    )
    raise ModelRefused(
        deferred("{source} does not hold a {name} with a head of fastai: {what}.", source=source, name=name, what=what),
        deferred("Name the right architecture, or export the network to .onnx."),
        "architecture",
    )


def _describe(name: str, pool: nn.Module, head: State, activation: str | None) -> str:
    layers = []
    if isinstance(pool, _ConcatPool):
        layers.append(deferred("largest values and means of each channel"))
    elif isinstance(pool, _MeanPool):
        layers.append(deferred("means of each channel"))
    if sum(tensor.ndim == 2 for tensor in head.values()) > 1:
        layers.append(deferred("{activation} between linear layers", activation=activation or "relu"))
    body = name.removeprefix(TIMM)
    if not layers:
        return deferred(
            "Taken for a learner of fastai: the body of {name} and the head of create_head, with dropout. Layers "
            "without weights leave no trace in the file.",
            name=body,
        )
    return deferred(
        "Taken for a learner of fastai: the body of {name} and the head of create_head, with {layers}, and dropout. "
        "Layers without weights leave no trace in the file.",
        name=body,
        layers=chained(LIST, layers),
    )
