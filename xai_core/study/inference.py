"""Inference over a labelled set, in chunks that outlive a killed run."""

import contextlib
import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import Picture, PictureSet
from xai_core.errors import OutputsNotFinite, StudyRefused
from xai_core.files import atomic_path
from xai_core.language import deferred, mark
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.pictures.file_states import STATE, has_changed
from xai_core.study.pictures.reading import ReadsBytes, State, ViewOrReason, read_photo, read_views

log = logging.getLogger(__name__)

CHUNK = 128
"""Number of pictures in a chunk; a killed run loses at most one chunk."""

NOT_FINITE = mark("the model returns NaN or infinite outputs for it")
"""Reason of a picture that can be read and that the model fails on."""

_BATCH = 32
_LARGEST = float(np.finfo(np.float16).max)
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True, eq=False)
class ModelOutputs:
    """Outputs of a model for N pictures.

    Attributes
    ----------
    logits : (N, L) float32
        NaN in the rows of unreadable pictures.
    embeddings : (N, D) float16, or None
        Outputs of the penultimate layer; NaN in the rows of unreadable pictures.
    reasons : (N,) str
        Why a picture is unreadable; empty for readable pictures.
    files : (N,) STATE, or None
        State of each picture's file, see `file_states`; None where no file was read.
    """

    logits: NDArray[np.float32]
    embeddings: NDArray[np.float16] | None
    reasons: NDArray[np.str_]
    files: NDArray[Any] | None = None

    @classmethod
    def concatenated(cls, parts: Sequence["ModelOutputs"]) -> "ModelOutputs":
        """Return the outputs for the pictures of all parts, in order."""
        embeddings = [part.embeddings for part in parts if part.embeddings is not None]
        files = [part.files for part in parts if part.files is not None]
        return cls(
            np.concatenate([part.logits for part in parts]),
            np.concatenate(embeddings) if embeddings else None,
            np.concatenate([part.reasons for part in parts]),
            np.concatenate(files) if files else None,
        )


ChunkRunner = Callable[[Mapping[int, Sequence[Picture]]], Iterator[tuple[int, ModelOutputs]]]
"""Function that runs the model on chunks of pictures by their numbers, and yields the outputs in any order."""


def run_inference(
    folder: PictureSet,
    pictures: Sequence[Picture],
    runtime: Runtime,
    work_folder: Path,
    progress: Progress,
    *,
    side_by_side: ChunkRunner | None = None,
) -> ModelOutputs:
    """Run the model on every picture, reusing the finished chunks of an earlier run.

    Parameters
    ----------
    folder
        Folder of the pictures.
    pictures
        N >= 1 pictures.
    runtime
        The model.
    work_folder
        Folder of the finished chunks. The caller makes sure that they belong to the same pictures and model.
    progress
        Receives the numbers of pictures done and planned after every batch. The first call reports what an earlier
        run had done.
    side_by_side
        Function that runs chunks elsewhere; None runs them here, one after the other.

    Raises
    ------
    StoreRefused
        If the disk does not take a chunk.
    ExplanationFailed
        If the model fails, or its outputs are not finite for any picture.
    """
    chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
    files = [work_folder / f"{number:05d}.npz" for number in range(len(chunks))]
    missing = [number for number, chunk in enumerate(chunks) if not _is_done(files[number], chunk, folder, runtime)]
    done = len(pictures) - sum(len(chunks[number]) for number in missing)
    if done:
        log.info("An earlier run has done %d of %d pictures.", done, len(pictures))
    progress(done, len(pictures))
    if side_by_side is not None:
        for number, outputs in side_by_side({number: chunks[number] for number in missing}):
            _write_chunk(files[number], outputs)
            done += len(chunks[number])
            progress(done, len(pictures))
        missing = []
    unseen = [picture.image_id for number in missing for picture in chunks[number]]
    # One stream of views across all chunks, so that decoding never waits at the end of a chunk. `closing` stops the
    # threads when the model or the progress callback raises.
    with contextlib.closing(read_views(folder, unseen, runtime.spec)) as views:
        for number in missing:
            parts = []
            of_chunk = islice(views, len(chunks[number]))
            while batch := list(islice(of_chunk, _BATCH)):
                parts.append(_outputs_with_states(runtime, batch))
                done += len(batch)
                progress(done, len(pictures))
            _write_chunk(files[number], ModelOutputs.concatenated(parts))
    try:
        found = ModelOutputs.concatenated([_read_chunk(file) for file in files])
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise StudyRefused(
            deferred("{file} cannot be read: {reason}.", file=fault.filename, reason=reason),
            deferred("Try again. Finished work is reused."),
        ) from fault
    lost = int(np.count_nonzero(found.reasons == NOT_FINITE))
    if lost and not np.isfinite(found.logits).any():
        raise OutputsNotFinite(
            deferred(
                "The model returned outputs that are not finite (NaN or infinite) for all of {number} pictures.",
                number=lost,
            ),
            deferred(
                "Check that its weights are finite and that its spec (value_range, mean, std) is that of its training."
            ),
        )
    return found


