"""Checkpoints open however training scripts save them, and everything that is assumed or left out is noted."""

import argparse
import collections
import copy
import datetime as dt
import os
import pathlib

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune
from torchvision.models import resnet18, shufflenet_v2_x0_5, squeezenet1_1

from xai_core.errors import ModelRefused
from xai_core.runtimes.checkpoint import open_with_notes

LABELS = ("plum", "apple", "leaf")
SORTED = tuple(sorted(LABELS))
NAME = "timm:test_resnet"
OF_TORCHVISION = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def network():
    """Small network, because each test opens it anew. Which one it is decides about no form."""
    torch.manual_seed(3)
    return timm.create_model("test_resnet", num_classes=3).eval()


@pytest.fixture(scope="module")
def of_torchvision():
    torch.manual_seed(3)
    return shufflenet_v2_x0_5(num_classes=3).eval()


def noise(side):
    return np.random.default_rng(1).normal(size=(1, side, side, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def pictures():
    return noise(160)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.pth"


def logits_of(network, pictures):
    with torch.inference_mode():
        return network(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).numpy()


def opened_with(path, content, **given):
    torch.save(content, path)
    return open_with_notes(path, device="cpu", runtime="torch", **({"classes": SORTED} | given))


def refusal(path, content, **given):
    with pytest.raises(ModelRefused) as refused:
        opened_with(path, content, **given)
    return refused.value


def check(opened, network, pictures):
    np.testing.assert_allclose(opened.runtime.logits(pictures), logits_of(network, pictures), rtol=1e-4, atol=1e-5)


PREFIXES = ["", "module.", "module._orig_mod.model.", "ema_model.module.", "classifier.", "a.b.c.d."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_any_prefix_is_removed(path, network, pictures, prefix):
    state = {prefix + name: tensor for name, tensor in network.state_dict().items()}
    opened = opened_with(path, state | {"criterion.weight": torch.ones(3)})
    check(opened, network, pictures)
    left = "Left out: 1 tensor, no part of the network (criterion.weight)."
    assert left in opened.notes


FORMS = {
    "state_dict": lambda state: {"state_dict": state, "epoch": 3, "best": torch.tensor(70.0)},
    "any key": lambda state: {"some_key": state, "acc": 93.1},
    "two levels": lambda state: {"state_dict": {"model": state}},
    "config under model": lambda state: {"model": {"name": NAME}, "net": state},
    "list": lambda state: [state],
    "tuple": lambda state: (state, 3),
    "arrays": lambda state: {name: tensor.numpy() for name, tensor in state.items()},
    "parameters": lambda state: {
        name: nn.Parameter(tensor) if tensor.is_floating_point() else tensor for name, tensor in state.items()
    },
    "float64": lambda state: {n: t.double() if t.is_floating_point() else t for n, t in state.items()},
    "profiled": lambda state: state | {"layer1.total_ops": torch.zeros(1), "total_params": torch.zeros(1)},
    "without counters": lambda state: {n: t for n, t in state.items() if not n.endswith("num_batches_tracked")},
    "Lightning": lambda state: {
        "pytorch-lightning_version": "2.4.0",
        "state_dict": {f"model.{name}": tensor for name, tensor in state.items()},
        "hyper_parameters": {"lr": 0.1},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": []}],
    },
    "objects of training scripts": lambda state: {
        "state_dict": state,
        "args": argparse.Namespace(lr=0.1, out=pathlib.Path("/x")),
        "best": np.float64(0.9),
        "history": np.zeros(3),
        "when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "meters": collections.defaultdict(list, {"loss": [1.0]}),
        "optimizer": torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1),
    },
}


@pytest.mark.parametrize(
    ("form", "new_format"),
    [*((form, True) for form in FORMS), ("objects of training scripts", False), ("arrays", False)],
)
def test_a_state_dict_is_found_in_any_container(path, network, pictures, form, new_format):
    torch.save(FORMS[form](network.state_dict()), path, _use_new_zipfile_serialization=new_format)
    check(open_with_notes(path, classes=SORTED, device="cpu", runtime="torch"), network, pictures)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "best.pth.tar", "W.PTH", "weights"])
