"""Which model files have layers to look into; apart from what looks, because torch takes seconds to import."""

from pathlib import Path

from xai_core.errors import ModelRefused


def check_layers(path: Path) -> None:
    """Refuse a file that can only be run.

    Raises
    ------
    ModelRefused
        If it is an .onnx file.
    """
    if path.suffix.lower() == ".onnx":
        raise ModelRefused(
            f"{path.name} is an ONNX graph: it can be run, but gives neither gradients nor weights to draw anew.",
            "Make a study of the model's own checkpoint (.safetensors, .pth).",
        )
