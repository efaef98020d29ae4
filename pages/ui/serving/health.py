"""Health of the app for probes: the page, the queue, the studies and the model.

`/_stcore/health` of Streamlit answers that the web server lives, and every unknown path answers with the start page.
`/health` answers 503 when a visitor would see a failure.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from streamlit import runtime

from pages.ui.loaders import explanations, models, studies
from xai_core.errors import XaiError

KEPT_S = 10.0
"""Seconds for which an answer is kept, so that probes do not load the machine."""

LONGEST_TURN_S = 300.0
"""Seconds after which a turn of the queue counts as stuck. A turn is one batch."""

PAGE_S = 45.0
"""Seconds in which a run of the start page ends."""

log = logging.getLogger(__name__)


class Health:
    """Checks of the app, each at most once in `KEPT_S`.

    Parameters
    ----------
    runs_page
        Returns True if the start page runs without an error.
    checks
        Names of further checks. Each returns what is wrong, or "".
    clock
        Function that returns the time in seconds, never decreasing.
    """

    def __init__(
        self,
        runs_page: Callable[[], Awaitable[bool]],
        checks: dict[str, Callable[[], str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runs_page = runs_page
        self._checks = checks
        self._clock = clock
        self._lock = asyncio.Lock()
        self._failed: tuple[str, ...] = ()
        self._until = float("-inf")

    async def failed(self) -> tuple[str, ...]:
        """Return the names of the checks that fail."""
        async with self._lock:
            if self._clock() >= self._until:
                troubles = {name: await asyncio.to_thread(_outcome, check) for name, check in self._checks.items()}
                troubles["page"] = await self._page_trouble()
                for name, trouble in troubles.items():
                    if trouble:
                        log.error("The health check of the %s fails: %s", name, trouble)
                self._failed = tuple(name for name, trouble in troubles.items() if trouble)
                self._until = self._clock() + KEPT_S
            return self._failed

    async def answer(self, _: Request) -> JSONResponse:
        """Return 200, or 503 with the names of what fails. Why it fails is in the log only."""
        failed = await self.failed()
        content = {"status": "failing" if failed else "ok", "failed": list(failed)}
        return JSONResponse(content, 503 if failed else 200, {"Cache-Control": "no-store"})

    async def _page_trouble(self) -> str:
        try:
            runs = await asyncio.wait_for(self._runs_page(), PAGE_S)
        except TimeoutError:
            return f"it did not end within {PAGE_S:.0f} seconds"
        return "" if runs else "the start page ends with an error"


def new_health() -> Health:
    """Return the checks of this server."""
    return Health(_runs_page, {"queue": queue_trouble, "studies": studies_trouble, "model": model_trouble})


async def _runs_page() -> bool:
    runs, _ = await runtime.get_instance().does_script_run_without_error()
    return runs


def queue_trouble() -> str:
    """Return what is wrong with the queue of explanations, "" if nothing is."""
    usage = explanations.service().usage()
    if not usage.works:
        return "the worker has ended"
    return f"a turn takes more than {LONGEST_TURN_S:.0f} seconds" if usage.turn_s > LONGEST_TURN_S else ""


def studies_trouble() -> str:
    """Return why the first study cannot be opened, "" if it can or if there is none."""
    names = studies.study_names()
    if names:
        studies.open_study(names[0])
    return ""


def model_trouble() -> str:
    """Return why the model of the first study could not be opened, "" if it is open, or being opened."""
    names = studies.study_names()
    if names:
        models.runtime_if_open(studies.open_study(names[0]))
    return ""


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except XaiError as fault:
        return type(fault).__name__
    # Whatever a check raises is what a probe has to know.
    except Exception as fault:
        log.exception("A health check failed.")
        return type(fault).__name__
