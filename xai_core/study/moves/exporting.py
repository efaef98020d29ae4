"""Export of a study as one file."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from xai_core.data.sources.parquet import ParquetSet
from xai_core.data.sources.picture_files import PictureFiles, is_picture
from xai_core.errors import SettingRefused, StudyRefused
from xai_core.files import PART, atomic_path, reporting_disk_errors
from xai_core.language import deferred, mark
from xai_core.progress import Progress, ignore_progress
from xai_core.study.moves.archive import CONTENTS, DATA, MODEL, STUDY, Contents
from xai_core.study.moves.upgrade import BACKUPS, copy_database
from xai_core.study.staging import sole_writer
from xai_core.study.study import Study, open_study
from xai_core.verdicts.store import FILE as VERDICTS

_PACKED = (".npz", ".parquet", ".jpg", ".jpeg", ".png", ".webp", ".safetensors", ".onnx")
"""Files that a compression would not make smaller."""

_MOST_LIST = 64 * 2**20
"""Largest file beside the pictures of a set that is taken for one of its lists."""


def export_study(
    name: str,
    studies: Path,
    out: Path,
    *,
    pictures: bool = False,
    model: bool = True,
    progress: Progress = ignore_progress,
) -> Contents:
    """Write a study with its explanations and verdicts, its model and, if wanted, its pictures into a zip file.

    Parameters
    ----------
    name, studies
        The study.
    out
        File to write.
    pictures, model
        True to add the pictures, and the model without which the study does not open.
    progress
        Receives the numbers of files done and planned.

    Raises
    ------
    NameUnknown, StudyRefused
        See `open_study`, or if files of data or model lie outside of their folder.
    SettingRefused
        If the file exists.
    StoreRefused
        If the disk does not take it.
    """
    if out.exists():
        raise SettingRefused(
            deferred("The file to write"),
            deferred("{file}, which exists already", file=out),
            deferred("the name of a new file"),
        )
    with sole_writer(studies / name), reporting_disk_errors(out), tempfile.TemporaryDirectory() as scratch:
        study = open_study(name, studies)
        files = list(_study_files(study, Path(scratch)))
        main, of_model = _model_files(study) if model else ("", [])
        root, of_data = _data_files(study) if pictures else (None, [])
        files += [*of_model, *of_data]
        with (
            atomic_path(out, single_writer=True) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            listed = {}
            for done, (entry, path) in enumerate(files):
                progress(done, len(files))
                listed[entry] = _add(archive, entry, path)
            contents = Contents(name, main, root, {entry: found for entry, found in listed.items() if found})
            archive.writestr(CONTENTS, contents.to_json())
            progress(len(files), len(files))
    return contents


def _add(archive: zipfile.ZipFile, entry: str, path: Path) -> tuple[int, str] | None:
    """Add a file, and return its size and hash, or None for a stored answer that was deleted meanwhile."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    info = zipfile.ZipInfo(entry)
    info.compress_type = zipfile.ZIP_STORED if path.suffix.lower() in _PACKED else zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    size, digest = 0, hashlib.sha256()
    with source, archive.open(info, "w", force_zip64=True) as out:
        while block := source.read(2**20):
            size += len(block)
            digest.update(block)
            out.write(block)
    return size, digest.hexdigest()


def _study_files(study: Study, scratch: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(study.folder.rglob("*")):
        below = path.relative_to(study.folder)
        left_out = path.name.startswith((".", VERDICTS)) or path.suffix == PART or below.parts[0] == BACKUPS
        if path.is_file() and not path.is_symlink() and not left_out:
            yield f"{STUDY}/{below.as_posix()}", path
    if (study.folder / VERDICTS).exists():
        copy_database(study.folder / VERDICTS, scratch / VERDICTS)
        yield f"{STUDY}/{VERDICTS}", scratch / VERDICTS


def _model_files(study: Study) -> tuple[str, list[tuple[str, Path]]]:
    """Return the path of the model below its folder of the archive, and the entries of all its files."""
    main = study.model_file
    paths = [file.path for file in study.record.files] or [main]
    if main.is_dir():
        # Descriptions beside the weights, without which the folder cannot be opened.
        paths += [path for path in sorted(main.iterdir()) if path.suffix in (".json", ".txt") and path.is_file()]
    elif main.with_suffix(".json").is_file():
        paths.append(main.with_suffix(".json"))
    return main.name, _entries(MODEL, dict.fromkeys(paths), main.parent)


def _data_files(study: Study) -> tuple[str, list[tuple[str, Path]]]:
    """Return the path of the data below their folder of the archive, and the entries of all their files."""
    data, root = study.data, study.data.root
    base = root if root.is_dir() else root.parent
    if isinstance(data, ParquetSet):
        paths = list(data.reader.files)
    elif isinstance(data, PictureFiles):
        # A folder of folders is its own list: with fewer pictures it would be another set.
        ids = [picture.image_id for picture in data.pictures] if data.format == "folders" else study.table["image_id"]
        paths = [path for path in map(data.path, ids) if path.is_file()]
    else:
        raise StudyRefused(deferred("The pictures of the format {format} cannot be exported.", format=data.format))
    lists = [
        Path(top, name)
        for top, folders, names in os.walk(base)
        for name in sorted(names)
        if not is_picture(name) and not name.startswith(".") and not name.endswith(".parquet")
        if _is_list(Path(top, name)) and not any(part.startswith(".") for part in Path(top).relative_to(base).parts)
        if folders is not None
    ]
    entries = _entries(DATA, dict.fromkeys([*paths, *lists]), base)
    return "" if root.is_dir() else root.name, entries


def _is_list(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST_LIST


_OUTSIDE = {
    MODEL: (
        mark("{file} lies outside of {folder}, the folder of the model, so that it cannot be exported with it."),
        mark("Export the study without its model, and hand them on yourself."),
    ),
    DATA: (
        mark("{file} lies outside of {folder}, the folder of the data, so that it cannot be exported with it."),
        mark("Export the study without its pictures, and hand them on yourself."),
    ),
}
"""Message and advice for a file outside of its folder, by the folder of the archive that it would be in."""


def _entries(folder: str, paths: dict[Path, None], base: Path) -> list[tuple[str, Path]]:
    outside = [path for path in paths if not path.is_relative_to(base)]
    if outside:
        message, cure = _OUTSIDE[folder]
        raise StudyRefused(deferred(message, file=outside[0], folder=base), deferred(cure))
    return [(f"{folder}/{path.relative_to(base).as_posix()}", path) for path in paths]
