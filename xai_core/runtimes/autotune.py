"""Which way of running a network is the fastest here: measured once, checked against the plain one, remembered."""

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from xai_core.engines.partition import PartitionSearch
from xai_core.errors import XaiError
from xai_core.masking import Coalition, Masker, hidden
from xai_core.model.preprocess import normalised
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.settings import ExplainSettings

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""After so long no other way is tried; the likeliest ones come first."""

TRY_S = 0.15
"""Time that one way is measured for, and two rounds at least."""

WITHIN = {False: 1e-4, True: 1e-3}
"""Share by which logits and maps may differ from those of the plain runtime: in float32, and in half precision."""

_CHECK_EVALUATIONS = {False: 12, True: 44}
"""Of the explanation that is compared; after these numbers the halving is complete down to a level."""

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A way of running a network.

    Attributes
    ----------
    library
        "torch", "onnxruntime", or "device": torch on a CUDA device.
    batch
        Pictures at a time.
    lanes, threads
        For onnxruntime: batches side by side, and threads for each; 0 lets it choose.
    half
        Compute in float16.
    """

    library: str
    batch: int
    lanes: int = 1
    threads: int = 0
    half: bool = False

    @property
    def name(self) -> str:
        """Short, for logs and the record."""
        lanes = f" {self.lanes} x {self.threads} threads" if self.threads else ""
        return f"{self.library}{' float16' if self.half else ''}{lanes} batch {self.batch}"


PLAIN = Setup(library="plain", batch=0)
"""Remembered where no other way gave the answers of the plain runtime."""


