"""Training of a classifier on a labelled set of pictures, resumable after every epoch."""

import logging
import math
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torchvision  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from xai_core.data.dataset import DataOptions, PictureSet
from xai_core.data.sources.table import open_data
from xai_core.errors import DataMissing, ModelRefused, SettingRefused
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.progress import StageProgress, ignore_stage_progress
from xai_core.runtimes.architectures import build_network, pretrained_network
from xai_core.runtimes.opening.writing import save_checkpoint
from xai_core.runtimes.torch_runtime import resolve_device
from xai_core.training.hidden_spots import HiddenSpots
from xai_core.training.resume import TrainingState, check_name, describe_epoch, load_state
from xai_core.training.settings import TrainSettings
from xai_core.training.start import Start, read_start
from xai_core.training.train_data import Pictures, batch_loader, load_into_memory, split_by_class

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Run:
    """Parts of a run that stay the same throughout."""

    settings: TrainSettings
    spec: ModelSpec
    learn: Pictures
    validate: Pictures
    device: str
    workers: int
    progress: StageProgress
    origin: Start | None = None

    @property
    def planned(self) -> int:
        return self.settings.epochs * len(self.learn)

    def batches(self, pictures: Pictures, shuffled_by: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield normalised pictures (n, 3, H, W) and classes (n,) on the device; n may be 0."""
        mean = torch.tensor(self.spec.mean, device=self.device).view(3, 1, 1)
        std = torch.tensor(self.spec.std, device=self.device).view(3, 1, 1)
        for images, classes in batch_loader(
            pictures,
            batch=self.settings.batch_size,
            shuffled_by=shuffled_by,
            workers=self.workers,
            pinned=self.device == "cuda",
        ):
            shown = images.to(self.device, non_blocking=True).float().div_(255).sub_(mean).div_(std)
            yield shown.contiguous(memory_format=torch.channels_last), classes.to(self.device, non_blocking=True)

    def autocast(self) -> torch.autocast:
        # bfloat16 has the range of float32, so that no gradient needs to be scaled, unlike in float16.
        return torch.autocast(self.device, torch.bfloat16, enabled=self.settings.amp and self.device == "cuda")


@dataclass(slots=True)
class _Learner:
    """Parts of a run that change with every step."""

    network: nn.Module
    optimizer: AdamW
    schedule: OneCycleLR


def train(
    data: Path,
    out: Path,
    settings: TrainSettings,
    *,
    start: Path | None = None,
    hidden: HiddenSpots | None = None,
    device: str = "auto",
    workers: int | None = None,
    memory_bytes: int = 4 * 2**30,
    progress: StageProgress = ignore_stage_progress,
) -> Path:
    """Train a classifier on the train split of a folder, and write it to a model file.

    The file has the spec and a record of the training in its header.

    After each epoch everything needed to continue is in `<out>.resume`: the same call continues a killed one and gives
    the weights that it would have given. `<out>` holds the best epoch so far, by top-1 on the pictures held back.

    Parameters
    ----------
    data
        Folder or file of a labelled set, in any layout of `sources.table.SOURCES`.
    out
        Model file to write, ending in .safetensors.
    settings
        Everything that decides the weights, apart from the pictures.
    start
        Checkpoint to fine-tune, whose network, labels and preprocessing stay; None starts as the settings say.
    hidden
        Spots that are hidden in some of the pictures to learn from; None hides none.
    device
        "auto", "cpu" or "cuda".
    workers
        Processes that read and augment pictures; None chooses for the machine, and takes none where the network itself
        keeps the processor busy.
    memory_bytes
        Memory up to which decoded pictures are held in memory, rather than decoded again in every epoch.
    progress
        Callback that receives stage, pictures done and pictures planned after every batch.

    Raises
    ------
    DataRefused
        If it cannot be read, or has no train split.
    ModelRefused
        If `out` belongs to another run, the ImageNet weights cannot be fetched, or the training diverges.
    SettingRefused
        If the classes are too small to hold pictures back.
    """
    folder = open_data(data, DataOptions(split="train"))
    if not folder.pictures:
        raise DataMissing(data, deferred("every picture of the train split"))
    check_name(out)
    origin = None if start is None else read_start(start)
    if origin is not None:
        origin.check_classes(folder.pictures)
        settings = origin.settings(settings)
    if hidden is not None:
        settings = replace(settings, hidden=hidden.digest, hidden_share=hidden.share)
    state = load_state(out, settings, folder.fingerprint)
    if state.finished:
        log.info("%s is already trained", out.name)
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    run = _prepare_run(folder, settings, hidden, resolve_device(device), workers=workers, progress=progress)
    if origin is not None:
        learn, validate = (pictures.seen_by(origin.spec) for pictures in (run.learn, run.validate))
        run = replace(run, spec=origin.spec, learn=learn, validate=validate, origin=origin)
    in_memory = load_into_memory((run.learn, run.validate), memory_bytes, progress)
    if workers is None:
        # On a CPU the network takes all cores, and augmenting costs little beside it. A GPU would wait for pictures.
        spare = min(16, os.cpu_count() or 1)
        run = replace(run, workers=0 if in_memory and run.device == "cpu" else spare)
    _train_all_epochs(run, state, out)
    return out


def _prepare_run(
    folder: PictureSet,
    settings: TrainSettings,
    hidden: HiddenSpots | None,
    device: str,
    *,
    workers: int | None,
    progress: StageProgress,
) -> _Run:
    spec = settings.spec(tuple(sorted({picture.truth for picture in folder.pictures})))
    learn, validate = split_by_class(folder.pictures, settings.validation_share, settings.seed)
    if not validate:
        expected = deferred("a share that holds back at least one picture of a class")
        raise SettingRefused(deferred("validation share"), settings.validation_share, expected)
    return _Run(
        settings=settings,
        spec=spec,
        learn=Pictures(folder, learn, spec, settings.augmentation, hidden),
        validate=Pictures(folder, validate, spec),
        device=device,
        workers=workers or 0,
        progress=progress,
    )


def _train_all_epochs(run: _Run, state: TrainingState, out: Path) -> None:
    learner = _make_learner(run, state)
    while len(state.epochs) < run.settings.epochs and state.epochs_since_best < run.settings.patience:
        began = time.perf_counter()
        number = len(state.epochs)
        metrics = {"epoch": number + 1} | _train_epoch(run, learner, number) | _validate(run, learner.network)
        metrics["seconds"] = round(time.perf_counter() - began, 2)
        state.epochs.append(metrics)
        log.info("Epoch %d of %d: %s", number + 1, run.settings.epochs, describe_epoch(metrics))
        if state.epochs_since_best == 0:
            state.best = {name: tensor.cpu().clone() for name, tensor in learner.network.state_dict().items()}
            # Before the state: a kill in between repeats the epoch, and the same seed gives the same weights again.
            _write_best(run, state, out, finished=False)
        state.save(out, learner.network, learner.optimizer, learner.schedule)
    _write_best(run, state, out, finished=True)
    state.delete(out)


def _make_learner(run: _Run, state: TrainingState) -> _Learner:
    settings = run.settings
    torch.manual_seed(settings.seed)
    # A resumed run gets its weights from its state, so it needs no download.
    fetched = not (settings.from_scratch or state.epochs or run.origin)
    network = (pretrained_network if fetched else build_network)(settings.architecture, len(run.spec.labels))
    if run.origin is not None and not state.epochs:
        network.load_state_dict(run.origin.network().state_dict())
    network = network.to(torch.device(run.device))
    network = network.to(memory_format=torch.channels_last)
    # No decay of biases and scales: T. He et al., "Bag of Tricks for Image Classification", arXiv:1812.01187.
    weights = [tensor for tensor in network.parameters() if tensor.ndim > 1]
    others = [tensor for tensor in network.parameters() if tensor.ndim <= 1]
    groups = [{"params": weights, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = AdamW(groups, lr=settings.peak_rate)
    # The loader drops a last batch that is not full. One step too many would make OneCycleLR raise.
    steps = settings.epochs * max(1, len(run.learn) // settings.batch_size)
    schedule = OneCycleLR(optimizer, max_lr=settings.peak_rate, total_steps=steps)
    state.restore(network, optimizer, schedule)
    return _Learner(network, optimizer, schedule)


def _train_epoch(run: _Run, learner: _Learner, number: int) -> dict[str, float]:
    """Train the network on all pictures once, and return the metrics of the epoch."""
    # Seeded anew, an epoch does not depend on the random numbers of those before it: a resumed run samples the same
    # order and augmentation as an uninterrupted one. A prime factor keeps the epochs of neighbouring seeds apart.
    torch.manual_seed(run.settings.seed * 1_000_003 + number + 1)
    learner.network.train()
    # Summed on the device: to read the loss of every step would make the CPU wait for the GPU.
    loss_sum, seen, began = torch.zeros((), device=run.device), 0, time.perf_counter()
    for images, classes in run.batches(run.learn, shuffled_by=run.settings.seed * 1_000_003 + number + 1):
        # In training mode, batch norm needs the variance over at least two pictures.
        if len(classes) < 2:
            continue
        with run.autocast():
            loss = cross_entropy(learner.network(images), classes, label_smoothing=run.settings.label_smoothing)
        learner.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        learner.optimizer.step()
        learner.schedule.step()
        loss_sum += loss.detach() * len(classes)
        seen += len(classes)
        stage = f"epoch {number + 1} of {run.settings.epochs}"
        run.progress(stage, number * len(run.learn) + seen, run.planned)
    mean = float(loss_sum) / max(seen, 1)
    if not seen or not math.isfinite(mean):
        sentence = (
            deferred("The training failed in epoch {number}: its loss is {loss}.", number=number + 1, loss=mean)
            if seen
            else deferred("The training failed in epoch {number}: no two pictures could be read.", number=number + 1)
        )
        raise ModelRefused(sentence, deferred("Lower the learning rate."))
    return {"train_loss": mean, "pictures": seen, "pictures_per_s": round(seen / (time.perf_counter() - began), 1)}


def _validate(run: _Run, network: nn.Module) -> dict[str, float]:
    """Return loss without smoothing, top-1 and top-5 on the pictures held back."""
    network.eval()
    loss = top1 = top5 = seen = 0.0
    depth = min(5, len(run.spec.labels))
    with torch.inference_mode():
        for images, classes in run.batches(run.validate):
            if len(classes) == 0:
                continue
            with run.autocast():
                logits = network(images).float()
            right = logits.topk(depth).indices == classes[:, None]
            loss += float(cross_entropy(logits, classes, reduction="sum"))
            top1 += float(right[:, 0].sum())
            top5 += float(right.sum())
            seen += len(classes)
    if not seen:
        raise ModelRefused(
            deferred("None of the pictures held back for validation can be read."), deferred("Restore the pictures.")
        )
    return {"loss": loss / seen, "top1": top1 / seen, "top5": top5 / seen, "validated": seen}


def _write_best(run: _Run, state: TrainingState, out: Path, *, finished: bool) -> None:
    """Write the best weights so far with the record of their training."""
    network = build_network(run.settings.architecture, len(run.spec.labels))
    network.load_state_dict(state.best)
    record = state.question | {
        "finished": finished,
        "best_epoch": state.best_epoch,
        "seconds": round(sum(metrics["seconds"] for metrics in state.epochs), 1),
        "pictures": {"learn": len(run.learn), "validate": len(run.validate), "classes": len(run.spec.labels)},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
        "device": torch.cuda.get_device_name() if run.device == "cuda" else f"cpu, {torch.get_num_threads()} threads",
        "epochs": state.epochs,
    }
    save_checkpoint(out, network, replace(run.spec, training=record), half=run.settings.half)
