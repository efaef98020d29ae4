"""The commands `model ...`."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.help.commands import Commands
from xai_core.cli.options import (
    Architecture,
    AsJson,
    ChannelOrder,
    DataFormat,
    FurtherInputs,
    InputSize,
    InterpolationName,
    LabelsFile,
    Mean,
    OutputName,
    ResizeRule,
    SpecFile,
    Std,
    ValueRange,
    WeightsKey,
)
from xai_core.language import recognised, tr
from xai_core.texts import paragraph

if TYPE_CHECKING:
    from xai_core.data.dataset import PictureSet
    from xai_core.model.opened import OpenedModel
    from xai_core.model.runtime import Runtime
    from xai_core.model.spec import ModelSpec

# The commands import what needs torch themselves: --help must not wait for it.

app = Commands(help=tr("Look into model files."))

PICTURES = 3
"""Pictures that are shown to the model."""

TOP = 5
"""Classes that are listed for each of them."""

_SHOWN_LABELS = 3


@app.callback()
def commands() -> None:
    """Keep `inspect` a command of its own, though it is the only one."""


@app.command("inspect")
def inspect(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=tr("Model file or folder, or OWNER/NAME on the Hugging Face hub, see docs/models.md."),
        ),
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="ROOT",
            help=tr("Labelled pictures, of which {number} are shown to the model.", number=PICTURES),
            show_default=tr("none"),
        ),
    ] = None,
    data_format: DataFormat = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=tr("Split of the data."), show_default=tr("test, else the only one")),
    ] = None,
    labels: LabelsFile = None,
    spec: SpecFile = None,
    architecture: Architecture = None,
    weights: WeightsKey = None,
    output: OutputName = None,
    inputs: FurtherInputs = None,
    size: InputSize = None,
    resize: ResizeRule = None,
    interpolation: InterpolationName = None,
    value_range: ValueRange = None,
    mean: Mean = None,
    std: Std = None,
    channels: ChannelOrder = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model file is taken for: network, classes, preprocessing, and what is assumed.

    With --data, three pictures are shown to the model, and its preprocessing and the order of its labels are checked
    on up to 300 pictures.
    """
    from xai_core.data.dataset import DataOptions
    from xai_core.data.sources.table import open_data
    from xai_core.hub import local_model, local_set
    from xai_core.model.input_values import read_inputs
    from xai_core.model.spec_options import read_options
    from xai_core.runtimes.checkpoint import open_with_notes
    from xai_core.study.import_check import check_model
    from xai_core.study.trial_pictures import trial_pictures

    preprocessing = read_options(
        {
            "size": size,
            "resize": resize,
            "interpolation": interpolation,
            "range": value_range,
            "mean": mean,
            "std": std,
            "channels": channels,
        }
    )
    model = local_model(file, console.note)
    root = None if data is None else local_set(data, console.note)
    pictures = None if root is None else open_data(root, DataOptions(format=data_format, split=split))
    ids = [] if pictures is None else [picture.image_id for picture in pictures.pictures]
    opened = open_with_notes(
        model,
        labels=labels,
        classes=None if pictures is None else pictures.classes,
        spec=spec,
        architecture=architecture,
        weights=weights,
        output=output,
        values=read_inputs(inputs or ()),
        preprocessing=preprocessing,
        pictures=None if pictures is None or not ids else trial_pictures(pictures, ids),
        # Without pictures nothing is judged, so that a look may be had at a file that does not say everything.
        draft=pictures is None,
    )
    found = describe(opened)
    if pictures is not None:
        found["pictures"] = guesses(opened, pictures)
        reopen = partial(
            _reopen, file, architecture=architecture, weights=weights, output=output, values=read_inputs(inputs or ())
        )
        report = check_model(opened.runtime, pictures, reopen=reopen)
        found["import_findings"] = [asdict(finding) for finding in report.findings]
    console.write_json(found) if as_json else console.write_text(_as_text(found))


def _reopen(file: Path, spec: "ModelSpec", **given: Any) -> "Runtime":
    """Open the model with another input size, on the plainest runtime, because it is used for a few pictures."""
    from xai_core.runtimes.checkpoint import open_with_notes

    return open_with_notes(file.expanduser().absolute(), spec=spec, device="cpu", **given).runtime