def test_the_content_decides_and_not_the_file_name(tmp_path, network, name):
    opened = opened_with(tmp_path / name, network.state_dict())
    assert opened.runtime.spec.architecture == NAME


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float16, 1e-2), (torch.bfloat16, 1e-1)])
def test_half_precision_is_widened(path, network, pictures, dtype, tolerance):
    state = {n: t.to(dtype) if t.is_floating_point() else t for n, t in network.state_dict().items()}
    found, expected = opened_with(path, state).runtime.logits(pictures), logits_of(network, pictures)
    np.testing.assert_allclose(found, expected, atol=tolerance * np.abs(expected).max())


def spoiled(network):
    return {n: torch.randn_like(t) if n.startswith("fc") else t for n, t in network.state_dict().items()}


@pytest.mark.parametrize(
    ("raw", "label"),
    [("state_dict", "state_dict_ema"), ("model", "model_ema.module"), ("model_state", "ema_state_dict")],
)
def test_averaged_weights_go_before_raw_ones_and_this_is_noted(path, network, pictures, raw, label):
    averaged, _, module = label.partition(".")
    prefix = f"{module}." if module else ""
    content = {raw: spoiled(network), averaged: {prefix + n: t for n, t in network.state_dict().items()}}
    opened = opened_with(path, content)
    check(opened, network, pictures)
    assert opened.reading == f"weights={label}"
    assert any(f"Taken: the weights {label}, not {raw}" in note for note in opened.notes)
    other = opened_with(path, content, weights=raw)
    assert other.reading == f"weights={raw}"
    assert other.runtime.model_id != opened.runtime.model_id


def test_a_prefix_of_averaged_weights_is_preferred_too_and_a_teacher_comes_last(path, network, pictures):
    good, bad = network.state_dict(), spoiled(network)
    both = {f"online_model.{n}": t for n, t in bad.items()} | {f"ema_model.{n}": t for n, t in good.items()}
    check(opened_with(path, both), network, pictures)
    both = {f"teacher.{n}": t for n, t in bad.items()} | {f"student.{n}": t for n, t in good.items()}
    check(opened_with(path, both), network, pictures)


def test_several_networks_are_refused_with_their_names_and_one_is_chosen_by_its_key(path, network, pictures):
    good, bad = network.state_dict(), spoiled(network)
    both = {f"depth.{n}": t for n, t in bad.items()} | {f"rgb.{n}": t for n, t in good.items()}
    fault = refusal(path, both)
    assert "model.pth holds 2 networks: depth (timm:test_resnet), rgb (timm:test_resnet)." in str(fault)
    assert fault.argument == "weights"
    check(opened_with(path, both, weights="rgb"), network, pictures)
    assert "It holds depth (timm:test_resnet), rgb (timm:test_resnet)." in refusal(path, both, weights="lidar").sentence


LABELLED = {
    "class_to_idx": {name: index for index, name in enumerate(LABELS)},
    "idx_to_class": dict(enumerate(LABELS)),
    "id2label": {str(index): name for index, name in enumerate(LABELS)},
    "classes": list(LABELS),
    "class_names": tuple(LABELS),
    "labels": np.array(LABELS),
}


@pytest.mark.parametrize("key", LABELLED)
def test_labels_are_read_from_the_checkpoint(path, network, key):
    opened = opened_with(path, {"model": network.state_dict(), key: LABELLED[key]})
    assert opened.runtime.spec.labels == LABELS
    assert opened.origins["labels"] == f"{key} in the file"
    assert any(f"in the order of {key}" in note for note in opened.notes)


@pytest.mark.parametrize(
    "further",
    [
        {"meta": {"CLASSES": LABELS}},
        {"meta": {"dataset_meta": {"classes": list(LABELS)}}},
        {"hyper_parameters": {"class_names": list(LABELS)}},
        {"args": argparse.Namespace(classes=list(LABELS))},
    ],
)
def test_labels_are_found_where_tools_put_them(path, network, further):
    assert opened_with(path, {"state_dict": network.state_dict(), **further}).runtime.spec.labels == LABELS


