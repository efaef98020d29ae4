"""Trial of a graph on pictures, which finds what its nodes do not show."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.onnxruntime_library import onnxruntime
from xai_core.runtimes.refusals.outputs import wrong_count
from xai_core.runtimes.sources.onnx_graph.computed_sizes import Constants, equal_constants, store_constants
from xai_core.runtimes.sources.onnx_graph.picture_input import PictureInput
from xai_core.runtimes.sources.onnx_graph.prepare import PreparedGraph
from xai_core.runtimes.sources.onnx_graph.runnable import Finding, open_session
from xai_core.runtimes.trial.checks import HALF_ROUNDING, check_trial, classify_rows, find_batch, try_graph

Prepare = Callable[[float | None], PreparedGraph]
"""Function that prepares the graph; its argument is the sum of a picture's numbers where they are probabilities."""

_SAME = 1e-4
"""Difference of answers, as a share of their range, up to which constants in place of computed sizes are rounding."""


def try_on_pictures(
    prepare: Prepare, prepared: PreparedGraph, pictures: NDArray[np.float32], spec: ModelSpec, source: str
) -> tuple[PreparedGraph, Finding]:
    """Run a graph on pictures and find out what its nodes do not show.

    Parameters
    ----------
    prepare
        Function that prepares the graph again.
    prepared
        The graph, prepared without assumptions.
    pictures : (N >= 2, H, W, 3) float32
        Normalised pictures that differ.
    spec
        Preprocessing of the pictures.
    source
        Name of the file, for messages.

    Returns
    -------
    The graph, prepared again if its numbers are probabilities, and what was found.

    Raises
    ------
    ModelRefused
        If the graph cannot be run, answers differently each time, or has no meaningful answer to a picture alone.
    """
    notes = []
    probabilities = None
    first = _FirstRun(prepared, pictures, spec, source)
    rows = classify_rows(first.answers)
    if prepared.logits.kind == "logits" and rows.kind == "probabilities":
        probabilities = rows.total
        prepared = prepare(probabilities)
        first = _FirstRun(prepared, pictures, spec, source)
        notes.append(
            deferred(
                "The numbers of {source} are probabilities: those of each picture sum to {total:g}.",
                source=source,
                total=probabilities,
            )
        )
    elif prepared.logits.kind == "logits" and rows.kind == "unit interval":
        notes.append(
            deferred(
                "All numbers that {source} gives for {number:d} pictures lie between 0 and 1. They are explained as "
                "logits. If they are probabilities of labels that do not exclude each other, choose an output before "
                "them.",
                source=source,
                number=len(pictures),
            )
        )
    if first.picture.batch != first.declared_batch:
        batch = first.picture.batch
        notes.append(
            deferred(
                "{source} leaves the number of pictures open, but can run only one picture at a time.", source=source
            )
            if batch == 1
            else deferred(
                "{source} leaves the number of pictures open, but can run only {number} pictures at a time.",
                source=source,
                number=batch,
            )
        )
    constants = first.settle_sizes()
    note, one_by_one = first.compare_batches()
    notes += [note] if note else []
    finding = Finding(
        channels_last=first.picture.channels_last,
        batch=first.picture.batch,
        one_by_one=one_by_one,
        probabilities=probabilities,
        notes=tuple(notes),
        constants=constants,
    )
    return prepared, finding


