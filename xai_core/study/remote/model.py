"""Model of a study as a worker opens it, from a path that all nodes see or from its content."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xai_core.data.dataset import PictureSet
from xai_core.errors import WorkersRefused
from xai_core.language import deferred
from xai_core.model.input_values import read_inputs
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.study.study import Study
from xai_core.study.trial_pictures import trial_pictures

SHARE = deferred("Put it on a path that every node sees, or let the pictures and the model be sent (--ship).")
"""Advice where a worker does not see a file."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkerModel:
    """Model file with everything that decides how it is opened.

    Attributes
    ----------
    path
        The file or folder.
    content
        Its files by their names within it, if they are sent; None reads them from the path.
    spec, model_id
        As the driver has opened the model.
    options
        Choices among weights, outputs and values of inputs, as a manifest stores them.
    views : (N, H, W, 3) uint8
        A few pictures as the model sees them, on which it is tried.
    """

    path: Path
    content: Mapping[str, bytes] | None
    spec: ModelSpec
    model_id: str
    options: Mapping[str, str] = field(default_factory=dict)
    views: NDArray[np.uint8]

    def open(self, path: Path | None = None) -> Runtime:
        """Open the model.

        Parameters
        ----------
        path
            Result of `path_here`, if it is known already.

        Raises
        ------
        WorkersRefused
            If this machine does not see the file, or it is another one here.
        ModelRefused
            If it cannot be used.
        """
        from xai_core.runtimes.checkpoint import open_with_notes  # noqa: PLC0415 - the driver does not need it

        path = self.path_here() if path is None else path
        if not path.exists():
            raise WorkersRefused(deferred("It does not see the model file {file}.", file=path), SHARE)
        runtime = open_with_notes(
            path,
            spec=self.spec,
            weights=self.options.get("weights"),
            output=self.options.get("output"),
            values=read_inputs([self.options.get("input", "")]),
            view=(lambda: self.views[0]) if len(self.views) else None,
            pictures=lambda _spec: self.views,
        ).runtime
        if runtime.model_id != self.model_id:
            raise WorkersRefused(
                deferred(
                    "Its model file {file} is another one: it has the id {found}, expected {expected}.",
                    file=path,
                    found=runtime.model_id,
                    expected=self.model_id,
                ),
                SHARE,
            )
        return runtime

    def path_here(self) -> Path:
        """Return the path of the model, after writing what was sent into a folder that the process leaves behind."""
        if self.content is None:
            return self.path
        folder = Path(tempfile.mkdtemp(prefix="confusion-explainer-model-"))
        target = folder / self.path.name
        # A folder is sent with the names of its files within it, a file with its neighbours.
        base = folder if self.path.name in self.content else target
        for name, content in self.content.items():
            file = base / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return target


def worker_model(
    path: Path,
    spec: ModelSpec,
    model_id: str,
    *,
    options: Mapping[str, str],
    data: PictureSet,
    image_ids: Sequence[str],
    files: Sequence[Path] | None,
) -> WorkerModel:
    """Describe a model for workers.

    Parameters
    ----------
    path, spec, model_id, options
        The file, and how it was opened here.
    data, image_ids
        Pictures, on a few of which the model is tried.
    files
        Files of the model to send; None sends none.
    """
    base = path if path.is_dir() else path.parent
    content = None
    if files is not None:
        # The spec beside an .onnx file is not among them: the spec is given.
        content = {file.relative_to(base).as_posix(): file.read_bytes() for file in files or (path,)}
    views = trial_pictures(data, image_ids)(spec)
    return WorkerModel(path=path, content=content, spec=spec, model_id=model_id, options=dict(options), views=views)


def study_model(study: Study, image_ids: Sequence[str], *, ship: bool) -> WorkerModel:
    """Describe the model of a study for workers.

    Parameters
    ----------
    study
        The study.
    image_ids
        Pictures, on a few of which the model is tried.
    ship
        True to send the model, False where the workers see its path.
    """
    return worker_model(
        study.model_file,
        study.spec,
        study.model_id,
        options=study.options,
        data=study.data,
        image_ids=image_ids,
        files=[file.path for file in study.record.files] if ship else None,
    )
