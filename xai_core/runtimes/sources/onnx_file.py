"""Model files in the .onnx format, of any exporter."""

from collections.abc import Mapping
from pathlib import Path

import onnx

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.model.preprocess import normalise
from xai_core.model.spec import ModelSpec, model_id
from xai_core.runtimes.refusals.outputs import names_wanted
from xai_core.runtimes.selection import open_graph, trial_views
from xai_core.runtimes.sources.onnx_graph.files import ModelFiles, read_model
from xai_core.runtimes.sources.onnx_graph.index import GraphIndex
from xai_core.runtimes.sources.onnx_graph.metadata import GraphMetadata, read_metadata
from xai_core.runtimes.sources.onnx_graph.outputs import read_class_names
from xai_core.runtimes.sources.onnx_graph.picture_trial import Prepare, try_on_pictures
from xai_core.runtimes.sources.onnx_graph.prepare import PreparedGraph, prepare_graph
from xai_core.runtimes.sources.onnx_graph.runnable import Finding, RunnableGraph, build_runnable, describe_graph
from xai_core.runtimes.sources.onnx_graph.spec import choose_labels, complete_spec
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import read_spec
from xai_core.runtimes.trial.records import read_record, write_record


def open_file(path: Path, request: OpenRequest) -> OpenedModel:
    """Open an .onnx file (see `table.SourceModule`)."""
    if request.device not in ("auto", "cpu"):
        raise ModelRefused(
            deferred("{file} runs on the CPU only, not on {device!r}.", file=path.name, device=request.device),
            deferred("Choose auto or cpu."),
        )
    files = read_model(path)
    beside = path.with_suffix(".json")
    given = request.spec if request.spec is not None or not beside.is_file() else beside
    spec = read_spec(given, path, request.labels)
    metadata = read_metadata(files.model, path.name)
    in_file = _labels_in_file(files.model, metadata)
    prepare, prepared = _prepare(files, path, request, _count_labels(spec, request, in_file))
    labels = choose_labels(path, spec, request, in_file, prepared.logits.width)
    if labels is None:
        raise _unnamed(path, prepared.logits.width)
    found = complete_spec(path, spec, request, metadata, picture=prepared.inputs[0], labels=labels.names)
    plain = model_id(path, found.spec, files.files[1:])
    graph, finding = _settle(path, (prepare, prepared), found.spec, request, plain)
    reading = "; ".join(part for part in (prepared.reading, _text(request.values), finding.reading) if part)
    identity = model_id(path, found.spec, files.files[1:], reading) if reading else plain
    return OpenedModel(
        runtime=open_graph(
            graph, found.spec, identity, device=request.device, runtime=request.runtime, view=request.view
        ),
        notes=(*labels.notes, *found.notes, *graph.notes, *finding.notes),
        origins=describe_graph(graph, files.model) | {"labels": labels.origin, "preprocessing": found.origin},
        files=files.files,
        reading=reading,
        source=deferred("ONNX graph"),
    )


def _labels_in_file(model: onnx.ModelProto, metadata: GraphMetadata) -> dict[str, tuple[str, ...]]:
    """Return the labels that a file holds, by the place in it."""
    found = {}
    if metadata.labels is not None:
        found[deferred("its metadata ({key})", key=metadata.sources["labels"])] = metadata.labels
    # Only nodes of this domain hold names, and an index of a large graph takes time.
    classical = any(entry.domain == "ai.onnx.ml" for entry in model.opset_import)
    names = read_class_names(GraphIndex(model)) if classical else None
    if names is not None:
        found[deferred("its last node")] = names
    return found


def _count_labels(spec: ModelSpec | None, request: OpenRequest, in_file: Mapping[str, tuple[str, ...]]) -> int | None:
    """Return the number of labels, None if nothing names them."""
    names = spec.labels if spec is not None else request.labels or next(iter(in_file.values()), ())
    return len(names) or None


def _prepare(files: ModelFiles, path: Path, request: OpenRequest, count: int | None) -> tuple[Prepare, PreparedGraph]:
    """Return the prepared graph, and the function that prepares it again."""

    def prepare_for(count: int | None) -> Prepare:
        return lambda probabilities: prepare_graph(
            files.model,
            path.name,
            labels=count,
            output=request.output,
            values=request.values,
            probabilities=probabilities,
        )

    prepare = prepare_for(count)
    try:
        return prepare, prepare(None)
    except ModelRefused:
        # Several outputs may fit as long as the number of labels is open; that of the data may tell them apart.
        if count is not None or request.classes is None:
            raise
        prepare = prepare_for(len(request.classes))
        return prepare, prepare(None)


def _settle(
    path: Path, graphs: tuple[Prepare, PreparedGraph], spec: ModelSpec, request: OpenRequest, identity: str
) -> tuple[RunnableGraph, Finding]:
    """Return the graph ready to run, with what a trial on pictures found now or earlier on this machine."""
    prepare, prepared = graphs
    # Findings of earlier versions have other keys: they lack the constants.
    key = f"{identity} {request.output} {_text(request.values)} constants"
    on_photographs = request.pictures is not None
    record = read_record(key, on_photographs=on_photographs)
    if record is not None:
        try:
            finding = Finding.from_json(record)
        except (KeyError, TypeError):
            record = None
        else:
            if finding.probabilities is not None:
                prepared = prepare(finding.probabilities)
    if record is None:
        pictures = normalise(trial_views(spec, request.pictures), spec)
        prepared, finding = try_on_pictures(prepare, prepared, pictures, spec, path.name)
        write_record(key, finding.to_json(), on_photographs=on_photographs)
    return build_runnable(prepared, finding, path.name), finding


def _unnamed(path: Path, width: int | None) -> ModelRefused:
    if width is None:
        return ModelRefused(
            deferred("{file} does not name its outputs.", file=path.name),
            deferred("Give a file of all class names, one per line, in the order of the outputs."),
            "labels",
        )
    return ModelRefused(
        deferred("{file} does not name its {number:d} outputs.", file=path.name, number=width),
        names_wanted(width),
        "labels",
    )


def _text(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sorted(values.items()))
