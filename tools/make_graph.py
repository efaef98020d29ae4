"""Write the graph of a torchvision network without its weights, from which checkpoints are run without torch.

    python tools/make_graph.py efficientnet_b1

Each weight of the graph names the tensors of the checkpoint that it is made from; see
`xai_core.runtimes.opening.known_graphs`.
"""

import sys
import tempfile
from pathlib import Path

import onnx
import torch
from torch import nn

from xai_core.model.spec import default_spec
from xai_core.runtimes.networks.build import build_named
from xai_core.runtimes.onnx_export import export
from xai_core.runtimes.opening.known_graphs import FOLD, FOLDER, TAKE

SMALL = 4096
"""Bytes up to which a constant that is no weight stays in the file."""


def main(architecture: str) -> None:
    """Export the network and strip its weights."""
    torch.manual_seed(0)
    network = build_named(architecture, 2).eval()
    # The exporter merges equal weights, as those of fresh norms are.
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.is_floating_point():
            tensor.data.uniform_(0.5, 1.5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.onnx"
        export(network, default_spec(("a", "b"), architecture), path)
        model = onnx.load(path)
    state = network.state_dict()
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for tensor in tensors.values():
        if tensor.name in state:
            strip(tensor, f"{TAKE} {tensor.name}")
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[1] not in state:
            layer = layer_of(node.name, state)
            # torchvision's Conv2dNormActivation: a convolution, then its batch norm.
            norm = f"{layer.rpartition('.')[0]}.{int(layer.rpartition('.')[2]) + 1}"
            found = network.get_submodule(norm)
            assert isinstance(found, nn.BatchNorm2d), norm
            for name, part in zip(node.input[1:], ("weight", "bias"), strict=True):
                strip(tensors[name], f"{FOLD} {part} {layer} {norm} {found.eps}")
    left = [tensor.name for tensor in tensors.values() if tensor.ByteSize() > SMALL]
    assert not left, left
    target = FOLDER / f"{architecture}.onnx"
    target.write_bytes(model.SerializeToString())
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


def layer_of(node: str, state: dict[str, torch.Tensor]) -> str:
    """Return the name of the layer that a node such as "/features/features.0/features.0.0/Conv" comes from."""
    name = ""
    for part in node.strip("/").split("/")[:-1]:
        last = part.rpartition(".")[2]
        name = part if not name or part.startswith(f"{name}.") else f"{name}.{last}"
    assert f"{name}.weight" in state, (node, name)
    return name


def strip(tensor: onnx.TensorProto, recipe: str) -> None:
    """Remove the numbers of a weight, and write where they come from in their place."""
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
    tensor.doc_string = recipe


if __name__ == "__main__":
    main(sys.argv[1])
