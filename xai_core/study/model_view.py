"""Picture in the form in which a model receives it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.question import Question
from xai_core.explain.store import AnswerStore
from xai_core.model.runtime import Runtime
from xai_core.settings.explain_settings import ExplainSettings


@dataclass(frozen=True, slots=True, eq=False)
class ModelView:
    """Picture as the model sees it, with the hash of its file.

    Attributes
    ----------
    view : (H, W, 3) uint8
        Cropped and resized to the model's input, not normalised.
    picture_hash
        See `explain.question.picture_hash`; explanations are stored under it.
    """

    view: NDArray[np.uint8]
    picture_hash: str

    def question(self, runtime: Runtime, settings: ExplainSettings, store: AnswerStore) -> Question:
        """Return what the explanation service needs to explain this picture.

        Parameters
        ----------
        runtime
            The model.
        settings
            What decides the map.
        store
            Where the explanation is stored.
        """
        return Question(runtime, self.view, self.picture_hash, settings, store)
