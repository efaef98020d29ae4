"""Trial of an opened model on a few pictures, made once on a machine."""

from dataclasses import replace
from typing import Protocol, runtime_checkable

from xai_core.errors import ExplanationFailed
from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Runtime
from xai_core.runtimes.selection import trial_views
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.trial.checks import check_trial, try_graph
from xai_core.runtimes.trial.records import read_record, write_record


@runtime_checkable
class _Batched(Protocol):
    """Runtime whose batch size can be chosen."""

    def with_batch(self, batch: int) -> Runtime: ...


def try_model(opened: OpenedModel, request: OpenRequest) -> OpenedModel:
    """Run pictures through a model twice, and alone and in a batch.

    A model whose answer to a picture depends on the other pictures of its batch is changed to run them one by one.
    ONNX graphs of the user have a trial of their own, in `onnx_graph.picture_trial`.

    Parameters
    ----------
    opened
        The model.
    request
        Its pictures are used; synthetic ones without.

    Raises
    ------
    ModelRefused
        If the answers differ from run to run, or a picture alone has no meaningful answer.
    """
    runtime = opened.runtime
    key = f"{runtime.model_id} {runtime.name}"
    on_photographs = request.pictures is not None
    record = read_record(key, on_photographs=on_photographs)
    if record is not None and isinstance(record.get("note"), str):
        note = record["note"]
    else:
        pictures = normalise(trial_views(runtime.spec, request.pictures), runtime.spec)
        try:
            trial = try_graph(runtime.logits, pictures, half="float16" in runtime.name)
        except ExplanationFailed:
            # A model whose outputs are not finite says so where they are used, with the name of the picture.
            return opened
        note = check_trial(trial, opened.files[0].name if opened.files else deferred("The model"))
        write_record(key, {"note": note}, on_photographs=on_photographs)
    if not note:
        return opened
    alone = runtime.with_batch(1) if isinstance(runtime, _Batched) else runtime
    return replace(opened, runtime=alone, notes=(*opened.notes, note))
