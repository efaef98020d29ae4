"""What a model says about pictures: asked in chunks that outlive a killed run."""

import contextlib
import logging
import os
import zipfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.data.dataset import Food101Folder, Picture, decoded
from xai_core.errors import PictureUnreadable
from xai_core.files import writing
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called as progress(pictures done, pictures planned); the first call tells what an earlier run had done."""

View = NDArray[np.uint8] | str
"""A picture as the model sees it, (H, W, 3) uint8, or why it is unreadable."""

CHUNK = 128
"""Pictures that a killed run loses at most."""
_BATCH = 32
_AHEAD = 96  # pictures decoded before they are needed: enough to keep the network busy, and few in memory
_LARGEST = float(np.finfo(np.float16).max)
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the model said about some pictures.

    Attributes
    ----------
    logits : (N, L) float32
        NaN in the rows of unreadable pictures.
    embeddings : (N, D) float16, or None
        Of the penultimate layer; NaN in the rows of unreadable pictures.
    reasons : (N,) str
        Why a picture is unreadable; empty for the others.
    """

    logits: NDArray[np.float32]
    embeddings: NDArray[np.float16] | None
    reasons: NDArray[np.str_]

    @classmethod
    def joined(cls, parts: Sequence["Answers"]) -> "Answers":
        """One for all pictures of the parts, in their order."""
        embeddings = [part.embeddings for part in parts if part.embeddings is not None]
        return cls(
            np.concatenate([part.logits for part in parts]),
            np.concatenate(embeddings) if embeddings else None,
            np.concatenate([part.reasons for part in parts]),
        )


def ask(
    folder: Food101Folder, pictures: Sequence[Picture], runtime: Runtime, workshop: Path, progress: Progress
) -> Answers:
    """Ask the model about every picture, going on where an earlier run of the same question stopped.

    Parameters
    ----------
    folder
        Where the pictures are.
    pictures
        N >= 1 of them.
    runtime
        The model.
    workshop
        Folder of this question's finished chunks. The caller sees to it that the question is the same.
    progress
        Told after every batch.

    Raises
    ------
    StoreRefused
        If the disk does not take a chunk.
    ExplanationFailed
        If the model fails.
    """
    chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
    places = [workshop / f"{number:05d}.npz" for number in range(len(chunks))]
    missing = [number for number, chunk in enumerate(chunks) if not _kept(places[number], chunk, folder, runtime)]
    done = len(pictures) - sum(len(chunks[number]) for number in missing)
    if done:
        log.info("An earlier run has done %d of %d pictures.", done, len(pictures))
    progress(done, len(pictures))
    unseen = [picture.image_id for number in missing for picture in chunks[number]]
    with contextlib.closing(_views(folder, unseen, runtime.spec)) as views:
        for number in missing:
            parts = []
            of_chunk = islice(views, len(chunks[number]))
            while batch := list(islice(of_chunk, _BATCH)):
                parts.append(_answers(runtime, batch))
                done += len(batch)
                progress(done, len(pictures))
            _keep(places[number], Answers.joined(parts))
    return Answers.joined([_read(place) for place in places])


def halved(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """Round to float16 as it is kept on disk; clipped, because float16 would make infinity of a large logit."""
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16)


def readable_again(folder: Food101Folder, image_ids: Iterable[str]) -> bool:
    """Whether any of these pictures, unreadable before, can be read by now."""
    return any(not isinstance(_decoded(folder, image_id), str) for image_id in image_ids)


def _kept(place: Path, chunk: Sequence[Picture], folder: Food101Folder, runtime: Runtime) -> bool:
    """Whether an earlier run left good answers about this chunk, with nothing in them that was mended since."""
    try:
        answers = _read(place)
    except _DAMAGE:
        return False
    width = None if answers.embeddings is None else answers.embeddings.shape[1]
    whole = answers.logits.shape == (len(chunk), len(runtime.spec.labels)) and width == runtime.embedding_size
    lost = [picture.image_id for picture, reason in zip(chunk, answers.reasons, strict=False) if reason]
    return whole and not readable_again(folder, lost)


def _read(place: Path) -> Answers:
    with np.load(place, allow_pickle=False) as chunk:
        return Answers(chunk["logits"], chunk.get("embeddings"), chunk["reasons"])


def _keep(place: Path, answers: Answers) -> None:
    """Write a chunk under another name first: a run that is killed meanwhile leaves no half chunk."""
    arrays = {"logits": answers.logits, "reasons": answers.reasons}
    if answers.embeddings is not None:
        arrays["embeddings"] = answers.embeddings
    unfinished = place.with_suffix(".part")
    with writing(place.parent):
        with unfinished.open("wb") as out:
            np.savez(out, allow_pickle=False, **arrays)
        unfinished.replace(place)


def _views(folder: Food101Folder, image_ids: Sequence[str], spec: ModelSpec) -> Generator[View]:
    """Decode and resize in threads (Pillow lets go of Python's lock), a little ahead of whoever takes the results."""
    waiting: deque[Future[View]] = deque()
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), "decode") as pool:
        try:
            for image_id in image_ids:
                waiting.append(pool.submit(_view, folder, image_id, spec))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _view(folder: Food101Folder, image_id: str, spec: ModelSpec) -> View:
    photo = _decoded(folder, image_id)
    return photo if isinstance(photo, str) else preprocess.view(photo, spec)


def _decoded(folder: Food101Folder, image_id: str) -> Image.Image | str:
    """Return the photograph, or why there is none."""
    try:
        return decoded(folder.read_bytes(image_id), image_id)
    except PictureUnreadable as unreadable:
        return unreadable.reason


def _answers(runtime: Runtime, views: Sequence[View]) -> Answers:
    """Ask the model about the readable ones of some views."""
    reasons = np.array([view if isinstance(view, str) else "" for view in views], np.str_)
    seen = reasons == ""
    logits = np.full((len(views), len(runtime.spec.labels)), np.nan, np.float32)
    width = runtime.embedding_size
    embeddings = None if width is None else np.full((len(views), width), np.nan, np.float16)
    if seen.any():
        shown = np.stack([view for view in views if not isinstance(view, str)])
        logits[seen], found = runtime.logits_and_embeddings(preprocess.normalised(shown, runtime.spec))
        if embeddings is not None and found is not None:
            embeddings[seen] = halved(found)
    return Answers(logits, embeddings, reasons)
