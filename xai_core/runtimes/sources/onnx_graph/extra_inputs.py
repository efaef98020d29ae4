"""Values for inputs of a graph other than the picture, which exporters leave open by accident."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, Shape
from xai_core.texts import counted

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

_TRAINING_NAMES = ("training", "learning_phase", "is_training", "train_mode", "phase_train")


def fill_inputs(
    model: onnx.ModelProto,
    index: GraphIndex,
    picture: str,
    source: str,
    given: Mapping[str, Sequence[float]] | None = None,
) -> tuple[str, ...]:
    """Give values to all inputs of a graph except the picture, in place.

    A switch for training is set to false. The mean and the variance that Keras EfficientNets lose in an export are
    filled in where the graph shows which values they had.

    Parameters
    ----------
    model
        The model, which is changed.
    index
        Index of the model.
    picture
        Name of the input that takes pictures.
    source
        Name of the file, for messages.
    given
        Values that the user gives, by the name of the input.

    Returns
    -------
    Sentences about the values.

    Raises
    ------
    ModelRefused
        If the value of an input is not known, does not fit, or is given for an input that takes none.
    """
    given = given or {}
    _check_names(index, picture, source, given)
    if len(index.inputs) == 1:
        return ()
    notes = []
    unknown = []
    keras = _keras_values(index, picture)
    for name in index.inputs:
        if name == picture:
            continue
        if name in given:
            if not _store(model, index, name, given[name]):
                raise _unfit(index, name, source, given[name])
            notes.append(
                deferred("The input {name!r} is set to {value}, as given.", name=name, value=_text(given[name]))
            )
        elif _is_switch(index, name):
            _store(model, index, name, [0])
            notes.append(deferred("The input {name!r} switches training on; it is set to false.", name=name))
        elif name in keras:
            _store(model, index, name, keras[name])
            notes.append(
                deferred(
                    "The input {name!r} has no value: the export of a Keras EfficientNet loses it. It is set to the "
                    "layer's constants, {values}.",
                    name=name,
                    values=_text(keras[name]),
                )
            )
        else:
            unknown.append(name)
    if unknown:
        raise _refused(index, unknown, source)
    return tuple(notes)


def _check_names(index: GraphIndex, picture: str, source: str, given: Mapping[str, Sequence[float]]) -> None:
    """Refuse values for inputs that take none."""
    open_inputs = [name for name in index.inputs if name != picture]
    for name in given:
        if name not in open_inputs:
            listed = _listed(index, open_inputs)
            raise ModelRefused(
                deferred(
                    "A value is given for {name!r}, which takes the pictures in {source}.", name=name, source=source
                )
                if name == picture
                else deferred(
                    "A value is given for {name!r}, which is no input that the logits need in {source}.",
                    name=name,
                    source=source,
                ),
                deferred("Inputs that take values: {inputs}.", inputs=listed)
                if listed
                else deferred("It takes nothing but the picture."),
                "input",
            )


def _store(model: onnx.ModelProto, index: GraphIndex, name: str, values: Sequence[float]) -> bool:
    """Store the value of an input in the graph, and return False, without a change, if it does not fit the input."""
    kind = index.type_of(name)
    exact = np.asarray(values, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        array = exact.astype(helper.tensor_dtype_to_np_dtype(kind.element or TensorProto.FLOAT))
    rounds = kind.is_float or kind.element == 0
    shape = _shape_of_value(kind.shape, array.size)
    if shape is None or not (np.isfinite(array.astype(np.float64)).all() if rounds else np.array_equal(array, exact)):
        return False
    # One number stands for all.
    array = np.full(shape, array) if array.size == 1 else array.reshape(shape)
    model.graph.initializer.append(numpy_helper.from_array(array, name))
    for position, value in enumerate(model.graph.input):
        if value.name == name:
            del model.graph.input[position]
            break
    return True


def _shape_of_value(shape: Shape | None, count: int) -> tuple[int, ...] | None:
    """Return the shape of an input that holds so many numbers, or None if they do not fit."""
    if shape is None:
        return () if count == 1 else (count,)
    sizes = [size if isinstance(size, int) else 1 for size in shape]
    known = int(np.prod(sizes))
    if count in (1, known):
        return tuple(sizes)
    # Channels lie along the last axis that the graph leaves open.
    free = [axis for axis, size in enumerate(shape) if not isinstance(size, int)]
    if not free or count % known:
        return None
    sizes[free[-1]] = count // known
    return tuple(sizes)


def _is_switch(index: GraphIndex, name: str) -> bool:
    kind = index.type_of(name)
    is_single = kind.shape is not None and all(size == 1 or size is None for size in kind.shape)
    named = any(part in name.lower() for part in _TRAINING_NAMES)
    return is_single and named and kind.element in (TensorProto.BOOL, TensorProto.INT32, TensorProto.FLOAT)


def _keras_values(index: GraphIndex, picture: str) -> dict[str, tuple[float, ...]]:
    """Return mean and variance of a Keras Normalization layer whose values the graph implies."""
    mean = spread = None
    is_variance = False
    for node in index.nodes_before(index.outputs):
        if node.op_type == "Sub" and picture in index.sources(node.input[0]):
            mean = _lost_input(index, node.input[1], picture) or mean
        if node.op_type == "Div" and picture in index.sources(node.input[0]):
            lost = _lost_input(index, node.input[1], picture)
            if lost is not None:
                spread = lost
                is_variance = any(before.op_type == "Sqrt" for before in index.nodes_before([node.input[1]]))
    if mean is None or spread is None:
        return {}
    if _is_rescaled(index, spread):
        # Keras stores the standard deviations as the variance of EfficientNet's layer, and multiplies by
        # 1 / sqrt(std) afterwards: (x - mean) / sqrt(std) / sqrt(std).
        variance = np.array(IMAGENET_STD)
    elif _mentions(index, "efficientnetv2"):
        variance = np.array(IMAGENET_STD) ** 2
    else:
        return {}
    values = variance if is_variance else np.sqrt(variance)
    return {mean: IMAGENET_MEAN, spread: tuple(float(value) for value in values)}


def _lost_input(index: GraphIndex, name: str, picture: str) -> str | None:
    """Return the input that alone decides a tensor, where it has one value for each channel."""
    before = list(index.sources(name))
    if len(before) != 1 or before[0] == picture:
        return None
    shape = index.type_of(before[0]).shape
    sizes = [size for size in shape or () if isinstance(size, int)]
    return before[0] if shape is None or int(np.prod(sizes)) in (1, 3) else None


def _is_rescaled(index: GraphIndex, spread: str) -> bool:
    """Return whether the normalised picture is multiplied by 1 / sqrt(std) of ImageNet."""
    expected = 1 / np.sqrt(IMAGENET_STD)
    for node in index.nodes_before(index.outputs):
        if node.op_type == "Mul" and any(spread in index.sources(name) for name in node.input):
            for name in node.input:
                value = index.constant(name)
                if value is not None and value.size == 3 and np.allclose(value.reshape(-1), expected, rtol=1e-3):
                    return True
    return False


def _mentions(index: GraphIndex, word: str) -> bool:
    return any(word in name.lower() for name in index.types) or any(
        word in node.name.lower() for node in index.nodes_before(index.outputs)
    )


def _unfit(index: GraphIndex, name: str, source: str, values: Sequence[float]) -> ModelRefused:
    return ModelRefused(
        deferred(
            "The input {name!r} of {source} is {kind}; {numbers} ({values}) do not fit it.",
            name=name,
            source=source,
            kind=str(index.type_of(name)),
            numbers=deferred(counted(len(values), "number")),
            values=_text(values),
        ),
        deferred("Give as many numbers as it holds, of its type, or one number for all."),
        "input",
    )


def _refused(index: GraphIndex, names: Sequence[str], source: str) -> ModelRefused:
    line = (
        "import numpy, onnx; m = onnx.load(FILE); m.graph.initializer.append(onnx.numpy_helper.from_array("
        f"numpy.array(VALUES, numpy.float32), {names[0]!r})); onnx.save(m, FILE)"
    )
    return ModelRefused(
        deferred(
            "{source} wants more than the picture: {inputs}. Nothing in the file gives their values.",
            source=source,
            inputs=_listed(index, names),
        ),
        deferred(
            "Give the values of each, such as {name}=0.5,0.5,0.5, or store them in the file: {code}. For the "
            "Normalization layer of a Keras network they are layer.mean and layer.variance.",
            name=names[0],
            code=line,
        ),
        "input",
    )


def _listed(index: GraphIndex, names: Sequence[str]) -> str:
    return ", ".join(f"{name!r}: {index.type_of(name)}" for name in names)


def _text(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
