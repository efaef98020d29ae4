"""Import of a study from an archive that somebody else may have made."""

import shutil
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xai_core.errors import SettingRefused, StudyRefused, XaiError
from xai_core.language import deferred
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.layout.folders import FILE, NAME
from xai_core.study.manifest import read_manifest
from xai_core.study.moves.archive import CONTENTS, DATA, MODEL, MOST_BYTES, STUDY, Contents, read_contents, unpack
from xai_core.study.moves.relink import relinked
from xai_core.study.predictions import NUMBERS
from xai_core.study.staging import sole_writer, staging_folder
from xai_core.study.study import Study, open_study
from xai_core.verdicts.store import FILE as VERDICTS

_TABLES = {"verdicts", "patch_names", "about"}
_MOST_INFLATED = 2**30
"""Largest size of the arrays in a stored answer, and of a table."""

_ROWS_AT_ONCE = 1024

_CURE = deferred("Ask for another copy.")


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """Study that was imported.

    Attributes
    ----------
    name
        Its name here.
    study
        The study, opened; None while its data or its model are missing here.
    missing
        What is missing: "data", "model".
    changed
        Pictures whose content is not that of the predictions.
    """

    name: str
    study: Study | None
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def import_study(
    file: Path,
    studies: Path,
    *,
    name: str | None = None,
    data: Path | None = None,
    model: Path | None = None,
    most_bytes: int = MOST_BYTES,
) -> Imported:
    """Import a study from the file that `export_study` wrote.

    The archive is checked before anything is unpacked, and the study appears whole or not at all. Model and pictures
    are unpacked into `NAME.files` beside the study. Paths that the archive names are not followed: data and model that
    it does not hold are given here, or later to `relink`, and are recognised by their content.

    Parameters
    ----------
    file
        The archive.
    studies
        The folder of all studies.
    name
        Name of the study here; None keeps the one that it had.
    data, model
        Paths of data and model here, where the archive has none.
    most_bytes
        Largest size of the unpacked files.

    Raises
    ------
    SettingRefused
        If there is a study of this name.
    StudyRefused
        If the archive is damaged, dangerous or of other data or another model than those here.
    StudyTooNew
        If only a later version reads it.
    StoreRefused
        If the disk does not take it.
    """
    try:
        archive = zipfile.ZipFile(file)
    except OSError as fault:
        raise StudyRefused(
            deferred("{path} cannot be read: {reason}.", path=file, reason=fault.strerror or str(fault)),
            deferred("Check the path."),
        ) from fault
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise StudyRefused(
            deferred("{file} cannot be read as a zip file: {reason}.", file=file, reason=str(fault)),
            deferred("Check the path."),
        ) from fault
    with archive:
        contents = read_contents(archive, file, most_bytes)
        target = _new_target(studies, name or contents.name)
        with sole_writer(target), reporting_study_errors(target):
            work, beside = staging_folder(target), _beside(target)
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            try:
                _check_room(work, contents)
                unpack(archive, contents, work, file)
                _check_study(work / STUDY, file)
                _check_files(work / DATA, sorted((work / DATA).rglob("*.parquet")), file, has_pictures=True)
                missing = _place(work, contents, target, {DATA: data, MODEL: model})
                (work / STUDY).rename(target)
                study = None if missing else _opened(target, file)
            except BaseException:
                if not target.exists() and (beside / CONTENTS).exists():
                    shutil.rmtree(beside, ignore_errors=True)
                raise
            finally:
                # Twice: an error of the disk leaves a folder that a second try can delete.
                shutil.rmtree(work, ignore_errors=True)
                shutil.rmtree(work, ignore_errors=True)
    return Imported(target.name, study, missing, study.changed_pictures() if study else ())


def _opened(target: Path, source: Path) -> Study:
    """Open the imported study, and remove it if that fails, because nobody could use it."""
    try:
        study = open_study(target.name, target.parent)
        _check_numbers(study)
    except XaiError as fault:
        shutil.rmtree(target)
        raise StudyRefused(
            deferred("The study in {file} does not open: {reason}", file=source, reason=fault.args[0]), _CURE
        ) from fault
    return study


def _check_numbers(study: Study) -> None:
    seen = (study.table["unreadable"] == "").to_numpy()
    if np.isnan(study.logits[seen]).any() or study.table.loc[seen, list(NUMBERS)].isna().any(axis=None):
        raise StudyRefused(deferred("Some of its predictions are no numbers."))


def _beside(target: Path) -> Path:
    return target.with_name(f"{target.name}.files")


def _new_target(studies: Path, name: str) -> Path:
    subject = deferred("The name of the study")
    expected = deferred("a new name of letters, digits, dots, dashes, underscores")
    if not NAME.fullmatch(name):
        raise SettingRefused(subject, repr(name), expected)
    target = studies / name
    if target.exists():
        raise SettingRefused(subject, deferred("{name}, which exists already", name=repr(name)), expected)
    beside = _beside(target)
    # A folder with the list of an archive and without its study is what a killed import left.
    if beside.exists() and not (beside / CONTENTS).exists():
        found = deferred("{name}, whose folder {folder} exists already", name=repr(name), folder=beside.name)
        raise SettingRefused(subject, found, expected)
    return target


