"""Model files in the .onnx format, with their spec in a JSON file of the same name."""

from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec, model_id
from xai_core.runtimes.selection import open_graph
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.spec_files import read_spec


def open_file(path: Path, request: OpenRequest) -> Runtime:
    """Open an .onnx file (see `table.SourceModule`)."""
    if request.device not in ("auto", "cpu"):
        raise ModelRefused(f"{path.name} runs on the CPU only, not on {request.device!r}.", "Choose auto or cpu.")
    spec = _find_spec(path, request)
    return open_graph(
        path, spec, model_id(path, spec), device=request.device, runtime=request.runtime, view=request.view
    )


def _find_spec(path: Path, request: OpenRequest) -> ModelSpec:
    beside = path.with_suffix(".json")
    given = request.spec if request.spec is not None or not beside.is_file() else beside
    spec = read_spec(given, path, request.labels)
    if spec is None:
        raise ModelRefused(
            f"{path.name} comes without a spec, which says how photographs are resized and normalised for it.",
            f"Write {beside.name} beside it, or give a spec file with the keys labels, input_size, resize, "
            "interpolation, value_range, mean and std.",
            "spec",
        )
    return spec