def test_labels_that_contradict_are_refused_or_noted(path, network):
    content = {"state_dict": network.state_dict(), "classes": list(LABELS)}
    assert "in another order than classes in the file" in str(refusal(path, content, labels=SORTED))
    opened = opened_with(path, content, labels=("a", "b", "c"))
    assert "The labels replace those of classes in model.pth, which begin with plum, apple, leaf." in opened.notes
    content["class_names"] = list(SORTED)
    assert "model.pth names its outputs in two ways" in str(refusal(path, content))
    opened = opened_with(path, {"state_dict": network.state_dict(), "classes": ["a", "b"]})
    assert "classes in model.pth names 2 classes, the network has 3 outputs: not used." in opened.notes
    assert opened.runtime.spec.labels == SORTED


def test_assumed_order_and_preprocessing_are_noted(path, of_torchvision):
    first, second = opened_with(path, of_torchvision.state_dict()).notes
    assert first.startswith("Nothing in the file names each output.")
    assert second.startswith(
        f"Taken for torchvision's {OF_TORCHVISION} with the preprocessing of its weights IMAGENET1K_V1: "
        "short side to 256, "
    )


def test_networks_with_the_same_tensors_are_noted_and_the_architecture_chooses(path):
    state = resnet18(num_classes=3).state_dict()
    opened = opened_with(path, state)
    assert (opened.runtime.spec.architecture, opened.runtime.spec.short_side) == ("resnet18", 256)
    assert "The same tensors fit timm:resnet18" in opened.notes[-1]
    spec = opened_with(path, state, architecture="timm:resnet18").runtime.spec
    assert (spec.architecture, spec.short_side, spec.interpolation) == ("timm:resnet18", 235, "bicubic")


def head(*layers):
    def change(network):
        network.fc = nn.Sequential(
            *(layer(network.fc) if callable(layer) and not isinstance(layer, nn.Module) else layer for layer in layers)
        )

    return change


def pruned(network):
    prune.l1_unstructured(network.layer2[0].conv1, "weight", amount=0.3)


