"""Soak: many viewers on one server for some minutes, and what that did to answers, memory and open files.

    python tools/soak.py --studies studies --study demo --viewers 30 --minutes 10

The study is copied without its stored maps. First some viewers ask for a map one after the other, and then all of them
at once. In the walk that follows, each viewer is a websocket that asks for pages as a browser does, follows the jobs on
them until they are done, leaves now and then in the middle, and comes back. Then every stored map is computed once
more, alone in a process of its own, and compared bit for bit.

The exit code is 1 if a map differs, a page ended in an exception, or the log has a traceback. Memory, open files and
the 95th percentile of the pages are written, with the share of the processors that were in use: judge them on a machine
that does nothing else.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from xai_core.explain.explanation import Explanation  # noqa: E402 - the root must be on the path
from xai_core.explain.memory_store import MemoryStore  # noqa: E402
from xai_core.explain.question import explain  # noqa: E402
from xai_core.explain.store import ExplanationStore  # noqa: E402
from xai_core.study.study import Study, open_study  # noqa: E402

START_S, PAGE_S, EVALUATIONS = 120, 120, 100
SETTLED_S = 60.0
WARM_UP, ALONE = 2, 5
"""Number of first maps before the measured ones, and of those that are measured alone on the server."""
LARGEST_MESSAGE = 2**28
ERROR = 1  # Alert.Format.ERROR


@dataclass(slots=True)
class Figures:
    """Findings of all viewers.

    Attributes
    ----------
    pages, maps
        Seconds until a page was drawn whole for the first time, by the name of the page, and until all its maps were
        there.
    began
        Time at which the walk began.
    drawn_at
        Seconds since the start of the walk at which each of the pages was drawn.
    alone, together
        Seconds until a viewer had a first map, alone on the server and with all others at once.
    exceptions, errors
        Exceptions and error boxes on pages, as texts.
    samples
        Seconds since the start, memory in MB, open files and share of the processors in use, every few seconds.
    """

    pages: list[tuple[str, float]] = field(default_factory=list)
    drawn_at: list[float] = field(default_factory=list)
    maps: list[tuple[str, float]] = field(default_factory=list)
    began: float = 0.0
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    samples: list[tuple[float, float, int, float]] = field(default_factory=list)


class Viewer:
    """Viewer of one study, who opens one page after the other."""

    def __init__(self, number: int, port: int, study: Study, figures: Figures) -> None:
        self._random = random.Random(number)  # noqa: S311 - a walk, no secret
        self._port, self._study, self._figures = port, study, figures
        wrong = study.table[study.table["guess"] != study.table["truth"]]
        self._mistakes = wrong[wrong["unreadable"] == ""] if len(wrong) else study.table

    async def walk(self, until: float) -> None:
        """Open pages until a time has come. Now and then the tab is closed in the middle of a job."""
        while time.monotonic() < until:
            try:
                async with self._connected() as socket:
                    for _ in range(self._random.randint(1, 4)):
                        page, query = self._choose()
                        patience = self._random.uniform(2, 5) if self._random.random() < 0.2 else PAGE_S
                        await self._open(socket, page, query, min(patience, until - time.monotonic() + PAGE_S))
            except (OSError, TimeoutError, websockets.WebSocketException) as fault:
                self._figures.errors.append(f"{type(fault).__name__}: {fault}")
                await asyncio.sleep(1)

    async def first_map(self, number: int) -> float:
        """Ask for the map of a mistake that nobody has seen, and return the seconds until it is there."""
        asked = {"study": self._study.name, "picture": self._mistakes.iloc[number]["image_id"], "evals": EVALUATIONS}
        start = time.monotonic()
        async with self._connected() as socket:
            await self._open(socket, "explain", asked, PAGE_S)
        return time.monotonic() - start

    def _connected(self) -> websockets.connect:
        return websockets.connect(
            f"ws://127.0.0.1:{self._port}/_stcore/stream",
            additional_headers={"Cookie": _cookie(self._port)},
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=LARGEST_MESSAGE,
        )

    def _choose(self) -> tuple[str, dict[str, object]]:
        row = self._mistakes.iloc[self._random.randrange(len(self._mistakes))]
        query: dict[str, object] = {"study": self._study.name}
        page = self._random.choices(["explain", "compare", "confusions", "", "about"], [6, 4, 2, 1, 1])[0]
        if page in ("explain", "compare"):
            engine = self._random.choice(["regions", "partition"])
            query |= {"picture": row["image_id"], "evals": EVALUATIONS, "engine": engine}
        if page in ("compare", "confusions"):
            query |= {"truth": row["truth"], "guess": row["guess"]}
        return page, query

    async def _open(
        self, socket: websockets.ClientConnection, page: str, query: dict[str, object], patience: float
    ) -> None:
        start, drawn = time.monotonic(), False
        await _rerun(socket, page, query)
        # Parts of the page that follow a job, with the seconds after which a browser runs each again.
        repeated: dict[str, float] = {}
        asked: dict[str, float] = {}
        while time.monotonic() - start < patience and not (drawn and not repeated):
            try:
                wait_s = min(repeated.values(), default=0.6)
                message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(decode=False), wait_s))
            except TimeoutError:
                for part in repeated:
                    await _rerun(socket, page, query, part)
                continue
            self._note(message, page)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                asked = {}
            elif kind == "auto_rerun":
                asked[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                # What a whole run does not ask for again is finished.
                repeated = asked
                if not drawn:
                    self._figures.pages.append((page or "overview", time.monotonic() - start))
                    self._figures.drawn_at.append(time.monotonic() - self._figures.began)
                    drawn = True
        if drawn and not repeated and page in ("explain", "compare"):
            self._figures.maps.append((page, time.monotonic() - start))

    def _note(self, message: ForwardMsg, page: str) -> None:
        """Note exceptions and error boxes that a page draws."""
        if not message.HasField("delta"):
            return
        element = message.delta.new_element
        if element.HasField("exception"):
            self._figures.exceptions.append(f"{page}: {element.exception.type} {element.exception.message}")
        elif element.HasField("alert") and element.alert.format == ERROR:
            self._figures.errors.append(f"{page}: {element.alert.body}")


async def _rerun(socket: websockets.ClientConnection, page: str, query: dict[str, object], part: str = "") -> None:
    request = BackMsg()
    request.rerun_script.page_name = page
    request.rerun_script.query_string = urlencode(query)
    if part:
        request.rerun_script.fragment_id, request.rerun_script.is_auto_rerun = part, True
    await socket.send(request.SerializeToString())


def _cookie(port: int) -> str:
    """Return the cookies of a new visitor."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PAGE_S) as answer:
        return "; ".join(found.split(";")[0] for found in answer.headers.get_all("Set-Cookie") or ())


