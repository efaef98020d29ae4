"""State of a training run, stored after each epoch so that a killed run can continue."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from xai_core.errors import ModelRefused
from xai_core.files import atomic_path
from xai_core.language import deferred
from xai_core.runtimes.sources.spec_files import SPEC_KEY
from xai_core.texts import CLAUSES, chained
from xai_core.training.settings import TrainSettings


@dataclass(slots=True)
class TrainingState:
    """Epochs that are done, and everything needed to continue after them.

    Attributes
    ----------
    question
        Settings and fingerprint of the pictures, which decide whether two runs are the same run.
    epochs
        Metrics of each epoch.
    best
        Weights of the best epoch.
    finished
        True if the model file is complete and nothing is left to do.
    states
        States of network, optimizer and schedule after the last epoch, until `restore` has used them.
    """

    question: dict[str, Any]
    epochs: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    finished: bool = False
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def best_epoch(self) -> int:
        """Number, from 1, of the epoch with the highest top-1, or 0 before any.

        The lower loss decides between epochs of equal top-1.
        """
        order = sorted(self.epochs, key=lambda metrics: (-metrics["top1"], metrics["loss"]))
        return int(order[0]["epoch"]) if order else 0

    @property
    def epochs_since_best(self) -> int:
        """Number of epochs in a row without an improvement."""
        return len(self.epochs) - self.best_epoch

    def restore(self, network: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> None:
        """Set network, optimizer and schedule to their states after the last epoch."""
        if self.states:
            network.load_state_dict(self.states["network"])
            # AdamW's moments and the position on the learning-rate curve are part of the state: without them the
            # next steps, and so the weights, would differ from those of an uninterrupted run.
            optimizer.load_state_dict(self.states["optimizer"])
            schedule.load_state_dict(self.states["schedule"])
            # Weights and moments take three times the memory of the network, which is free for training now.
            self.states = {}

    def save(self, out: Path, network: nn.Module, optimizer: AdamW, schedule: OneCycleLR) -> None:
        """Write everything needed to continue, beside the model file `out`."""
        content = {
            "question": json.dumps(self.question),
            "epochs": self.epochs,
            "best": self.best,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }
        # A kill leaves the whole file of this epoch or that of the one before, never a part of one.
        with atomic_path(resume_file(out), single_writer=True) as part:
            torch.save(content, part)

    def delete(self, out: Path) -> None:
        """Remove the file that only an unfinished run needs."""
        resume_file(out).unlink(missing_ok=True)


def resume_file(out: Path) -> Path:
    """Return the file with the state of the unfinished run that writes the model file `out`."""
    return out.with_name(f"{out.name}.resume")


def check_name(out: Path) -> None:
    """Refuse a model file of another kind.

    Raises
    ------
    ModelRefused
        If its name does not end in .safetensors.
    """
    if out.suffix != ".safetensors":
        raise ModelRefused(
            deferred("The file to write is {file}.", file=out.name), deferred("Give a name that ends in .safetensors.")
        )


def load_state(out: Path, settings: TrainSettings, data: str) -> TrainingState:
    """Return the stored state of the run with these settings and pictures, or a new state.

    Parameters
    ----------
    out
        The model file to be written.
    settings
        Everything that decides the weights, apart from the pictures.
    data
        Fingerprint of the pictures.

    Raises
    ------
    ModelRefused
        If the model file, or the state beside it, belongs to another run or cannot be read.
    """
    # Through JSON and back, as the content of the file: only then are equal settings sure to compare equal.
    state = TrainingState(json.loads(json.dumps({"settings": asdict(settings), "data": data})))
    path = resume_file(out)
    # The state first: beside an unfinished run lies a model file too, with the best epoch so far.
    if path.is_file():
        content = _read_state(path)
        _check_same_run(state.question, json.loads(content.pop("question")), path)
        state.epochs, state.best = content.pop("epochs"), content.pop("best")
        state.states = content
    elif out.is_file():
        _check_same_run(state.question, _read_record(out), out)
        state.finished = True
    return state


def describe_epoch(metrics: Mapping[str, float]) -> str:
    """Return the metrics of an epoch for the log."""
    accuracy = f"top-1 {metrics['top1']:.3f}, top-5 {metrics['top5']:.3f}"
    losses = f"loss {metrics['loss']:.3f} (training {metrics['train_loss']:.3f})"
    return f"{accuracy}, {losses}, {metrics['seconds']:.0f} s, {metrics['pictures_per_s']:.0f} pictures/s"


def _read_state(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as fault:  # a damaged archive surfaces as almost any exception
        raise ModelRefused(
            deferred("The state of an unfinished run in {file} cannot be read.", file=path.name),
            deferred("Delete it to start again."),
        ) from fault
    return content


def _read_record(out: Path) -> dict[str, Any]:
    """Return the training record in the header of a model file, empty if it has none."""
    try:
        with safe_open(out, framework="pt") as file:
            spec = json.loads((file.metadata() or {}).get(SPEC_KEY, "{}"))
    except (SafetensorError, OSError, ValueError) as fault:
        raise ModelRefused(
            deferred("{file} exists and cannot be read.", file=out.name), deferred("Choose another name, or delete it.")
        ) from fault
    record: dict[str, Any] = spec.get("training") or {}
    return record


def _check_same_run(wanted: dict[str, Any], found: dict[str, Any], path: Path) -> None:
    before, now = found.get("settings", {}), wanted["settings"]
    changed = [
        deferred("{name} was {before}, is {now}", name=name, before=repr(before.get(name)), now=repr(value))
        for name, value in now.items()
        if before.get(name) != value
    ]
    if wanted["data"] != found.get("data"):
        changed.append(deferred("the pictures are others"))
    if changed:
        changes = chained(CLAUSES, changed)
        raise ModelRefused(
            deferred("{file} belongs to another training run: {changes}.", file=path.name, changes=changes),
            deferred("Give the settings that it was started with, choose another file to write, or delete it."),
        )
