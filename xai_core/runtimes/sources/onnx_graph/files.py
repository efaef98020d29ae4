"""Reader of .onnx files and of the external data files that hold their weights."""

import graphlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import onnx
from onnx import inliner

from xai_core.errors import ModelRefused
from xai_core.language import deferred

SIZE_LIMIT = 2**31 - 1
"""Largest model in bytes that protobuf can pass on to ONNX Runtime in one piece."""

# Operators of ONNX, and those that every build of ONNX Runtime has.
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "org.pytorch.aten")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Model with all files that it consists of.

    Attributes
    ----------
    model
        The model with its weights in memory. Functions that the file defines for itself are expanded.
    files
        The .onnx file first, then each external data file, in the order of their names. A model id must cover all.
    """

    model: onnx.ModelProto
    files: tuple[Path, ...]


def read_model(path: Path) -> ModelFiles:
    """Read a model with its external data.

    Raises
    ------
    ModelRefused
        If the file is damaged or empty, if an external data file is missing, too short or outside the folder, or if
        the model is too large.
    """
    model = _parse(path)
    files = _external_files(model, path)
    if path.stat().st_size + sum(file.stat().st_size for file in files.values()) > SIZE_LIMIT:
        raise ModelRefused(
            deferred(
                "{file} with its external data is larger than 2 GB, which is more than one ONNX message can hold.",
                file=path.name,
            ),
            deferred("Export it in half precision, or give the network's own weights (.safetensors, .pth)."),
        )
    loaded = 0
    for tensor in _external_tensors(model):
        loaded += _load(tensor, files[_entries(tensor)["location"]], SIZE_LIMIT - loaded)
    return ModelFiles(_inlined(model, path.name), (path, *sorted(files.values())))


def _parse(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as fault:  # protobuf's and onnx's exceptions share no narrower base
        raise ModelRefused(
            deferred("{file} is damaged or not an ONNX file: {reason}.", file=path.name, reason=str(fault)),
            deferred("Export or copy it again."),
        ) from fault
    _check_nodes(model, path.name)
    _check_order(model.graph, path.name)
    if not model.graph.node or not model.graph.output:
        raise ModelRefused(
            deferred(
                "{file} is damaged or not an ONNX file: {reason}.",
                file=path.name,
                reason=deferred("its graph is empty"),
            ),
            deferred("Export it again."),
        )
    return model


def _check_order(graph: onnx.GraphProto, source: str) -> None:
    """Refuse a graph in which a node needs its own output, which would be followed for ever."""
    maker = {output: number for number, node in enumerate(graph.node) for output in node.output if output}
    needed = {number: {maker[name] for name in node.input if name in maker} for number, node in enumerate(graph.node)}
    try:
        graphlib.TopologicalSorter(needed).prepare()
    except graphlib.CycleError as fault:
        raise ModelRefused(
            deferred("{source} is damaged: a node of its graph needs its own output.", source=source),
            deferred("Export it again."),
        ) from fault


def _inlined(model: onnx.ModelProto, source: str) -> onnx.ModelProto:
    # Older exports of torch wrap every layer, a softmax too, in a function of the file, which hides it.
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model)
    except Exception as fault:  # onnx's exceptions share no narrower base
        raise ModelRefused(
            deferred(
                "The functions that {source} defines cannot be expanded: {reason}.", source=source, reason=str(fault)
            )
        ) from fault


def _external_tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    inside = (_tensors_of_nodes(function.node) for function in model.functions)
    for tensor in itertools.chain(_tensors(model.graph), *inside):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            yield tensor


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _tensors_of_nodes(graph.node)


def _tensors_of_nodes(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for inner in _graphs(attribute):
                yield from _tensors(inner)


def _nodes(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for inner in _graphs(attribute):
                yield from _nodes(inner.node)


def _graphs(attribute: onnx.AttributeProto) -> tuple[onnx.GraphProto, ...]:
    own = (attribute.g,) if attribute.HasField("g") else ()
    return (*own, *attribute.graphs)


def _check_nodes(model: onnx.ModelProto, source: str) -> None:
    """Refuse names that are no text, and operators that neither ONNX nor ONNX Runtime has."""
    own = {(function.domain, function.name) for function in model.functions}
    for node in itertools.chain(_nodes(model.graph.node), *(_nodes(function.node) for function in model.functions)):
        # Protobuf gives bytes where a name is no UTF-8.
        texts = (node.op_type, node.domain, *node.input, *node.output)
        if not all(isinstance(text, str) for text in texts):
            raise ModelRefused(
                deferred("{source} is damaged: a name in its graph is no text.", source=source),
                deferred("Export or copy it again."),
            )
        if node.domain not in _DOMAINS and (node.domain, node.op_type) not in own:
            raise ModelRefused(
                deferred(
                    "{source} uses {operator!r} of {domain!r}, an operator of its own that needs a program beside the "
                    "file.",
                    source=source,
                    operator=node.op_type,
                    domain=node.domain,
                ),
                deferred("Export it with operators of ONNX only."),
            )


def _entries(tensor: onnx.TensorProto) -> Mapping[str, str]:
    return {entry.key: entry.value for entry in tensor.external_data}


def _external_files(model: onnx.ModelProto, path: Path) -> dict[str, Path]:
    """Return the external data files by the location that the graph names, after checking that they are there."""
    files: dict[str, Path] = {}
    for tensor in _external_tensors(model):
        location = _entries(tensor).get("location", "")
        if location not in files:
            files[location] = _inside(location, path)
    return files


def _inside(location: str, path: Path) -> Path:
    parts = PurePosixPath(location.replace("\\", "/")).parts
    absolute = PurePosixPath(location).is_absolute() or PureWindowsPath(location).drive != ""
    file = path.parent.joinpath(*parts)
    if not parts or absolute or ".." in parts or "\0" in location or not _is_contained(file, path):
        raise ModelRefused(
            deferred(
                "{file} refers to weights in {place!r}, which is outside its folder.", file=path.name, place=location
            ),
            deferred("Put the file beside the .onnx file and export again with a plain file name as its location."),
        )
    if not file.is_file():
        raise ModelRefused(
            deferred(
                "{file} stores its weights in a second file, {second}, which is missing from {folder}.",
                file=path.name,
                second=location,
                folder=path.parent,
            ),
            deferred("Copy {file} into this folder; both files belong together.", file=location),
        )
    return file


def _is_contained(file: Path, path: Path) -> bool:
    # Hub caches keep each file as a link into one folder of blobs: a link may lead to where the .onnx itself lies.
    # onnx.load refuses all links, and ONNX Runtime follows them.
    target = file.resolve()
    return any(target.is_relative_to(folder) for folder in (path.parent.resolve(), path.resolve().parent))


def _load(tensor: onnx.TensorProto, file: Path, most: int) -> int:
    """Move the bytes of one tensor, up to a number, from its external file into the tensor, and return how many."""
    entries = _entries(tensor)
    try:
        start = int(entries.get("offset") or 0)
        length = int(entries["length"]) if entries.get("length") else max(0, file.stat().st_size - start)
    except ValueError as fault:
        raise ModelRefused(
            deferred(
                "The location of the weights {name!r} in {file} is not a number.", name=tensor.name, file=file.name
            )
        ) from fault
    found = file.stat().st_size
    if start < 0 or length < 0 or start + length > found:
        raise ModelRefused(
            deferred(
                "{file} has {size:,} bytes, but the weights {name!r} end at byte {end:,}.",
                file=file.name,
                size=found,
                name=tensor.name,
                end=start + length,
            ),
            deferred(
                "It belongs to another export, or was not copied whole (a Git LFS pointer?); copy both files again."
            ),
        )
    if length > most:
        raise ModelRefused(
            deferred("The weights in {file} are read more than once and exceed 2 GB.", file=file.name),
            deferred("Export it again."),
        )
    with file.open("rb") as stream:
        stream.seek(start)
        tensor.raw_data = stream.read(length)
    del tensor.external_data[:]
    tensor.data_location = onnx.TensorProto.DEFAULT
    return length
