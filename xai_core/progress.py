"""Progress reports of long computations."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Callback that receives the steps done and the steps planned; long functions call it after every few steps.

The planned number may change between calls. A callback may raise an exception to stop the computation.
"""


def ignore_progress(_done: int, _planned: int) -> None:
    """Discard a progress report, the default without a callback."""


StageProgress = Callable[[str, int, int], None]
"""Callback that receives the name of the stage, the steps done and the steps planned, for computations in stages."""


def ignore_stage_progress(_stage: str, _done: int, _planned: int) -> None:
    """Discard a progress report of a stage, the default without a callback."""
