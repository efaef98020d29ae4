"""Training a classifier on a folder in Food-101's layout: the recipe of the project, resumable at every epoch."""

import logging
import math
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torchvision  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from xai_core.data.dataset import Food101Folder
from xai_core.errors import DataMissing, ModelRefused, SettingRefused
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.architectures import build_network, pretrained_network
from xai_core.runtimes.checkpoint import save_checkpoint
from xai_core.runtimes.torch_runtime import chosen_device
from xai_core.training.resume import Past, resumed
from xai_core.training.settings import TrainSettings
from xai_core.training.train_data import Pictures, loader, stratified

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called as progress(what is being done, pictures done, pictures planned)."""


def ignore_progress(what: str, done: int, planned: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What stays the same throughout a run."""

    settings: TrainSettings
    spec: ModelSpec
    learn: Pictures
    validate: Pictures
    device: str
    workers: int
    progress: Progress

    @property
    def planned(self) -> int:
        return self.settings.epochs * len(self.learn)

    def batches(self, pictures: Pictures, shuffled_by: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Normalised pictures (n, 3, H, W) and their classes (n,), on the device; n >= 0."""
        mean = torch.tensor(self.spec.mean, device=self.device).view(3, 1, 1)
        std = torch.tensor(self.spec.std, device=self.device).view(3, 1, 1)
        for images, classes in loader(
            pictures,
            batch=self.settings.batch_size,
            shuffled_by=shuffled_by,
            workers=self.workers,
            pinned=self.device == "cuda",
        ):
            shown = images.to(self.device, non_blocking=True).float().div_(255).sub_(mean).div_(std)
            yield shown.contiguous(memory_format=torch.channels_last), classes.to(self.device, non_blocking=True)

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device, torch.bfloat16, enabled=self.settings.amp and self.device == "cuda")


@dataclass(slots=True)
class _Learner:
    """What changes with every step."""

    network: nn.Module
    optimizer: AdamW
    schedule: OneCycleLR


def train(
    data: Path,
    out: Path,
    settings: TrainSettings,
    *,
    device: str = "auto",
    workers: int | None = None,
    memory_bytes: int = 4 * 2**30,
    progress: Progress = ignore_progress,
) -> Path:
    """Train on the train split of a folder and write a .safetensors file with its spec and training record.

    After each epoch everything needed to go on lies in `<out>.resume`: the same call goes on where a killed one was,
    and gives what it would have given. `<out>` holds the best epoch so far, by top-1 on the pictures held back.

    Parameters
    ----------
    data
        Folder in Food-101's layout.
    out
        Where to; ends in .safetensors.
    settings
        What decides the weights.
    device
        "auto", "cpu" or "cuda".
    workers
        Processes that read and augment; None takes none where the network itself keeps the processor busy.
    memory_bytes
        Decoded pictures are kept in memory where they take no more than this.
    progress
        Called after every batch.

    Raises
    ------
    DataMissing
        If the folder has no train split.
    ModelRefused
        If `out` belongs to another run, the ImageNet weights cannot be fetched, or the training diverges.
    SettingRefused
        If the classes are too small to hold pictures back.
    """
    folder = Food101Folder.open(data, "train")
    if not folder.pictures:
        raise DataMissing(data, "every picture of the train split")
    if out.suffix != ".safetensors":
        raise ModelRefused(f"The file to write is {out.name}.", "Give a name that ends in .safetensors.")
    past = resumed(out, settings, folder.fingerprint)
    if past.finished:
        log.info("%s is trained already", out.name)
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    desk = _desk(folder, settings, chosen_device(device), workers, progress)
    in_memory = _keep_in_memory(desk, memory_bytes)
    if workers is None:
        # On a CPU the network takes all cores, and augmenting costs little beside it; a GPU would wait for pictures.
        spare = min(16, os.cpu_count() or 1)
        desk = replace(desk, workers=0 if in_memory and desk.device == "cpu" else spare)
    _all_epochs(desk, past, out)
    return out


def _desk(
    folder: Food101Folder, settings: TrainSettings, device: str, workers: int | None, progress: Progress
) -> _Desk:
    spec = settings.spec(tuple(sorted({picture.truth for picture in folder.pictures})))
    learn, validate = stratified(folder.pictures, settings.validation_share, settings.seed)
    if not validate:
        expected = "a share that holds back at least one picture of a class"
        raise SettingRefused("validation share", settings.validation_share, expected)
    return _Desk(
        settings=settings,
        spec=spec,
        learn=Pictures(folder, learn, spec, settings.augmentation),
        validate=Pictures(folder, validate, spec),
        device=device,
        workers=workers or 0,
        progress=progress,
    )


def _keep_in_memory(desk: _Desk, memory_bytes: int) -> bool:
    if desk.learn.bytes_in_memory + desk.validate.bytes_in_memory > memory_bytes:
        return False
    planned = len(desk.learn) + len(desk.validate)
    before = 0
    for pictures in (desk.learn, desk.validate):
        for done in pictures.keep_in_memory(threads=os.cpu_count() or 1):
            desk.progress("reading pictures", before + done, planned)
        before += len(pictures)
    return True


def _all_epochs(desk: _Desk, past: Past, out: Path) -> None:
    learner = _learner(desk, past)
    while len(past.epochs) < desk.settings.epochs and past.epochs_since_best < desk.settings.patience:
        began = time.perf_counter()
        number = len(past.epochs)
        metrics = {"epoch": number + 1} | _learned(desk, learner, number) | _validated(desk, learner.network)
        metrics["seconds"] = round(time.perf_counter() - began, 2)
        past.epochs.append(metrics)
        log.info("Epoch %d of %d: %s", number + 1, desk.settings.epochs, _in_words(metrics))
        if past.epochs_since_best == 0:
            past.best = {name: tensor.cpu().clone() for name, tensor in learner.network.state_dict().items()}
            _publish(desk, past, out, finished=False)
        past.keep(out, learner.network, learner.optimizer, learner.schedule)
    _publish(desk, past, out, finished=True)
    past.forget(out)


def _learner(desk: _Desk, past: Past) -> _Learner:
    settings = desk.settings
    torch.manual_seed(settings.seed)
    start = build_network if settings.from_scratch or past.epochs else pretrained_network
    network = start(settings.architecture, len(desk.spec.labels)).to(torch.device(desk.device))
    network = network.to(memory_format=torch.channels_last)
    weights = [tensor for tensor in network.parameters() if tensor.ndim > 1]
    others = [tensor for tensor in network.parameters() if tensor.ndim <= 1]
    groups = [{"params": weights, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = AdamW(groups, lr=settings.peak_rate)
    steps = settings.epochs * max(1, len(desk.learn) // settings.batch_size)
    schedule = OneCycleLR(optimizer, max_lr=settings.peak_rate, total_steps=steps)
    past.restore(network, optimizer, schedule)
    return _Learner(network, optimizer, schedule)


def _learned(desk: _Desk, learner: _Learner, number: int) -> dict[str, float]:
    """Take the network through the pictures once."""
    # Seeded anew, an epoch has no memory of those before it: a resumed run draws what an unbroken one draws.
    torch.manual_seed(desk.settings.seed * 1_000_003 + number + 1)
    learner.network.train()
    loss_sum, seen, began = torch.zeros((), device=desk.device), 0, time.perf_counter()
    for images, classes in desk.batches(desk.learn, shuffled_by=desk.settings.seed * 1_000_003 + number + 1):
        if len(classes) < 2:  # batch norm has no variance of one picture
            continue
        with desk.autocast():
            loss = cross_entropy(learner.network(images), classes, label_smoothing=desk.settings.label_smoothing)
        learner.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        learner.optimizer.step()
        learner.schedule.step()
        loss_sum += loss.detach() * len(classes)
        seen += len(classes)
        what = f"epoch {number + 1} of {desk.settings.epochs}"
        desk.progress(what, number * len(desk.learn) + seen, desk.planned)
    mean = float(loss_sum) / max(seen, 1)
    if not seen or not math.isfinite(mean):
        reason = "no two pictures could be read" if not seen else f"its loss is {mean}"
        raise ModelRefused(f"The training came to nothing in epoch {number + 1}: {reason}.", "Lower the learning rate.")
    return {"train_loss": mean, "pictures": seen, "pictures_per_s": round(seen / (time.perf_counter() - began), 1)}


def _validated(desk: _Desk, network: nn.Module) -> dict[str, float]:
    """Loss (without smoothing), top-1 and top-5 on the pictures held back."""
    network.eval()
    loss = top1 = top5 = seen = 0.0
    depth = min(5, len(desk.spec.labels))
    with torch.inference_mode():
        for images, classes in desk.batches(desk.validate):
            if len(classes) == 0:
                continue
            with desk.autocast():
                logits = network(images).float()
            right = logits.topk(depth).indices == classes[:, None]
            loss += float(cross_entropy(logits, classes, reduction="sum"))
            top1 += float(right[:, 0].sum())
            top5 += float(right.sum())
            seen += len(classes)
    if not seen:
        raise ModelRefused("None of the pictures held back for validation can be read.", "Restore the pictures.")
    return {"loss": loss / seen, "top1": top1 / seen, "top5": top5 / seen, "validated": seen}


def _publish(desk: _Desk, past: Past, out: Path, *, finished: bool) -> None:
    """Write the best weights so far with the record of how they came about."""
    network = build_network(desk.settings.architecture, len(desk.spec.labels))
    network.load_state_dict(past.best)
    record = past.question | {
        "finished": finished,
        "best_epoch": past.best_epoch,
        "seconds": round(sum(metrics["seconds"] for metrics in past.epochs), 1),
        "pictures": {"learn": len(desk.learn), "validate": len(desk.validate), "classes": len(desk.spec.labels)},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        "device": torch.cuda.get_device_name() if desk.device == "cuda" else f"cpu, {torch.get_num_threads()} threads",
        "epochs": past.epochs,
    }
    save_checkpoint(out, network, replace(desk.spec, training=record), half=desk.settings.half)


def _in_words(metrics: dict[str, float]) -> str:
    return (
        f"top-1 {metrics['top1']:.3f}, top-5 {metrics['top5']:.3f}, loss {metrics['loss']:.3f} "
        f"(training {metrics['train_loss']:.3f}), {metrics['seconds']:.0f} s, {metrics['pictures_per_s']:.0f} a second"
    )
