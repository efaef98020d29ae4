"""What a training run has behind it: kept beside the model file after each epoch, so that a killed run goes on."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from xai_core.errors import ModelRefused
from xai_core.runtimes.checkpoint import SPEC_KEY
from xai_core.training.settings import TrainSettings


@dataclass(slots=True)
class Past:
    """Epochs that are done.

    Attributes
    ----------
    question
        Settings and pictures: what makes two runs the same run.
    epochs
        Metrics of each epoch.
    best
        Weights of the best epoch.
    finished
        The model file is written, and nothing is left to do.
    states
        Network, optimizer and learning rate as the last epoch left them, until they are restored.
    """

    question: dict[str, Any]
    epochs: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    finished: bool = False
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def best_epoch(self) -> int:
        """Number, from 1, of the epoch with the highest top-1; the lower loss decides between equals. 0 before any."""
        order = sorted(self.epochs, key=lambda metrics: (-metrics["top1"], metrics["loss"]))
        return int(order[0]["epoch"]) if order else 0

    @property
    def epochs_since_best(self) -> int:
        """Epochs in a row that brought nothing better."""
        return len(self.epochs) - self.best_epoch

    def restore(self, network: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> None:
        """Put network, optimizer and learning rate where the last epoch left them."""
        if self.states:
            network.load_state_dict(self.states["network"])
            optimizer.load_state_dict(self.states["optimizer"])
            schedule.load_state_dict(self.states["schedule"])
            self.states = {}

    def keep(self, out: Path, network: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> None:
        """Write everything needed to go on. A kill leaves the file of this epoch or that of the one before."""
        content = {
            "question": json.dumps(self.question),
            "epochs": self.epochs,
            "best": self.best,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }
        path = resume_file(out)
        unfinished = path.with_name(f".{path.name}.part")
        try:
            torch.save(content, unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def forget(self, out: Path) -> None:
        """Remove what only an unfinished run needs."""
        resume_file(out).unlink(missing_ok=True)


def resume_file(out: Path) -> Path:
    """Where the state of an unfinished run lies."""
    return out.with_name(f"{out.name}.resume")


def resumed(out: Path, settings: TrainSettings, data: str) -> Past:
    """Return what a run with these settings on these pictures has behind it; nothing, if it is new.

    Parameters
    ----------
    out
        The model file to be written.
    settings
        What decides the weights.
    data
        Fingerprint of the pictures.

    Raises
    ------
    ModelRefused
        If the file, or the state beside it, belongs to another run, or cannot be read.
    """
    # Through JSON and back: what is compared with a file's content must have been through the same.
    past = Past(json.loads(json.dumps({"settings": asdict(settings), "data": data})))
    state = resume_file(out)
    if state.is_file():
        content = _read_state(state)
        _check_same(past.question, json.loads(content.pop("question")), state)
        past.epochs, past.best = content.pop("epochs"), content.pop("best")
        past.states = content
    elif out.is_file():
        _check_same(past.question, _record(out), out)
        past.finished = True
    return past


def _read_state(state: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(state, map_location="cpu", weights_only=True)
    except Exception as fault:  # a damaged archive surfaces as almost any exception
        raise ModelRefused(
            f"The state of an unfinished run in {state.name} cannot be read.", "Delete it to start again."
        ) from fault
    return content


def _record(out: Path) -> dict[str, Any]:
    try:
        with safe_open(out, framework="pt") as file:
            spec = json.loads((file.metadata() or {}).get(SPEC_KEY, "{}"))
    except (SafetensorError, OSError, ValueError) as fault:
        raise ModelRefused(f"{out.name} exists and cannot be read.", "Choose another name, or delete it.") from fault
    record: dict[str, Any] = spec.get("training") or {}
    return record


def _check_same(wanted: dict[str, Any], found: dict[str, Any], path: Path) -> None:
    before, now = found.get("settings", {}), wanted["settings"]
    changed = [
        f"{name} was {before.get(name)!r}, is {value!r}" for name, value in now.items() if before.get(name) != value
    ]
    if wanted["data"] != found.get("data"):
        changed.append("the pictures are others")
    if changed:
        raise ModelRefused(
            f"{path.name} belongs to another training run: {'; '.join(changed)}.",
            "Give the settings it was started with, choose another file to write, or delete it.",
        )