def _check_room(folder: Path, contents: Contents) -> None:
    needed, free = sum(size for size, _ in contents.files.values()), shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(28, deferred("{needed:,} bytes are needed and {free:,} are free", needed=needed, free=free))


def _place(work: Path, contents: Contents, target: Path, given: Mapping[str, Path | None]) -> tuple[str, ...]:
    """Put data and model beside the study, give it their paths, and return what is missing."""
    beside, staged = _beside(target), work / "files"
    shutil.rmtree(beside, ignore_errors=True)
    staged.mkdir()
    # The mark of a folder that an import made, without which it would not be deleted after a kill.
    (staged / CONTENTS).write_bytes(contents.to_json())
    found: dict[str, Path] = {}
    for kind, inside in ((MODEL, contents.model), (DATA, contents.data)):
        if inside is not None and (work / kind).is_dir():
            (work / kind).rename(staged / kind)
            found[kind] = beside / kind / inside
    if found:
        staged.rename(beside)
    found |= {kind: path for kind, path in given.items() if path is not None}
    manifest = read_manifest(work / STUDY, uses_near=False)
    manifest = relinked(manifest, data=found.get(DATA), model=found.get(MODEL), follows=False)
    missing = tuple(kind for kind in (DATA, MODEL) if kind not in found)
    # Paths of the sender mean nothing here, and could name what the reader did not mean to open.
    nowhere = {"data_root": beside / DATA, "model_file": beside / MODEL / manifest.model_file.name}
    if DATA in missing:
        options = {key: value for key, value in manifest.data_options.items() if key != "pictures"}
        manifest = replace(manifest, data_root=nowhere["data_root"], data_options=options)
    if MODEL in missing:
        files = tuple(replace(one, path=beside / MODEL / one.path.name) for one in manifest.record.files)
        record = replace(manifest.record, files=files)
        manifest = replace(manifest, model_file=nowhere["model_file"], record=record)
    manifest.write(work / STUDY, home=target)
    return missing


def _check_study(folder: Path, source: Path) -> None:
    """Refuse files that are dangerous to read."""
    if not (folder / FILE).is_file():
        raise StudyRefused(
            deferred("{file} has no study.toml.", file=source),
            deferred("Ask for another copy of the archive."),
        )
    files = sorted(folder.rglob("*"))
    for path in files:
        # SQLite reads a journal of that name into the verdicts as soon as they are opened, also below.
        if path.name.casefold().startswith(VERDICTS) and path.name != VERDICTS:
            raise StudyRefused(
                deferred("{file} has {journal}, a journal of verdicts.", file=source, journal=path.name), _CURE
            )
    _check_files(folder, files, source)


def _check_files(folder: Path, files: Sequence[Path], source: Path, *, has_pictures: bool = False) -> None:
    for path in files:
        try:
            if path.name == VERDICTS:
                _check_verdicts(path)
            elif path.suffix in (".npz", ".logits"):
                with zipfile.ZipFile(path) as packed:
                    _check_size(sum(info.file_size for info in packed.infolist()))
            elif path.suffix == ".parquet":
                _check_table(path, has_pictures=has_pictures)
            elif path.suffix == ".npy":
                np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, sqlite3.DatabaseError, pa.ArrowException) as fault:
            below, reason = path.relative_to(folder).as_posix(), deferred(str(fault))
            raise StudyRefused(
                deferred("{entry} in {file} is refused: {reason}.", entry=below, file=source, reason=reason), _CURE
            ) from fault


def _check_table(path: Path, *, has_pictures: bool) -> None:
    """Refuse a table that is larger than what is read, whatever it says of itself.

    A column that repeats one long text takes a few bytes in the file, also by its own statement, and gigabytes once it
    is read. So it is read in small steps.
    """
    with pq.ParquetFile(path) as table:
        # Pictures are read one by one, when they are shown.
        fields = table.schema_arrow
        columns = [field.name for field in fields if not (has_pictures and _holds_pictures(field.type))]
        size = 0
        for batch in table.iter_batches(_ROWS_AT_ONCE, columns=columns):
            size += batch.nbytes
            _check_size(size)


def _holds_pictures(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _check_size(size: int) -> None:
    if size > _MOST_INFLATED:
        raise ValueError(
            deferred("it unpacks to {size:,} bytes, at most {most:,} are read", size=size, most=_MOST_INFLATED)
        )


def _check_verdicts(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        (state,) = database.execute("PRAGMA quick_check(1)").fetchone()
        found = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    others = [str(name) for kind, name, sql in found if not _is_of_verdicts(kind, name, sql)]
    if state != "ok" or others:
        beside = ", ".join(others[:3]) or state
        raise ValueError(deferred("it is damaged or holds more than verdicts ({found})", found=beside))


def _is_of_verdicts(kind: str, name: str, sql: str | None) -> bool:
    # SQLite runs `sql` whatever `kind` and `name` say. Its own indexes have none.
    if kind == "index":
        return sql is None
    return kind == "table" and name in _TABLES and str(sql).upper().startswith("CREATE TABLE")
