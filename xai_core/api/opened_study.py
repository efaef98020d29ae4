"""Study that is open for reading and for further explanations."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.api.picture_explanation import PictureExplanation
from xai_core.api.request import compute, explain_settings
from xai_core.confusions import confusion
from xai_core.errors import NameUnknown
from xai_core.explain.store import ExplanationStore
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress
from xai_core.study.study import Study
from xai_core.study.study import open_study as open_named_study


@dataclass(frozen=True, eq=False, repr=False)
class OpenStudy:
    """Study that is open for reading and for further explanations.

    Attributes
    ----------
    study
        Data, model and predictions.
    """

    study: Study

    def __repr__(self) -> str:
        summary = self.study.summary()
        return f"<Study {self.study.name}: {summary.pictures:,} pictures, top-1 {summary.top1:.1%}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs."""
        return self.study.labels

    @property
    def predictions(self) -> pd.DataFrame:
        """Table of predictions, a row a picture; `study.predictions.guesses` lists its columns."""
        return self.study.table

    @property
    def logits(self) -> NDArray[np.float16]:
        """Logits (N, L) float16, a row a picture as in `predictions`."""
        return self.study.logits

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Confused pairs with the columns truth, guess and count, the most frequent first."""
        return confusion.pairs(self.study.table)

    def mistakes(self, truth: str, guess: str) -> pd.DataFrame:
        """Return the mistakes of a pair, the most confident first.

        Raises
        ------
        NameUnknown
            If the study has no such class.
        """
        for label in (truth, guess):
            self._check_label(label)
        return confusion.mistakes(self.study.table, truth, guess)

    def picture(self, image_id: str) -> Image.Image:
        """Return a photograph in RGB, upright, in its own size.

        Raises
        ------
        NameUnknown, PictureUnreadable
            If there is no such picture, or its file cannot be decoded.
        """
        return self.study.photo(image_id)

    def stored(self, image_id: str, **settings: Any) -> PictureExplanation | None:
        """Return the stored explanation of a picture, or None; `settings` are those of `explain`."""
        wanted = explain_settings(self.study.spec, **settings)
        found = self._store.get(self.study.explanation_key(image_id, wanted))
        return None if found is None else PictureExplanation(found, self.study.model_view(image_id).view, image_id)

    def explain(self, image_id: str, *, progress: bool | Progress = True, **settings: Any) -> PictureExplanation:
        """Explain a picture as the pages do, and store the explanation in the study, where they find it.

        Parameters
        ----------
        image_id
            Id of the picture, such as "pork_chop/1234".
        progress, settings
            Arguments of `Explainer.explain`.

        Raises
        ------
        NameUnknown, PictureUnreadable, SettingRefused, ExplanationFailed
            See `Explainer.explain`.
        """
        stored = self.stored(image_id, **settings)
        if stored is not None:
            return stored
        wanted = explain_settings(self.study.spec, **settings)
        question = self.study.question(image_id, wanted, self._runtime, self._store)
        return PictureExplanation(compute(question, progress=progress), question.view, image_id)

    @cached_property
    def _runtime(self) -> Runtime:
        return self.study.open_runtime()

    @cached_property
    def _store(self) -> ExplanationStore:
        return ExplanationStore(self.study.explanations)

    def _check_label(self, label: str) -> None:
        known = {*self.study.labels, *self.study.table["truth"]}
        if label not in known:
            raise NameUnknown("class", label)


def open_study(path: str | Path) -> OpenStudy:
    """Open a study by its folder, or by its name in the folder of all studies.

    Raises
    ------
    NameUnknown
        If there is no such study.
    StudyRefused
        If it is damaged, or its data or model changed.
    """
    given = Path(path).expanduser()
    if len(given.parts) == 1 and not given.is_dir():
        return OpenStudy(open_named_study(given.name, paths.studies_folder()))
    folder = given.absolute()
    return OpenStudy(open_named_study(folder.name, folder.parent))