def describe(opened: "OpenedModel") -> dict[str, Any]:
    """Return what is known of a model as plain JSON values."""
    runtime, spec = opened.runtime, opened.runtime.spec
    return {
        "source": opened.source,
        "origins": dict(opened.origins),
        "labels": list(spec.labels),
        "preprocessing": {key: value for key, value in spec.to_json().items() if key not in ("labels", "training")},
        "in_words": _preprocessing(opened),
        "notes": list(opened.notes),
        "embedding_size": runtime.embedding_size,
        "runtime": runtime.name,
        "model_id": runtime.model_id,
        "files": [{"name": str(path), "bytes": path.stat().st_size} for path in opened.files],
    }


def guesses(opened: "OpenedModel", data: "PictureSet") -> list[dict[str, Any]]:
    """Return the most probable classes of a few pictures at equal steps."""
    import numpy as np
    from scipy.special import softmax

    from xai_core.data.dataset import evenly_spaced
    from xai_core.data.decoding import decode
    from xai_core.errors import PictureUnreadable
    from xai_core.model import preprocess

    spec = opened.runtime.spec
    found: list[dict[str, Any]] = []
    for picture in evenly_spaced(data.pictures, PICTURES):
        try:
            photo = decode(data.read_bytes(picture.image_id), picture.image_id)
        except PictureUnreadable as fault:
            found.append({"image_id": picture.image_id, "truth": picture.truth, "unreadable": fault.reason})
            continue
        inputs = preprocess.normalise(preprocess.view(photo, spec)[None], spec)
        shares = softmax(opened.runtime.logits(inputs)[0].astype(np.float64))
        best = np.argsort(-shares, kind="stable")[:TOP]
        top = [{"label": spec.labels[column], "probability": float(shares[column])} for column in best]
        found.append({"image_id": picture.image_id, "truth": picture.truth, "top": top})
    return found


def _preprocessing(opened: "OpenedModel") -> str:
    from xai_core.model.preprocessing_words import describe_preprocessing

    return describe_preprocessing(opened.runtime.spec)


def _as_text(found: dict[str, Any]) -> str:
    origins, labels = found["origins"], found["labels"]
    rows = [
        [tr("kind"), recognised(found["source"])],
        [tr("network"), recognised(origins.get("network", ""))],
        [tr("input"), recognised(origins.get("input", ""))],
        [tr("outputs"), origins.get("output", "")],
        [tr("precision"), recognised(origins.get("precision", ""))],
        [tr("classes"), f"{len(labels):,}: {_ends(labels)}"],
        [f"  {tr('from')}", recognised(origins.get("labels", ""))],
        [tr("preprocessing"), found["in_words"]],
        [f"  {tr('from')}", recognised(origins.get("preprocessing", ""))],
        [tr("run by"), found["runtime"]],
        [tr("embedding"), _embedding(found["embedding_size"])],
        ["id", found["model_id"]],
        *(
            [tr("file"), tr("{file} ({bytes:,} bytes)", file=Path(file["name"]).name, bytes=file["bytes"])]
            for file in found["files"]
        ),
    ]
    parts = [console.table([row for row in rows if row[1]], "LL")]
    if found["notes"]:
        parts.append("\n".join([tr("Taken as"), *(f"- {recognised(note)}" for note in found["notes"])]))
    parts += [_guess_text(picture) for picture in found.get("pictures", ())]
    if "import_findings" in found:
        faults = [
            paragraph(recognised(fault["sentence"]), recognised(fault["cure"])) for fault in found["import_findings"]
        ]
        parts.append("\n".join([tr("Import check"), *(faults or [tr("no fault found")])]))
    return "\n\n".join(parts)


def _embedding(size: int | None) -> str:
    return tr("none") if size is None else tr("{number:,} numbers a picture", number=size)


def _ends(labels: Sequence[str]) -> str:
    if len(labels) <= 2 * _SHOWN_LABELS:
        return ", ".join(labels)
    return f"{', '.join(labels[:_SHOWN_LABELS])}, ..., {', '.join(labels[-_SHOWN_LABELS:])}"


def _guess_text(picture: dict[str, Any]) -> str:
    head = tr("{picture} (truth {truth})", picture=picture["image_id"], truth=picture["truth"])
    if "unreadable" in picture:
        return tr("{picture}: unreadable, {reason}", picture=head, reason=recognised(picture["unreadable"]))
    return f"{head}: " + ", ".join(f"{guess['label']} {guess['probability']:.1%}" for guess in picture["top"])
