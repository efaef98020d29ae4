"""Models that the Python API accepts, as runtimes."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from xai_core.errors import ModelRefused, SettingRefused
from xai_core.language import deferred
from xai_core.model.label_list.files import read_labels
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec, default_spec
from xai_core.runtimes.function_runtime import FunctionRuntime, LogitsFunction, module_function, module_id
from xai_core.settings.checked_values import names, one_of, whole_number

if TYPE_CHECKING:
    from torch import nn

Labels = Iterable[str] | str | Path
"""Class names in the order of the outputs, or the path of a file of them."""

DEVICES = ("auto", "cpu", "cuda")


def model_runtime(
    model: object,
    labels: Labels | None,
    preprocessing: ModelSpec | None,
    input_size: tuple[int, int] | None,
    device: str,
) -> Runtime:
    """Return the runtime of a model file, a torch module or a function; see `Explainer`."""
    if preprocessing is not None and not isinstance(preprocessing, ModelSpec):
        found = deferred("a {kind}", kind=type(preprocessing).__name__)
        raise SettingRefused("preprocessing", found, deferred("a ModelSpec; ModelSpec.from_json reads a dictionary"))
    one_of("device", device, DEVICES)
    label_names = None if labels is None else _label_names(labels)
    size = None if input_size is None else _checked_size(input_size)
    runtime = _opened(model, label_names, preprocessing, size, device)
    # Files, torchvision modules and `preprocessing` have a size of their own. A given one must not be ignored.
    if size is not None and size != runtime.spec.input_size:
        expected = deferred(
            "{size}, the model's own; preprocessing=ModelSpec(...) changes it", size=runtime.spec.input_size
        )
        raise SettingRefused("input_size", size, expected)
    return runtime


def _opened(
    model: object,
    labels: tuple[str, ...] | None,
    preprocessing: ModelSpec | None,
    input_size: tuple[int, int] | None,
    device: str,
) -> Runtime:
    if isinstance(model, str | Path):
        from xai_core.runtimes.checkpoint import open_model  # noqa: PLC0415 - torch takes seconds

        return open_model(Path(model).expanduser(), labels=labels, spec=preprocessing, device=device)
    kinds = deferred("a path, a torch module or a function")
    if isinstance(model, type):
        found = deferred("the class {name}", name=model.__name__)
        raise SettingRefused("model", found, deferred("an object of it, {kinds}", kinds=kinds))
    spec = None if preprocessing is None else _with_labels(preprocessing, labels)
    if _is_module(model):
        module = cast("nn.Module", model)
        spec = spec or _torchvision_spec(module, labels) or _stretched(labels, input_size)
        return FunctionRuntime(module_function(module), spec, partial(module_id, module, spec), name="torch module")
    if not callable(model):
        raise SettingRefused("model", deferred("a {kind}", kind=type(model).__name__), kinds)
    spec = spec or _stretched(labels, input_size, value_range=(0.0, 255.0), mean=(0, 0, 0), std=(1, 1, 1))
    # A function has no content to hash, and what it calls may change: no two explanations are of the same model.
    return FunctionRuntime(cast("LogitsFunction", model), spec, lambda: uuid.uuid4().hex[:24])


def _is_module(model: object) -> bool:
    # By name, because importing torch takes seconds; whoever made a module has imported it.
    return any(
        f"{kind.__module__}.{kind.__qualname__}" == "torch.nn.modules.module.Module" for kind in type(model).__mro__
    )


def _with_labels(spec: ModelSpec, labels: tuple[str, ...] | None) -> ModelSpec:
    """Return a spec with the given labels instead of its own."""
    if labels is None or labels == spec.labels:
        return spec
    if len(labels) != len(spec.labels):
        expected = deferred("{number}, as many as `preprocessing` has", number=len(spec.labels))
        raise SettingRefused("labels", deferred("a list of {number} names", number=len(labels)), expected)
    if set(labels) == set(spec.labels):
        found = deferred("a list of the classes of `preprocessing` in another order")
        raise SettingRefused("labels", found, deferred("the order of `preprocessing`, or no labels"))
    return replace(spec, labels=labels)


def _torchvision_spec(module: "nn.Module", labels: tuple[str, ...] | None) -> ModelSpec | None:
    """Return the preprocessing of torchvision's default weights, for a network whose weights it could hold."""
    from xai_core.runtimes.architectures import load_network  # noqa: PLC0415 - torch takes seconds

    if not type(module).__module__.startswith("torchvision."):
        return None
    try:
        _, architecture = load_network(module.state_dict(), "model")
    except ModelRefused:
        return None
    return default_spec(_given(labels), architecture)


def _stretched(labels: tuple[str, ...] | None, input_size: tuple[int, int] | None, **normalisation: Any) -> ModelSpec:
    if input_size is None:
        expected = deferred("(height, width) in pixels, or preprocessing=ModelSpec(...)")
        raise SettingRefused("input_size", deferred("missing"), expected)
    return ModelSpec(
        labels=_given(labels), input_size=input_size, short_side=None, interpolation="bilinear", **normalisation
    )


def _checked_size(found: object) -> tuple[int, int]:
    expected = deferred("two whole numbers of pixels, (height, width)")
    sizes = tuple(found) if hasattr(found, "__iter__") and not isinstance(found, str) else ()
    try:
        height, width = (whole_number("input_size", size, expected, least=1) for size in sizes)
    except (SettingRefused, ValueError):
        raise SettingRefused("input_size", repr(found), expected) from None
    return height, width


def _given(labels: tuple[str, ...] | None) -> tuple[str, ...]:
    if labels is None:
        raise SettingRefused("labels", deferred("missing"), deferred("class names in the order of the model's outputs"))
    return labels


def _label_names(labels: object) -> tuple[str, ...]:
    if isinstance(labels, str | Path):
        return read_labels(Path(labels).expanduser())
    listed = names("labels", labels, deferred("a list of class names, or the path of a file of them"))
    if not listed:
        expected = deferred("class names in the order of the model's outputs")
        raise SettingRefused("labels", deferred("an empty list"), expected)
    for label in listed:
        if not label.strip():
            raise SettingRefused(
                "labels", deferred("a list that holds {label!r}", label=label), deferred("class names")
            )
        if listed.count(label) > 1:
            found = deferred("a list that holds {label!r} twice", label=label)
            raise SettingRefused("labels", found, deferred("another name for each output"))
    return listed
