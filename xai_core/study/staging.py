"""Staging folder of a study that is being created.

`.building-NAME` lies beside the study's folder NAME. A killed run leaves it behind and the next run continues from it.
"""

import contextlib
import json
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from xai_core.errors import StudyRefused
from xai_core.files import LEFTOVER_S, exchange, remove_leftovers
from xai_core.language import deferred
from xai_core.locks import release
from xai_core.study import predictions
from xai_core.study.disk_errors import reporting_study_errors
from xai_core.study.layout.digests import digest_files
from xai_core.study.layout.folders import METADATA, replaced_folder
from xai_core.study.manifest import Manifest
from xai_core.study.pictures.file_states import FileStates
from xai_core.study.predictions import Predictions
from xai_core.verdicts.store import copy_verdicts, locked_folder

log = logging.getLogger(__name__)

_KEPT = ("explanations", "checks", "faithfulness", "backups")
"""Folders of stored answers and backups that a replaced study hands on."""


@contextlib.contextmanager
def sole_writer(target: Path) -> Iterator[None]:
    """Lock a study's name, so that no other process creates the same study meanwhile.

    Parameters
    ----------
    target
        The study's folder, which need not exist yet.

    Raises
    ------
    StudyRefused
        If another process holds the lock.
    StoreRefused
        If the disk does not take the lock file.
    """
    with reporting_study_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A lock of the operating system, which frees it when the process dies, even by SIGKILL. The file stays.
        lock = FileLock(target.with_name(f".building-{target.name}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise StudyRefused(
                deferred("The study {study} is being created by another process.", study=target.name),
                deferred("Wait until that process has ended."),
            ) from None
    try:
        _finish_replacing(target)
        remove_leftovers(target)
        _remove_orphans(target.parent)
        yield
    finally:
        release(lock)


def prepare_staging(target: Path, manifest: Manifest, only: Sequence[str] = ()) -> Path:
    """Make the staging folder of a study, or reuse the one that a killed run left.

    Parameters
    ----------
    target
        The study's folder. The caller holds `sole_writer`.
    manifest
        An unfinished run with the same `identity` is continued, any other is deleted.
    only
        Ids of the pictures that are predicted; none for all. An unfinished run on others is deleted.

    Returns
    -------
    Folder for the finished chunks of inference.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    staging = staging_folder(target)
    plan, chunks = staging / "plan.json", staging / "chunks"
    some = {"only": list(only)} if only else {}
    identity = json.dumps(manifest.identity | some, sort_keys=True)
    with reporting_study_errors(staging):
        # The plan is written last: a folder without it was cut off while it was made, and its chunks are of no known
        # model.
        if staging.exists() and (not plan.is_file() or plan.read_text("utf-8") != identity):
            log.warning("Deleted the unfinished %s because it has other pictures or another model.", staging.name)
            shutil.rmtree(staging)
        if not staging.exists():
            chunks.mkdir(parents=True)
            plan.write_text(identity, "utf-8")
    return chunks


def remove_finished(target: Path, manifest: Manifest) -> None:
    """Delete what a run left of its staging folder that was killed after it had published this study.

    An unfinished run for other pictures or another model stays, because it can be continued.
    """
    staging = staging_folder(target)
    try:
        plan = json.loads((staging / "plan.json").read_text("utf-8"))
    except (OSError, ValueError):
        plan = {}  # deleted before the rest
    plan.pop("only", None)
    if plan in ({}, json.loads(json.dumps(manifest.identity))):
        shutil.rmtree(staging, ignore_errors=True)


def put_together(target: Path, manifest: Manifest, found: Predictions, files: FileStates | None) -> Path:
    """Write all files of a study into its staging folder, with the record of its picture files where there is one.

    Returns
    -------
    The complete study folder, ready for `publish`.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    finished = staging_folder(target) / "study"
    with reporting_study_errors(finished):
        shutil.rmtree(finished, ignore_errors=True)
        finished.mkdir()
    predictions.save(found, finished)
    if files is not None:
        files.write(finished)
    with reporting_study_errors(finished):
        replace(manifest, digests=digest_files(finished)).write(finished, home=target)
    return finished


def publish(finished: Path, target: Path) -> None:
    """Move a complete study folder to its name.

    It takes over the verdicts, metadata and explanations of the study that it replaces.

    Parameters
    ----------
    finished
        From `put_together`.
    target
        The study's folder.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    # Between the copy and the exchange nobody may write a verdict: it would go into the old folder and be lost. A study
    # that is created for the first time has no folder, so nobody can have written one.
    lock = locked_folder(target) if target.exists() else contextlib.nullcontext()
    with lock, reporting_study_errors(target.parent):
        if target.exists():
            copy_verdicts(target, finished)
            if (target / METADATA).exists():
                shutil.copy2(target / METADATA, finished)
            _take_place(finished, target)
        else:
            finished.rename(target)
        _finish_replacing(target)
        shutil.rmtree(staging_folder(target))


def _take_place(finished: Path, target: Path) -> None:
    """Put a complete folder in the place of the study, which gets the name `replaced_folder`.

    A kill at any moment leaves a complete study under one of the two names. `_finish_replacing` tidies up.
    """
    aside = replaced_folder(target)
    finished.rename(aside)
    if exchange(aside, target):
        return
    # A file system without exchange: a folder cannot be renamed onto one that is not empty, so that for an instant the
    # old study is under the other name, where `open_study` finds it.
    aside.rename(finished)
    target.rename(aside)
    finished.rename(target)


def staging_folder(target: Path) -> Path:
    """Return where a study is put together, beside its folder."""
    return target.with_name(f".building-{target.name}")


def _remove_orphans(studies: Path) -> None:
    """Delete staging folders without a plan beside finished studies, whose writers were killed at the very end."""
    with contextlib.suppress(OSError):
        for staging in studies.glob(".building-*/"):
            done = (studies / staging.name.removeprefix(".building-")).is_dir()
            is_old = time.time() - staging.stat().st_mtime > LEFTOVER_S
            if staging.is_dir() and done and is_old and not (staging / "plan.json").exists():
                shutil.rmtree(staging, ignore_errors=True)


def _finish_replacing(target: Path) -> None:
    """Delete the study that was replaced.

    A replacement that was killed half-way is completed or undone.
    """
    old = replaced_folder(target)
    if not old.exists():
        return
    if not target.exists():
        old.rename(target)
        return
    # File names in these folders contain model and picture, so that those of an unchanged model stay valid. File by
    # file, because a viewer may have stored something new already.
    for kept in _KEPT:
        for file in (old / kept).glob("*"):
            (target / kept).mkdir(exist_ok=True)
            if not (target / kept / file.name).exists():
                file.rename(target / kept / file.name)
    shutil.rmtree(old)
