"""Every kind of model gives the logits of its own library, that library's preprocessing included.

Random weights are made here. The pictures are a landscape, a portrait, a grey one and a tiny one.
"""

import json
import warnings

import numpy as np
import pytest
import timm
import torch
import torchvision
import transformers
from PIL import Image
from safetensors.torch import save_file

from xai_core.model.places import place_grid
from xai_core.model.preprocess import normalise, view
from xai_core.runtimes.checkpoint import open_with_notes

LABELS = ("ramen", "pizza", "apple_pie")
TOLERANCE = 1e-4


def noise(width, height, mode="RGB"):
    """Picture with coarse shapes and fine grain, so that every filter and crop leaves its mark."""
    generator = np.random.default_rng(width * 1000 + height)
    coarse = Image.fromarray(generator.integers(0, 256, (4, 5, 3), np.uint8)).resize((width, height), Image.BICUBIC)
    pixels = np.asarray(coarse, np.int16) + generator.integers(-40, 41, (height, width, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).convert(mode).convert("RGB")


PICTURES = (noise(97, 61), noise(50, 83), noise(64, 64, "L"), noise(7, 5))


def calibrate(network, run):
    """Give a network weights with which its logits tell the pictures apart, and statistics that fit them."""
    network.eval()
    torch.manual_seed(5)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.ndim >= 2:
                parameter.normal_(0, 1.5 / parameter[0].numel() ** 0.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.1)
            else:
                # Layer scales are 1e-6 before training, and the pictures would make no difference.
                parameter.uniform_(0.5, 1.5)
        norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = None
            norm.reset_running_stats()
            norm.train()
        if norms:
            run(network)
    return network.eval()


def compare(path, expected, **given):
    """Open a model and compare its logits of every picture with those of its library."""
    opened = open_with_notes(path, device="cpu", runtime="torch", **given)
    spec = opened.runtime.spec
    views = np.stack([view(picture, spec) for picture in PICTURES])
    found = opened.runtime.logits(normalise(views, spec))
    # Random networks can have logits of thousands or of thousandths.
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(expected - expected.mean(0)).max() > 0.05 * np.abs(expected).max()
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=TOLERANCE)
    return opened


def torchvision_logits(network, transform):
    with torch.inference_mode():
        return torch.cat([network(transform(picture)[None]) for picture in PICTURES]).numpy()


TORCHVISION = (
    "squeezenet1_1",
    "shufflenet_v2_x0_5",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "efficientnet_b0",
    "resnet18",
    "googlenet",
    "swin_t",
)


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_classifier_of_torchvision(tmp_path, name):
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = torchvision.models.get_model(name, weights=None, num_classes=3)
    transform = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    batch = torch.stack([transform(picture) for picture in PICTURES])
    network = calibrate(network, lambda net: net(batch))
    torch.save(network.state_dict(), tmp_path / "model.pth")
    opened = compare(tmp_path / "model.pth", torchvision_logits(network, transform), labels=LABELS)
    assert opened.runtime.spec.architecture == name


TIMM = (
    "resnet10t",
    "convnext_atto",
    "vit_tiny_patch16_224",
    "efficientnet_lite0",
    "mobilenetv3_small_050",
    "deit_tiny_distilled_patch16_224",
    "edgenext_xx_small",
)


@pytest.mark.parametrize("name", TIMM)
def test_a_network_of_timm(tmp_path, name):
    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False, num_classes=3)
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, model=network), is_training=False)
    batch = torch.stack([transform(picture) for picture in PICTURES])
    network = calibrate(network, lambda net: net(batch))
    torch.save({"state_dict": network.state_dict()}, tmp_path / "model.pth.tar")
    compare(
        tmp_path / "model.pth.tar", torchvision_logits(network, transform), labels=LABELS, architecture=f"timm:{name}"
    )


def hugging_face(name, processor, **config):
    return name, processor, config


