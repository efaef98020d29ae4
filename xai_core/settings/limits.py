"""Limits of what one visitor and all visitors together may ask of a server."""

from dataclasses import dataclass

WINDOW_S = 3600.0
"""Seconds over which the stored bytes of a visitor are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a queue of explanations. None is no limit, as for the command line and the Python API.

    Attributes
    ----------
    visitor_jobs, jobs
        Largest number of open jobs of one visitor and of all.
    visitor_evaluations, evaluations
        Largest number of evaluations that the open jobs of one visitor and of all still need.
    visitor_stored_bytes
        Largest number of bytes that the answers to one visitor may take in the stores within `WINDOW_S`. Further
        answers are shown, and kept in memory only.
    """

    visitor_jobs: int | None = None
    jobs: int | None = None
    visitor_evaluations: int | None = None
    evaluations: int | None = None
    visitor_stored_bytes: int | None = None


UNLIMITED = Limits()
"""No limits."""