async def _sample(process: psutil.Process, figures: Figures, until: float) -> None:
    start = time.monotonic()
    while time.monotonic() < until and process.is_running():
        figures.samples.append(
            (time.monotonic() - start, process.memory_info().rss / 1e6, process.num_fds(), psutil.cpu_percent() / 100)
        )
        await asyncio.sleep(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak, write its figures, and return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=Path, default=ROOT / "studies", help="Folder of studies.")
    parser.add_argument("--study", default="demo", help="Study that the viewers look at.")
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--port", type=int, default=8599)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        studies = Path(folder) / "studies"
        # Links of a copy below another folder would lead nowhere: the absolute paths count.
        shutil.copytree(
            given.studies / given.study,
            studies / given.study,
            ignore=shutil.ignore_patterns("explanations", "checks", "*.sqlite*"),
        )
        study = open_study(given.study, studies)
        figures, log = Figures(), Path(folder) / "server.log"
        with log.open("wb") as out, _server(given.port, studies, out) as server:
            try:
                _wait(given.port, server)
                viewers = [Viewer(number, given.port, study, figures) for number in range(given.viewers)]
                asyncio.run(_run(viewers, given.minutes, figures, psutil.Process(server.pid)))
            finally:
                server.terminate()
        text = log.read_text("utf-8", "replace")
        maps, wrong = _wrong_maps(study)
        return _report(figures, text, maps, wrong)


async def _rush(viewers: Sequence[Viewer], figures: Figures) -> None:
    """Let some viewers ask for a first map one after the other, and then all at once."""
    for number in range(WARM_UP + ALONE):
        seconds = await viewers[0].first_map(number)
        if number >= WARM_UP:
            figures.alone.append(seconds)
    asked = [viewer.first_map(WARM_UP + ALONE + number) for number, viewer in enumerate(viewers)]
    figures.together.extend(await asyncio.gather(*asked))


