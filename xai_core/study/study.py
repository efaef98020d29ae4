"""Studies, each one model on one labelled set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.confusions import confusion
from xai_core.data.dataset import PictureSet, close_ids
from xai_core.data.decoding import decode
from xai_core.errors import NameUnknown, StudyRefused, StudyTooNew
from xai_core.explain import question as explain_question
from xai_core.explain.consistency import describe_disagreement
from xai_core.explain.explanation import Explanation
from xai_core.explain.question import Question
from xai_core.explain.store import AnswerStore
from xai_core.language import deferred, mark
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study import predictions
from xai_core.study.layout.checks import find_data_and_model, rebuild_advice
from xai_core.study.layout.digests import check_files
from xai_core.study.layout.folders import readable_folder, study_names
from xai_core.study.manifest import read_manifest
from xai_core.study.model_record import ModelRecord
from xai_core.study.model_view import ModelView
from xai_core.study.pictures.file_states import FileStates, read_states


@dataclass(frozen=True, eq=False)
class Study:
    """Predictions of a model on a labelled set, checked against both.

    Attributes
    ----------
    name
        Name of its folder; part of links.
    title
        Title for people.
    folder, explanations
        The study's folder, and the folder of its stored explanations.
    data_root, split, data
        Folder and split of the pictures, and the access to them.
    model_file, model_id, spec
        The model, and the form of its input.
    created, versions
        Time of the predictions (UTC, ISO 8601), and the versions of Python and libraries that made them.
    table
        One row per picture, see `predictions.guesses`. The row number is also the row in `logits` and `embeddings`.
    logits : (N, L) float32
        Float16 in studies of earlier versions.
    embeddings : (N, D) float16, or None
        Outputs of the penultimate layer; None for a model that does not expose them.
    options
        Further options of the command that created the study, as texts.
    record
        Files of the model and how they were read.
    picture_files
        Record of the picture files of the predictions; None in studies of earlier versions.
    """

    name: str
    title: str
    folder: Path
    data_root: Path
    split: str
    data: PictureSet
    model_file: Path
    model_id: str
    spec: ModelSpec
    created: str
    versions: Mapping[str, str]
    table: pd.DataFrame
    logits: NDArray[np.float32] | NDArray[np.float16]
    embeddings: NDArray[np.float16] | None
    options: Mapping[str, str] = field(default_factory=dict)
    record: ModelRecord = field(default_factory=ModelRecord)
    picture_files: FileStates | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the logits."""
        return self.spec.labels

    @property
    def explanations(self) -> Path:
        """Folder of the stored explanations; it appears with the first one."""
        return self.folder / "explanations"

    def row(self, image_id: str) -> pd.Series:
        """Return the row of one picture; its `name` is the row number.

        Raises
        ------
        NameUnknown
            If the study has no such picture.
        """
        # A notebook may pass a number or a list.
        if not isinstance(image_id, str):
            raise NameUnknown(mark("picture"), image_id, hint=deferred("Ids are texts of the form class/number."))
        if image_id not in self._rows:
            near = close_ids(image_id, tuple(self._rows))
            raise NameUnknown(mark("picture"), image_id, near, deferred("Ids have the form class/number."))
        return self.table.iloc[self._rows[image_id]]

    def picture_bytes(self, image_id: str) -> bytes:
        """Return the content of the picture's file.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        self.row(image_id)
        return self.data.read_bytes(image_id)

    def photo(self, image_id: str) -> Image.Image:
        """Return the photograph as RGB, upright, in its own size.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        return decode(self.picture_bytes(image_id), image_id)

    def model_view(self, image_id: str) -> ModelView:
        """Return a picture as the model sees it, with the hash of its file, which is read once.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        content = self.picture_bytes(image_id)
        return ModelView(preprocess.view(decode(content, image_id), self.spec), explain_question.picture_hash(content))

    def question(self, image_id: str, settings: ExplainSettings, runtime: Runtime, store: AnswerStore) -> Question:
        """Return what the explanation service needs to explain a picture.

        Parameters
        ----------
        image_id
            The picture.
        settings
            What decides the map.
        runtime
            The study's model, from `open_runtime`.
        store
            Where the explanation is stored.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        return self.model_view(image_id).question(runtime, settings, store)

    def explanation_key(self, image_id: str, settings: ExplainSettings) -> str:
        """Return the key of a stored explanation, without decoding the picture or loading the model.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        return settings.key(model_id=self.model_id, picture_hash=self.picture_hash(image_id))

    def picture_hash(self, image_id: str) -> str:
        """Return the hash of the picture's file, without decoding it.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        return explain_question.picture_hash(self.picture_bytes(image_id))

    def has_changed(self, image_id: str) -> bool:
        """Return True if a picture's file has another content now than when it was predicted.

        The file is read only if its size or time has changed. A file that is gone has not changed. Studies of earlier
        versions have no record of their files, so that no change is noticed.
        """
        return self.picture_files is not None and self.picture_files.has_changed(self.data, image_id)

    def changed_pictures(self) -> tuple[str, ...]:
        """Return the ids of all pictures for which `has_changed` is true."""
        return tuple(image_id for image_id in self.table["image_id"] if self.has_changed(image_id))

    def disagreement(self, image_id: str, explanation: Explanation) -> str:
        """Return a sentence if an explanation's logits are not those of the stored prediction, else "".

        Raises
        ------
        NameUnknown
            If the study has no such picture.
        """
        self.row(image_id)
        return describe_disagreement(explanation, self.logits[self._rows[image_id]])

    def summary(self) -> confusion.Summary:
        """Return the number of pictures, of unreadable ones, and the accuracy of the model."""
        return confusion.summary(self.table)

    def open_runtime(self) -> Runtime:
        """Load the model.

        Raises
        ------
        ModelRefused
            If the file cannot be used.
        StudyRefused
            If it is not the model of the predictions.
        """
        from xai_core.study.network import open_runtime  # noqa: PLC0415 - it needs this class

        return open_runtime(self)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {image_id: row for row, image_id in enumerate(self.table["image_id"])}