CHANGES = {
    "dropout": head(nn.Dropout(), lambda fc: fc),
    "batch norm": head(nn.BatchNorm1d(96), nn.Dropout(), nn.Linear(96, 3)),
    "two linear without a gap": head(nn.Linear(96, 8), nn.Linear(8, 3)),
    "flatten": head(nn.Flatten(), lambda fc: fc, nn.Identity()),
    "without bias": lambda network: setattr(network, "fc", nn.Linear(96, 3, bias=False)),
    "unused layer": lambda network: setattr(network, "aux", nn.Linear(96, 9)),
    "pruned": pruned,
    "weight norm": lambda network: parametrizations.weight_norm(network.fc),
    "old weight norm": lambda network: torch.nn.utils.weight_norm(network.fc),
    "spectral norm": lambda network: parametrizations.spectral_norm(network.fc),
    "old spectral norm": lambda network: torch.nn.utils.spectral_norm(network.fc),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("change", CHANGES)
def test_changed_networks_open_exactly(path, network, pictures, change):
    changed = copy.deepcopy(network)
    CHANGES[change](changed)
    check(opened_with(path, changed.eval().state_dict()), changed.eval(), pictures)


def test_an_activation_between_two_linear_layers_must_be_named(path, network, pictures):
    changed = copy.deepcopy(network)
    changed.fc = nn.Sequential(nn.Linear(96, 64), nn.Tanh(), nn.Dropout(), nn.Linear(64, 3))
    fault = refusal(path, changed.state_dict())
    assert "fc.0 and fc.3" in str(fault)
    assert "leaves no trace" in str(fault)
    assert fault.argument == "architecture"
    opened = opened_with(path, changed.state_dict(), architecture=f"{NAME}+tanh")
    check(opened, changed.eval(), pictures)
    assert opened.runtime.spec.architecture == f"{NAME}+tanh"


def test_a_head_outside_the_network_is_found(path, network, pictures):
    state = {("head." if n.startswith("fc") else "backbone.") + n: t for n, t in network.state_dict().items()}
    opened = opened_with(path, state)
    check(opened, network, pictures)
    assert any(note.startswith("head.fc is taken for the last layer") for note in opened.notes)


def test_layers_inside_the_network_are_not_left_out(path, network):
    state = network.state_dict() | {"layer2.0.se.weight": torch.zeros(64, 64)}
    assert "layer2.0.se.weight is not a tensor of that network" in str(refusal(path, state))


def test_the_arguments_of_torchvisions_training_script_give_the_preprocessing(path, of_torchvision):
    arguments = argparse.Namespace(
        model=OF_TORCHVISION, val_resize_size=300, val_crop_size=256, interpolation="bicubic"
    )
    spec = opened_with(path, {"model": of_torchvision.state_dict(), "args": arguments}).runtime.spec
    assert (spec.short_side, spec.input_size, spec.interpolation) == (300, (256, 256), "bicubic")


def test_the_arguments_of_timms_training_script_name_the_network(path):
    arguments = argparse.Namespace(model="resnet18", crop_pct=None, img_size=None, mean=None, std=None)
    spec = opened_with(path, {"state_dict": resnet18(num_classes=3).state_dict(), "args": arguments}).runtime.spec
    assert (spec.architecture, spec.short_side, spec.interpolation) == ("timm:resnet18", 235, "bicubic")


def test_metadata_of_safetensors_can_name_the_labels(tmp_path, network):
    path = tmp_path / "model.safetensors"
    save_file(network.state_dict(), path, metadata={"classes": '["plum", "apple", "leaf"]'})
    assert open_with_notes(path, device="cpu", runtime="torch").runtime.spec.labels == LABELS


class Bomb:
    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("new_format", [True, False])
def test_nothing_in_a_file_is_executed(path, tmp_path, network, new_format):
    content = {"state_dict": network.state_dict(), "args": Bomb(tmp_path / "pwned")}
    torch.save(content, path, _use_new_zipfile_serialization=new_format)
    with pytest.raises(ModelRefused, match="opening it would run code from the file"):
        open_with_notes(path, classes=SORTED, device="cpu")
    assert not (tmp_path / "pwned").exists()


FOREIGN = {
    "lfs.pth": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n",
        "a pointer of Git LFS",
        "git lfs pull",
    ),
    "page.pth": (b"<!DOCTYPE html><html>", "a web page", "Download it again"),
    "model.h5": (b"\x89HDF\r\n\x1a\n" + bytes(64), "a model of Keras", 'format="onnx"'),
    "model.keras": (b"PK\3\4", "a model of Keras", 'format="onnx"'),
    "learner.pkl": (
        b"\x80\x02cfastcore.basics\nfastuple\n.",
        "a fastai learner",
        "from fastai.learner import load_learner",
    ),
    "model.tflite": (bytes(4) + b"TFL3" + bytes(9), "a model of TensorFlow Lite", "tf2onnx"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_kinds_are_refused_with_what_they_are_and_the_cure(tmp_path, name):
    content, kind, cure = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelRefused) as refused:
        open_with_notes(tmp_path / name, classes=SORTED)
    assert kind in str(refused.value)
    assert cure in refused.value.hint


@pytest.mark.filterwarnings("ignore")
def test_programs_of_torch_become_weights_by_the_lines_that_are_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = squeezenet1_1(num_classes=3).eval()  # has few layers to trace
    example = torch.zeros(1, 3, 64, 64)
    torch.jit.trace(network, example).save("script.pt")
    torch.export.save(torch.export.export(network, (example,)), "program.pt2")
    torch.save({"model": network}, "module.pt")
    for name, model in (("script.pt", "model"), ("program.pt2", "program")):
        with pytest.raises(ModelRefused) as refused:
            open_with_notes(tmp_path / name, classes=SORTED)
        lines = refused.value.hint.removeprefix("In Python: ")
        assert lines.startswith(f"{model} = torch.")
        exec(lines, {"torch": torch})
        check(
            open_with_notes(tmp_path / f"{name.partition('.')[0]}-weights.pth", classes=SORTED, device="cpu"),
            network,
            noise(224),
        )
    with pytest.raises(ModelRefused, match="holds a pickled module"):
        open_with_notes(tmp_path / "module.pt", classes=SORTED)


def test_a_sequence_of_the_parts_of_a_network_is_recognised_by_its_shapes(path, of_torchvision):
    network = of_torchvision
    parts = nn.Sequential(*list(network.children())[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), network.fc)
    opened = opened_with(path, parts.state_dict())
    check(opened, network, noise(224))
    assert any("nn.Sequential of its parts" in note for note in opened.notes)