async def _run(viewers: Sequence[Viewer], minutes: float, figures: Figures, process: psutil.Process) -> None:
    await _rush(viewers, figures)
    figures.pages.clear()
    figures.drawn_at.clear()
    figures.maps.clear()
    figures.began = time.monotonic()
    until = time.monotonic() + 60 * minutes
    walks = [viewer.walk(until) for viewer in viewers]
    sampling = asyncio.create_task(_sample(process, figures, until))
    await asyncio.gather(*walks)
    await sampling
    # What is left of visitors who have gone.
    await asyncio.sleep(20)
    figures.samples.append((60 * minutes + 20, process.memory_info().rss / 1e6, process.num_fds(), 0.0))


def _server(port: int, studies: Path, out: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = os.environ | {"XAI_STUDIES": str(studies)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)  # type: ignore[call-overload,no-any-return]  # noqa: S603


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            _cookie(port)
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("The server does not start.")


def _wrong_maps(study: Study) -> tuple[int, list[str]]:
    """Compute every stored map alone, and return their number and those that differ."""
    runtime, store, alone = study.open_runtime(), ExplanationStore(study.explanations), MemoryStore()
    ids = {study.picture_hash(image_id): image_id for image_id in study.table["image_id"]}
    wrong, count = [], 0
    for file in sorted(study.explanations.glob("*.npz")):
        found = store.get(file.stem)
        if found is None:
            wrong.append(f"{file.name} cannot be read")
            continue
        count += 1
        image_id = ids[found.picture_hash]
        expected = explain(study.question(image_id, found.settings, runtime, alone))[0]
        if not _are_equal(found, Explanation.unpacked(expected.packed(), "")):
            wrong.append(f"{file.name}, {image_id}")
    return count, wrong


def _are_equal(one: Explanation, two: Explanation) -> bool:
    names = ("region_of", "values", "base", "full")
    return all(np.array_equal(getattr(one, name), getattr(two, name)) for name in names)


def _times(found: Sequence[tuple[str, float]]) -> dict[str, dict[str, float]]:
    """Return number, median and 95th percentile of times, of all pages and of each."""
    table = {}
    for name in ("all", *sorted({page for page, _ in found})):
        times = [seconds for page, seconds in found if name in ("all", page)]
        if times:
            median, p95 = np.percentile(times, (50, 95))
            table[name] = {"pages": len(times), "median": round(float(median), 2), "p95": round(float(p95), 2)}
    return table


def _report(figures: Figures, log: str, maps: int, wrong: Sequence[str]) -> int:
    tracebacks = len(re.findall(r"^Traceback", log, re.MULTILINE))
    later = [sample for sample in figures.samples if sample[0] >= min(120.0, figures.samples[-1][0] / 3)]
    alone = float(np.median(figures.alone))
    # In the first moment all viewers open a page at once.
    settled = [page for page, at in zip(figures.pages, figures.drawn_at, strict=True) if at >= SETTLED_S]
    table = {
        "first_map_s": {
            "alone": round(alone, 2),
            "all_at_once": {
                "median": round(float(np.median(figures.together)), 2),
                "last": round(max(figures.together), 2),
            },
            "last_over_fair_share": round(max(figures.together) / (alone * len(figures.together)), 2),
        },
        "first_complete_page_s": _times(figures.pages),
        "first_complete_page_s_after_a_minute": _times(settled),
        "all_maps_there_s": _times(figures.maps),
        "maps_stored": maps,
        "maps_wrong": list(wrong),
        "exceptions": figures.exceptions[:10],
        "error_boxes": sorted(set(figures.errors))[:10],
        "tracebacks_in_log": tracebacks,
        "memory_mb": {
            "after_start": round(later[0][1]),
            "largest": round(max(s[1] for s in later)),
            "end": round(later[-1][1]),
        },
        "open_files": {
            "after_start": later[0][2],
            "largest": max(s[2] for s in later),
            "after_all_have_left": later[-1][2],
        },
        "processors_in_use": round(float(np.mean([s[3] for s in figures.samples])), 2),
    }
    sys.stdout.write(json.dumps(table, indent=1) + "\n")
    if tracebacks:
        sys.stderr.write(log[-4000:])
    return int(bool(wrong or figures.exceptions or tracebacks))


if __name__ == "__main__":
    sys.exit(main())
