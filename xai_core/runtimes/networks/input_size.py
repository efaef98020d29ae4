"""Input size of networks whose tables of positions depend on it."""

import math
from typing import Any

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.torchvision_table import TORCHVISION
from xai_core.runtimes.networks.build import TIMM
from xai_core.runtimes.networks.fingerprints import is_sized
from xai_core.runtimes.networks.recognise import body_shapes
from xai_core.runtimes.networks.tensors import State


def usual_size(name: str) -> tuple[int, int]:
    """Return the height and width in pixels that a network usually takes."""
    if name in TORCHVISION:
        return TORCHVISION[name].side, TORCHVISION[name].side
    import timm  # noqa: PLC0415 - takes seconds

    config = timm.get_pretrained_cfg(name.removeprefix(TIMM))
    _, height, width = config.input_size if config is not None else (3, 224, 224)
    return height, width


def input_size(state: State, name: str) -> tuple[tuple[int, int] | None, dict[str, Any]]:
    """Return the input size that the number of positions tells, and the arguments that build such a network."""
    shapes = body_shapes(name)
    patch = next(
        (state[key].shape[-1] for key in ("conv_proj.weight", "patch_embed.proj.weight") if key in state), None
    )
    for key, shape in shapes.items():
        if is_sized(key) and state[key].shape != shape:
            usual = usual_size(name)[0]
            extra = shape[1] - (usual // patch) ** 2 if patch and len(shape) == 3 else -1
            side = math.isqrt(state[key].shape[1] - extra) if 0 <= extra < 10 else 0
            if patch is None or len(shape) != 3 or side**2 != state[key].shape[1] - extra:
                raise ModelRefused(
                    deferred(
                        "{tensor} has shape {found}, expected {expected} for a {name}.",
                        tensor=key,
                        found=tuple(state[key].shape),
                        expected=tuple(shape),
                        name=name,
                    ),
                    deferred("Name the architecture with its input size, such as timm:vit_base_patch16_384."),
                    "architecture",
                )
            size = side * patch
            return (size, size), {"img_size" if name.startswith(TIMM) else "image_size": size}
    return None, {}
