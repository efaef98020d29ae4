"""Examination of a model's preprocessing on labelled pictures.

A wrong preprocessing cannot be seen in a file: a good model merely looks bad, and every map explains an artefact. The
examination runs the model on some labelled pictures with the likely other preprocessings and reports one that is
clearly better. It changes nothing by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import log_softmax

from xai_core.doctor.alternatives import Alternative, alternatives
from xai_core.doctor.comparison import Comparison, compare
from xai_core.doctor.finding import Finding
from xai_core.errors import ExplanationFailed
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress, ignore_progress

STAGES = (16, 48)
"""Numbers of pictures after which an alternative that looks no better is given up. Most end at the first."""

EXAMINED = 300
"""Pictures on which an alternative that still looks better is compared."""

LEVEL = 0.001
"""Level of both tests together, divided by the number of alternatives (Bonferroni)."""

MIN_GAIN = {"channels": 0.02, "value range": 0.02, "normalisation": 0.02, "resize": 0.04, "interpolation": 0.04}
"""Smallest gain in accuracy that is reported.

More of the picture or more pixels can help a model that was trained otherwise (H. Touvron et al., "Fixing the
train-test resolution discrepancy", NeurIPS 2019). So a gain by resizing is evidence for a fault only if it is larger.
"""

_FEWEST = 20
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


@dataclass(frozen=True, slots=True)
class Examination:
    """Result of an examination.

    Attributes
    ----------
    findings
        The best alternative in each respect that is clearly better than the given preprocessing.
    pictures
        Number of pictures that they were compared on.
    alternatives
        Number of alternatives tried.
    evaluations
        Forward passes.
    """

    findings: tuple[Finding, ...]
    pictures: int
    alternatives: int
    evaluations: int


def examine(runtime: Runtime, pictures: LabelledPictures, *, progress: Progress = ignore_progress) -> Examination:
    """Compare the given preprocessing with its likely alternatives.

    Parameters
    ----------
    runtime
        The model with the given preprocessing.
    pictures
        Up to `EXAMINED` labelled pictures, in random order.
    progress
        Called with the alternatives done and all of them.
    """
    others = alternatives(runtime.spec)
    if len(pictures.truth) < _FEWEST:
        return Examination((), len(pictures.truth), 0, 0)
    run = _Run(runtime, pictures)
    clear: list[tuple[Alternative, Comparison]] = []
    for number, other in enumerate(others):
        progress(number, len(others))
        compared = run.compared_in_stages(other)
        if compared is not None and _is_clear(compared, other, len(others)):
            clear.append((other, compared))
    progress(len(others), len(others))
    return Examination(_findings(clear), len(pictures.truth), len(others), run.evaluations)


class _Run:
    """Runs alternatives on the first pictures, and keeps the views that several of them share."""

    def __init__(self, runtime: Runtime, pictures: LabelledPictures) -> None:
        self._runtime = runtime
        self._pictures = pictures
        self._views: dict[int, NDArray[np.uint8]] = {}
        self.evaluations = 0

    def compared_in_stages(self, other: Alternative) -> Comparison | None:
        """Compare an alternative on more and more pictures; return None once it looks no better."""
        answers = np.empty((0, self._pictures.logits.shape[1]), np.float64)
        for stage in (*STAGES, EXAMINED):
            numbers = range(len(answers), min(stage, len(self._pictures.truth)))
            try:
                answers = np.concatenate([answers, *self._answers(numbers, other)])
            except ExplanationFailed:
                # A float16 network may overflow on values from 0 to 255: then they are not what it expects.
                return None
            compared = self._compared(answers)
            if not _is_promising(compared):
                return None
        return compared

    def _answers(self, numbers: Sequence[int], other: Alternative) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(numbers), _BATCH):
            views = [self._view(number, other) for number in numbers[start : start + _BATCH]]
            self.evaluations += len(views)
            yield self._runtime.logits(preprocess.normalise(np.stack(views), other.spec))

    def _compared(self, answers: NDArray[np.float64]) -> Comparison:
        given = self._pictures.logits[: len(answers)].astype(np.float64)
        truth = self._pictures.truth[: len(answers)]
        return compare(log_softmax(given, axis=1), log_softmax(answers, axis=1), truth)

    def _view(self, number: int, other: Alternative) -> NDArray[np.uint8]:
        if not other.same_view:
            return preprocess.view(self._pictures.photo(number), other.spec)
        if number not in self._views:
            self._views[number] = preprocess.view(self._pictures.photo(number), self._runtime.spec)
        return self._views[number]


def _is_promising(compared: Comparison) -> bool:
    return compared.other > compared.given or (compared.other == compared.given and compared.p_loss < 0.2)


def _is_clear(compared: Comparison, other: Alternative, tried: int) -> bool:
    # Both tests, because each is fooled by something: few pictures change their answer, or a few change much.
    return (
        compared.gain >= MIN_GAIN[other.fault]
        and compared.p_loss < LEVEL / tried
        and compared.p_right < 50 * LEVEL / tried
    )


def _findings(clear: list[tuple[Alternative, Comparison]]) -> tuple[Finding, ...]:
    """Return a finding for the best alternative of each respect, the best one first."""
    best: dict[str, tuple[Alternative, Comparison]] = {}
    for other, compared in sorted(clear, key=lambda found: (-found[1].other, found[1].p_loss)):
        # Two normalisations are two answers to one question.
        respect = "normalisation" if other.fault == "value range" else other.fault
        best.setdefault(respect, (other, compared))
    largest = max((compared.gain for _, compared in best.values()), default=0.0)
    # One fault makes a model weak in every respect, and anything that disturbs it less then looks like a cure.
    return tuple(_finding(other, compared) for other, compared in best.values() if compared.gain > largest / 2)


def _finding(other: Alternative, compared: Comparison) -> Finding:
    given, better = compared.given / compared.pictures, compared.other / compared.pictures
    return Finding(
        kind="preprocessing",
        fault=other.fault,
        sentence=(
            f"With {other.words}, {better:.0%} instead of {given:.0%} of {compared.pictures} pictures are right "
            f"(p = {compared.p_right:.1g})."
        ),
        cure=f"Check what the model was trained on; {_setting(other)} says so.",
        settings=other.settings,
    )


def _setting(other: Alternative) -> str:
    named = {name: value for name, value in other.settings.items() if value is not None}
    return " and ".join(f"{name} {_plain(value)}" for name, value in named.items()) or "resize stretch"


def _plain(value: object) -> str:
    return ", ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)
