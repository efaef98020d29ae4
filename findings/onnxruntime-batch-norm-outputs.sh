#!/usr/bin/env bash
# onnxruntime 1.32.0: BatchNormalization of opset 9 to 13 depends on the batch if it has five outputs.
#
# Up to opset 13 the node has no attribute for training: the specification says that five outputs mean training mode, and
# exporters write them for networks that were not put into evaluation mode.
# Expected by people who bring such a file: the stored mean and variance are used, as in every other inference.
# Seen: the answer to a picture depends on the other pictures of the batch, without any warning.
#
# Output seen on 2026-11-30:
#   onnxruntime 1.32.0
#   one output: alone 1.0, in a batch 1.0
#   five outputs: alone 0.1, in a batch -0.6
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
ORT_DISABLE_TELEMETRY=1 "$work/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

STORED = {"scale": 1.0, "bias": 0.0, "mean": 0.0, "var": 1.0}


def session(outputs):
    """One channel, normalised with mean 0 and variance 1."""
    node = helper.make_node("BatchNormalization", ["x", *STORED], ["y", *outputs], epsilon=1e-9)
    constants = [numpy_helper.from_array(np.array([value], np.float32), name) for name, value in STORED.items()]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1, 1, 1]) for name in ("x", "y")]
    made = helper.make_graph([node], "norm", infos[:1], infos[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 9)], ir_version=4)
    return onnxruntime.InferenceSession(model.SerializeToString())


def answers(outputs):
    run = session(outputs)
    batch = np.array([1.0, 3.0], np.float32).reshape(2, 1, 1, 1)
    alone = float(run.run(["y"], {"x": batch[:1]})[0][0].item())
    return alone, float(run.run(["y"], {"x": batch})[0][0].item())


one, five = answers([]), answers(["running_mean", "running_var", "saved_mean", "saved_var"])
print("onnxruntime", onnxruntime.__version__)
print(f"one output: alone {one[0]:.1f}, in a batch {one[1]:.1f}")
print(f"five outputs: alone {five[0]:.1f}, in a batch {five[1]:.1f}")
if not np.allclose(one, 1, atol=1e-3) or np.allclose(five, 1, atol=1e-3) or five[0] == five[1]:
    sys.exit("The behaviour has changed.")
PYTHON