def cpu_setups(cores: int, *, checkpoint: bool) -> tuple[Setup, ...]:
    """Ways to run a network on a CPU, the likeliest to be the fastest first.

    Parameters
    ----------
    cores
        That this process may use.
    checkpoint
        Whether torch can run it too, rather than onnxruntime alone.
    """
    splits = [(cores, 1)] + ([(cores // 4, 4)] if cores >= 8 else []) + ([(1, cores)] if cores > 1 else [])
    onnx = [
        Setup(library="onnxruntime", batch=batch, lanes=lanes, threads=threads)
        for batch in (2, 4, 1)
        for lanes, threads in splits
    ]
    torch_setups = [Setup(library="torch", batch=batch) for batch in (4, 1, 8)]
    return (*onnx[:2], *torch_setups[:1], *onnx[2:], *torch_setups[1:]) if checkpoint else tuple(onnx)


def device_setups(*, checked_on_photographs: bool) -> tuple[Setup, ...]:
    """Ways to run a network on a CUDA device; half precision only where real pictures can vouch for it."""
    halves = (True, False) if checked_on_photographs else (False,)
    return tuple(Setup(library="device", batch=batch, half=half) for half in halves for batch in (128, 512, 32))


def cores() -> int:
    """Number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fastest(
    open_as: Callable[[Setup], Runtime],
    setups: Sequence[Setup],
    plain: Callable[[], Runtime],
    *,
    model_id: str,
    spec: ModelSpec,
    cache: Path,
    view: Callable[[], NDArray[np.uint8]] | None = None,
) -> Runtime:
    """Return the network run in the fastest way whose answers are those of the plain runtime.

    Parameters
    ----------
    open_as
        Makes a runtime.
    setups
        Ways to try, the likeliest first.
    plain
        Makes the runtime that the others are checked against, and that stands in where none of them passes.
    model_id, spec
        Of the network.
    cache
        Folder where the choice is remembered, by model, machine and versions of the libraries.
    view
        Gives a picture as the model sees it, (H, W, 3) uint8, for the check; None draws one.
    """
    place = cache / f"{model_id}-{_machine()}.json"
    known = _remembered(place, setups)
    if known is not None:
        try:
            return plain() if known == PLAIN else open_as(known)
        except (XaiError, OSError) as fault:
            log.warning("The model cannot be run by %s any more: %s", known.name, fault)
    reference = plain()
    picture = normalised(drawn(spec) if view is None else view(), spec)
    rates = _rates(open_as, setups, picture)
    for setup, (rate, runtime) in sorted(rates.items(), key=lambda item: -item[1][0]):
        difference = disagreement(runtime, reference, picture, half=setup.half)
        if difference <= WITHIN[setup.half]:
            log.info("The model is run by %s: %.0f pictures a second.", setup.name, rate)
            _remember(place, setups, setup, rates)
            return runtime
        log.warning("%s is not used: its answers are off by %.1e of their size.", setup.name, difference)
    _remember(place, setups, PLAIN, rates)
    return reference


def disagreement(runtime: Runtime, reference: Runtime, picture: NDArray[np.float32], *, half: bool = False) -> float:
    """How far a runtime's answers about masked forms of a picture are from another's.

    Parameters
    ----------
    runtime, reference
        Of the same network.
    picture : (H, W, 3) float32
        Normalised.
    half
        Look more closely.

    Returns
    -------
    The larger of two shares: of the logits, and of the maps of a small explanation. Its halving is complete, so that
    rounding cannot send the two searches different ways.
    """
    settings = ExplainSettings(
        blur_px=max(1, min(picture.shape[:2]) // 2),
        evaluations=_CHECK_EVALUATIONS[half],
        search_width=_CHECK_EVALUATIONS[True],
        steer_top=1,
    )
    values, logits = zip(*(_explained(each, picture, settings) for each in (runtime, reference)), strict=True)
    size = float(np.abs(logits[1]).mean())
    # Where a network hardly reacts to the picture its map is rounding, and not worth comparing.
    of_map = float(np.abs(values[0] - values[1]).sum()) / max(float(np.abs(values[1]).sum()), size / 10)
    return max(of_map, float(np.abs(logits[0] - logits[1]).mean()) / max(size, float(np.finfo(np.float32).tiny)))


def drawn(spec: ModelSpec) -> NDArray[np.uint8]:
    """Draw a picture with shapes, shades and grain, always the same: (H, W, 3) uint8."""
    height, width = spec.input_size
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    discs = [np.hypot(y - top, x - left) < size for top, left, size in ((0.4, 0.35, 0.22), (0.65, 0.6, 0.17))]
    shade = np.stack([0.3 + 0.4 * x, 0.35 + 0.2 * y, 0.25 + 0.3 * x * y], axis=-1)
    for disc, colour in zip(discs, ((0.8, 0.5, 0.2), (0.2, 0.6, 0.3)), strict=True):
        shade[disc] = colour
    grain = np.random.default_rng(0).normal(0, 0.05, shade.shape)
    return np.clip((shade + grain) * 255, 0, 255).astype(np.uint8)


def _explained(
    runtime: Runtime, picture: NDArray[np.float32], settings: ExplainSettings
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return (R, L) values and (n, L) logits of a small explanation."""
    masker = Masker(picture, hidden(picture, settings), channels_first=runtime.channels_first)
    height, width, _ = picture.shape
    search = PartitionSearch((height, width), settings)
    while coalitions := search.ask():
        search.tell(runtime.logits(masker.compose(coalitions)))
    return search.result().values, search.logits


def _rates(
    open_as: Callable[[Setup], Runtime], setups: Sequence[Setup], picture: NDArray[np.float32]
) -> dict[Setup, tuple[float, Runtime]]:
    """Pictures a second of each way that can be had, and its runtime."""
    rates: dict[Setup, tuple[float, Runtime]] = {}
    began = time.monotonic()
    for setup in setups:
        if rates and time.monotonic() - began > PATIENCE_S:
            break
        try:
            runtime = open_as(setup)
            rates[setup] = _rate(runtime, picture), runtime
        except (XaiError, OSError, RuntimeError) as fault:
            log.warning("The model cannot be run by %s: %s", setup.name, fault)
    return rates


def _rate(runtime: Runtime, picture: NDArray[np.float32]) -> float:
    height, width, _ = picture.shape
    halves: tuple[Coalition, ...] = (((0, height // 2, 0, width),), ((0, height, 0, width // 2),))
    masker = Masker(picture, np.zeros_like(picture), channels_first=runtime.channels_first)
    count = max(8, runtime.at_once)
    pictures = masker.compose((halves * count)[:count])
    runtime.logits(pictures[: runtime.at_once])
    rounds: list[float] = []
    # The fastest round: what the way of running costs, not what the machine is busy with besides.
    while len(rounds) < 2 or sum(rounds) < TRY_S:
        began = time.perf_counter()
        runtime.logits(pictures)
        rounds.append(time.perf_counter() - began)
    return count / min(rounds)


def _machine() -> str:
    """Change with whatever the fastest way may depend on besides the model."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    libraries = torch.__version__, onnxruntime.__version__
    facts = (_VERSION, platform.node(), platform.machine(), platform.processor(), cores(), gpu, *libraries)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _remembered(place: Path, setups: Sequence[Setup]) -> Setup | None:
    """Return what was chosen among the same ways; a file that is damaged is as good as none."""
    try:
        record: dict[str, Any] = json.loads(place.read_text("utf-8"))
        considered = record["considered"] == [asdict(setup) for setup in setups]
        return Setup(**record["chosen"]) if considered else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(place: Path, setups: Sequence[Setup], chosen: Setup, rates: dict[Setup, tuple[float, Runtime]]) -> None:
    record = {
        "chosen": asdict(chosen),
        "rates": {setup.name: round(rate, 1) for setup, (rate, _) in rates.items()},
        "considered": [asdict(setup) for setup in setups],
    }
    part = place.with_name(f"{place.name}.{uuid4().hex}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(record, indent=1), "utf-8")
        part.replace(place)
    except OSError as fault:
        log.warning("The fastest way to run the model cannot be remembered in %s: %s", place.parent, fault)
