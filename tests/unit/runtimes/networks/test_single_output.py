"""A network with one output, trained with a binary cross-entropy, is one of two classes with the logits 0 and x."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import shufflenet_v2_x0_5

from xai_core.errors import ModelRefused
from xai_core.runtimes.architectures import load_network
from xai_core.runtimes.checkpoint import open_with_notes

CLASSES = ("apple", "plum")
NOTE = (
    "model.pth returns one number for each picture, taken for the logit of the second class: two classes, with the "
    "logits 0 and x. The first label is the class of low values, the second that of high values."
)

HEADS = {
    "its own": lambda: nn.Linear(1024, 1),
    "without bias": lambda: nn.Linear(1024, 1, bias=False),
    "behind dropout": lambda: nn.Sequential(nn.Dropout(), nn.Linear(1024, 1)),
    "two layers": lambda: nn.Sequential(nn.Linear(1024, 8), nn.Linear(8, 1)),
}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    return shufflenet_v2_x0_5(num_classes=1).eval()


@pytest.fixture
def path(tmp_path, network):
    torch.save(network.state_dict(), tmp_path / "model.pth")
    return tmp_path / "model.pth"


@pytest.mark.parametrize("head", HEADS)
def test_the_logits_are_zero_and_the_output_of_the_network(network, head):
    changed = copy.deepcopy(network)
    torch.manual_seed(6)
    changed.fc = HEADS[head]()
    loaded, _ = load_network(changed.state_dict(), "model.pth")
    pictures = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 3, 64, 64)).astype(np.float32))
    with torch.inference_mode():
        found, expected = loaded(pictures), changed(pictures)
    assert found[:, 0].tolist() == [0, 0]
    torch.testing.assert_close(found[:, 1], expected[:, 0], atol=1e-4, rtol=1e-4)


def test_two_classes_of_the_data_name_them_in_sorted_order(path):
    opened = open_with_notes(path, classes=CLASSES, device="cpu", runtime="torch")
    assert opened.runtime.spec.labels == CLASSES
    assert opened.notes.count(NOTE) == 1
    assert opened.origins["labels"] == "the classes of the data, in sorted order"


@pytest.mark.parametrize("classes", [None, ("apple", "leaf", "plum")])
def test_one_number_without_two_names_is_refused(path, classes):
    with pytest.raises(ModelRefused, match="returns one number for each picture, and nothing shows") as refused:
        open_with_notes(path, classes=classes, device="cpu")
    assert refused.value.hint == "Give the two class names, the one that a low number means first."
    assert refused.value.argument == "labels"


def test_other_numbers_of_labels_are_refused(path):
    with pytest.raises(ModelRefused, match="one output, which tells two classes apart, but there are 3 labels"):
        open_with_notes(path, labels=("a", "b", "c"), device="cpu")
