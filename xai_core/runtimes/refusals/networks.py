"""Errors about tensors that are not those of a network."""

from xai_core.errors import ModelRefused
from xai_core.language import deferred


def other_network(source: str, name: str, difference: str) -> ModelRefused:
    """Return the error for tensors with a difference from those of the named network."""
    return ModelRefused(
        deferred("{source} does not hold a {name}: {what}.", source=source, name=name, what=difference),
        deferred("Name the right architecture."),
        "architecture",
    )


def foreign_tensor(source: str, name: str, tensor: str) -> ModelRefused:
    """Return the error for a tensor inside the named network that it does not have."""
    return ModelRefused(
        deferred(
            "{source} does not hold a {name}: {what}.",
            source=source,
            name=name,
            what=deferred("{tensor} is not a tensor of that network", tensor=tensor),
        ),
        deferred("Name the right architecture, or export the network to .onnx."),
        "architecture",
    )


def no_last_layer(source: str, layers: list[str], root: str) -> ModelRefused:
    """Return the error for tensors with no layer, or with several, that could be the last one, named `root`."""
    return ModelRefused(
        deferred(
            "{source} has several layers that could be its last ({layers}): no {layer}.weight among its tensors.",
            source=source,
            layers=", ".join(layers),
            layer=root,
        )
        if layers
        else deferred("{source} has no last layer: no {layer}.weight among its tensors.", source=source, layer=root),
        deferred("Export the network to .onnx with a .json spec beside it."),
    )
