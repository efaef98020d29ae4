"""Predictions for a study's pictures by workers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xai_core.data.dataset import Picture, PictureSet
from xai_core.errors import PictureUnreadable, WorkerDied
from xai_core.language import deferred, mark
from xai_core.model.runtime import Runtime
from xai_core.study.inference import ChunkRunner, ModelOutputs, predict, without_outputs
from xai_core.study.remote.explaining import check_visible
from xai_core.study.remote.model import WorkerModel
from xai_core.workers.pool import WorkerPool

Sent = tuple[bytes | str, tuple[int, int] | None]
"""Content of a picture's file, or the reason why there is none, and the size and time of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Pictures to predict.

    Attributes
    ----------
    number
        Number of the chunk.
    image_ids
        The pictures.
    content
        Their files, if they are sent; None lets the worker read them.
    """

    number: int
    image_ids: tuple[str, ...]
    content: Mapping[str, Sent] | None = None

    def singly(self) -> Iterator["Chunk"]:
        """Yield the pictures one by one."""
        for image_id in self.image_ids:
            content = None if self.content is None else {image_id: self.content[image_id]}
            yield Chunk(self.number, (image_id,), content)


@dataclass(frozen=True, slots=True, eq=False)
class PredictWork:
    """Work of predicting chunks of pictures with one model.

    Attributes
    ----------
    model
        The model.
    data
        The pictures, if workers read them; None if they are sent.
    """

    model: WorkerModel
    data: PictureSet | None

    def open(self) -> Callable[[Chunk], ModelOutputs]:
        """Open the model (see `pool.Work`)."""
        check_visible(self.data)
        runtime = self.model.open()
        return lambda chunk: predict(_Sent(self.data, chunk.content), chunk.image_ids, runtime)


def chunk_runner(
    pool: WorkerPool, model: WorkerModel, data: PictureSet, runtime: Runtime, *, ship: bool
) -> ChunkRunner:
    """Return a function that runs chunks on workers.

    A chunk whose workers died is run again, picture by picture. A picture that its workers die on is set aside with the
    reason, as an unreadable one.

    Parameters
    ----------
    pool
        The workers.
    model, runtime
        The model as workers open it, and as it is open here.
    data
        The pictures.
    ship
        True to send the pictures to the workers.
    """

    def run(chunks: Mapping[int, Sequence[Picture]]) -> Iterator[tuple[int, ModelOutputs]]:
        work = PredictWork(model, None if ship else data)
        suspicious: list[Chunk] = []
        for done in pool.run(work, _items(chunks, data if ship else None)):
            if isinstance(done.fault, WorkerDied):
                suspicious.append(done.item)
            elif done.fault is not None:
                raise done.fault
            elif done.answer is not None:
                yield done.item.number, done.answer
        for chunk in suspicious:
            yield chunk.number, _picture_by_picture(pool, work, chunk, data, runtime)

    return run


def _items(chunks: Mapping[int, Sequence[Picture]], sent: PictureSet | None) -> Iterator[Chunk]:
    for number, pictures in chunks.items():
        image_ids = tuple(picture.image_id for picture in pictures)
        yield Chunk(number, image_ids, None if sent is None else _content(sent, image_ids))


def _picture_by_picture(
    pool: WorkerPool, work: PredictWork, chunk: Chunk, data: PictureSet, runtime: Runtime
) -> ModelOutputs:
    found: dict[str, ModelOutputs] = {}
    for done in pool.run(work, chunk.singly()):
        (image_id,) = done.item.image_ids
        if done.fault is not None and not isinstance(done.fault, WorkerDied):
            raise done.fault
        # Kept as a phrase without a full stop, because it is read within the sentence of `PictureUnreadable`.
        reason = deferred("it was set aside: {reason}", reason=str(done.fault).rstrip("."))
        found[image_id] = done.answer or without_outputs(data, image_id, runtime, reason)
    return ModelOutputs.concatenated([found[image_id] for image_id in chunk.image_ids])


def _content(data: PictureSet, image_ids: Sequence[str]) -> dict[str, Sent]:
    found: dict[str, Sent] = {}
    for image_id in image_ids:
        # The time before the content: a file that changes meanwhile is then noticed later.
        stamp = data.stamp(image_id)
        try:
            found[image_id] = data.read_bytes(image_id), stamp
        except PictureUnreadable as fault:
            found[image_id] = fault.reason, stamp
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Sent:
    """Pictures that were sent, or else those of a set."""

    data: PictureSet | None
    content: Mapping[str, Sent] | None

    def stamp(self, image_id: str) -> tuple[int, int] | None:
        if self.content is not None:
            return self.content[image_id][1]
        return None if self.data is None else self.data.stamp(image_id)

    def read_bytes(self, image_id: str) -> bytes:
        found, _ = (self.content or {}).get(image_id, (None, None))
        if isinstance(found, bytes):
            return found
        if found is not None or self.data is None:
            raise PictureUnreadable(image_id, found or mark("it was not sent"))
        return self.data.read_bytes(image_id)
