"""Import files of FiftyOne and Label Studio for chosen pictures, in the programs' own formats."""

import io
import json
import math
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import pandas as pd

from xai_core.data.properties import PROPERTIES
from xai_core.errors import StudyRefused
from xai_core.labels import words
from xai_core.language import deferred, tr
from xai_core.study.selection.export_table import COLUMNS
from xai_core.study.study import Study

_FIELDS = ("image_id", "p_truth", "rank_of_truth", "margin", "loss", "verdict", "note")


def to_fiftyone(study: Study, table: pd.DataFrame) -> bytes:
    """Return a selection as a dataset of FiftyOne, `samples.json` and `metadata.json` in a zip file.

    After unpacking it, `fiftyone.Dataset.from_dir(dataset_dir=..., dataset_type=fiftyone.types.FiftyOneDataset)` reads
    it. The pictures stay where they are. Truth and guess are the classifications `ground_truth` and `predictions`;
    numbers, verdict, properties and metadata are fields of the samples.

    Parameters
    ----------
    study
        The study.
    table
        From `selection_table`.

    Raises
    ------
    StudyRefused
        If the pictures are no files of their own.
    """
    if (table["path"] == "").any():
        raise StudyRefused(
            deferred(
                "The pictures of the study {study} are no files of their own, and FiftyOne needs files.",
                study=study.name,
            ),
            deferred("Take the table (CSV or Parquet), or unpack the pictures and create the study from the folder."),
        )
    extra = [name for name in table.columns if name not in COLUMNS]
    samples = []
    for row in table.to_dict("records"):
        sample: dict[str, Any] = {
            "filepath": row["path"],
            "tags": [study.split, "mistake" if row["truth"] != row["guess"] else "right"],
            "ground_truth": {"_cls": "Classification", "label": row["truth"]},
        }
        if row["guess"]:
            sample["predictions"] = {
                "_cls": "Classification",
                "label": row["guess"],
                "confidence": _plain(row["p_guess"]),
            }
        else:
            sample["tags"][-1] = "unreadable"
        fields = {name: _plain(row[name]) for name in (*_FIELDS, *extra)}
        samples.append(sample | {name: value for name, value in fields.items() if value not in (None, "")})
    metadata = {
        "name": f"{study.name} selection",
        "media_type": "image",
        "info": {"study": study.name, "model": study.model_id},
        "classes": {"predictions": list(study.labels)},
    }
    return _zipped({"samples.json": {"samples": samples}, "metadata.json": metadata})


def to_label_studio(study: Study, table: pd.DataFrame, address: Callable[[str], str]) -> bytes:
    """Return a selection as tasks of Label Studio, with the model's guess as a prediction.

    A project with the interface of `label_studio_interface` shows them. A verdict "wrong label" or an annotation is not
    sent as an answer: the people there are to judge anew.

    Parameters
    ----------
    study
        The study.
    table
        From `selection_table`.
    address
        Function from an image id to the address under which Label Studio finds the picture.
    """
    tasks = []
    extra = [name for name in table.columns if name in PROPERTIES or name.startswith("metadata_")]
    for row in table.to_dict("records"):
        data = {"image": address(row["image_id"]), "image_id": row["image_id"], "annotated": row["truth"]}
        question = tr("Labelled {label}. What does the picture show?", label=words(row["truth"]))
        data |= {"guess": row["guess"], "question": question}
        data |= {name: row[name] for name in ("verdict", "note") if row[name]}
        data |= {name: value for name in extra if (value := _plain(row[name])) not in (None, "")}
        task: dict[str, Any] = {"data": data}
        if row["guess"]:
            result = {
                "from_name": "choice",
                "to_name": "image",
                "type": "choices",
                "value": {"choices": [row["guess"]]},
            }
            prediction = {"model_version": study.model_id, "result": [result], "score": _plain(row["p_guess"])}
            task["predictions"] = [prediction]
        tasks.append(task)
    return json.dumps(tasks, ensure_ascii=False, indent=1).encode()


def label_studio_interface(labels: Sequence[str]) -> str:
    """Return the labelling interface of a Label Studio project, with a choice for each class."""
    choices = "\n".join(f"    <Choice value={quoteattr(label)}/>" for label in labels)
    return (
        '<View>\n  <Image name="image" value="$image"/>\n  <Header value="$question"/>\n'
        f'  <Choices name="choice" toName="image" choice="single">\n{choices}\n  </Choices>\n</View>\n'
    )


def _plain(value: Any) -> Any:
    """Return a number or text of JSON; None for NaN."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _zipped(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(content, ensure_ascii=False))
    return out.getvalue()
