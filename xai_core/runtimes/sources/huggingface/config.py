"""Facts in the config.json of a Hugging Face folder."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xai_core.errors import ModelRefused
from xai_core.hub import display_name
from xai_core.language import deferred
from xai_core.runtimes.sources.checkpoint_labels import FoundLabels

CONFIG = "config.json"
PROCESSOR = "preprocessor_config.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")


def read_config(folder: Path) -> dict[str, Any]:
    """Read the config.json of a folder.

    Raises
    ------
    ModelRefused
        If it is damaged, or of another task than the classification of pictures.
    """
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        raise _unreadable(path, fault) from fault
    if not isinstance(config, dict):
        raise ModelRefused(
            deferred("{path} holds {kind}; expected an object.", path=path, kind=type(config).__name__),
            deferred("Download the folder again."),
        )
    _check_task(config, folder)
    return config


def _unreadable(path: Path, fault: Exception) -> ModelRefused:
    return ModelRefused(
        deferred("{path} cannot be read: {reason}.", path=path, reason=str(fault)),
        deferred("Download the folder again."),
    )


def is_timm(config: Mapping[str, Any]) -> bool:
    """Return True for a network of timm, as timm or transformers' wrapper of it saves it."""
    return isinstance(config.get("architecture"), str) and (
        "pretrained_cfg" in config or config.get("model_type") == "timm_wrapper"
    )


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of the weights, safetensors before pickles.

    Raises
    ------
    ModelRefused
        If there are none, or a part of them is missing.
    """
    for name in _WEIGHTS:
        path = folder / name
        if not path.is_file():
            continue
        if not name.endswith(".index.json"):
            return (path,)
        try:
            parts = sorted(set(json.loads(path.read_text("utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as fault:
            raise _unreadable(path, fault) from fault
        files = [folder / Path(part).name for part in parts]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            raise ModelRefused(
                deferred("{model} lacks {names}.", model=display_name(folder), names=", ".join(missing)),
                deferred("Download the folder again, whole."),
            )
        return (*files, path)
    found = ", ".join(sorted(entry.name for entry in folder.iterdir())[:6])
    raise ModelRefused(
        deferred(
            "{model} holds no weights ({names}); expected model.safetensors.", model=display_name(folder), names=found
        ),
        deferred("Download the folder again, whole (git lfs pull in a clone), or save the model with save_pretrained."),
    )


def find_labels(config: Mapping[str, Any], outputs: int) -> tuple[FoundLabels | None, tuple[str, ...]]:
    """Return the class names in a config.json, and sentences about them."""
    cfg = config.get("pretrained_cfg")
    places = [("id2label", config.get("id2label")), ("label_names", config.get("label_names"))]
    places += [("pretrained_cfg.label_names", cfg.get("label_names"))] if isinstance(cfg, Mapping) else []
    for key, value in places:
        names = _ordered(value)
        if names is None or len(names) != outputs:
            continue
        if all(re.fullmatch(r"LABEL_\d+", name) for name in names):
            return None, (deferred("config.json has only the numbers of the classes (LABEL_0, LABEL_1, ...)."),)
        repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if not repeated:
            return FoundLabels(tuple(names), deferred("{key} in config.json", key=key)), ()
        numbered = [f"{name} ({index})" if name in repeated else name for index, name in enumerate(names)]
        note = deferred("Classes of the same name got their number: {names}.", names=", ".join(repeated[:3]))
        return FoundLabels(tuple(numbered), deferred("{key} in config.json", key=key)), (note,)
    return None, ()


def _ordered(value: object) -> list[str] | None:
    """Return names by their numbers, which are text in JSON."""
    if isinstance(value, Mapping):
        try:
            value = [value[key] for key in sorted(value, key=int)]
        except (ValueError, TypeError):
            return None
    if isinstance(value, list) and value and all(isinstance(name, str) and name.strip() for name in value):
        return value
    return None


def _check_task(config: Mapping[str, Any], folder: Path) -> None:
    name = display_name(folder)
    if config.get("auto_map"):
        raise ModelRefused(
            deferred(
                "{model} brings Python code of its own (auto_map in config.json), and opening it would run it.",
                model=name,
            ),
            deferred("Export the network to .onnx with a .json spec beside it."),
        )
    if config.get("problem_type") == "multi_label_classification":
        raise ModelRefused(
            deferred(
                "{model} gives each class a probability of its own (multi_label_classification), so that several can "
                "be true; expected one class for each picture.",
                model=name,
            ),
            deferred("Choose a model with one class for each picture."),
        )
    if is_timm(config):
        return
    if not isinstance(config.get("model_type"), str):
        raise ModelRefused(
            deferred(
                "The config.json of {model} names neither a model_type of transformers nor an architecture of timm.",
                model=name,
            ),
            deferred("Give the weights file itself, with an architecture."),
        )
    networks = config.get("architectures") or []
    if not any("ForImageClassification" in str(network) for network in networks):
        raise ModelRefused(
            deferred(
                "{model} holds {networks}; expected a network ...ForImageClassification, which gives a logit for each "
                "class.",
                model=name,
                networks=", ".join(map(str, networks)) or deferred("a network without a name"),
            ),
            deferred("Choose a model that was trained to classify pictures."),
        )
