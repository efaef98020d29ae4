"""Study that is open for reading and for further explanations."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.api.picture_explanation import PictureExplanation
from xai_core.api.request import compute, explain_settings
from xai_core.confusions import confusion
from xai_core.errors import SettingRefused
from xai_core.explain.store import ExplanationStore
from xai_core.labels import index_of
from xai_core.language import deferred
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress
from xai_core.settings.explain_settings import USUAL_EVALUATIONS, ExplainSettings
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
    def logits(self) -> NDArray[np.float32] | NDArray[np.float16]:
        """Logits (N, L) float32, a row a picture as in `predictions`; float16 in studies of earlier versions."""
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

    def stored(
        self,
        image_id: str,
        *,
        evaluations: int = USUAL_EVALUATIONS,
        engine: str | None = None,
        mask: str = "blur",
        blur_px: int | None = None,
        colour: tuple[int, int, int] | None = None,
        seed: int = 0,
    ) -> PictureExplanation | None:
        """Return the stored explanation of a picture, or None; the settings are those of `Explainer.explain`.

        Raises
        ------
        NameUnknown, PictureUnreadable, SettingRefused
            See `Explainer.explain`.
        """
        settings = explain_settings(
            self.study.spec,
            evaluations=evaluations,
            engine=engine,
            mask=mask,
            blur_px=blur_px,
            colour=colour,
            seed=seed,
        )
        return self._stored(image_id, settings)

    def explain(
        self,
        image_id: str,
        *,
        evaluations: int = USUAL_EVALUATIONS,
        engine: str | None = None,
        mask: str = "blur",
        blur_px: int | None = None,
        colour: tuple[int, int, int] | None = None,
        seed: int = 0,
        progress: bool | Progress = True,
    ) -> PictureExplanation:
        """Explain a picture as the pages do, and store the explanation in the study, where they find it.

        Parameters
        ----------
        image_id
            Id of the picture, such as "pork_chop/1234".
        evaluations, engine, mask, blur_px, colour, seed, progress
            See `Explainer.explain`.

        Raises
        ------
        NameUnknown, PictureUnreadable, SettingRefused, ExplanationFailed
            See `Explainer.explain`.
        """
        settings = explain_settings(
            self.study.spec,
            evaluations=evaluations,
            engine=engine,
            mask=mask,
            blur_px=blur_px,
            colour=colour,
            seed=seed,
        )
        stored = self._stored(image_id, settings)
        if stored is not None:
            return stored
        question = self.study.question(image_id, settings, self._runtime, self._store)
        return PictureExplanation(compute(question, progress=progress), question.view, image_id)

    def _stored(self, image_id: str, settings: ExplainSettings) -> PictureExplanation | None:
        found = self._store.get(self.study.explanation_key(image_id, settings))
        return None if found is None else PictureExplanation(found, self.study.model_view(image_id).view, image_id)

    @cached_property
    def _runtime(self) -> Runtime:
        return self.study.open_runtime()

    @cached_property
    def _store(self) -> ExplanationStore:
        return ExplanationStore(self.study.explanations)

    def _check_label(self, label: str) -> None:
        # Raises NameUnknown. The data may have classes that the model has no label for.
        index_of(label, tuple(dict.fromkeys((*self.study.labels, *self.study.table["truth"]))))


def open_study(path: str | Path) -> OpenStudy:
    """Open a study by its folder, or by its name in the folder of all studies.

    Raises
    ------
    SettingRefused
        If `path` is neither.
    NameUnknown
        If there is no such study.
    StudyRefused
        If it is damaged, or its data or model changed.
    """
    if not isinstance(path, str | Path):
        found = deferred("a {kind}", kind=type(path).__name__)
        raise SettingRefused("path", found, deferred("the folder of a study, or its name"))
    given = Path(path).expanduser()
    if len(given.parts) == 1 and not given.is_dir():
        return OpenStudy(open_named_study(given.name, paths.studies_folder()))
    folder = given.absolute()
    return OpenStudy(open_named_study(folder.name, folder.parent))