class _FirstRun:
    """First form of input of a graph that runs, with the answers to the pictures.

    Attributes
    ----------
    picture
        The form of input, with the number of pictures that the graph insists on.
    declared_batch
        The number of pictures that the graph declares.
    answers : (N, L) float32
        Numbers for each picture.
    """

    def __init__(self, prepared: PreparedGraph, pictures: NDArray[np.float32], spec: ModelSpec, source: str) -> None:
        self._prepared, self._pictures, self._spec, self._source = prepared, pictures, spec, source
        self._session, self._sizes = _open_with_sizes(prepared, source)
        self.picture, self.answers, self.declared_batch = self._find()

    def compare_batches(self) -> tuple[str, bool]:
        """Run the same pictures again and alone; return a sentence and whether they must be run one by one.

        Raises
        ------
        ModelRefused
            If the answers differ from run to run, or a picture alone has no meaningful answer.
        """
        finite = np.isfinite(self.answers).all(axis=1)
        # Numbers that are not finite are refused where they are used, with a better sentence.
        if np.count_nonzero(finite) < 2:
            return "", False
        half = _is_half(self._prepared)
        trial = try_graph(lambda given: self._run_all(self.picture, given), self._pictures[finite], half=half)
        return check_trial(trial, self._source), trial.depends_on_batch

    def settle_sizes(self) -> Constants:
        """Replace sizes that are the same in every run by constants, and return them.

        The graph stays as it is, and nothing is returned, if its answers would differ by more than rounding.
        """
        names, computed = self._sizes, self._session
        counts = (self.picture.batch,) if self.picture.batch else (1, 2, 3)
        batches = [np.resize(self._pictures, (count, *self._pictures.shape[1:])) for count in counts]
        runs = [self._outputs(self.picture, batch, names) for batch in batches] if names else []
        constants = equal_constants(names, runs) if runs else {}
        if not constants:
            return {}
        model = onnx.ModelProto()
        model.CopyFrom(self._prepared.model)
        store_constants(model, constants)
        try:
            self._session = open_session(model, self._source)
            answers = self._run_all(self.picture, self._pictures)
        except Exception:  # noqa: BLE001 - onnxruntime's exceptions share no narrower base
            answers = np.full_like(self.answers, np.nan)
        slack = (HALF_ROUNDING if _is_half(self._prepared) else _SAME) * float(np.ptp(self.answers))
        if not np.allclose(answers, self.answers, rtol=0, atol=slack):
            self._session = computed
            return {}
        return constants

    def _find(self) -> tuple[PictureInput, NDArray[np.float32], int | None]:
        first: Exception | None = None
        for picture in self._prepared.inputs:
            try:
                batch = picture.batch or find_batch(_Runner(self, picture), self._pictures, self._prepared.batches)
                settled = picture.with_batch(batch)
                answers = self._run_all(settled, self._pictures)
            except Exception as fault:  # noqa: BLE001 - onnxruntime's exceptions share no narrower base
                first = first or fault
            else:
                self._check(answers)
                return settled, answers, picture.batch
        height, width = self._spec.input_size
        raise ModelRefused(
            deferred(
                "onnxruntime cannot run {source} on pictures of {height:d} x {width:d} pixels: {reason}.",
                source=self._source,
                height=height,
                width=width,
                reason=" ".join(str(first).split()),
            ),
            deferred("Give the size that it was exported for, or export it again."),
            "size",
        ) from first

    def _check(self, answers: NDArray[np.float32]) -> None:
        labels = len(self._spec.labels)
        if answers.ndim != 2 or len(answers) != len(self._pictures):
            raise ModelRefused(
                deferred(
                    "{source} returns outputs of shape {shape} for {number:d} pictures; expected (n, labels).",
                    source=self._source,
                    shape=answers.shape,
                    number=len(self._pictures),
                )
            )
        if answers.shape[1] != labels:
            raise wrong_count(self._source, answers.shape[1], labels)

    def _run_all(self, picture: PictureInput, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        step = picture.batch or len(pictures)
        parts = [pictures[start : start + step] for start in range(0, len(pictures), step)]
        return np.concatenate([self.run(picture, part)[: len(part)] for part in parts])

    def run(self, picture: PictureInput, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the graph on exactly these pictures."""
        answers: NDArray[np.float32] = self._outputs(picture, pictures, [self._prepared.logits.name])[0]
        return answers

    def _outputs(
        self, picture: PictureInput, pictures: NDArray[np.float32], names: Sequence[str]
    ) -> list[NDArray[Any]]:
        spec = self._spec
        given = picture.arrange(pictures, mean=spec.mean, std=spec.std, value_range=spec.value_range)
        found: list[NDArray[Any]] = self._session.run(list(names), {picture.name: given})
        return found


@dataclass(frozen=True, slots=True)
class _Runner:
    """Function that runs a graph with one form of input."""

    first: _FirstRun
    picture: PictureInput

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.first.run(self.picture, pictures)


def _is_half(prepared: PreparedGraph) -> bool:
    """Return True if a graph computes in half precision."""
    halves = (TensorProto.FLOAT16, TensorProto.BFLOAT16)
    return any(tensor.data_type in halves and len(tensor.dims) > 1 for tensor in prepared.model.graph.initializer)


def _open_with_sizes(prepared: PreparedGraph, source: str) -> tuple[onnxruntime.InferenceSession, tuple[str, ...]]:
    """Open a session that also returns the computed sizes, and return their names.

    Where ONNX Runtime does not take them as outputs, the graph is opened as it is.
    """
    if prepared.sizes:
        copy = onnx.ModelProto()
        copy.CopyFrom(prepared.model)
        copy.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in prepared.sizes)
        with suppress(ModelRefused):
            return open_session(copy, source), prepared.sizes
    return open_session(prepared.model, source), ()
