"""Model of a study, as a runtime and as a network for methods that look into its layers."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xai_core.confusions import confusion
from xai_core.errors import PictureUnreadable, StudyRefused, XaiError
from xai_core.model.input_values import read_inputs
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study
from xai_core.study.trial_pictures import trial_pictures

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork


def open_network(study: Study) -> "GradientNetwork":
    """Load the network with the weights that the study's predictions were made with.

    Raises
    ------
    ModelRefused
        If the file gives no access to its layers, or cannot be used.
    """
    from xai_core.runtimes.gradients import GradientNetwork  # noqa: PLC0415 - torch takes seconds

    # A file may hold several sets of weights: without the key, another one than that of the predictions is looked into.
    return GradientNetwork.open(study.model_file, study.spec, study.options.get("weights"))


def open_runtime(study: Study) -> Runtime:
    """Load the model as a runtime; see `Study.open_runtime`."""
    from xai_core.runtimes.checkpoint import open_with_notes  # noqa: PLC0415 - torch takes seconds

    opened = open_with_notes(
        study.model_file,
        spec=study.spec,
        weights=study.options.get("weights"),
        output=study.options.get("output"),
        values=read_inputs([study.options.get("input", "")]),
        view=partial(_any_view, study),
        pictures=trial_pictures(study.data, confusion.readable(study.table)["image_id"].to_list()),
    )
    if opened.runtime.model_id == study.model_id:
        return opened.runtime
    if opened.reading != study.record.reading or len(opened.files) > max(1, len(study.record.files)):
        raise StudyRefused(
            f"The model file {study.model_file} is read otherwise than when the study {study.name} was created: "
            f"{' '.join(opened.notes) or 'all its files count now.'}",
            "Create the study again, with the same command.",
        )
    raise StudyRefused(f"The model file {study.model_file} has changed since the study {study.name} was opened.")


def _any_view(study: Study) -> NDArray[np.uint8]:
    """Return the first readable picture as the model sees it.

    Candidate runtimes are compared on it.
    """
    lost: XaiError | None = None
    for image_id in confusion.readable(study.table)["image_id"]:
        try:
            return study.model_view(image_id).view
        except PictureUnreadable as fault:
            lost = fault
    raise lost or StudyRefused(f"The study {study.name} has no readable picture.")
