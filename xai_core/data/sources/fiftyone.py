"""Classification exports of FiftyOne: `data/` with `labels.json`, and `samples.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xai_core.data.dataset import DataOptions
from xai_core.data.sources import splits
from xai_core.data.sources.listed_files import Row, assemble
from xai_core.data.sources.picture_files import PictureFiles, visible_folders, walk_pictures, without_suffix
from xai_core.errors import DataMissing, DataRefused
from xai_core.language import deferred
from xai_core.texts import decode_text

FORMAT = "fiftyone"

FILES = ("labels.json", "samples.json")


def recognise(root: Path, _options: DataOptions) -> bool:
    """Return True if a folder, or the folders of splits in it, hold an export of FiftyOne."""
    return bool(_parts(root))


def open_set(root: Path, options: DataOptions) -> PictureFiles:
    """Read the list of pictures, without opening any picture.

    Raises
    ------
    DataRefused
        If there is no export, or it cannot be read.
    """
    parts = _parts(root)
    if not parts:
        missing = deferred("labels.json with classes and labels, or samples.json")
        raise DataMissing(root, missing, deferred("Give the exported folder."))
    rows: list[Row] = []
    classes: list[str] = []
    for folder, file in parts:
        split = folder.name if folder != root else ""
        content = _content(file)
        if file.name == "labels.json":
            rows += _of_labels(content, folder, root, split)
        else:
            rows += _of_samples(content, folder, root, split, options.label_column)
        classes += [str(name) for name in content.get("classes") or () if str(name) not in classes]
    return assemble(
        rows,
        form=FORMAT,
        source=parts[0][1],
        root=root,
        options=options,
        homes=[root],
        classes=classes or None,
        described=deferred("FiftyOne's export with {file}", file=parts[0][1].name),
    )


def _parts(root: Path) -> list[tuple[Path, Path]]:
    """Return the folders of an export, one for each split, with the file that describes each."""
    folders = [root, *(folder for folder in visible_folders(root) if splits.kind_of(folder.name))]
    return [(folder, file) for folder in folders for name in FILES if _is_export(file := folder / name)]


def _is_export(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        content = _content(file)
    except DataRefused:
        return False
    if file.name == "labels.json":
        return isinstance(content.get("labels"), Mapping)
    samples = content.get("samples")
    return isinstance(samples, list) and all(isinstance(sample, Mapping) and "filepath" in sample for sample in samples)


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(decode_text(file.read_bytes()))
    except (OSError, ValueError, RecursionError) as fault:
        message = deferred("{path} cannot be read: {reason}.", path=file, reason=deferred(str(fault)))
        raise DataRefused(message, deferred("Export the set again.")) from fault
    return content if isinstance(content, Mapping) else {}


def _of_labels(content: Mapping[str, Any], folder: Path, root: Path, split: str) -> list[Row]:
    """Return the rows of `labels.json`, which names pictures by their paths in `data/` without suffixes."""
    by_name: dict[str, str] = {}
    for path in walk_pictures(folder / "data"):
        by_name.setdefault(without_suffix(path), path)
        by_name[path] = path
    names = content.get("classes")
    rows = []
    for name, value in content["labels"].items():
        path = (folder / "data" / by_name.get(name, name)).relative_to(root)
        rows.append(Row(path.as_posix(), _label(value, names, name), split))
    return rows


def _of_samples(content: Mapping[str, Any], folder: Path, root: Path, split: str, field: str | None) -> list[Row]:
    """Return the rows of `samples.json`, whose tags name the split of each sample."""
    field = field or _label_field(content["samples"])
    rows = []
    for sample in content["samples"]:
        tags = [tag for tag in sample.get("tags") or () if isinstance(tag, str) and splits.kind_of(tag)]
        path = (folder / str(sample["filepath"])).as_posix()
        inside = Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else path
        rows.append(Row(inside, _label(sample.get(field), None, inside), tags[0] if tags else split))
    return rows


def _label_field(samples: list[Mapping[str, Any]]) -> str:
    """Return the field that holds the classification; FiftyOne calls it ground_truth unless it is told otherwise.

    Raises
    ------
    DataRefused
        If there is none, or several of other names.
    """
    found = dict.fromkeys(
        name
        for sample in samples
        for name, value in sample.items()
        if isinstance(value, Mapping) and value.get("_cls") == "Classification"
    )
    if "ground_truth" in found:
        return "ground_truth"
    if len(found) == 1:
        return next(iter(found))
    names = ", ".join(found) if found else deferred("none")
    message = deferred("samples.json has these fields of classifications: {names}.", names=names)
    raise DataRefused(message, deferred("Name one."), "label_column")


def _label(value: Any, names: Any, image: str) -> str:
    """Return a class as text; empty for a sample without one."""
    if isinstance(value, Mapping):
        value = value.get("label")
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(names, list):
        if not 0 <= value < len(names):
            raise DataRefused(
                deferred(
                    "labels.json gives {image} the class {value}; there are {number} classes.",
                    image=image,
                    value=value,
                    number=len(names),
                )
            )
        return str(names[value])
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise DataRefused(
        deferred(
            "labels.json gives {image} the class {value}; expected a name or a number.",
            image=image,
            value=str(value)[:60],
        )
    )
