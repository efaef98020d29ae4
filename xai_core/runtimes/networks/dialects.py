"""Known networks whose tensors have other names, in the same order."""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

from xai_core.language import deferred
from xai_core.model.torchvision_table import TORCHVISION
from xai_core.runtimes.networks.build import TIMM
from xai_core.runtimes.networks.fingerprints import COUNTER, by_name
from xai_core.runtimes.networks.recognise import head_layers, network_shapes
from xai_core.runtimes.networks.tensors import State

_NUMBERED = re.compile(r"(\w+\.)*?\d+\.(\d+\.)*([\w.]+)")


def translate_names(state: Mapping[str, Tensor]) -> tuple[State, str, str] | None:
    """Return the tensors under the names of a known network, the network's name, and a sentence about it.

    Two dialects are known, in which the layers have the same order as in the original. `nn.Sequential(*children)`
    numbers the parts of a torchvision network. The package efficientnet_pytorch has the networks of timm's "tf_" names.
    """
    tensors = {name: tensor for name, tensor in state.items() if not name.endswith(COUNTER)}
    if any(name.rpartition(".")[0].rpartition(".")[2] == "_conv_stem" for name in tensors):
        known = [name for name in by_name() if name.startswith(f"{TIMM}tf_efficientnet_")]
        dialect = "efficientnet_pytorch"
    elif tensors and all(_NUMBERED.fullmatch(name) for name in tensors):
        known, dialect = list(TORCHVISION), "nn.Sequential of its parts"
    else:
        return None
    name = _same_shapes(tensors, known)
    if name is None:
        return None
    names = dict(zip(tensors, network_shapes(name), strict=True))
    note = deferred(
        "The tensors have the names of {dialect}, and the order and shapes of {name}.", dialect=dialect, name=name
    )
    return {names[own]: tensor for own, tensor in tensors.items()}, name, note


def _same_shapes(tensors: Mapping[str, Tensor], known: Iterable[str]) -> str | None:
    """Return the first network that has these shapes in this order, whatever the number of its outputs."""
    found = [tuple(tensor.shape) for tensor in tensors.values()]
    for name in known:
        row = by_name().get(name)
        # The count is in the table, so that hardly any other network is built.
        if row is None or not row.tensors < len(found) <= row.tensors + 8:
            continue
        shapes = network_shapes(name)
        layers = tuple(f"{layer}." for layer in head_layers(name))
        same = len(found) == len(shapes) and all(
            own[1:] == tuple(shape)[1:] if tensor.startswith(layers) else own == tuple(shape)
            for own, (tensor, shape) in zip(found, shapes.items(), strict=True)
        )
        if same:
            return name
    return None
