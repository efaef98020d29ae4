#!/usr/bin/env bash
# fastai 2.8.12 with torchvision 0.29.2: a DenseNet body lacks its last ReLU.
#
# fastai cuts a torchvision network into its children, keeps those before the head and adds a head of its own.
# One would expect the body to compute the features that torchvision pools. In DenseNet the last ReLU is no child: it
# stands in `DenseNet.forward`, between `features` and the pooling. So fastai's body gives values before that ReLU, about
# half of them negative, and a head that pools them sees other numbers than torchvision's. ResNet's body has its ReLU.
# Whoever rebuilds the network from a fastai state dict has to leave the ReLU out as well.
#
# Output seen on 2026-12-01:
#   resnet18: smallest value 0.000, negative 0%, difference from torchvision 0, with a ReLU 0
#   densenet121: smallest value -2.905, negative 49%, difference from torchvision 2.52, with a ReLU 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.2 fastai==2.8.12
cat > "$folder/show.py" <<'PY'
import sys

import torch
from fastai.vision.learner import create_body, model_meta
from torchvision.models import densenet121, resnet18


def pooled_by(network, picture):
    """Return what torchvision's own network gives to its last layer."""
    seen = []
    layer = network.fc if hasattr(network, "fc") else network.classifier
    hook = layer.register_forward_hook(lambda _layer, inputs, _output: seen.append(inputs[0]))
    network(picture)
    hook.remove()
    return seen[0]


torch.manual_seed(0)
picture = torch.rand(1, 3, 64, 64)
found = {}
for name, build in (("resnet18", resnet18), ("densenet121", densenet121)):
    network = build(weights=None).eval()
    with torch.inference_mode():
        expected = pooled_by(network, picture)
        body = create_body(network, n_in=3, pretrained=False, cut=model_meta[build]["cut"]).eval()(picture)
        apart = (body.mean(dim=(2, 3)) - expected).abs().max().item()
        mended = (body.relu().mean(dim=(2, 3)) - expected).abs().max().item()
    negative = (body < 0).float().mean().item()
    print(f"{name}: smallest value {body.min().item():.3f}, negative {negative:.0%}", end=", ")
    print(f"difference from torchvision {apart:.3g}, with a ReLU {mended:.3g}")
    found[name] = negative > 0.2 and apart > 1e-3 and mended < 1e-5
if found != {"resnet18": False, "densenet121": True}:
    sys.exit("fastai's bodies behave otherwise now.")
PY
"$folder/env/bin/python" "$folder/show.py"
