"""Input of a graph that takes pictures, and the arrangement of pictures for it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex, Shape, TensorType, attribute_of

_TYPES: dict[int, type[np.generic]] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.DOUBLE: np.float64,
    TensorProto.UINT8: np.uint8,
}

_CHANNEL_NAMES = ("c", "channel", "channels", "num_channels", "num_channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInput:
    """Form in which a graph takes its pictures.

    Attributes
    ----------
    name
        Name of the input.
    dtype
        float32, float16, float64, or uint8 for values from 0 to 255.
    channels_last
        True for (n, h, w, 3), False for (n, 3, h, w).
    has_batch
        False for a graph that takes a single picture without a batch axis.
    batch
        Number of pictures that the graph insists on; None leaves it open.
    height, width
        Size in pixels that the graph insists on; None leaves it open.
    """

    name: str
    dtype: type[np.generic]
    channels_last: bool
    has_batch: bool = True
    batch: int | None = None
    height: int | None = None
    width: int | None = None

    @property
    def is_bytes(self) -> bool:
        """True if the graph takes the bytes of the picture and normalises them itself."""
        return self.dtype is np.uint8

    def with_batch(self, batch: int | None) -> "PictureInput":
        """Return this input with a number of pictures that was found by trying."""
        return replace(self, batch=batch)

    def arrange(
        self,
        pictures: NDArray[np.float32],
        *,
        mean: tuple[float, ...] = (0.0, 0.0, 0.0),
        std: tuple[float, ...] = (1.0, 1.0, 1.0),
        value_range: tuple[float, float] = (0.0, 255.0),
    ) -> NDArray[Any]:
        """Arrange normalised pictures as the graph takes them.

        Parameters
        ----------
        pictures : (N, H, W, 3) float32
            Normalised pictures, at most `batch`. The last one is repeated up to a fixed batch.
        mean, std, value_range
            The normalisation of the pictures (see `ModelSpec`), which is undone for a graph that takes bytes.

        Returns
        -------
        (N or `batch`, ...) array, contiguous, of the type and layout of the input
        """
        if self.batch is not None and len(pictures) < self.batch:
            pictures = np.concatenate([pictures, np.repeat(pictures[-1:], self.batch - len(pictures), axis=0)])
        if self.is_bytes:
            low, high = value_range
            values = (pictures * np.array(std, np.float32) + np.array(mean, np.float32) - low) * (255 / (high - low))
            pictures = np.clip(np.rint(values), 0, 255)
        arranged = pictures if self.channels_last else pictures.transpose(0, 3, 1, 2)
        arranged = np.ascontiguousarray(arranged.astype(self.dtype, copy=False))
        return arranged if self.has_batch else arranged[0]


def find_picture_inputs(index: GraphIndex, source: str, *, filled: tuple[str, ...] = ()) -> tuple[PictureInput, ...]:
    """Return the ways in which a graph may take its pictures, the likeliest first.

    There are two where the graph does not show whether the channels come first or last; one run tells.

    Parameters
    ----------
    index
        Index of the graph.
    source
        Name of the file, for messages.
    filled
        Names of inputs that get values, and are asked for pictures only if no other input takes them.

    Raises
    ------
    ModelRefused
        If no input can take colour pictures.
    """
    fitting = [name for name in index.inputs if _may_be_picture(index.type_of(name))]
    names = [name for name in fitting if name not in filled] or fitting
    if not names:
        found = ", ".join(f"{name!r}: {index.type_of(name)}" for name in index.inputs) or deferred("no input")
        refused = deferred(
            "{source} takes {inputs}; expected colour pictures, float or uint8 of shape (n, 3, h, w) or (n, h, w, 3).",
            source=source,
            inputs=found,
        )
        raise ModelRefused(
            deferred("{found} One channel means grey pictures, which this tool does not make.", found=refused)
            if _takes_grey(index)
            else refused,
            deferred("Export the image classifier with the picture as its input."),
        )
    name = names[0]
    kind = index.type_of(name)
    if kind.element not in _TYPES:
        raise ModelRefused(
            deferred(
                "The input {name!r} of {source} is {kind}; expected float32, float16, double or uint8.",
                name=name,
                source=source,
                kind=str(kind),
            ),
            deferred("Export it with float32 inputs."),
        )
    return tuple(_input(name, kind, channels_last=last) for last in _layouts(index, name, kind.shape))


def inner_batches(index: GraphIndex) -> tuple[int, ...]:
    """Return the numbers of pictures that fixed shapes inside a graph may demand, smallest first.

    They are the first sizes of the shapes that Reshape nodes store. A run tells whether one of them holds.
    """
    sizes = set()
    for node in index.nodes_before(index.outputs):
        shape = index.constant(node.input[1]) if node.op_type == "Reshape" else None
        if shape is not None and shape.ndim == 1 and shape.size > 1 and 1 <= int(shape[0]) <= 256:
            sizes.add(int(shape[0]))
    return tuple(sorted(sizes))


def _input(name: str, kind: TensorType, *, channels_last: bool) -> PictureInput:
    shape: Shape = kind.shape or (None,) * 4
    has_batch = len(shape) == 4
    batch = shape[0] if has_batch else 1
    height, width = shape[-3:-1] if channels_last else shape[-2:]
    return PictureInput(
        name=name,
        dtype=_TYPES[kind.element],
        channels_last=channels_last,
        has_batch=has_batch,
        batch=_number(batch),
        height=_number(height),
        width=_number(width),
    )


def _number(size: int | str | None) -> int | None:
    return size if isinstance(size, int) else None


def _may_be_picture(kind: TensorType) -> bool:
    if kind.shape is None:
        return kind.element in _TYPES
    if len(kind.shape) not in (3, 4):
        return False
    first, last = kind.shape[-3], kind.shape[-1]
    sizes = [size for size in kind.shape[-3:] if isinstance(size, int)]
    # (1, 1, 3), the shape of a mean of channels, is no picture.
    is_constant = len(sizes) == 3 and sorted(sizes)[:2] == [1, 1]
    return not is_constant and any(size == 3 or not isinstance(size, int) for size in (first, last))


def _layouts(index: GraphIndex, name: str, shape: Shape | None) -> tuple[bool, ...]:
    """Return the possible values of channels_last, the likelier first."""
    first, last = (shape[-3], shape[-1]) if shape is not None else (None, None)
    if isinstance(first, int) and isinstance(last, int):
        return (False,) if first == 3 else (True,)
    if first == 3 or (isinstance(last, int) and last != 3):
        return (False,)
    if last == 3 or (isinstance(first, int) and first != 3):
        return (True,)
    names = [str(size).lower() for size in (first, last)]
    if (names[0] in _CHANNEL_NAMES) != (names[1] in _CHANNEL_NAMES):
        is_last = names[1] in _CHANNEL_NAMES
        return is_last, not is_last
    is_last = _is_transposed(index, name)
    return is_last, not is_last


def _is_transposed(index: GraphIndex, name: str) -> bool:
    """Return whether a transposition to channels first is among the first nodes that read the pictures."""
    for node in index.nodes_before(index.outputs):
        is_to_first = node.op_type == "Transpose" and list(attribute_of(node, "perm", [])) == [0, 3, 1, 2]
        if is_to_first and name in index.sources(node.input[0]):
            return not any(before.op_type == "Conv" for before in index.nodes_before(node.input))
    return False


def _takes_grey(index: GraphIndex) -> bool:
    shapes = [index.type_of(name).shape or () for name in index.inputs]
    return any(len(shape) == 4 and 1 in (shape[1], shape[3]) for shape in shapes)
