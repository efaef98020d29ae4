"""The command that tells what is installed, what computes, and which studies are sound."""

import importlib
import os
import platform
from pathlib import Path
from typing import Any

from xai_core.cli import console

PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "shap": "shap",
    "opencv-python": "cv2",
    "numpy": "numpy",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "pillow": "PIL",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "safetensors": "safetensors",
    "streamlit": "streamlit",
    "plotly": "plotly",
}
"""What pip calls it, and what Python calls it."""


def check(studies: Path, *, as_json: bool) -> bool:
    """Tell what is there; return whether anything can work with it."""
    packages = {name: _loaded(module) for name, module in PACKAGES.items()}
    broken = {name: problem for name, (version, problem) in packages.items() if version is None}
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "packages": {name: version for name, (version, _) in packages.items()},
        "problems": broken,
        "device": None if "torch" in broken else _device(),
        "cpus": os.cpu_count(),
        "studies_folder": str(studies),
        "studies": [] if broken else _studies(studies),
    }
    if as_json:
        console.answer_json(found)
    else:
        console.answer(_as_text(found))
    return not broken


def _loaded(module: str) -> tuple[str | None, str]:
    """Return the version of a package, or why it does not load."""
    try:
        return str(importlib.import_module(module).__version__), ""
    # A package that does not fit its neighbour fails in its own way: torchvision beside another torch, for one.
    except Exception as fault:  # noqa: BLE001
        return None, f"{type(fault).__name__}: {fault}"


def _device() -> str:
    cuda = importlib.import_module("torch").cuda
    return f"cuda ({cuda.get_device_name(0)})" if cuda.is_available() else "cpu"


def _studies(studies: Path) -> list[dict[str, Any]]:
    from xai_core.cli.study import described  # noqa: PLC0415 - cannot be imported where a package is missing
    from xai_core.study.study import study_names  # noqa: PLC0415

    return [described(name, studies) for name in study_names(studies)]


def _as_text(found: dict[str, Any]) -> str:
    rows = [["Python", found["python"]]]
    for name, version in found["packages"].items():
        rows.append([name, version or f"MISSING ({found['problems'][name]})"])
    rows.append(["device", f"{found['device'] or 'unknown'}, {found['cpus']} CPU cores"])
    none = " (not looked at)" if found["problems"] else " (none yet)"
    rows.append(["studies", found["studies_folder"] + ("" if found["studies"] else none)])
    rows += [[f"  {each['name']}", each["problem"] or "sound"] for each in found["studies"]]
    cure = "\n\nInstall what is missing: pip install -r requirements.txt" if found["problems"] else ""
    return console.aligned(rows, "LL") + cure
