"""The building site of a study: a hidden folder that a killed run leaves behind and the next one goes on with."""

import contextlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from xai_core.errors import StudyRefused
from xai_core.files import writing
from xai_core.study import predictions
from xai_core.study.manifest import Record
from xai_core.study.predictions import Predictions
from xai_core.verdicts.store import carry, held

log = logging.getLogger(__name__)


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Keep other processes from making the same study; a killed one holds nothing.

    Raises
    ------
    StudyRefused
        If another process is at it.
    StoreRefused
        If the disk does not take the lock.
    """
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".building-{target.name}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise StudyRefused(
                f"The study {target.name} is being made by another process.", "Wait until it has ended."
            ) from None
    try:
        _finish_replacing(target)
        yield
    finally:
        lock.release()


def build(target: Path, record: Record, answered: Callable[[Path], Predictions]) -> None:
    """Make a study folder, whole or not at all; an earlier one of this name stays until then, its verdicts for ever.

    Parameters
    ----------
    target
        The study's folder.
    record
        What it is about; an unfinished build of the same question is continued.
    answered
        Makes the predictions; is given a folder in which it finds what it kept there in an earlier run.

    Raises
    ------
    StoreRefused
        If the disk does not take it.
    """
    site = target.with_name(f".building-{target.name}")
    found = answered(_prepared(site, record))
    finished = site / "study"
    with writing(site):
        shutil.rmtree(finished, ignore_errors=True)
        finished.mkdir()
    predictions.save(found, finished)
    record.write(finished)
    # Nobody can have said anything of a study that is made for the first time.
    with held(target) if target.exists() else contextlib.nullcontext(), writing(target.parent):
        if target.exists():
            carry(target, finished)
            target.rename(_replaced(target))
        finished.rename(target)
        _finish_replacing(target)
        shutil.rmtree(site)


def _prepared(site: Path, record: Record) -> Path:
    """Return the folder of finished chunks: an earlier run's if it asked the same question, else an empty one."""
    plan, chunks = site / "plan.json", site / "chunks"
    question = json.dumps(record.question, sort_keys=True)
    with writing(site.parent):
        if site.exists() and (not plan.is_file() or plan.read_text("utf-8") != question):
            log.warning("Dropped the unfinished %s: it was about other pictures or another model.", site.name)
            shutil.rmtree(site)
        if not site.exists():
            chunks.mkdir(parents=True)
            plan.write_text(question, "utf-8")
    return chunks


def _replaced(target: Path) -> Path:
    return target.with_name(f".replaced-{target.name}")


def _finish_replacing(target: Path) -> None:
    """Put away the study that another took the place of, also where the process that did it was killed half-way.

    Its explanations stay: they are named by model and picture, so those of an unchanged model are right as ever.
    """
    old = _replaced(target)
    if not old.exists():
        return
    if not target.exists():
        old.rename(target)
        return
    if (old / "explanations").is_dir() and not (target / "explanations").exists():
        (old / "explanations").rename(target / "explanations")
    shutil.rmtree(old)
