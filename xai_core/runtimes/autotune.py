"""Choice of the fastest way to run a network on this machine.

All ways are measured once, the fastest is compared with the plain runtime, and the choice is stored.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.engines.partition import PartitionSearch
from xai_core.errors import StoreRefused, XaiError
from xai_core.files import make_folder, write_whole
from xai_core.masking import Masker, hidden
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Coalition, Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.opening.machine import machine_id
from xai_core.settings.explain_settings import ExplainSettings

log = logging.getLogger(__name__)

TIME_LIMIT_S = 1.5
"""Seconds after which no further way is tried; the most promising ones come first."""

MEASURE_S = 0.15
"""Seconds of measuring per way, in at least two rounds."""

TOLERANCE = {False: 1e-4, True: 1e-3}
"""Largest relative difference of logits and maps from the plain runtime, in float32 and in half precision."""

# These numbers complete a level of the halving. At any other number, rounding could swap two rectangles in the queue of
# one search: the two would then have evaluated different rectangles, and their maps could not be compared.
_CHECK_EVALUATIONS = {False: 12, True: 44}
"""Evaluations of the explanation that is compared, in float32 and in half precision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Way to run a network.

    Attributes
    ----------
    library
        "torch", "onnxruntime", or "device" for torch on a CUDA device.
    batch
        Pictures in one batch.
    lanes, threads
        For onnxruntime, the batches that run side by side and the threads of each; 0 threads lets the library choose.
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
        """Short name for logs and for the stored record."""
        lanes = f" {self.lanes} x {self.threads} threads" if self.threads else ""
        return f"{self.library}{' float16' if self.half else ''}{lanes} batch {self.batch}"


PLAIN = Setup(library="plain", batch=0)
"""Choice that is stored where no other way gave the answers of the plain runtime."""