VIT = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
CASES = {
    "vit": hugging_face("ViT", {"size": {"height": 32, "width": 32}}, image_size=32, patch_size=8, **VIT),
    "vit-kept-size": hugging_face(
        "ViT",
        {"size": {"height": 32, "width": 32}, "do_rescale": False, "do_normalize": False},
        image_size=32,
        patch_size=8,
        **VIT,
    ),
    "deit": hugging_face(
        "DeiT",
        {"size": {"height": 37, "width": 37}, "crop_size": {"height": 32, "width": 32}},
        image_size=32,
        patch_size=8,
        **VIT,
    ),
    "beit": hugging_face(
        "Beit",
        {"size": {"height": 40, "width": 40}, "crop_size": {"height": 32, "width": 32}, "do_center_crop": True},
        image_size=32,
        patch_size=8,
        **VIT,
    ),
    "dinov2": hugging_face(
        "Dinov2",
        {"_class": "BitImageProcessor", "size": {"shortest_edge": 37}, "crop_size": {"height": 28, "width": 28}},
        image_size=28,
        patch_size=14,
        **VIT,
    ),
    "swin": hugging_face(
        "Swin",
        {"_class": "ViTImageProcessor", "size": {"height": 32, "width": 32}, "resample": 3},
        image_size=32,
        patch_size=2,
        embed_dim=8,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=4,
    ),
    "convnext": hugging_face(
        "ConvNext", {"size": {"shortest_edge": 32}, "crop_pct": 0.875}, hidden_sizes=[4, 8, 8, 8], depths=[1, 1, 1, 1]
    ),
    "convnextv2-large": hugging_face(
        "ConvNextV2",
        {"_class": "ConvNextImageProcessor", "size": {"shortest_edge": 384}},
        hidden_sizes=[4, 4, 4, 4],
        depths=[1, 1, 1, 1],
    ),
    "efficientnet": hugging_face(
        "EfficientNet",
        {"size": {"height": 64, "width": 64}, "resample": 0},
        image_size=64,
        width_coefficient=0.25,
        depth_coefficient=0.2,
        hidden_dim=320,
    ),
    "efficientnet-offset": hugging_face(
        "EfficientNet",
        {
            "size": {"height": 70, "width": 70},
            "crop_size": {"height": 64, "width": 64},
            "do_center_crop": True,
            "rescale_offset": True,
            "rescale_factor": 1 / 127.5,
            "include_top": False,
        },
        image_size=64,
        width_coefficient=0.25,
        depth_coefficient=0.2,
        hidden_dim=320,
    ),
    "resnet": hugging_face(
        "ResNet",
        {"_class": "ConvNextImageProcessor", "size": {"shortest_edge": 48}, "crop_pct": 0.875},
        embedding_size=8,
        hidden_sizes=[8, 16],
        depths=[1, 1],
        layer_type="basic",
    ),
    "mobilenet_v2": hugging_face(
        "MobileNetV2", {"size": {"shortest_edge": 40}, "crop_size": {"height": 33, "width": 33}}, depth_multiplier=0.35
    ),
    "mobilevit": hugging_face(
        "MobileViT",
        {"size": {"shortest_edge": 72}, "crop_size": {"height": 64, "width": 64}},
        image_size=64,
        hidden_sizes=[16, 20, 24],
        neck_hidden_sizes=[8, 8, 8, 12, 12, 12, 16],
    ),
    "poolformer": hugging_face(
        "PoolFormer",
        {"size": {"shortest_edge": 48}, "crop_size": {"height": 48, "width": 48}, "crop_pct": 0.9},
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
    ),
    "regnet": hugging_face(
        "RegNet",
        {"_class": "ConvNextImageProcessor", "size": {"shortest_edge": 48}, "resample": 2},
        embedding_size=8,
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        groups_width=4,
    ),
}


def make_folder(folder, name, processor, config):
    """Save a network with random weights and its image processor, and return both."""
    torch.manual_seed(0)
    numbered = {str(index): label for index, label in enumerate(LABELS)}
    made = getattr(transformers, f"{name}Config")(id2label=numbered, **config)
    network = getattr(transformers, f"{name}ForImageClassification")(made)
    options = dict(processor)
    images = getattr(transformers, options.pop("_class", f"{name}ImageProcessor"))(**options)
    batch = images(list(PICTURES), return_tensors="pt")["pixel_values"]
    network = calibrate(network, lambda net: net(pixel_values=batch))
    network.save_pretrained(folder)
    images.save_pretrained(folder)
    return network, batch


# Rows and columns of the last feature map, where the logits are a sum over several of its places.
GRIDS = {
    "beit": (4, 4),
    "swin": (8, 8),
    "convnextv2-large": (12, 12),
    "efficientnet": (2, 2),
    "efficientnet-offset": (2, 2),
    "resnet": (6, 6),
    "mobilenet_v2": (2, 2),
    "mobilevit": (2, 2),
    "poolformer": (2, 2),
    "regnet": (2, 2),
}


@pytest.mark.parametrize("case", CASES)
def test_a_folder_of_transformers(tmp_path, case):
    network, batch = make_folder(tmp_path / "model", *CASES[case])
    with torch.inference_mode():
        expected = network(pixel_values=batch).logits.numpy()
    opened = compare(tmp_path / "model", expected)
    assert opened.runtime.spec.labels == LABELS
    assert opened.runtime.embedding_size is not None
    assert place_grid(opened.runtime) == GRIDS.get(case)
    if case in GRIDS:
        views = normalise(np.stack([view(picture, opened.runtime.spec) for picture in PICTURES]), opened.runtime.spec)
        logits, shares = opened.runtime.place_logits(views, [2, 0])
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(shares.sum(axis=1) / scale, logits[:, [2, 0]] / scale, atol=1e-6)


def test_a_processor_that_says_nothing_is_told_as_an_assumption(tmp_path):
    make_folder(tmp_path / "model", *CASES["resnet"])
    (tmp_path / "model" / "preprocessor_config.json").write_text('{"image_processor_type": "ConvNextImageProcessor"}')
    notes = " ".join(open_with_notes(tmp_path / "model", device="cpu", runtime="torch").notes)
    assert "has no size and no image_mean and no image_std in preprocessor_config.json. Taken for the default" in notes


def test_a_folder_of_timm_on_the_hub(tmp_path):
    torch.manual_seed(0)
    network = timm.create_model("resnet10t", pretrained=False, num_classes=3)
    entries = {"input_size": (3, 176, 176), "crop_pct": 0.95, "interpolation": "bicubic", "mean": (0.5,) * 3}
    data = timm.data.resolve_data_config(pretrained_cfg=entries)
    transform = timm.data.create_transform(**data, is_training=False)
    batch = torch.stack([transform(picture) for picture in PICTURES])
    network = calibrate(network, lambda net: net(batch))
    save_file({key: value.contiguous() for key, value in network.state_dict().items()}, tmp_path / "model.safetensors")
    config = {"architecture": "resnet10t", "num_classes": 3, "pretrained_cfg": entries, "label_names": LABELS}
    (tmp_path / "config.json").write_text(json.dumps(config))
    opened = compare(tmp_path, torchvision_logits(network, transform))
    assert opened.runtime.spec.labels == LABELS
