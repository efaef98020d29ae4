#!/usr/bin/env bash
# onnxruntime 1.32.0: an optional input that is left empty keeps a Pad from being added to the convolution behind it.
#
# Pad takes an optional third input, the value of the border. Exporters write it as "" where it is left out.
# Expected: ["x", "pads", ""] and ["x", "pads"] are the same node and are optimised alike.
# Seen: with a constant `pads` the second form is merged into the Conv behind it; the first form stays a node of its own.
# In a MobileNetV3 with 62 such paddings a run takes 1.7 times as long.
#
# Output seen on 2026-11-30:
#   onnxruntime 1.32.0
#   Pad without a third input: Conv
#   Pad with an empty third input: Pad, Conv
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$work"
ORT_DISABLE_TELEMETRY=1 "$work/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def optimised(inputs):
    """Names of the operations after the optimisations that do not depend on the machine."""
    nodes = [
        helper.make_node("Pad", inputs, ["padded"]),
        helper.make_node("Conv", ["padded", "kernel"], ["y"], kernel_shape=[3, 3]),
    ]
    constants = [
        numpy_helper.from_array(np.array([0, 0, 0, 0, 0, 0, 1, 1]), "pads"),
        numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "kernel"),
    ]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1, None, None]) for name in ("x", "y")]
    made = helper.make_graph(nodes, "pad", infos[:1], infos[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = "optimised.onnx"
    onnxruntime.InferenceSession(model.SerializeToString(), options)
    return [node.op_type for node in onnx.load("optimised.onnx").graph.node]


short, empty = optimised(["x", "pads"]), optimised(["x", "pads", ""])
print("onnxruntime", onnxruntime.__version__)
print("Pad without a third input:", ", ".join(short))
print("Pad with an empty third input:", ", ".join(empty))
if "Pad" in short or "Pad" not in empty:
    sys.exit("The behaviour has changed.")
PYTHON
