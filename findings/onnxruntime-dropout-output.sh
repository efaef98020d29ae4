#!/usr/bin/env bash
# onnxruntime 1.32.0: a graph exported in training mode is deterministic until the output of its Dropout is asked for.
#
# A Dropout node of opset 12 and later has an input `training_mode`. Exporters write it as true if the network was not put
# into evaluation mode.
# Expected: the node drops values in every session, or in none.
# Seen: with the default optimisations the node is removed, and the graph answers as in inference. If the output of the
# node is also an output of the graph - which is how one reads the embedding before the last layer - the node stays and
# drops values at random: the answers change from run to run, and so does the other output.
#
# Output seen on 2026-11-30:
#   onnxruntime 1.32.0
#   Dropout inside: 1 different answer in 20 runs
#   Dropout as an output too: 20 different answers in 20 runs
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


def graph(outputs):
    """Negation, Dropout with training_mode true, negation."""
    nodes = [
        helper.make_node("Neg", ["x"], ["negated"]),
        helper.make_node("Dropout", ["negated", "ratio", "training"], ["dropped"]),
        helper.make_node("Neg", ["dropped"], ["y"]),
    ]
    constants = [
        numpy_helper.from_array(np.float32(0.5), "ratio"),
        numpy_helper.from_array(np.bool_(True), "training"),
    ]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 64]) for name in ("x", *outputs)]
    made = helper.make_graph(nodes, "dropout", infos[:1], infos[1:], constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def answers(outputs):
    session = onnxruntime.InferenceSession(graph(outputs))
    ones = np.ones((1, 64), np.float32)
    return len({session.run(["y"], {"x": ones})[0].tobytes() for _ in range(20)})


def told(number):
    return f"{number} different answer{'s' if number > 1 else ''} in 20 runs"


inside, exposed = answers(["y"]), answers(["y", "dropped"])
print("onnxruntime", onnxruntime.__version__)
print("Dropout inside:", told(inside))
print("Dropout as an output too:", told(exposed))
if inside != 1 or exposed < 2:
    sys.exit("The behaviour has changed.")
PYTHON
