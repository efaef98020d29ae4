"""Model of a study, as a runtime and as a network for methods that look into its layers."""

from typing import TYPE_CHECKING

from xai_core.confusions import confusion
from xai_core.errors import StudyRefused
from xai_core.language import deferred, mark
from xai_core.model.input_values import read_inputs
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study
from xai_core.study.trial_pictures import first_view, trial_pictures
from xai_core.texts import chained

if TYPE_CHECKING:
    from xai_core.runtimes.helper.network import LayeredNetwork


def open_network(study: Study) -> "LayeredNetwork":
    """Load the network with the weights that the study's predictions were made with.

    Raises
    ------
    ModelRefused
        If the file gives no access to its layers, or cannot be used.
    """
    from xai_core.runtimes.helper.network import open_layers  # noqa: PLC0415 - onnx takes half a second

    # A file may hold several sets of weights: without the key, another one than that of the predictions is looked into.
    return open_layers(study.model_file, study.spec, study.options.get("weights"))


def open_runtime(study: Study) -> Runtime:
    """Load the model as a runtime; see `Study.open_runtime`."""
    from xai_core.runtimes.checkpoint import open_with_notes  # noqa: PLC0415 - torch takes seconds

    readable = confusion.readable(study.table)["image_id"].to_list()
    opened = open_with_notes(
        study.model_file,
        spec=study.spec,
        weights=study.options.get("weights"),
        output=study.options.get("output"),
        values=read_inputs([study.options.get("input", "")]),
        view=first_view(study.data, readable, study.spec),
        pictures=trial_pictures(study.data, readable),
    )
    if opened.runtime.model_id == study.model_id:
        return opened.runtime
    if opened.reading != study.record.reading or len(opened.files) > max(1, len(study.record.files)):
        notes = opened.notes or (deferred("all its files count now."),)
        raise StudyRefused(
            deferred(
                "The model file {file} is read otherwise than when the study {study} was created: {notes}",
                file=study.model_file,
                study=study.name,
                notes=chained(mark("{first} {rest}"), notes),
            ),
            deferred("Create the study again, with the same command."),
        )
    raise StudyRefused(
        deferred(
            "The model file {file} has changed since the study {study} was opened.",
            file=study.model_file,
            study=study.name,
        )
    )
