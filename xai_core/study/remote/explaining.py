"""Explanations of a study's pictures by workers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable, WorkersRefused
from xai_core.explain import question as questions
from xai_core.explain.explanation import Explanation
from xai_core.explain.memory_store import MemoryStore
from xai_core.language import deferred, mark
from xai_core.model import preprocess
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.model_view import ModelView
from xai_core.study.remote.model import SHARE, WorkerModel


@dataclass(frozen=True, slots=True, eq=False)
class PictureToExplain:
    """Picture with the settings of its explanation.

    Attributes
    ----------
    image_id, settings
        The picture and its settings.
    content
        Content of its file, if it is sent; None lets the worker read it.
    known
        Key of a search with another budget, with its logits, from which this one goes on; None for none.
    """

    image_id: str
    settings: ExplainSettings
    content: bytes | None = None
    known: tuple[str, NDArray[np.float32]] | None = None


Known = Callable[[str, ExplainSettings], tuple[str, NDArray[np.float32]] | None]
"""Function from a picture and its settings to `PictureToExplain.known`."""


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Explanation with the names under which it is stored.

    Attributes
    ----------
    key, explanation
        Key in the store of explanations, and the explanation.
    search_key, logits
        Key of the search, and the (n, L) logits of its evaluations, from which a longer search goes on.
    """

    key: str
    explanation: Explanation
    search_key: str
    logits: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ExplainWork:
    """Work of explaining pictures with one model.

    Attributes
    ----------
    model
        The model.
    data
        The pictures, if workers read them; None if they are sent.
    """

    model: WorkerModel
    data: PictureSet | None

    def open(self) -> Callable[[PictureToExplain], Explained]:
        """Open the model (see `pool.Work`)."""
        check_visible(self.data)
        runtime = self.model.open()

        def explain(picture: PictureToExplain) -> Explained:
            content = read_content(self.data, picture.image_id, picture.content)
            view = preprocess.view(decode(content, picture.image_id), runtime.spec)
            store = _Kept(picture.known)
            question = ModelView(view, questions.picture_hash(content)).question(runtime, picture.settings, store)
            explanation, _ = questions.explain(question)
            return Explained(question.key, explanation, question.search_key, store.logits[question.search_key])

        return explain


def check_visible(data: PictureSet | None) -> None:
    """Refuse a set of pictures that this machine does not see.

    Raises
    ------
    WorkersRefused
        If its folder or file is not there.
    """
    if data is not None and not data.root.exists():
        raise WorkersRefused(deferred("It does not see the pictures in {folder}.", folder=data.root), SHARE)


def read_content(data: PictureSet | None, image_id: str, content: bytes | None) -> bytes:
    """Return the content of a picture's file, from what was sent or from the set.

    Raises
    ------
    PictureUnreadable
        If this machine cannot read it.
    """
    if content is not None:
        return content
    if data is None:
        raise PictureUnreadable(image_id, mark("it was not sent"))
    return data.read_bytes(image_id)


class _Kept(MemoryStore):
    """Store in memory that keeps the logits too, to return them."""

    def __init__(self, known: tuple[str, NDArray[np.float32]] | None) -> None:
        super().__init__()
        self.logits: dict[str, NDArray[np.float32]] = {} if known is None else dict([known])

    def get_logits(self, search_key: str) -> NDArray[np.float32] | None:
        return self.logits.get(search_key)

    def put_logits(self, search_key: str, logits: NDArray[np.float32]) -> None:
        self.logits[search_key] = logits


def with_content(
    data: PictureSet, settings_of: Mapping[str, ExplainSettings], *, ship: bool, known: Known
) -> Iterator[PictureToExplain]:
    """Yield pictures as items of work, with their content if it is sent and with what is known of them."""
    for image_id, settings in settings_of.items():
        content = None
        if ship:
            try:
                content = data.read_bytes(image_id)
            except PictureUnreadable:
                content = b""  # the worker says that it is no picture, as for any other
        yield PictureToExplain(image_id, settings, content, known(image_id, settings))
