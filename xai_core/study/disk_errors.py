"""Disk errors while a study is written."""

from contextlib import AbstractContextManager
from pathlib import Path

from xai_core.files import reporting_disk_errors
from xai_core.language import deferred

CURE = deferred("Free some space or choose another folder of studies, then try again. Finished work is reused.")


def reporting_study_errors(path: Path) -> AbstractContextManager[None]:
    """Raise StoreRefused, with advice for studies, in place of an OSError.

    Parameters
    ----------
    path
        File or folder that is written within.
    """
    return reporting_disk_errors(path, CURE, argument="studies")
