"""A study: one model on one labelled set. Open one, list them, create one."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.confusions import confusion
from xai_core.data.dataset import Food101Folder, Picture, close_ids, decoded, spread
from xai_core.errors import DataMissing, NameUnknown, PictureUnreadable, SettingRefused, StudyRefused, XaiError
from xai_core.labels import words
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.study import predictions
from xai_core.study.build import alone, build
from xai_core.study.inference import Progress, ask, readable_again
from xai_core.study.manifest import FILE, Record, check_data, check_model, cure, library_versions, read_record
from xai_core.study.predictions import Predictions, check_labels

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, eq=False)
class Study:
    """A model's answers about a labelled set, checked against both.

    Attributes
    ----------
    name
        Of its folder; part of links.
    title
        For people.
    folder, explanations
        Where it is kept, and where its explanations are.
    data_root, split, data
        Which pictures, and the way to them.
    model_file, model_id, spec
        Which model, and what it is shown.
    created, versions
        When (UTC, ISO 8601), and of which Python and libraries the predictions are.
    table
        One row a picture, see `predictions.guesses`; the row number is the row in `logits` and `embeddings`.
    logits : (N, L) float16
    embeddings : (N, D) float16, or None for a model that does not expose them
    """

    name: str
    title: str
    folder: Path
    data_root: Path
    split: str
    data: Food101Folder
    model_file: Path
    model_id: str
    spec: ModelSpec
    created: str
    versions: Mapping[str, str]
    table: pd.DataFrame
    logits: NDArray[np.float16]
    embeddings: NDArray[np.float16] | None

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
        if image_id not in self._rows:
            near = close_ids(image_id, tuple(self._rows))
            raise NameUnknown("picture", image_id, near, "Ids are of the form class/number.")
        return self.table.iloc[self._rows[image_id]]

    def picture_bytes(self, image_id: str) -> bytes:
        """Content of the picture's file; raises as `photo` does."""
        self.row(image_id)
        return self.data.read_bytes(image_id)

    def photo(self, image_id: str) -> Image.Image:
        """Return the photograph: RGB, upright, in its own size.

        Raises
        ------
        NameUnknown, PictureUnreadable
        """
        return decoded(self.picture_bytes(image_id), image_id)

    def summary(self) -> confusion.Summary:
        """Number of pictures, of unreadable ones, and how often the model is right."""
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
        from xai_core.runtimes.checkpoint import open_model  # noqa: PLC0415 - torch takes seconds, a table needs none

        runtime = open_model(self.model_file, spec=self.spec, view=self._any_view)
        if runtime.model_id != self.model_id:
            raise StudyRefused(f"The model file {self.model_file} has changed since the study {self.name} was opened.")
        return runtime

    def _any_view(self) -> NDArray[np.uint8]:
        """A picture as the model sees it: what a way of running the model is checked on."""
        lost: XaiError | None = None
        for image_id in confusion.readable(self.table)["image_id"]:
            try:
                return preprocess.view(self.photo(image_id), self.spec)
            except PictureUnreadable as fault:
                lost = fault
        raise lost or StudyRefused(f"The study {self.name} has no readable picture.")

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {image_id: row for row, image_id in enumerate(self.table["image_id"])}


def study_names(studies: Path) -> tuple[str, ...]:
    """Names of the studies in a folder, sound or not, in alphabetical order."""
    if not studies.is_dir():
        return ()
    return tuple(sorted(each.parent.name for each in studies.glob(f"*/{FILE}") if _NAME.fullmatch(each.parent.name)))


def open_study(name: str, studies: Path) -> Study:
    """Open a study, and check in a fraction of a second that data and model are those that it was made from.

    Raises
    ------
    NameUnknown
        If there is no such study; the hint lists those that exist.
    StudyRefused
        If it is damaged, or its data or model changed: says what changed and which command rebuilds it.
    """
    names = study_names(studies)
    if name not in names:
        known = f"Those in {studies} are: {', '.join(names)}." if names else f"There are none in {studies} yet."
        raise NameUnknown("study", name, hint=known)
    folder = studies / name
    try:
        record = read_record(folder)
    except StudyRefused as fault:
        fault.hint = f"Make it again: python -m xai_core study create {name} --data ROOT --model FILE"
        raise
    try:
        data = check_data(record)
        check_model(record)
        found = predictions.load(folder, record.spec.labels)
    except StudyRefused as fault:
        usual = studies.absolute() == paths.studies_folder().absolute()
        fault.hint = cure(name, record, None if usual else studies)
        raise
    return Study(
        name=name,
        title=record.title,
        folder=folder,
        data_root=record.data_root,
        split=record.split,
        data=data,
        model_file=record.model_file,
        model_id=record.model_id,
        spec=record.spec,
        created=record.created,
        versions=record.versions,
        table=found.table,
        logits=found.logits,
        embeddings=found.embeddings,
    )


