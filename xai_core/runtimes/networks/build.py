"""Building of networks by name."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.torchvision_table import TORCHVISION

TIMM = "timm:"
"""Prefix of the names of timm's networks."""

# The auxiliary outputs of these two serve training only, and their initialisation takes seconds.
_EXTRA_OUTPUTS = {"googlenet": "aux_logits", "inception_v3": "aux_logits"}


def build_named(name: str, outputs: int, **options: Any) -> nn.Module:
    """Return a freshly initialised network.

    Parameters
    ----------
    name
        torchvision's name of a classifier, such as "efficientnet_b1", or "timm:" and timm's name.
    outputs
        Number of labels.
    options
        Further arguments of timm's constructor, such as `img_size`.

    Raises
    ------
    ModelRefused
        If the name is not known, or timm is missing.
    """
    if name.startswith(TIMM):
        return _build_timm(name.removeprefix(TIMM), outputs, options)
    if name not in TORCHVISION:
        raise unknown_name(name)
    from torchvision.models import get_model_builder  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    further = {"init_weights": False, _EXTRA_OUTPUTS[name]: False} if name in _EXTRA_OUTPUTS else {}
    network: nn.Module = get_model_builder(name)(weights=None, num_classes=outputs, **further)
    if name in _EXTRA_OUTPUTS:
        # torchvision's ImageNet weights were trained on another normalisation, which the network then applies by
        # itself. Its builders switch that on together with `weights`.
        network.transform_input = False  # type: ignore[assignment]
    return network


def unknown_name(name: str) -> ModelRefused:
    """Return the error for a name that is not known, with similar ones."""
    close = get_close_matches(name, TORCHVISION, 5, 0.7)
    if importlib.util.find_spec("timm") is not None:
        import timm  # noqa: PLC0415 - takes seconds

        bare = name.removeprefix(TIMM)
        known = timm.list_models()
        close += [f"{TIMM}{other}" for other in (bare, *get_close_matches(bare, known, 3, 0.7)) if other in known]
    return ModelRefused(
        deferred("The architecture {name!r} is not known here.", name=name),
        deferred(
            "Did you mean {names}? Known are torchvision's classifiers by name, and timm's networks as timm:NAME.",
            names=", ".join(dict.fromkeys(close)),
        )
        if close
        else deferred("Known are torchvision's classifiers by name, and timm's networks as timm:NAME."),
        "architecture",
    )


def require_library(library: str, extra: str, purpose: str) -> None:
    """Refuse a model whose library is not installed.

    Raises
    ------
    ModelRefused
        With the line that installs it.
    """
    if importlib.util.find_spec(library) is None:
        raise ModelRefused(
            deferred("{purpose} needs the package {package}.", purpose=purpose, package=library),
            deferred("Install it: {command}", command=f'pip install ".[{extra}]"'),
        )


def _build_timm(name: str, outputs: int, options: dict[str, Any]) -> nn.Module:
    require_library("timm", "timm", deferred("The network {name}", name=f"{TIMM}{name}"))
    import timm  # noqa: PLC0415 - takes seconds

    if name.partition(".")[0] not in timm.list_models():
        raise unknown_name(f"{TIMM}{name}")
    try:
        network: nn.Module = timm.create_model(name, pretrained=False, num_classes=outputs, **options)
    except (RuntimeError, ValueError, TypeError, AssertionError) as fault:
        raise ModelRefused(
            deferred("timm cannot build {name}: {reason}.", name=name, reason=str(fault)),
            deferred("Name another architecture."),
            "architecture",
        ) from fault
    return network


def build_empty(name: str, outputs: int, **options: Any) -> nn.Module:
    """Return a network as `build_named` does, where possible without memory and time for its weights."""
    try:
        with without_weights():
            return build_named(name, outputs, **options)
    except (ModelRefused, RuntimeError, NotImplementedError, TypeError):
        # Some networks run a part of themselves while they are built, which needs weights.
        return build_named(name, outputs, **options)


class _NoWeights(TorchFunctionMode):
    """Mode in which uninitialised tensors take no memory.

    torch's layers create their parameters with torch.empty and initialise them in place. Both are free on the meta
    device. All other tensors are real: some networks compute their widths, or tables that no file holds, with torch.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func is torch.empty:
            given["device"] = "meta"
        return func(*args, **given)


@contextmanager
def without_weights() -> Iterator[None]:
    """Build networks without memory and time for their weights inside this context."""
    with _NoWeights():
        yield
