"""The command `check`."""

import importlib
import importlib.util
import os
import platform
from pathlib import Path
from typing import Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder
from xai_core.language import mark, tr

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
    # Through this module, because the library itself starts its telemetry when it is imported.
    "onnxruntime": "xai_core.runtimes.onnxruntime_library",
    "safetensors": "safetensors",
    "streamlit": "streamlit",
    "plotly": "plotly",
}
"""Required packages, as pip's name and the name to import."""

NEEDLESS = ("torch", "torchvision", "shap")
"""Packages that the environment of `make view` does without. It has none of them."""

_NEEDLESS = mark("not installed, and needless to show studies and to explain by .onnx models and the demo's")


def check(*, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """Check the installed packages, the device and the studies.

    The exit code is 1 if a package does not load. A study that cannot be opened is listed with the reason.
    """
    folder = console.studies_folder(studies)
    packages = {name: _version_or_problem(module) for name, module in PACKAGES.items()}
    views_only = not any(importlib.util.find_spec(name) for name in NEEDLESS)
    needless = NEEDLESS if views_only else ()
    problems = {name: problem for name, (version, problem) in packages.items() if version is None}
    problems = {name: problem for name, problem in problems.items() if name not in needless}
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "packages": {name: version for name, (version, _) in packages.items()},
        "problems": problems,
        "needless": list(needless),
        "device": "cpu" if needless else None if "torch" in problems else _device(),
        "cpus": os.cpu_count(),
        "studies_folder": str(folder),
    }
    with console.answer_language(as_json=as_json):
        found["studies"] = [] if problems else _describe_studies(folder)
    if as_json:
        console.write_json(found)
    else:
        console.write_text(_as_text(found))
    if problems:
        raise typer.Exit(1)


def _version_or_problem(module: str) -> tuple[str | None, str]:
    """Return the version of a package, or the error that its import raises."""
    try:
        return str(importlib.import_module(module).__version__), ""
    # Broad, because a package that does not fit another one fails in its own way (torchvision with another torch).
    except Exception as error:  # noqa: BLE001
        return None, f"{type(error).__name__}: {error}"


def _device() -> str:
    cuda = importlib.import_module("torch").cuda
    return f"cuda ({cuda.get_device_name(0)})" if cuda.is_available() else "cpu"


def _describe_studies(folder: Path) -> list[dict[str, Any]]:
    # Not at the top of the file: this command must start where a package is missing.
    from xai_core.cli.study import describe
    from xai_core.study.layout.folders import study_names

    return [describe(name, folder) for name in study_names(folder)]


def _as_text(found: dict[str, Any]) -> str:
    rows = [["Python", found["python"]]]
    for name, version in found["packages"].items():
        missing = tr(_NEEDLESS) if name in found["needless"] else _missing(found["problems"].get(name))
        rows.append([name, version or missing])
    device = found["device"] or tr("unknown")
    rows.append([tr("device"), tr("{device}, {number} CPU cores", device=device, number=found["cpus"])])
    rows.append([tr("studies"), _studies_text(found)])
    rows += [[f"  {study['name']}", study["problem"] or tr("sound")] for study in found["studies"]]
    cure = tr("Install what is missing: pip install -r requirements.txt") if found["problems"] else ""
    return console.table(rows, "LL") + (f"\n\n{cure}" if cure else "")


def _missing(problem: str | None) -> str:
    return tr("MISSING ({problem})", problem=problem)


def _studies_text(found: dict[str, Any]) -> str:
    folder = found["studies_folder"]
    if found["studies"]:
        return str(folder)
    if found["problems"]:
        return tr("{folder} (not checked)", folder=folder)
    return tr("{folder} (none yet)", folder=folder)
