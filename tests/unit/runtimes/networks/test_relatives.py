"""A state dict of no known network is refused with the closest known ones and what differs."""

import torch
from torch import nn
from torchvision.models import shufflenet_v2_x0_5

from xai_core.runtimes.architectures import unknown_network
from xai_core.runtimes.networks.fingerprints import SAMPLE, fingerprints, make_sketch
from xai_core.runtimes.networks.recognise import body_shapes
from xai_core.runtimes.networks.relatives import nearest_networks

NAME = "shufflenet_v2_x0_5"


def changed(*, prefix=""):
    """Tensors of the network with two other shapes and one layer less, behind a prefix."""
    state = shufflenet_v2_x0_5(num_classes=3).state_dict()
    state["conv1.0.weight"] = torch.zeros(24, 1, 3, 3)
    state["stage2.0.branch1.0.weight"] = torch.zeros(24, 1, 5, 5)
    del state["conv5.0.weight"], state["conv5.1.bias"]
    return {prefix + name: tensor for name, tensor in state.items()}


def test_the_closest_network_is_named_with_at_most_three_differences():
    closest = nearest_networks(changed(prefix="module.net."))[0]
    expected = len(body_shapes(NAME))
    assert (closest.name, closest.tensors) == (NAME, expected)
    assert (closest.names, closest.matching) == (expected - 2, expected - 4)
    assert closest.differences == (
        "conv1.0.weight has shape (24, 1, 3, 3), expected (24, 3, 3, 3)",
        "stage2.0.branch1.0.weight has shape (24, 1, 5, 5), expected (24, 1, 3, 3)",
        "conv5.0.weight is missing",
    )


def test_the_refusal_says_what_to_try():
    fault = unknown_network(changed(), "model.pth")
    assert f"The closest are {NAME}, " in str(fault)
    assert f"name it, such as {NAME}." in fault.hint
    assert fault.argument == "architecture"


def test_a_network_like_no_other_has_no_relatives():
    state = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8, 4)).state_dict()
    assert nearest_networks(state) == ()
    assert "none is close" in unknown_network(state, "model.pth").hint


def test_sketches_are_samples_of_names_and_of_tensors():
    row = next(row for row in fingerprints() if row.names[0] == NAME)
    names, tensors = make_sketch(body_shapes(NAME)).split(" ")
    assert (len(names), len(tensors)) == (6 * SAMPLE, 6 * SAMPLE)
    assert row.sketch == tuple(
        frozenset(text[start : start + 6] for start in range(0, len(text), 6)) for text in (names, tensors)
    )
