"""Upgrade of a study that an earlier version wrote."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from xai_core.errors import StoreRefused
from xai_core.files import PART
from xai_core.language import deferred, tr, tr_n
from xai_core.settings.engine_table import ENGINES
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.layout.digests import digest_files
from xai_core.study.layout.folders import FILE
from xai_core.study.manifest import Manifest, read_manifest
from xai_core.study.pictures.file_states import STATE, UNKNOWN, FileStates, state_of
from xai_core.study.staging import sole_writer
from xai_core.study.study import Study, open_study
from xai_core.texts import counted, paragraph
from xai_core.verdicts.store import FILE as VERDICTS
from xai_core.verdicts.store import locked_folder

BACKUPS = "backups"
"""Folder in a study with the files that an upgrade has replaced."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Changes that would make a study what this version writes.

    Attributes
    ----------
    changes
        Sentences on what is missing and is added; none where the study is up to date.
    notes
        Sentences on what no upgrade changes, with its cure.
    """

    changes: tuple[str, ...]
    notes: tuple[str, ...]


def plan_upgrade(name: str, studies: Path) -> Upgrade:
    """Return what an upgrade of a study would change. Nothing is written.

    Raises
    ------
    NameUnknown, StudyRefused
        See `open_study`.
    """
    study = open_study(name, studies)
    steps = _steps(study, read_manifest(study.folder))
    return Upgrade(tuple(sentence for sentence, _ in steps), tuple(_notes(study)))


def upgrade(name: str, studies: Path) -> Upgrade:
    """Upgrade a study, and return what was changed.

    The files that are replaced are kept in `backups/` first. After a kill at any moment the study opens, and another
    call does what is left.

    Raises
    ------
    NameUnknown, StudyRefused
        See `open_study`, or if another process writes the study.
    StoreRefused
        If the disk does not take it.
    """
    with sole_writer(studies / name):
        study = open_study(name, studies)
        manifest = read_manifest(study.folder)
        steps = _steps(study, manifest)
        if steps:
            _keep_backup(study.folder, manifest)
        for _, step in steps:
            step()
        return Upgrade(tuple(sentence for sentence, _ in steps), tuple(_notes(study)))


def _steps(study: Study, manifest: Manifest) -> Sequence[tuple[str, Callable[[], None]]]:
    """Return the missing parts of a study, each with what adds it, in an order that can be interrupted."""
    steps: list[tuple[str, Callable[[], None]]] = []
    if study.picture_files is None:
        newer = _newer_pictures(study)
        late = tr_n(
            "{number:,} picture newer than the study may have changed since; `study create` predicts it anew.",
            "{number:,} pictures newer than the study may have changed since; `study create` predicts them anew.",
            len(newer),
        )
        recorded = tr(
            "The size, time and content of {files} are recorded, so that changed pictures are noticed.",
            files=counted(len(study.table), "picture file"),
        )
        steps.append((paragraph(recorded, late if newer else ""), lambda: _record_files(study, newer)))
    # Last: with it the study is what this version writes.
    if not (manifest.written_by and manifest.digests and manifest.has_near_paths):
        found = replace(manifest, data_root=study.data_root, model_file=study.model_file, record=study.record)
        steps.append(
            (
                tr(
                    "{file} gets the version that wrote it, paths as seen from the study, and digests of its files.",
                    file=FILE,
                ),
                lambda: replace(found, digests=digest_files(study.folder)).write(study.folder),
            )
        )
    return steps


def _newer_pictures(study: Study) -> tuple[str, ...]:
    created = datetime.fromisoformat(study.created).timestamp() * 1e9
    stamps = ((image_id, study.data.stamp(image_id)) for image_id in study.table["image_id"])
    return tuple(image_id for image_id, stamp in stamps if stamp is not None and stamp[1] > created)


def _record_files(study: Study, newer: Sequence[str]) -> None:
    ids = study.table["image_id"].tolist()
    skipped = set(newer)
    states = [UNKNOWN if image_id in skipped else state_of(study.data, image_id) for image_id in ids]
    FileStates(ids, np.array(states, STATE)).write(study.folder)


def _notes(study: Study) -> list[str]:
    notes = []
    for (engine, version), count in sorted(_outdated_maps(study.explanations).items()):
        now = ENGINES[engine].version
        notes.append(
            tr(
                "{maps} by version {version} of the engine {engine}: shown as such until computed anew by version"
                " {now}. `precompute` computes them.",
                maps=counted(count, "stored map"),
                version=version,
                engine=engine,
                now=now,
            )
        )
    if study.logits.dtype == np.float16:
        notes.append(tr("The logits are in half precision. A study created under a new name has them in full."))
    return notes


def _outdated_maps(folder: Path) -> Counter[tuple[str, int]]:
    """Return the number of stored maps of earlier engine versions, by engine and version."""
    found: Counter[tuple[str, int]] = Counter()
    for file in folder.glob("*.npz"):
        try:
            with np.load(file, allow_pickle=False) as content:
                provenance = json.loads(content["provenance"].item())
            key = str(provenance["settings"]["engine"]), int(provenance["engine_version"])
        # Damaged files make numpy, zipfile and json raise a dozen types. They are dropped when they are read.
        except Exception:  # noqa: BLE001, S112
            continue
        if key[0] in ENGINES and key[1] < ENGINES[key[0]].version:
            found[key] += 1
    return found


def _keep_backup(folder: Path, manifest: Manifest) -> None:
    """Copy the files that an upgrade replaces, and the verdicts, into a new folder of `backups/`."""
    writer = manifest.written_by or "earlier"
    target = folder / BACKUPS / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{writer}"
    # One name for all that are unfinished, so that the next upgrade deletes what a killed one left.
    part = folder / BACKUPS / f"unfinished{PART}"
    with locked_folder(folder), reporting_study_errors(target):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        shutil.copy2(folder / FILE, part / FILE)
        if (folder / VERDICTS).exists():
            copy_database(folder / VERDICTS, part / VERDICTS)
        part.rename(target)


def copy_database(source: Path, target: Path) -> None:
    """Copy a file of verdicts by SQLite itself, so that the copy is whole; a damaged file is copied as it is.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.DatabaseError:
        try:
            shutil.copy2(source, target)
        except OSError as fault:
            raise StoreRefused(
                deferred("{path} cannot be written: {reason}.", path=target, reason=fault.strerror)
            ) from fault
