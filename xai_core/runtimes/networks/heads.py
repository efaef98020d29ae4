"""Last layers of networks, which people replace when they train on their own classes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.language import deferred

ACTIVATIONS: Mapping[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "leakyrelu": nn.LeakyReLU,
    "elu": nn.ELU,
    "none": nn.Identity,
}
"""Layers without weights that can be named between two linear layers, as in "resnet50+relu"."""


@dataclass(frozen=True, slots=True)
class Head:
    """Layers that take the place of a network's own last part.

    Attributes
    ----------
    layers
        The layers, with weights on the meta device.
    tensors
        Their tensors, by the names that they have in `layers`.
    notes
        Sentences about what is assumed.
    single
        True if the last layer of the file gives one number, which became the second of two logits.
    """

    layers: nn.Sequential
    tensors: dict[str, Tensor]
    notes: tuple[str, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Layer of a head as its tensors show it."""

    name: str
    tensors: dict[str, Tensor]

    @property
    def is_linear(self) -> bool:
        return set(self.tensors) in ({"weight"}, {"weight", "bias"}) and self.tensors["weight"].ndim == 2

    @property
    def is_batch_norm(self) -> bool:
        return (
            {"running_mean", "running_var"}
            <= set(self.tensors)
            <= {
                "running_mean",
                "running_var",
                "num_batches_tracked",
                "weight",
                "bias",
            }
        )

    @property
    def is_layer_norm(self) -> bool:
        return set(self.tensors) == {"weight", "bias"} and self.tensors["weight"].ndim == 1

    @property
    def width(self) -> int:
        """Number of values that the layer takes."""
        name = "running_mean" if self.is_batch_norm else "weight"
        return self.tensors[name].shape[-1]


def build_head(given: Mapping[str, Tensor], features: int, activation: str | None, source: str, root: str) -> Head:
    """Return the layers that a network's tensors under a name stand for.

    The last must be linear. Batch and layer norms may stand before it. Layers without weights leave no trace: before a
    linear layer that reads the features, dropout is assumed, which does nothing in inference. Between two linear layers
    a wrong guess would change every answer, so it has to be named.

    Parameters
    ----------
    given
        Tensors by their names below `root`.
    features
        Number of values that the part takes.
    activation
        Name of the layer between two linear layers, see `ACTIVATIONS`; None where it was not named.
    source, root
        Name of the file, and of the part in the network, for messages.

    Raises
    ------
    ModelRefused
        If the layers cannot be known.
    """
    parts = _parts(given)
    _check_parts(parts, features, source, root)
    single = parts[-1].tensors["weight"].shape[0] == 1
    if single:
        parts[-1] = _Part(parts[-1].name, {end: add_zero_logit(tensor) for end, tensor in parts[-1].tensors.items()})
    layers: list[nn.Module] = [nn.Flatten(1)]
    tensors: dict[str, Tensor] = {}
    notes: list[str] = []
    previous: _Part | None = None
    for part in parts:
        if previous is not None and previous.is_linear and not _is_next(previous.name, part.name):
            between = activation
            if between is None:
                raise _unknown_activation(source, root, previous, part)
            layers.append(ACTIVATIONS[between]())
            notes.append(
                deferred(
                    "Between {first} and {second} stands {activation}, as the architecture says.",
                    first=_named(root, previous),
                    second=_named(root, part),
                    activation=ACTIVATIONS[between].__name__,
                )
            )
        for name, tensor in part.tensors.items():
            tensors[f"{len(layers)}.{name}"] = tensor
        layers.append(_layer(part))
        previous = part
    if _hides_layers(parts):
        notes.append(
            deferred(
                "The head {head} has layers without weights before {layer}. They leave no trace in the file, and are "
                "taken for dropout or flattening, which change nothing in inference.",
                head=root,
                layer=_named(root, parts[0]),
            )
        )
    return Head(nn.Sequential(*layers), tensors, tuple(notes), single)


def add_zero_logit(tensor: Tensor) -> Tensor:
    """Return the weight or bias (1, ...) of a layer with one output as that (2, ...) of one with the outputs 0 and x.

    softmax(0, x) = (1 - sigmoid(x), sigmoid(x)), so that training with a binary cross-entropy means these logits.
    """
    return torch.cat([torch.zeros_like(tensor), tensor])


def _parts(given: Mapping[str, Tensor]) -> list[_Part]:
    """Return the layers in their order, which is that of the numbers in their names, or else that in the file."""
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in given.items():
        layer, _, end = name.rpartition(".")
        layers.setdefault(layer, {})[end] = tensor
    parts = [_Part(name, tensors) for name, tensors in layers.items()]
    if all(part.name.isdigit() for part in parts):
        return sorted(parts, key=lambda part: int(part.name))
    return parts


def _check_parts(parts: list[_Part], features: int, source: str, root: str) -> None:
    """Refuse layers that are not known, or that do not fit one another."""
    width = features
    known = all(part.is_linear or part.is_batch_norm or part.is_layer_norm for part in parts)
    fits = known and bool(parts) and parts[-1].is_linear
    for part in parts if fits else ():
        fits = fits and part.width == width
        width = part.tensors["weight"].shape[0] if part.is_linear else width
    if not fits:
        found = ", ".join(
            f"{_named(root, part)}.{end} {tuple(tensor.shape)}"
            for part in parts
            for end, tensor in part.tensors.items()
        )
        raise ModelRefused(
            deferred(
                "The head of {source} holds {found}; expected torchvision's own layers or one Linear after "
                "{features:d} features, with norms before it at most.",
                source=source,
                found=found,
                features=features,
            ),
            deferred("Export the network to .onnx with a .json spec beside it."),
        )


def _layer(part: _Part) -> nn.Module:
    """Return the layer of a part, on the meta device."""
    with torch.device("meta"):
        if part.is_linear:
            outputs, inputs = part.tensors["weight"].shape
            return nn.Linear(inputs, outputs, bias="bias" in part.tensors)
        if part.is_batch_norm:
            return nn.BatchNorm1d(part.width, affine="weight" in part.tensors)
        return nn.LayerNorm(part.width)


def _is_next(first: str, second: str) -> bool:
    """Return True for the names of layers between which no other layer can stand in a Sequential."""
    return first.isdigit() and second.isdigit() and int(second) == int(first) + 1


def _hides_layers(parts: list[_Part]) -> bool:
    first = parts[0].name.rpartition(".")[2]
    return bool(re.fullmatch(r"[1-9]\d*", first))


def _named(root: str, part: _Part) -> str:
    return f"{root}.{part.name}" if part.name else root


def _unknown_activation(source: str, root: str, first: _Part, second: _Part) -> ModelRefused:
    return ModelRefused(
        deferred(
            "The head of {source} has two linear layers, {first} and {second}. The layer between them has no weights "
            "and leaves no trace in the file: ReLU, Tanh and others look the same.",
            source=source,
            first=_named(root, first),
            second=_named(root, second),
        ),
        deferred(
            "Name it after the architecture, such as NAME+relu (known are {names}), or export the network to .onnx.",
            names=", ".join(ACTIVATIONS),
        ),
        "architecture",
    )


def single_note(source: str) -> str:
    """Return the sentence about a network that gives one number."""
    return deferred(
        "{source} returns one number for each picture, taken for the logit of the second class: two classes, with the "
        "logits 0 and x. The first label is the class of low values, the second that of high values.",
        source=source,
    )