def cpu_setups(cores: int, *, checkpoint: bool) -> tuple[Setup, ...]:
    """Return the ways to run a network on a CPU, the most promising first.

    Parameters
    ----------
    cores
        Number of cores that this process may use.
    checkpoint
        True if torch can run the network too, False if only onnxruntime can.
    """
    # One thread per lane first: lanes do not wait for each other, threads of one lane meet after every layer.
    splits = [(cores, 1)] + ([(cores // 4, 4)] if cores >= 8 else []) + ([(1, cores)] if cores > 1 else [])
    onnx = [
        Setup(library="onnxruntime", batch=batch, lanes=lanes, threads=threads)
        for batch in (2, 4, 1)
        for lanes, threads in splits
    ]
    torch_setups = [Setup(library="torch", batch=batch) for batch in (4, 1, 8)]
    # A torch setup comes third, so that both libraries are measured before TIME_LIMIT_S on a slow machine, too.
    return (*onnx[:2], *torch_setups[:1], *onnx[2:], *torch_setups[1:]) if checkpoint else tuple(onnx)


def device_setups(*, checked_on_photographs: bool) -> tuple[Setup, ...]:
    """Return the ways to run a network on a CUDA device, the most promising first.

    Parameters
    ----------
    checked_on_photographs
        True if the check has a photograph. Half precision is tried only then, because a synthetic picture says little
        about the range of activations on real ones.
    """
    halves = (True, False) if checked_on_photographs else (False,)
    return tuple(Setup(library="device", batch=batch, half=half) for half in halves for batch in (128, 512, 32))


def choose_fastest(
    open_as: Callable[[Setup], Runtime],
    setups: Sequence[Setup],
    plain: Callable[[], Runtime],
    *,
    model_id: str,
    spec: ModelSpec,
    cache: Path,
    view: Callable[[], NDArray[np.uint8]] | None = None,
) -> Runtime:
    """Return the network in the fastest way whose answers agree with the plain runtime.

    Parameters
    ----------
    open_as
        Function that opens the network in one of the ways.
    setups
        Ways to try, the most promising first.
    plain
        Function that opens the plain runtime. The others are compared with it, and it is returned where none of them
        passes.
    model_id, spec
        Identity, labels and preprocessing of the network.
    cache
        Folder of the stored choices, by model, machine and library versions.
    view
        Function that returns a picture as the model sees it, (H, W, 3) uint8, for the comparison; None uses a synthetic
        one.
    """
    record = _record_file(cache, model_id)
    stored = _read_choice(record, setups)
    if stored is not None:
        try:
            return plain() if stored == PLAIN else open_as(stored)
        except (XaiError, OSError) as fault:
            log.warning("The model cannot be run by %s any more: %s", stored.name, fault)
    reference = plain()
    picture = normalise(synthetic_picture(spec) if view is None else view(), spec)
    rates = _measure_all(open_as, setups, picture)
    # The fastest first: a comparison costs two explanations, so only one is made where the first one passes.
    for setup, (rate, runtime) in sorted(rates.items(), key=lambda item: -item[1][0]):
        # Speed must never change a map. A wrong or coarse kernel gives plausible numbers and no error, so every way
        # must pass this comparison before it is used.
        difference = relative_difference(runtime, reference, picture, half=setup.half)
        if difference <= TOLERANCE[setup.half]:
            log.info("The model is run by %s: %.0f pictures a second.", setup.name, rate)
            _store_choice(record, setups, setup, rates)
            return runtime
        log.warning("%s is not used: its answers are off by %.1e of their size.", setup.name, difference)
    _store_choice(record, setups, PLAIN, rates)
    return reference


def relative_difference(
    runtime: Runtime, reference: Runtime, picture: NDArray[np.float32], *, half: bool = False
) -> float:
    """Compare the answers of two runtimes about masked forms of a picture.

    Parameters
    ----------
    runtime, reference
        Two runtimes of the same network.
    picture : (H, W, 3) float32
        Normalised picture.
    half
        Compare a longer explanation, for a runtime in half precision.

    Returns
    -------
    The larger of two relative L1 differences, that of the logits and that of the maps of a small explanation.
    """
    settings = ExplainSettings(
        blur_px=max(1, min(picture.shape[:2]) // 2),
        evaluations=_CHECK_EVALUATIONS[half],
        search_width=_CHECK_EVALUATIONS[True],
        steer_top=1,
    )
    values, logits = zip(*(_explain(candidate, picture, settings) for candidate in (runtime, reference)), strict=True)
    size = float(np.abs(logits[1]).mean())
    # Where a network hardly reacts to the picture, its map consists of rounding, and its own size is no measure.
    # The smallest number avoids 0 / 0 for a network that answers 0 to everything.
    size = max(size, float(np.finfo(np.float32).tiny))
    map_size = max(float(np.abs(values[1]).sum()), size / 10)
    of_map = float(np.abs(values[0] - values[1]).sum()) / map_size
    return max(of_map, float(np.abs(logits[0] - logits[1]).mean()) / size)


def synthetic_picture(spec: ModelSpec) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) uint8 with shapes, shades and grain, which is always the same."""
    height, width = spec.input_size
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    discs = [np.hypot(y - top, x - left) < size for top, left, size in ((0.4, 0.35, 0.22), (0.65, 0.6, 0.17))]
    shade = np.stack([0.3 + 0.4 * x, 0.35 + 0.2 * y, 0.25 + 0.3 * x * y], axis=-1)
    for disc, colour in zip(discs, ((0.8, 0.5, 0.2), (0.2, 0.6, 0.3)), strict=True):
        shade[disc] = colour
    grain = np.random.default_rng(0).normal(0, 0.05, shade.shape)
    return np.clip((shade + grain) * 255, 0, 255).astype(np.uint8)


def _explain(
    runtime: Runtime, picture: NDArray[np.float32], settings: ExplainSettings
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return (R, L) values of a small explanation and the (n, L) logits of its evaluations."""
    masker = Masker(picture, hidden(picture, runtime.spec, settings), channels_first=runtime.channels_first)
    search = PartitionSearch(picture, settings)
    while coalitions := search.ask():
        search.tell(runtime.logits(masker.compose(coalitions)))
    return search.result().values, search.logits


def _measure_all(
    open_as: Callable[[Setup], Runtime], setups: Sequence[Setup], picture: NDArray[np.float32]
) -> dict[Setup, tuple[float, Runtime]]:
    """Return rate and runtime of each way that can be opened before the time limit."""
    rates: dict[Setup, tuple[float, Runtime]] = {}
    began = time.monotonic()
    for setup in setups:
        if rates and time.monotonic() - began > TIME_LIMIT_S:
            break
        try:
            runtime = open_as(setup)
            rates[setup] = _measure(runtime, picture), runtime
        except (XaiError, OSError, RuntimeError) as fault:
            log.warning("The model cannot be run by %s: %s", setup.name, fault)
    return rates


def _measure(runtime: Runtime, picture: NDArray[np.float32]) -> float:
    """Return pictures per second of a runtime on masked forms of a picture."""
    height, width, _ = picture.shape
    halves: tuple[Coalition, ...] = (((0, height // 2, 0, width),), ((0, height, 0, width // 2),))
    masker = Masker(picture, np.zeros_like(picture), channels_first=runtime.channels_first)
    count = max(8, runtime.preferred_batch)
    pictures = masker.compose((halves * count)[:count])
    # The first call allocates memory and chooses kernels; it is not measured.
    runtime.logits(pictures[: runtime.preferred_batch])
    rounds: list[float] = []
    while len(rounds) < 2 or sum(rounds) < MEASURE_S:
        began = time.perf_counter()
        runtime.logits(pictures)
        rounds.append(time.perf_counter() - began)
    # The fastest round is the one least disturbed by whatever else runs on the machine.
    return count / min(rounds)


def stored_choice(cache: Path, model_id: str, setups: Sequence[Setup]) -> Setup | None:
    """Return the way that `choose_fastest` has stored, None if it has not yet chosen among these setups."""
    return _read_choice(_record_file(cache, model_id), setups)


def _record_file(cache: Path, model_id: str) -> Path:
    return cache / f"{model_id}-{machine_id()}.json"


def _read_choice(path: Path, setups: Sequence[Setup]) -> Setup | None:
    """Read the stored choice, None if the file is missing, damaged or of other ways."""
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        considered = record["considered"] == [asdict(setup) for setup in setups]
        return Setup(**record["chosen"]) if considered else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store_choice(
    path: Path, setups: Sequence[Setup], chosen: Setup, rates: dict[Setup, tuple[float, Runtime]]
) -> None:
    record = {
        "chosen": asdict(chosen),
        "rates": {setup.name: round(rate, 1) for setup, (rate, _) in rates.items()},
        "considered": [asdict(setup) for setup in setups],
    }
    try:
        make_folder(path.parent)
        write_whole(path, json.dumps(record, indent=1).encode())
    except StoreRefused as fault:
        log.warning("The fastest way to run the model cannot be stored: %s", fault)
