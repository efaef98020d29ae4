"""Repaired model as a file, and its study from stored embeddings."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from xai_core.data.dataset import Picture
from xai_core.errors import SettingRefused, StudyRefused, XaiError
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec, model_id
from xai_core.repair.fitting.layer_change import LastLayer, LayerChange
from xai_core.study.inference import ModelOutputs
from xai_core.study.layout.folders import FILE, NAME
from xai_core.study.manifest import library_versions, read_manifest
from xai_core.study.model_record import ModelFile, ModelRecord
from xai_core.study.pictures.file_states import FileStates, read_states
from xai_core.study.predictions import Predictions
from xai_core.study.staging import prepare_staging, publish, put_together, sole_writer
from xai_core.study.study import Study, open_study

PROBES = 64
"""Pictures on which the last layer is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedModel:
    """Model file with a repaired last layer.

    Attributes
    ----------
    path
        The file.
    layer
        Its last layer.
    spec, model_id
        As the file is opened.
    """

    path: Path
    layer: LastLayer
    spec: ModelSpec
    model_id: str


def write_repaired_model(study: Study, change: LayerChange, out: Path, record: Mapping[str, Any]) -> RepairedModel:
    """Write a study's model with a changed last layer.

    Parameters
    ----------
    study
        The study of the model to repair.
    change
        The change.
    out
        File to write: .onnx for a model from an .onnx file, .safetensors for any other.
    record
        What was done, as plain JSON values.

    Raises
    ------
    SettingRefused
        If there is a file of this name already.
    StudyRefused
        If the study has no embeddings or no readable picture.
    ModelRefused
        If the last layer is not found in the model's file, or the name has another ending.
    StoreRefused
        If the disk does not take it.
    """
    from xai_core.runtimes.last_layer.exchange import ExchangeableModel  # noqa: PLC0415 - onnx takes half a second

    check_new_files(out)
    readable = np.flatnonzero((study.table["unreadable"] == "").to_numpy())[:PROBES]
    if study.embeddings is None or not len(readable):
        raise StudyRefused(
            deferred(
                "The study {study} has no embeddings: its model does not end in a linear layer that can be seen.",
                study=study.name,
            ),
            deferred("Export the model so that it ends in a linear layer, and create its study again."),
        )
    model = ExchangeableModel(
        study.model_file,
        study.spec,
        study.embeddings[readable],
        study.logits[readable],
        weights=study.options.get("weights"),
    )
    layer = change.applied_to(LastLayer(model.layer.weight, model.layer.bias))
    spec = model.write(out, layer.weight, layer.bias, {"of_model": study.model_id} | dict(record))
    reading = study.record.reading if model.suffix == ".onnx" else ""
    return RepairedModel(path=out, layer=layer, spec=spec, model_id=model_id(out, spec, reading=reading))


def write_model_with_study(
    study: Study,
    change: LayerChange,
    record: Mapping[str, Any],
    *,
    out: Path,
    name: str,
    studies: Path,
    fitted_on: Collection[str] = (),
) -> tuple[RepairedModel, Study]:
    """Write a repaired model and its study, or neither of them.

    The study has the predictions of the model, computed from stored embeddings without a forward pass. They are the
    model's own up to the rounding of the embeddings, which are stored in half precision.

    Parameters
    ----------
    study, change, record, out
        See `write_repaired_model`.
    name, studies
        Name of the new study, and the folder of all studies.
    fitted_on
        Ids of pictures of the study that the repair was fitted on. The new study leaves them out, so that whatever is
        shown of it is judged on other pictures.

    Raises
    ------
    SettingRefused
        If there is a study of this name, or the name has other characters than are allowed, or a file is in the way.
    StudyRefused
        If no picture is left.
    ModelRefused, StoreRefused
        See `write_repaired_model`.
    """
    # The name is locked before the model is written: a second writer of the same name would replace the file.
    with _only_creator(name, studies):
        model = write_repaired_model(study, change, out, record)
        try:
            return model, _create_study(study, model, studies / name, fitted_on)
        except XaiError:
            for file in _files_of(out):
                file.unlink(missing_ok=True)
            raise


def check_new_files(out: Path) -> None:
    """Refuse a model file that would replace another file.

    Raises
    ------
    SettingRefused
        If it, or the spec beside an .onnx file, exists.
    """
    for file in _files_of(out):
        if file.exists():
            raise SettingRefused(
                deferred("The file to write"),
                deferred("{name}, which exists already", name=file),
                deferred("the name of a new file"),
            )


def _files_of(out: Path) -> tuple[Path, ...]:
    return (out, out.with_suffix(".json")) if out.suffix.lower() == ".onnx" else (out,)


@contextmanager
def _only_creator(name: str, studies: Path) -> Iterator[None]:
    """Lock the name of a new study, and refuse one that exists or cannot be the name of a study."""
    target, expected = studies / name, deferred("a new name of letters, digits, dots, dashes, underscores")
    if not NAME.fullmatch(name):
        raise SettingRefused(deferred("The name of the study"), repr(name), expected)
    with sole_writer(target):
        if (target / FILE).exists():
            existing = deferred("{name}, which exists already", name=repr(name))
            raise SettingRefused(deferred("The name of the study"), existing, expected)
        yield


def _create_study(study: Study, repaired: RepairedModel, target: Path, fitted_on: Collection[str]) -> Study:
    assert study.embeddings is not None
    kept = np.flatnonzero(~study.table["image_id"].isin(list(fitted_on)).to_numpy())
    if not len(kept):
        raise StudyRefused(
            deferred("The repair was fitted on all pictures of the study, so that none is left to show.")
        )
    table = study.table.iloc[kept]
    embeddings = np.asarray(study.embeddings[kept])
    outputs = ModelOutputs(
        logits=repaired.layer.logits(embeddings),
        embeddings=embeddings,
        reasons=table["unreadable"].to_numpy(np.str_),
    )
    pictures = [Picture(*row) for row in zip(table["image_id"], table["truth"], strict=True)]
    file = ModelFile.of(repaired.path)
    onnx = repaired.path.suffix.lower() == ".onnx"
    left_out = len(study.table) - len(kept)
    notes = [
        deferred(
            "The last layer was repaired; the predictions are from the embeddings of the study {study}.",
            study=study.name,
        )
    ]
    if left_out:
        notes.append(deferred("{number:,} pictures that the repair was fitted on are left out.", number=left_out))
    earlier = read_manifest(study.folder)
    manifest = replace(
        earlier,
        limit=len(kept) if left_out else earlier.limit,
        title=f"{study.title}, repaired",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model_file=repaired.path,
        model_id=repaired.model_id,
        model_size=file.size,
        model_modified_ns=file.modified_ns,
        spec=repaired.spec,
        options={key: value for key, value in study.options.items() if onnx and key in ("output", "input")},
        record=ModelRecord(
            files=(file,),
            reading=study.record.reading if onnx else "",
            notes=tuple(notes),
            origins=study.record.origins,
            source=deferred("{source}, repaired", source=study.record.source) if study.record.source else "",
        ),
        runtime="numpy, on stored embeddings",
        versions=library_versions(),
    )
    prepare_staging(target, manifest)
    predictions = Predictions.from_outputs(pictures, outputs, study.labels)
    known = read_states(study.folder)
    ids = table["image_id"].tolist()
    files = None if known is None else FileStates(ids, known.of(ids))
    publish(put_together(target, manifest, predictions, files), target)
    return open_study(target.name, target.parent)
