"""Reading of pictures as the model sees them, in threads and with the states of their files."""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable
from xai_core.explain.question import picture_hash
from xai_core.language import deferred
from xai_core.model import preprocess
from xai_core.model.spec import ModelSpec

# Pictures decoded ahead: enough to keep the network busy, few enough to fit in memory.
_AHEAD = 96

State = tuple[int, int, str]
"""Size, time and hash of a file, see `file_states`."""

ViewOrReason = NDArray[np.uint8] | str
"""Picture as the model sees it, (H, W, 3) uint8, or the reason why it is unreadable."""


class ReadsBytes(Protocol):
    """Part of a `PictureSet` that reading needs."""

    def stamp(self, image_id: str) -> tuple[int, int] | None:
        """Return size and time of a picture's file (see `PictureSet.stamp`)."""
        ...

    def read_bytes(self, image_id: str) -> bytes:
        """Return the content of a picture's file (see `PictureSet.read_bytes`)."""
        ...


def read_views(folder: ReadsBytes, image_ids: Sequence[str], spec: ModelSpec) -> Generator[tuple[ViewOrReason, State]]:
    """Decode and resize pictures in threads, a little ahead of the consumer."""
    # Threads suffice, because Pillow releases Python's global lock while it decodes. The queue keeps the order and
    # bounds the memory: a picture is submitted only when one is taken.
    waiting: deque[Future[tuple[ViewOrReason, State]]] = deque()
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


def _view(folder: ReadsBytes, image_id: str, spec: ModelSpec) -> tuple[ViewOrReason, State]:
    photo, state = read_photo(folder, image_id)
    if isinstance(photo, str):
        return photo, state
    try:
        return preprocess.view(photo, spec), state
    except MemoryError:
        return (
            deferred(
                "there is too little memory to resize its {width} x {height} pixels",
                width=photo.width,
                height=photo.height,
            ),
            state,
        )


def read_photo(folder: ReadsBytes, image_id: str) -> tuple[Image.Image | str, State]:
    """Return the photograph or the reason why it is unreadable, and the state of its file."""
    # The time is taken before the content: a file that changes meanwhile is then noticed later.
    stamp, state = folder.stamp(image_id) or (-1, -1), (-1, -1, "")
    try:
        content = folder.read_bytes(image_id)
        state = (*stamp, picture_hash(content))
        return decode(content, image_id), state
    except PictureUnreadable as unreadable:
        return unreadable.reason, state
