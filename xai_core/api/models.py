"""Models that the Python API accepts, as runtimes."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from xai_core.errors import ModelRefused, SettingRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec, default_spec, validate_labels
from xai_core.runtimes.function_runtime import FunctionRuntime, LogitsFunction, module_function, module_id

if TYPE_CHECKING:
    from torch import nn


def model_runtime(
    model: object,
    labels: Sequence[str] | Path | None,
    preprocessing: ModelSpec | None,
    input_size: tuple[int, int] | None,
    device: str,
) -> Runtime:
    """Return the runtime of a model file, a torch module or a function; see `Explainer`."""
    if isinstance(model, str | Path):
        from xai_core.runtimes.checkpoint import open_model  # noqa: PLC0415 - torch takes seconds

        return open_model(Path(model).expanduser(), labels=labels, spec=preprocessing, device=device)
    if _is_module(model):
        return _module_runtime(cast("nn.Module", model), labels, preprocessing, input_size)
    if not callable(model):
        raise SettingRefused("model", f"a {type(model).__name__}", "a path, a torch module or a function")
    spec = preprocessing or _stretched(labels, input_size, value_range=(0.0, 255.0), mean=(0, 0, 0), std=(1, 1, 1))
    # A function has no content to hash. A new id for every explainer keeps its explanations apart from all others.
    return FunctionRuntime(cast("LogitsFunction", model), spec, uuid.uuid4().hex[:24])


def _is_module(model: object) -> bool:
    # By name, because importing torch takes seconds; whoever made a module has imported it.
    return any(
        f"{kind.__module__}.{kind.__qualname__}" == "torch.nn.modules.module.Module" for kind in type(model).mro()
    )


def _module_runtime(
    module: "nn.Module",
    labels: Sequence[str] | Path | None,
    preprocessing: ModelSpec | None,
    input_size: tuple[int, int] | None,
) -> Runtime:
    spec = preprocessing or _torchvision_spec(module, labels) or _stretched(labels, input_size)
    return FunctionRuntime(module_function(module), spec, module_id(module, spec), name="torch module")


def _torchvision_spec(module: "nn.Module", labels: Sequence[str] | Path | None) -> ModelSpec | None:
    """Return the preprocessing of torchvision's default weights, for a network whose weights it could hold."""
    from xai_core.runtimes.architectures import load_network  # noqa: PLC0415 - torch takes seconds

    if not type(module).__module__.startswith("torchvision."):
        return None
    try:
        _, architecture = load_network(module.state_dict(), "model")
    except ModelRefused:
        return None
    return default_spec(_label_names(labels), architecture)


def _stretched(
    labels: Sequence[str] | Path | None, input_size: tuple[int, int] | None, **normalisation: Any
) -> ModelSpec:
    if input_size is None:
        raise SettingRefused("input_size", "missing", "(height, width) in pixels, or preprocessing=ModelSpec(...)")
    sizes = tuple(input_size)
    if len(sizes) != 2 or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise SettingRefused("input_size", input_size, "two whole numbers of pixels, (height, width)")
    return ModelSpec(
        labels=_label_names(labels),
        input_size=(sizes[0], sizes[1]),
        short_side=None,
        interpolation="bilinear",
        **normalisation,
    )


def _label_names(labels: Sequence[str] | Path | None) -> tuple[str, ...]:
    if labels is None:
        raise SettingRefused("labels", "missing", "class names in the order of the model's outputs")
    if isinstance(labels, Path):
        return validate_labels(
            [line for line in labels.read_text("utf-8-sig").splitlines() if line.strip()], labels.name
        )
    return validate_labels(labels, "the argument labels")
