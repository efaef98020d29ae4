"""Kinds of model files by their content, and refusals of those that are no source."""

import zipfile
from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.language import deferred

TORCH, SAFETENSORS, ONNX, UNKNOWN = "torch", "safetensors", "onnx", "unknown"


def find_kind(path: Path) -> str:
    """Return the kind of a model file, by its content and not by its name.

    Returns
    -------
    `TORCH`, `SAFETENSORS`, or `UNKNOWN` where the first bytes tell nothing.

    Raises
    ------
    ModelRefused
        If it is of another known kind: what it is, and the lines that turn it into a file that opens.
    """
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as fault:
        raise ModelRefused(
            deferred("The model file {path} cannot be read: {reason}.", path=path, reason=str(fault)),
            deferred("Check the path."),
        ) from fault
    if start.startswith(b"PK"):
        return _kind_of_archive(path)
    _check_text(path, start)
    _check_binary(path, start)
    if len(start) > 9 and int.from_bytes(start[:8], "little") < 2**30 and start[8:9] == b"{":
        return SAFETENSORS
    # A pickle opens with its protocol; files of torch before 1.6 are several pickles in a row.
    if start[:1] == b"\x80" and start[1:2] <= b"\x05":
        return TORCH
    return UNKNOWN


def damaged(path: Path, fault: Exception) -> ModelRefused:
    """Return the error for a file that its library cannot read."""
    reason = str(fault).partition(". ")[0].rstrip(".")
    if not any(letter.isalpha() for letter in reason):
        # Of some faults the text is a bare number, or nothing.
        reason = f"{type(fault).__name__} {reason}".rstrip()
    return ModelRefused(
        deferred("{file} is truncated, damaged or no model file: {reason}.", file=path.name, reason=reason),
        deferred("Save or copy it again."),
    )


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        if path.suffix.lower() == ".keras":
            raise _keras(path) from fault
        raise damaged(path, fault) from fault
    ends = {name.partition("/")[2] for name in names}
    weights = f"{path.stem}-weights.pth"
    if any(end.startswith("code/") for end in ends):
        raise ModelRefused(
            deferred("{file} is a TorchScript program, which holds code.", file=path.name),
            _in_python(
                f'model = torch.jit.load("{path.name}", map_location="cpu"); '
                f'torch.save(model.state_dict(), "{weights}")'
            ),
        )
    if any("exported_program" in end or end.startswith("models/") for end in (*ends, *names)):
        raise ModelRefused(
            deferred("{file} is a program of torch.export, which holds a graph of torch.", file=path.name),
            _in_python(f'program = torch.export.load("{path.name}"); torch.save(program.state_dict, "{weights}")'),
        )
    if "model.weights.h5" in names or "config.json" in names:
        raise _keras(path)
    if "data.pkl" in ends:
        return TORCH
    if any(name.endswith(".npy") for name in names):
        raise ModelRefused(
            deferred("{file} holds arrays of numpy.", file=path.name),
            _in_python(
                f'arrays = numpy.load("{path.name}"); '
                f'torch.save({{name: torch.from_numpy(arrays[name]) for name in arrays}}, "{weights}")'
            ),
        )
    raise ModelRefused(
        deferred(
            "{file} is an archive with {names}.",
            file=path.name,
            names=", ".join(names[:3]) or deferred("no files"),
        ),
        deferred("Unpack it, and give the model file in it."),
    )


def _in_python(code: str) -> str:
    return deferred("In Python: {code}", code=code)


def _check_text(path: Path, start: bytes) -> None:
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"version https://git-lfs"):
        raise ModelRefused(
            deferred("{file} is a pointer of Git LFS: the file itself was not downloaded.", file=path.name),
            deferred("In its repository: {command}", command=f'git lfs install; git lfs pull --include "{path.name}"'),
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise ModelRefused(
            deferred("{file} is a web page, not a model: the server sent a page instead of the file.", file=path.name),
            deferred("Download it again, and confirm the download in the browser if the page asks for it."),
        )


def _check_binary(path: Path, start: bytes) -> None:
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        raise _keras(path)
    if start[4:8] == b"TFL3" or path.suffix.lower() == ".tflite":
        raise ModelRefused(
            deferred("{file} is a model of TensorFlow Lite.", file=path.name),
            f"pip install tf2onnx tensorflow; python -m tf2onnx.convert --tflite {path.name} --output {path.stem}.onnx",
        )
    if start.startswith(b"\x1f\x8b") or start[257:262] == b"ustar":
        raise ModelRefused(
            deferred("{file} is a packed archive.", file=path.name),
            deferred("{command}, and give the model file in it.", command=f"tar -xf {path.name}"),
        )


def _keras(path: Path) -> ModelRefused:
    # `export` alone fails after `load_model` (Keras 3.15): "The model provided has never called".
    return ModelRefused(
        deferred("{file} is a model of Keras.", file=path.name),
        deferred(
            "{command}; in Python: {code}. Then write {file} beside it with the preprocessing.",
            command="pip install keras tensorflow tf2onnx",
            code=f'import keras; model = keras.models.load_model("{path.name}"); '
            f'model.export("{path.stem}.onnx", format="onnx", '
            'input_signature=[keras.InputSpec(shape=model.input_shape, dtype="float32")])',
            file=f"{path.stem}.json",
        ),
    )
