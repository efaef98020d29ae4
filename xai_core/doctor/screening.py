"""Trials of alternative preprocessings on as few labelled pictures as possible."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import log_softmax

from xai_core.doctor.alternatives import Alternative
from xai_core.doctor.comparison import Comparison, compare
from xai_core.errors import ExplanationFailed
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec

STAGES = (4, 8, 16, 32, 64)
"""Numbers of pictures after which an alternative that looks no better is given up. Most end at the first."""

MIN_DROP = 0.3
"""Drop in loss, in nats, below which an alternative is given up. One of that size gains about 5 % accuracy."""

MIN_DROP_SHARE = 0.25
"""Smallest drop as a share of the loss, for accurate models, whose loss cannot drop by `MIN_DROP`."""

MIN_RIGHT = 2
"""Right answers on the pictures of all stages without which an alternative is no cure."""

OpenResized = Callable[[ModelSpec], Runtime | None]
"""Function that opens the same model with another input size, None where the model does not take it."""

_STANDARD_ERRORS = 2.0
_CLIP = 3.0  # nats
_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPictures:
    """Labelled pictures of a study, with the model's answers to them.

    Attributes
    ----------
    photo
        Function from the number of a picture to its photograph, RGB and upright.
    truth : (N,) int64
        Column of the true class in the logits.
    logits : (N, L) float
        Answers with the given preprocessing.
    """

    photo: Callable[[int], Image.Image]
    truth: NDArray[np.int64]
    logits: NDArray[np.floating]


@dataclass(slots=True, eq=False)
class Trial:
    """Trial of one alternative.

    Attributes
    ----------
    other
        The alternative.
    runtime
        The model in its input size.
    answers : (n, L) float64
        Log-probabilities for the first n pictures of the `Screening`.
    """

    other: Alternative
    runtime: Runtime
    answers: NDArray[np.float64]


class Screening:
    """Trials of alternatives on the same pictures.

    Parameters
    ----------
    runtime
        The model with the given preprocessing.
    pictures
        N labelled pictures.
    resized
        See `OpenResized`; None if no other sizes are tried.

    Attributes
    ----------
    accuracy
        Share of the pictures that are right with the given preprocessing.
    evaluations
        Forward passes so far.
    """

    def __init__(self, runtime: Runtime, pictures: LabelledPictures, resized: OpenResized | None = None) -> None:
        given = log_softmax(pictures.logits.astype(np.float64), axis=1)
        loss = -given[np.arange(len(given)), pictures.truth]
        self.accuracy = float((given.argmax(axis=1) == pictures.truth).mean())
        self.evaluations = 0
        self._runtime = runtime
        self._resized = resized
        self._photo = pictures.photo
        # The first few pictures stand for all if easy and hard ones have their shares among them.
        self._order = np.argsort(loss, kind="stable")[_spread(len(loss))]
        self._truth = pictures.truth[self._order]
        self._given = given[self._order]
        self._least = min(MIN_DROP, MIN_DROP_SHARE * float(np.minimum(loss, _CLIP).mean()))

    def promising(self, others: Sequence[Alternative]) -> list[Trial]:
        """Return trials of the alternatives that may still be clearly better after all `STAGES`."""
        trials = list(self._begin(others))
        for stage in STAGES:
            trials = [trial for trial in self._run(trials, stage) if self._may_be_better(trial)]
        # Inputs that make a model blind make it modest too: its loss drops although it is never right.
        return [trial for trial in trials if self._count_right(trial) >= MIN_RIGHT]

    def compare(self, trials: Sequence[Trial]) -> list[tuple[Alternative, Comparison]]:
        """Run trials on all pictures, and compare each with the given preprocessing."""
        done = self._run(trials, len(self._order))
        return [(trial.other, compare(self._given, trial.answers, self._truth)) for trial in done]

    def _begin(self, others: Sequence[Alternative]) -> Iterator[Trial]:
        for other in others:
            same_size = other.spec.input_size == self._runtime.spec.input_size
            runtime = self._runtime if same_size else self._resized(other.spec) if self._resized else None
            if runtime is not None:
                yield Trial(other, runtime, np.empty((0, self._given.shape[1])))

    def _run(self, trials: Sequence[Trial], count: int) -> list[Trial]:
        """Run trials on the pictures before `count` that they lack; return those that the model can answer."""
        running, count = list(trials), min(count, len(self._order))
        for start in range(min((len(trial.answers) for trial in running), default=count), count, _BATCH):
            numbers = self._order[start : min(start + _BATCH, count)]
            # Picture by picture, so that each photograph is decoded once for all trials.
            seen = [self._views(int(number), running) for number in numbers]
            running = [
                trial
                for position, trial in enumerate(running)
                if self._extend(trial, np.stack([views[position] for views in seen]))
            ]
        return running

    def _views(self, number: int, trials: Sequence[Trial]) -> list[NDArray[np.uint8]]:
        photo = self._photo(number)
        same: Any = None
        if any(trial.other.same_view for trial in trials):
            same = preprocess.view(photo, self._runtime.spec)
        return [same if trial.other.same_view else preprocess.view(photo, trial.other.spec) for trial in trials]

    def _extend(self, trial: Trial, views: NDArray[np.uint8]) -> bool:
        """Add the answers to some views; return False if the model gives none."""
        self.evaluations += len(views)
        try:
            logits = trial.runtime.logits(preprocess.normalise(views, trial.other.spec))
        except ExplanationFailed:
            # A float16 network may overflow on values from 0 to 255: then they are not what it expects.
            return False
        trial.answers = np.concatenate([trial.answers, log_softmax(logits.astype(np.float64), axis=1)])
        return True

    def _count_right(self, trial: Trial) -> int:
        return int((trial.answers.argmax(axis=1) == self._truth[: len(trial.answers)]).sum())

    def _may_be_better(self, trial: Trial) -> bool:
        """Return True if the loss may drop by enough on all pictures, judged by the pictures so far."""
        count = len(trial.answers)
        rows, truth = np.arange(count), self._truth[:count]
        # Clipped, so that a single picture does not decide.
        drop = np.clip(trial.answers[rows, truth] - self._given[rows, truth], -_CLIP, _CLIP)
        return float(drop.mean() + _STANDARD_ERRORS * drop.std(ddof=1) / np.sqrt(count)) >= self._least


def _spread(number: int) -> NDArray[np.intp]:
    """Return a permutation of 0 to number - 1 whose every beginning is spread evenly (van der Corput's sequence)."""
    bits = max(1, (number - 1).bit_length())
    codes = np.arange(2**bits)
    reversed_bits = sum(((codes >> bit) & 1) << (bits - 1 - bit) for bit in range(bits))
    found: NDArray[np.intp] = np.asarray((reversed_bits * number) >> bits, np.intp)
    return found[np.sort(np.unique(found, return_index=True)[1])]
