"""Graphs of known networks, which are filled with the weights of a checkpoint without torch.

`tools/make_graph.py` writes them. A weight in such a graph has no numbers, but a recipe in its `doc_string`: the tensor
of the checkpoint to take, or the convolution and the batch norm to fold into one.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open

from xai_core import paths
from xai_core.errors import ModelRefused, StoreRefused
from xai_core.files import make_folder, write_whole
from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.model.spec import ModelSpec, model_id
from xai_core.runtimes.autotune import Setup, choose_fastest, cpu_setups
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.opening.machine import available_cores
from xai_core.runtimes.selection import graph_cache, named_setup, open_graph_file, resolve_name
from xai_core.runtimes.sources.file_kinds import SAFETENSORS, find_kind
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import SPEC_KEY, read_spec

log = logging.getLogger(__name__)

FOLDER = Path(__file__).with_name("graphs")
"""Folder of the graphs, by the names of their networks."""

TAKE, FOLD = "take", "fold"
"""First words of recipes: "take TENSOR", and "fold weight|bias CONVOLUTION NORM EPSILON"."""

Tensors = Mapping[str, NDArray[Any]]


def open_known(path: Path, request: OpenRequest) -> OpenedModel | None:
    """Open a checkpoint of this project whose network has a graph here.

    Parameters
    ----------
    path
        A model file.
    request
        Arguments of `checkpoint.open_with_notes`.

    Returns
    -------
    None for any other file, and where arguments change how it is read.

    Raises
    ------
    ModelRefused
        If the given spec or the one in the file cannot be used.
    """
    if request.architecture or request.weights or request.preprocessing.parts or not path.is_file():
        return None
    if find_kind(path) != SAFETENSORS:
        return None
    header = _header(path)
    given = read_spec(request.spec if request.spec is not None else header, path, request.labels)
    if header is None or given is None or not _has_graph(given.architecture):
        return None
    identity = model_id(path, given)
    try:
        if not _graph_file(identity).is_file() and not _write(path, given, identity):
            return None
        runtime = _fastest(given, identity, request, partial(_write, path, given, identity))
    except StoreRefused as fault:
        log.warning("%s", fault.sentence)
        return None
    origin = deferred("the header of the file") if request.spec is None else deferred("the given spec")
    origins = {
        "network": deferred("names and shapes of the tensors"),
        "labels": deferred("the spec"),
        "preprocessing": origin,
    }
    return OpenedModel(runtime=runtime, origins=origins, files=(path,), source=deferred(".safetensors file"))


def fill(graph: onnx.ModelProto, tensors: Tensors) -> None:
    """Give the weights of a graph their numbers.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint lacks a tensor, or one has another shape.
    """
    for weight in graph.graph.initializer:
        recipe = weight.doc_string.split()
        if not recipe:
            continue
        values = _take(tensors, recipe[1]) if recipe[0] == TAKE else _fold(tensors, *recipe[1:])
        # The last layer has as many rows as there are labels.
        if values.shape[1:] != tuple(weight.dims)[1:]:
            raise ValueError(f"{weight.doc_string}: {values.shape}, expected {tuple(weight.dims)}")
        weight.CopyFrom(numpy_helper.from_array(values, weight.name))


def _take(tensors: Tensors, name: str) -> NDArray[np.float32]:
    return np.asarray(tensors[name], np.float32)


def _fold(tensors: Tensors, part: str, layer: str, norm: str, epsilon: str) -> NDArray[np.float32]:
    """Fold a batch norm that follows a convolution without a bias into its weight, or into a new bias."""
    deviation = np.sqrt(_take(tensors, f"{norm}.running_var") + np.float32(epsilon))
    scale = _take(tensors, f"{norm}.weight") / deviation
    if part == "bias":
        folded = _take(tensors, f"{norm}.bias") - _take(tensors, f"{norm}.running_mean") * scale
    else:
        folded = _take(tensors, f"{layer}.weight") * scale[:, None, None, None]
    return np.asarray(folded, np.float32)


def _header(path: Path) -> str | None:
    """Return the spec in the header of a .safetensors file, None where there is none."""
    try:
        with safe_open(path, framework="np") as file:
            text: str | None = (file.metadata() or {}).get(SPEC_KEY)
            return text
    except (SafetensorError, OSError):
        return None


def _has_graph(architecture: str | None) -> bool:
    return architecture is not None and architecture.isidentifier() and (FOLDER / f"{architecture}.onnx").is_file()


def _graph_file(identity: str) -> Path:
    return graph_cache() / f"{identity}.onnx"


def _write(path: Path, spec: ModelSpec, identity: str) -> bool:
    """Write the graph with the weights of a checkpoint to the cache, or return False if it is of another network.

    Raises
    ------
    StoreRefused
        If the cache cannot be written.
    """
    try:
        with safe_open(path, framework="np") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except (SafetensorError, OSError, TypeError):
        # Such as a damaged file, or one of bfloat16, which numpy does not have: torch says what it is.
        return False
    graph = filled(tensors, spec)
    if graph is None:
        return False
    make_folder(graph_cache())
    write_whole(_graph_file(identity), graph.SerializeToString())
    return True


def filled(tensors: Tensors, spec: ModelSpec) -> onnx.ModelProto | None:
    """Return the graph of a spec's architecture with the weights of a checkpoint.

    It is None where the tensors are not exactly those of the network.
    """
    graph = onnx.load(FOLDER / f"{spec.architecture}.onnx")
    named = {word for weight in graph.graph.initializer for word in weight.doc_string.split()[1:]}
    unused = {name for name in tensors if name not in named and name.rpartition(".")[0] not in named}
    try:
        fill(graph, tensors)
    except (KeyError, ValueError) as fault:
        log.debug("The tensors are not those of %s: %s", spec.architecture, fault)
        return None
    if unused or len(tensors[_last(graph)]) != len(spec.labels):
        return None
    _set_sizes(graph, spec)
    return graph


def _last(graph: onnx.ModelProto) -> str:
    """Return the name of the bias of the last layer, which has a number for each label."""
    return str(graph.graph.node[-1].input[-1])


def _set_sizes(graph: onnx.ModelProto, spec: ModelSpec) -> None:
    *_, height, width = graph.graph.input[0].type.tensor_type.shape.dim
    height.dim_value, width.dim_value = spec.input_size
    graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value = len(spec.labels)


def _fastest(spec: ModelSpec, identity: str, request: OpenRequest, write: Callable[[], object]) -> OnnxRuntime:
    """Return the graph in the cache in the fastest way of ONNX Runtime, and write it again if it is damaged."""
    file = _graph_file(identity)

    # Setups that differ only in batch size share a session: each session holds its own copy of the weights.
    @cache
    def session(lanes: int, threads: int) -> OnnxRuntime:
        return open_graph_file(
            file, spec, identity, Setup(library="onnxruntime", batch=1, lanes=lanes, threads=threads)
        )

    def chosen() -> OnnxRuntime:
        if resolve_name(request.runtime) == "onnxruntime":
            return open_graph_file(file, spec, identity, named_setup())
        found = choose_fastest(
            lambda setup: session(setup.lanes, setup.threads).with_batch(setup.batch),
            cpu_setups(available_cores(), checkpoint=False),
            partial(session, 1, 0),
            model_id=identity,
            spec=spec,
            # A folder of its own: where torch is a choice too, other ways are considered.
            cache=paths.cache_folder() / "runtimes" / "graphs",
            view=request.view,
        )
        assert isinstance(found, OnnxRuntime)
        return found

    try:
        return chosen()
    except ModelRefused:
        session.cache_clear()
        write()
        return chosen()
