"""The command that trains a classifier."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from xai_core.cli import console
from xai_core.training.settings import TrainSettings
from xai_core.training.train import train


def run(data: Path, out: Path, settings: TrainSettings, *, device: str, workers: int | None) -> None:
    """Train, or go on training; each epoch's figures are logged."""
    try:
        with _Phases() as tell:
            train(data, out, settings, device=device, workers=workers, progress=tell)
    except KeyboardInterrupt:
        console.note("Stopped. The same command goes on with the epoch it was in.")
        raise
    console.note(f"{out} holds the best epoch, with its record.")


class _Phases:
    """One progress bar for reading the pictures, another for learning from them."""

    def __init__(self) -> None:
        self._bars, self._phase = ExitStack(), ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._bars.__exit__(kind, fault, at)

    def __call__(self, what: str, done: int, planned: int) -> None:
        phase = "Training" if what.startswith("epoch") else "Reading"
        if phase != self._phase:
            self._bars.close()
            self._phase, self._tell = phase, self._bars.enter_context(console.progress(phase, "pictures"))
        self._tell(done, planned)