def open_study(name: str, studies: Path) -> Study:
    """Open a study and check that its data and model have not changed.

    The check takes a fraction of a second.

    Raises
    ------
    NameUnknown
        If there is no such study. The hint lists those that exist.
    StudyTooNew
        If only a later version of this program reads it.
    StudyRefused
        If it is damaged, or its data or model changed. The message says what changed, the hint gives the command that
        rebuilds it.
    """
    names = study_names(studies)
    if name not in names:
        known = (
            deferred("Those in {folder} are: {names}.", folder=studies, names=", ".join(names))
            if names
            else deferred("There are none in {folder} yet.", folder=studies)
        )
        raise NameUnknown(mark("study"), name, hint=known)
    folder = studies / name
    files = readable_folder(folder)
    try:
        manifest = read_manifest(files, folder)
    except StudyTooNew:
        raise
    except StudyRefused as fault:
        command = f"python -m xai_core study create {name} --data ROOT --model FILE"
        fault.hint = deferred("Create it again: {command}", command=command)
        raise
    try:
        manifest, data = find_data_and_model(manifest, read_manifest(files, folder, uses_near=False))
        check_files(files, manifest.digests)
        found = predictions.load(files, manifest.spec.labels)
    except StudyRefused as fault:
        usual = studies.absolute() == paths.studies_folder().absolute()
        fault.hint = rebuild_advice(name, manifest, None if usual else studies)
        raise
    return Study(
        name=name,
        title=manifest.title,
        folder=folder,
        data_root=manifest.data_root,
        split=manifest.split,
        data=data,
        model_file=manifest.model_file,
        model_id=manifest.model_id,
        spec=manifest.spec,
        created=manifest.created,
        versions=manifest.versions,
        table=found.table,
        logits=found.logits,
        embeddings=found.embeddings,
        options=manifest.options,
        record=manifest.record,
        picture_files=read_states(files),
    )