def create_study(
    name: str,
    studies: Path,
    *,
    data: Path,
    model: Path,
    labels: Path | Sequence[str] | None = None,
    spec: Path | ModelSpec | None = None,
    split: str = "test",
    limit: int | None = None,
    architecture: str | None = None,
    title: str | None = None,
    progress: Progress = lambda _done, _planned: None,
) -> Study:
    """Ask a model about a labelled set and keep the answers. Stopped and called again, it goes on where it was.

    Parameters
    ----------
    name
        Of the folder: letters, digits, dot, dash and underscore.
    studies
        The folder of all studies. An earlier study of this name is replaced if its model or its pictures are others;
        else only its title and the places of its files are brought up to date.
    data, split
        The folder that holds `food-101/`, and which of its splits.
    model, labels, spec, architecture
        See `checkpoint.open_model`. A plain state dict without labels is given the data's classes in sorted order,
        which is torchvision's, where their number is that of its outputs.
    limit
        Take this many pictures at equal steps through the sorted list; None takes all.
    title
        For people; None keeps the one it has.
    progress
        Told of pictures done and planned.

    Raises
    ------
    SettingRefused, DataMissing, ModelRefused, StudyRefused, StoreRefused, ExplanationFailed
        Each says what was found, what was expected, and the cure.
    """
    from xai_core.runtimes.checkpoint import open_model  # noqa: PLC0415 - torch takes seconds, reading a study needs none

    if not _NAME.fullmatch(name):
        raise SettingRefused("The name of the study", repr(name), "letters, digits, dots, dashes, underscores")
    folder, pictures = _asked(data, split, limit)
    model = model.expanduser().absolute()
    if labels is None and spec is None and model.suffix.lower() in (".pth", ".pt"):
        labels = folder.classes
    runtime = open_model(model, labels=labels, spec=spec, architecture=architecture)
    check_labels(pictures, runtime.spec.labels)
    earlier = _earlier(studies / name)
    options = {"architecture": architecture} if architecture else {}
    options |= {
        key: str(file.absolute()) for key, file in (("labels", labels), ("spec", spec)) if isinstance(file, Path)
    }
    record = Record(
        title=title or (earlier.title if earlier else words(name)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        data_root=folder.root,
        split=split,
        limit=len(pictures) if len(pictures) < len(folder.pictures) else None,
        fingerprint=folder.fingerprint,
        model_file=model,
        model_id=runtime.model_id,
        model_size=model.stat().st_size,
        model_modified_ns=model.stat().st_mtime_ns,
        spec=runtime.spec,
        options=options,
        runtime=runtime.name,
        versions=library_versions(),
    )

    def answered(chunks: Path) -> Predictions:
        return Predictions.of(pictures, ask(folder, pictures, runtime, chunks, progress), runtime.spec.labels)

    with alone(studies / name):
        if earlier and earlier.question == record.question and _complete(studies / name, record, folder):
            log.info("The study %s is complete: nothing to compute.", name)
            # The places of the files and the title may be new; what made the predictions is not.
            made = {field: getattr(earlier, field) for field in ("created", "runtime", "versions")}
            replace(record, **made).write(studies / name)
        else:
            build(studies / name, record, answered)
    return open_study(name, studies)


def _asked(data: Path, split: str, limit: int | None) -> tuple[Food101Folder, tuple[Picture, ...]]:
    """Return the folder and which of its pictures are asked about."""
    if limit is not None and limit < 1:
        raise SettingRefused("limit", limit, "at least 1 picture")
    folder = Food101Folder.open(data, split)
    pictures = spread(folder.pictures, limit)
    if not pictures:
        raise DataMissing(folder.root, f"any picture in the split {split}")
    if not any(folder.path(picture.image_id).is_file() for picture in pictures):
        raise DataMissing(folder.root, f"every file of the {len(pictures)} pictures in the split {split}")
    return folder, pictures


def _earlier(target: Path) -> Record | None:
    try:
        return read_record(target)
    except StudyRefused:
        return None


def _complete(target: Path, record: Record, folder: Food101Folder) -> bool:
    """Whether the predictions are sound, and no picture that was unreadable has been mended since."""
    try:
        table = predictions.load(target, record.spec.labels).table
    except StudyRefused:
        return False
    return not readable_again(folder, table["image_id"][table["unreadable"] != ""])