def predict(folder: ReadsBytes, image_ids: Sequence[str], runtime: Runtime) -> ModelOutputs:
    """Run the model on a few pictures, in batches of the size that `run_inference` uses."""
    parts = []
    with contextlib.closing(read_views(folder, image_ids, runtime.spec)) as views:
        while batch := list(islice(views, _BATCH)):
            parts.append(_outputs_with_states(runtime, batch))
    return ModelOutputs.concatenated(parts)


def without_outputs(folder: ReadsBytes, image_id: str, runtime: Runtime, reason: str) -> ModelOutputs:
    """Return the outputs for one picture that the model gives none for."""
    width = runtime.embedding_size
    _, state = read_photo(folder, image_id)
    return ModelOutputs(
        logits=np.full((1, len(runtime.spec.labels)), np.nan, np.float32),
        embeddings=None if width is None else np.full((1, width), np.nan, np.float16),
        reasons=np.array([reason]),
        files=np.array([state], STATE),
    )


def as_float16(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """Round to float16 for storage.

    Large values are clipped to the largest float16, because they would become infinite otherwise.
    """
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16)


def any_readable(folder: PictureSet, reasons: Iterable[tuple[str, str]]) -> bool:
    """Return True if any of the pictures that were unreadable can be read now.

    Parameters
    ----------
    folder
        The pictures.
    reasons
        Id of each picture, and the reason why it was unreadable; empty for a readable one.
    """
    # Where the model itself fails, another try with the same model gives nothing else.
    lost = (image_id for image_id, reason in reasons if reason and reason != NOT_FINITE)
    return any(not isinstance(read_photo(folder, image_id)[0], str) for image_id in lost)


def _is_done(file: Path, chunk: Sequence[Picture], folder: PictureSet, runtime: Runtime) -> bool:
    """Return True if a chunk has sound outputs of an earlier run.

    A chunk with a picture that has changed or was repaired since is run again.
    """
    try:
        outputs = _read_chunk(file)
    except _DAMAGE:
        return False
    width = None if outputs.embeddings is None else outputs.embeddings.shape[1]
    if outputs.files is None or len(outputs.files) != len(chunk):
        return False
    whole = outputs.logits.shape == (len(chunk), len(runtime.spec.labels)) and width == runtime.embedding_size
    ids = [picture.image_id for picture in chunk]
    if any(has_changed(folder, image_id, state) for image_id, state in zip(ids, outputs.files, strict=True)):
        return False
    return whole and not any_readable(folder, zip(ids, map(str, outputs.reasons), strict=False))


def _read_chunk(file: Path) -> ModelOutputs:
    with np.load(file, allow_pickle=False) as chunk:
        return ModelOutputs(chunk["logits"], chunk.get("embeddings"), chunk["reasons"], chunk.get("files"))


def _write_chunk(file: Path, outputs: ModelOutputs) -> None:
    arrays = {"logits": outputs.logits, "reasons": outputs.reasons}
    if outputs.files is not None:
        arrays["files"] = outputs.files
    if outputs.embeddings is not None:
        arrays["embeddings"] = outputs.embeddings
    # An open file, because np.savez adds ".npz" to a name that ends otherwise.
    with reporting_study_errors(file), atomic_path(file, single_writer=True) as part, part.open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)


def _outputs_with_states(runtime: Runtime, batch: Sequence[tuple[ViewOrReason, State]]) -> ModelOutputs:
    states = np.array([state for _, state in batch], STATE)
    return replace(_outputs(runtime, [view for view, _ in batch]), files=states)


def _outputs(runtime: Runtime, views: Sequence[ViewOrReason]) -> ModelOutputs:
    """Run the model on the readable pictures of a batch."""
    reasons = np.array([view if isinstance(view, str) else "" for view in views], np.str_)
    seen = reasons == ""
    logits = np.full((len(views), len(runtime.spec.labels)), np.nan, np.float32)
    width = runtime.embedding_size
    embeddings = None if width is None else np.full((len(views), width), np.nan, np.float16)
    if seen.any():
        shown = np.stack([view for view in views if not isinstance(view, str)])
        inputs = preprocess.normalise(shown, runtime.spec)
        try:
            logits[seen], found = runtime.logits_and_embeddings(inputs)
        except OutputsNotFinite:
            if len(views) > 1:
                # One picture of the batch must not take the others with it.
                return ModelOutputs.concatenated([_outputs(runtime, [view]) for view in views])
            reasons, found = np.array([NOT_FINITE]), None
        if embeddings is not None and found is not None:
            embeddings[seen] = as_float16(found)
    return ModelOutputs(logits, embeddings, reasons)
