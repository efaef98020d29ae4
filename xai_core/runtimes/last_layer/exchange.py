"""Model files with another last layer."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xai_core.errors import ModelRefused
from xai_core.files import write_whole
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.helper import process
from xai_core.runtimes.last_layer.search import FoundLayer, find_last_layer
from xai_core.runtimes.sources.onnx_graph.files import read_model
from xai_core.runtimes.sources.spec_files import SPEC_KEY
from xai_core.runtimes.sources.table import source_of

REPAIR_KEY = "confusion_explainer_repair"
"""Key in the metadata of an .onnx file that holds the record of the repair."""


class ExchangeableModel:
    """Model file whose last layer was found, and that can be written with another one.

    Parameters
    ----------
    path
        The model file, .onnx or any file of tensors that the project opens.
    spec
        Spec of the model.
    embeddings : (N, D)
        Stored inputs of the last layer for some pictures.
    logits : (N, L)
        Stored outputs for them.
    weights
        Key of the weights in a file that holds several networks.

    Raises
    ------
    ModelRefused
        If the file is damaged, or the layer is not in it.
    """

    def __init__(
        self,
        path: Path,
        spec: ModelSpec,
        embeddings: NDArray[np.floating],
        logits: NDArray[np.floating],
        *,
        weights: str | None = None,
    ) -> None:
        self._spec = spec
        self._graph: onnx.ModelProto | None = None
        self._tensors: Mapping[str, NDArray[Any]]
        if path.suffix.lower() == ".onnx":
            self._graph = read_model(path).model
            self._tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in self._graph.graph.initializer}
        else:
            self._tensors = _read_tensors(path, spec, weights)
        self.layer: FoundLayer = find_last_layer(self._tensors, embeddings, logits, path.name)

    @property
    def suffix(self) -> str:
        """Ending of the files that `write` makes."""
        return ".safetensors" if self._graph is None else ".onnx"

    def write(
        self, out: Path, weight: NDArray[np.float32], bias: NDArray[np.float32], record: Mapping[str, Any]
    ) -> ModelSpec:
        """Write the model with another last layer and the record of the repair.

        Parameters
        ----------
        out
            File to write, with the ending `suffix`. An .onnx file gets its spec beside it, with the ending .json.
        weight : (L, D) float32
        bias : (L,) float32
        record
            Plain JSON values, stored as `training["repair"]` of the spec.

        Returns
        -------
        The spec of the new model.

        Raises
        ------
        ModelRefused
            If the name has another ending.
        StoreRefused
            If the disk does not take it.
        """
        if out.suffix.lower() != self.suffix:
            raise ModelRefused(
                deferred("The file to write is {file}.", file=out.name),
                deferred("Give a name that ends in {suffix}.", suffix=self.suffix),
            )
        training = dict(self._spec.training or {}) | {"repair": dict(record)}
        spec = ModelSpec.from_json(self._spec.to_json() | {"training": training}, out.name)
        layer = self.layer
        new = {layer.weight_name: weight.T if layer.transposed else weight, layer.bias_name: bias}
        shaped = {name: values.reshape(self._tensors[name].shape) for name, values in new.items()}
        if self._graph is None:
            # The new layer stays float32, whatever the rest is stored in: it is small. Not ascontiguousarray, which
            # turns single numbers into arrays of one.
            tensors = {name: np.asarray(values, order="C") for name, values in {**self._tensors, **shaped}.items()}
            write_whole(out, save(tensors, metadata={SPEC_KEY: json.dumps(spec.to_json())}))
            return spec
        write_whole(out, _exchanged(self._graph, shaped, record).SerializeToString())
        write_whole(out.with_suffix(".json"), json.dumps(spec.to_json(), ensure_ascii=False, indent=1).encode())
        return spec


def _read_tensors(path: Path, spec: ModelSpec, weights: str | None) -> dict[str, NDArray[Any]]:
    """Return the tensors of a network by the names that the project gives them."""
    if path.suffix.lower() == ".safetensors" and weights is None:
        try:
            with safe_open(path, framework="np") as file:
                # Other files of this kind hold a wrapped state dict without a spec: those go by way of torch.
                if SPEC_KEY in (file.metadata() or {}):
                    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        except (SafetensorError, OSError) as fault:
            raise ModelRefused(
                deferred("{file} is damaged: {reason}.", file=path.name, reason=str(fault)), deferred("Copy it again.")
            ) from fault
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "network.safetensors"
        process.call(_copy_network, path, spec, weights, copy)
        return _read_tensors(copy, spec, None)


def _copy_network(path: Path, spec: ModelSpec, weights: str | None, copy: Path) -> None:
    """Write the network of a model file as this project does, in the helper process."""
    from xai_core.runtimes.opening.writing import save_checkpoint  # noqa: PLC0415 - this process may do without torch

    save_checkpoint(copy, source_of(path).load().open_layers(path, spec.architecture, weights), spec)


def _exchanged(
    graph: onnx.ModelProto, shaped: Mapping[str, NDArray[np.float32]], record: Mapping[str, Any]
) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    for tensor in copy.graph.initializer:
        if tensor.name in shaped:
            dtype = numpy_helper.to_array(tensor).dtype
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(shaped[tensor.name], dtype), tensor.name))
    entry = copy.metadata_props.add()
    entry.key, entry.value = REPAIR_KEY, json.dumps(dict(record), ensure_ascii=False)
    return copy
