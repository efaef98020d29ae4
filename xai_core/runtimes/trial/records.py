"""Store of what trials of models found, so that each model is tried once on a machine."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from xai_core import paths
from xai_core.errors import StoreRefused
from xai_core.files import make_folder, write_whole
from xai_core.runtimes.opening.machine import machine_id

log = logging.getLogger(__name__)

_VERSION = 1
"""Raise it when stored findings become invalid."""


def read_record(key: str, *, on_photographs: bool) -> Mapping[str, Any] | None:
    """Return what an earlier trial found, None if there was none.

    Parameters
    ----------
    key
        Text that identifies the model and what else decides its answers.
    on_photographs
        True if real pictures are at hand. A trial on synthetic pictures is then made again.
    """
    try:
        record = json.loads((paths.cache_folder() / "trials" / _file_name(key)).read_text("utf-8"))
        if on_photographs and not record["on_photographs"]:
            return None
        found: Mapping[str, Any] = record["found"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def write_record(key: str, found: Mapping[str, Any], *, on_photographs: bool) -> None:
    """Store what a trial found."""
    folder = paths.cache_folder() / "trials"
    record = {"key": key, "on_photographs": on_photographs, "found": dict(found)}
    try:
        make_folder(folder)
        write_whole(folder / _file_name(key), json.dumps(record, indent=1).encode())
    except StoreRefused as fault:
        log.warning("What the trial of a model found cannot be stored: %s", fault)


def _file_name(key: str) -> str:
    # The machine and the library versions count too: they decide whether runs in batches round alike.
    return f"{hashlib.sha256(f'{_VERSION} {machine_id()} {key}'.encode()).hexdigest()[:24]}.json"
