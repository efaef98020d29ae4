"""Metrics for Prometheus, on a port of their own, which only the machine itself reaches unless it is opened."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pages.ui.access import upload_room, visitors
from pages.ui.loaders import explanations
from pages.ui.serving import requests
from xai_core import paths
from xai_core.errors import PackageMissing
from xai_core.settings.server_settings import MB

if TYPE_CHECKING:
    from prometheus_client import Metric

KEPT_S = 60.0
"""Seconds for which the size of the stores is kept, because measuring it lists their folders."""

STORES = ("explanations", "checks", "faithfulness")
"""Folders of a study that hold what can be computed again."""


class Server:
    """Web server of the metrics, in a thread of its own.

    Parameters
    ----------
    host, port
        Where it listens.

    Raises
    ------
    PackageMissing
        If prometheus_client is not installed.
    OSError
        If the port is taken.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server  # noqa: PLC0415
        except ModuleNotFoundError as fault:
            raise PackageMissing("prometheus_client", "XAI_METRICS", "metrics") from fault
        # A registry of its own: the default one raises when a module is run twice, as Streamlit does.
        registry = CollectorRegistry()
        registry.register(Figures())
        ProcessCollector(registry=registry)
        self._server, self._thread = start_http_server(port, addr=host, registry=registry)

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop the server and free its port, which `shutdown` alone keeps."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Figures:
    """Collector of the figures at the time of a scrape."""

    def __init__(self) -> None:
        self._stored, self._stored_until = 0, float("-inf")

    def collect(self) -> Iterator["Metric"]:
        """Yield all metrics."""
        from prometheus_client.core import CounterMetricFamily as Counter  # noqa: PLC0415
        from prometheus_client.core import GaugeMetricFamily as Gauge  # noqa: PLC0415

        usage = explanations.service().usage()
        yield Gauge("xai_jobs_open", "Jobs that wait or run.", usage.jobs)
        yield Gauge("xai_visitors_waiting", "Visitors with open jobs.", usage.visitors)
        yield Gauge("xai_turn_seconds", "Seconds since the present turn of the queue began.", usage.turn_s)
        yield Gauge("xai_queue_works", "1 if the worker of the queue lives.", int(usage.works))
        yield Counter("xai_evaluations", "Forward passes of masked pictures.", usage.evaluations)
        yield Counter("xai_jobs_known", "Jobs whose answer was stored already.", usage.cached)
        yield Counter("xai_jobs_refused", "Jobs beyond a limit.", usage.refused)
        ended = Counter("xai_tasks_ended", "Computations that ended, by how.", labels=["state"])
        for state in ("done", "cancelled", "failed"):
            ended.add_metric([state], usage.ended.get(state, 0))
        yield ended
        answers = Counter("xai_requests", "Answered requests, by kind and status.", labels=["kind", "status"])
        for (kind, status), count in sorted(requests.counts.items()):
            answers.add_metric([kind, status], count)
        yield answers
        yield Gauge("xai_tabs_open", "Tabs with an open websocket.", len(requests.open_websockets))
        yield Gauge("xai_store_bytes", "Bytes of stored explanations and checks of all studies.", self._stored_bytes())
        yield Gauge("xai_store_limit_bytes", "Bytes that explanations may take.", visitors.settings().store_mb * MB)
        yield Gauge("xai_upload_bytes", "Bytes of uploaded pictures in memory.", upload_room.room().held_bytes())

    def _stored_bytes(self) -> int:
        if time.monotonic() >= self._stored_until:
            folders = list(paths.studies_folder().glob("*/"))
            self._stored = sum(_folder_bytes(folder / name) for folder in folders for name in STORES)
            self._stored_until = time.monotonic() + KEPT_S
        return self._stored


def _folder_bytes(folder: Path) -> int:
    # Files that are replaced or deleted meanwhile do not count.
    try:
        with os.scandir(folder) as found:
            return sum(_size(entry) for entry in found)
    except OSError:
        return 0


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:
        return 0
