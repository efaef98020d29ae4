"""Checks of a graph's answers on a few real pictures, which show what its nodes do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ModelRefused
from xai_core.language import deferred

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Function from normalised pictures (n, H, W, 3) to the numbers (n, L) that the graph returns."""

ROUNDING = 1e-3
"""Differences that count as rounding, as a share of the range of the logits."""

HALF_ROUNDING = 2e-2
"""`ROUNDING` for graphs that compute in half precision."""

_EXPORT_AGAIN = deferred("It was probably exported in training mode: call model.eval() and export it again.")


@dataclass(frozen=True, slots=True)
class Trial:
    """Comparison of the answers to the same pictures in several runs.

    Attributes
    ----------
    repeated
        Largest difference between two runs of the same batch, as a share of the range of the logits.
    alone
        Largest difference between a picture's answer alone and in the batch, as the same share.
    is_constant_alone
        True if all pictures get the same answer when each is run alone.
    tolerance
        Share up to which a difference counts as rounding.
    """

    repeated: float
    alone: float
    is_constant_alone: bool
    tolerance: float

    @property
    def is_repeatable(self) -> bool:
        """True if two runs of the same batch agree."""
        return self.repeated <= self.tolerance

    @property
    def depends_on_batch(self) -> bool:
        """True if the answer to a picture depends on the other pictures of its batch."""
        return self.alone > self.tolerance


@dataclass(frozen=True, slots=True)
class RowKind:
    """Kind of the numbers that a graph returns for each picture.

    Attributes
    ----------
    kind
        "probabilities" if they are not negative and have one sum; "unit interval" if all lie between 0 and 1 and their
        sums differ, as with independent sigmoids, but also with some untrained networks; "logits" for anything else.
    total
        The sum of the numbers of a picture if they are probabilities: 1, 100 or another number; else 0.
    """

    kind: Literal["logits", "probabilities", "unit interval"]
    total: float = 0.0


def try_graph(run: Run, pictures: NDArray[np.float32], *, half: bool = False) -> Trial:
    """Run pictures twice in a batch and once alone, and compare the answers.

    Parameters
    ----------
    run
        Function that runs the graph.
    pictures : (N, H, W, 3) float32
        Normalised real pictures, at least two, that differ.
    half
        True for a graph that computes in half precision.
    """
    first, second = run(pictures), run(pictures)
    alone = np.concatenate([run(pictures[position : position + 1]) for position in range(len(pictures))])
    # The range over labels and pictures is the scale on which maps are read; the smallest number avoids 0 / 0.
    scale = max(float(np.ptp(first)), float(np.ptp(alone)), 1e-6)
    return Trial(
        repeated=float(np.abs(first - second).max()) / scale,
        alone=float(np.abs(first - alone).max()) / scale,
        is_constant_alone=bool(np.ptp(alone, axis=0).max() <= 1e-6 * scale),
        tolerance=HALF_ROUNDING if half else ROUNDING,
    )


def check_trial(trial: Trial, source: str) -> str:
    """Return a sentence if pictures must be run one by one, "" if any batch will do.

    Raises
    ------
    ModelRefused
        If the answers differ from run to run, or if a picture alone has no meaningful answer.
    """
    if not trial.is_repeatable:
        raise ModelRefused(
            deferred(
                "{source} answers differently each time: two runs of the same pictures differ by {share:.1%} of the "
                "range of its outputs.",
                source=source,
                share=trial.repeated,
            ),
            _EXPORT_AGAIN,
        )
    if not trial.depends_on_batch:
        return ""
    if trial.is_constant_alone:
        raise ModelRefused(
            deferred(
                "{source} uses the other pictures of a batch (by {share:.1%} of the range of its outputs), and gives "
                "every picture the same answer when it is alone.",
                source=source,
                share=trial.alone,
            ),
            _EXPORT_AGAIN,
        )
    return deferred(
        "The answer of {source} to a picture depends on the other pictures of its batch, by {share:.1%} of the range "
        "of its outputs. Pictures are run one by one, which is slower.",
        source=source,
        share=trial.alone,
    )


def find_batch(run: Run, pictures: NDArray[np.float32], sizes: tuple[int, ...] = ()) -> int | None:
    """Return the number of pictures that a graph with a free batch axis insists on after all.

    Shapes that are fixed inside a graph are found by trying two pictures, one, and the given sizes.

    Parameters
    ----------
    run
        Function that runs the graph on exactly the pictures that it is given; it may fail.
    pictures : (N >= 2, H, W, 3) float32
        Normalised pictures.
    sizes
        Further numbers of pictures to try, see `inner_batches`.

    Returns
    -------
    None if any number will do.

    Raises
    ------
    Exception
        The exception of the first run, if no number of pictures can be run.
    """
    try:
        if _runs(run, pictures[:2]):
            # Two may be the number that the graph insists on.
            return None if _runs_quietly(run, np.resize(pictures, (3, *pictures.shape[1:]))) else 2
    except Exception:
        for size in (1, *sizes):
            if _runs_quietly(run, np.resize(pictures, (size, *pictures.shape[1:]))):
                return size
        raise
    return next(
        (size for size in (1, *sizes) if _runs_quietly(run, np.resize(pictures, (size, *pictures.shape[1:])))), 1
    )


def classify_rows(values: NDArray[np.float32]) -> RowKind:
    """Tell probabilities from logits by the numbers of real pictures.

    It is meant for graphs in which no layer that makes probabilities was found (`LogitsOutput.kind` is "logits").

    Parameters
    ----------
    values : (N, L) float32
        What the graph returns for pictures that differ, N >= 2, L >= 2.
    """
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all() or values.min() < 0:
        return RowKind("logits")
    totals = values.sum(axis=1, dtype=np.float64)
    # Untrained and dead networks answer nearly the same to every picture, so that their sums hardly differ either.
    movement = float(np.ptp(values, axis=0).max())
    # Rounding to 8 bits moves each number by up to 1 / 510 of the largest possible one.
    slack = 0.02 + (values.shape[1] / 510 if _is_rounded(values) else 0)
    for total in (1.0, 100.0):
        if movement > 0 and np.abs(totals / total - 1).max() <= slack:
            return RowKind("probabilities", total)
    if len(totals) > 2 and float(np.ptp(totals)) < 1e-3 * movement:
        return RowKind("probabilities", float(totals.mean()))
    return RowKind("unit interval" if values.max() <= 1 else "logits")


def _is_rounded(values: NDArray[np.float32]) -> bool:
    """Return whether the numbers are multiples of the 256 steps of a quantised output."""
    steps = values * (255 / max(float(values.max()), 1e-30))
    distinct = np.unique(values).size
    return distinct <= 256 and bool(np.abs(steps - np.rint(steps)).max() < 1e-3)


def _runs(run: Run, pictures: NDArray[np.float32]) -> bool:
    # A fixed shape may also mix the pictures without an error: the outputs have another number of rows then.
    return len(run(pictures)) == len(pictures)


def _runs_quietly(run: Run, pictures: NDArray[np.float32]) -> bool:
    try:
        return _runs(run, pictures)
    except Exception:  # noqa: BLE001 - onnxruntime's exceptions share no narrower base
        return False
