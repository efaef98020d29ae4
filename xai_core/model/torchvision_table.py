"""Classifiers of torchvision with the preprocessing of their default weights.

Written by tools/make_torchvision_table.py from torchvision 0.29.2. Reading a spec must not import torch, which takes
seconds, so the facts are copied here. A test compares both.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class Preset(NamedTuple):
    """Preprocessing of the default weights of a network.

    Attributes
    ----------
    short_side
        Length in pixels that the short side is resized to.
    side
        Side of the centre crop in pixels.
    interpolation
        Filter of the resizing.
    weights
        torchvision's name of the weights.
    normalisation
        Mean and standard deviation of the channels, for values from 0 to 1.
    """

    short_side: int
    side: int
    interpolation: Literal["bilinear", "bicubic"]
    weights: str = "IMAGENET1K_V1"
    normalisation: tuple[tuple[float, float, float], tuple[float, float, float]] = _IMAGENET


TORCHVISION: Mapping[str, Preset] = {
    "alexnet": Preset(256, 224, "bilinear"),
    "convnext_base": Preset(232, 224, "bilinear"),
    "convnext_large": Preset(232, 224, "bilinear"),
    "convnext_small": Preset(230, 224, "bilinear"),
    "convnext_tiny": Preset(236, 224, "bilinear"),
    "densenet121": Preset(256, 224, "bilinear"),
    "densenet161": Preset(256, 224, "bilinear"),
    "densenet169": Preset(256, 224, "bilinear"),
    "densenet201": Preset(256, 224, "bilinear"),
    "efficientnet_b0": Preset(256, 224, "bicubic"),
    "efficientnet_b1": Preset(255, 240, "bilinear", "IMAGENET1K_V2"),
    "efficientnet_b2": Preset(288, 288, "bicubic"),
    "efficientnet_b3": Preset(320, 300, "bicubic"),
    "efficientnet_b4": Preset(384, 380, "bicubic"),
    "efficientnet_b5": Preset(456, 456, "bicubic"),
    "efficientnet_b6": Preset(528, 528, "bicubic"),
    "efficientnet_b7": Preset(600, 600, "bicubic"),
    "efficientnet_v2_l": Preset(480, 480, "bicubic", "IMAGENET1K_V1", _HALF),
    "efficientnet_v2_m": Preset(480, 480, "bilinear"),
    "efficientnet_v2_s": Preset(384, 384, "bilinear"),
    "googlenet": Preset(256, 224, "bilinear"),
    "inception_v3": Preset(342, 299, "bilinear"),
    "maxvit_t": Preset(224, 224, "bicubic"),
    "mnasnet0_5": Preset(256, 224, "bilinear"),
    "mnasnet0_75": Preset(232, 224, "bilinear"),
    "mnasnet1_0": Preset(256, 224, "bilinear"),
    "mnasnet1_3": Preset(232, 224, "bilinear"),
    "mobilenet_v2": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "mobilenet_v3_large": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "mobilenet_v3_small": Preset(256, 224, "bilinear"),
    "regnet_x_16gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_1_6gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_32gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_3_2gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_400mf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_800mf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_x_8gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_128gf": Preset(384, 384, "bicubic", "IMAGENET1K_SWAG_E2E_V1"),
    "regnet_y_16gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_1_6gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_32gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_3_2gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_400mf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_800mf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "regnet_y_8gf": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "resnet101": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "resnet152": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "resnet18": Preset(256, 224, "bilinear"),
    "resnet34": Preset(256, 224, "bilinear"),
    "resnet50": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "resnext101_32x8d": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "resnext101_64x4d": Preset(232, 224, "bilinear"),
    "resnext50_32x4d": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "shufflenet_v2_x0_5": Preset(256, 224, "bilinear"),
    "shufflenet_v2_x1_0": Preset(256, 224, "bilinear"),
    "shufflenet_v2_x1_5": Preset(232, 224, "bilinear"),
    "shufflenet_v2_x2_0": Preset(232, 224, "bilinear"),
    "squeezenet1_0": Preset(256, 224, "bilinear"),
    "squeezenet1_1": Preset(256, 224, "bilinear"),
    "swin_b": Preset(238, 224, "bicubic"),
    "swin_s": Preset(246, 224, "bicubic"),
    "swin_t": Preset(232, 224, "bicubic"),
    "swin_v2_b": Preset(272, 256, "bicubic"),
    "swin_v2_s": Preset(260, 256, "bicubic"),
    "swin_v2_t": Preset(260, 256, "bicubic"),
    "vgg11": Preset(256, 224, "bilinear"),
    "vgg11_bn": Preset(256, 224, "bilinear"),
    "vgg13": Preset(256, 224, "bilinear"),
    "vgg13_bn": Preset(256, 224, "bilinear"),
    "vgg16": Preset(256, 224, "bilinear"),
    "vgg16_bn": Preset(256, 224, "bilinear"),
    "vgg19": Preset(256, 224, "bilinear"),
    "vgg19_bn": Preset(256, 224, "bilinear"),
    "vit_b_16": Preset(256, 224, "bilinear"),
    "vit_b_32": Preset(256, 224, "bilinear"),
    "vit_h_14": Preset(518, 518, "bicubic", "IMAGENET1K_SWAG_E2E_V1"),
    "vit_l_16": Preset(242, 224, "bilinear"),
    "vit_l_32": Preset(256, 224, "bilinear"),
    "wide_resnet101_2": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
    "wide_resnet50_2": Preset(232, 224, "bilinear", "IMAGENET1K_V2"),
}
"""Every network of `torchvision.models.list_models(module=torchvision.models)`, by name."""
