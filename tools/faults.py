"""Fault injection: every writer fails, or is killed, once at every system call that writes.

    python tools/faults.py                  # errors: the disk is full at one call after the other
    python tools/faults.py --kill           # kill -9 before one call after the other
    python tools/faults.py --writers verdict upgrade --calls rename openat

Linux and strace are needed. Each try is a process of its own on a copy of a small painted study. strace stops it at the
k-th call of one kind and lets that call fail (ENOSPC), or kills the process there. Then must hold:

* an error ends in a sentence of ours, or the work is done all the same: never in a traceback;
* what was there before is still there and opens;
* the same work, done again, ends as if nothing had happened, and leaves no temporary file.
"""

import argparse
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.fault_writers import WRITERS, Writer, create, void  # noqa: E402
from xai_core.errors import XaiError  # noqa: E402
from xai_core.study.moves.exporting import export_study  # noqa: E402
from xai_core.study.study import open_study  # noqa: E402
from xai_core.verdicts.store import VerdictStore  # noqa: E402

CALLS = (
    *("openat", "write", "pwrite64", "writev", "rename", "renameat2", "mkdir", "unlink", "rmdir", "unlinkat"),
    *("fsync", "fdatasync", "ftruncate", "flock", "utimensat"),
)
"""System calls by which files are written."""

SENTENCE, TRACEBACK = 10, 11
TRY_S = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all writers, write a line for each, and return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kill", action="store_true", help="Kill the process instead of letting the call fail.")
    parser.add_argument("--writers", nargs="*", choices=tuple(WRITERS), default=tuple(WRITERS))
    parser.add_argument("--calls", nargs="*", choices=CALLS, default=CALLS)
    parser.add_argument("--most", type=int, default=10_000, help="Most tries for each writer and kind of call.")
    parser.add_argument("--json", type=Path, help="Write the figures to this file.")
    given = parser.parse_args(arguments)
    if shutil.which("strace") is None:
        sys.exit("There is no strace; it is a package of every Linux distribution.")
    figures: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        start = _prepare(Path(folder) / "start")
        for name in given.writers:
            figures[name] = _try_writer(WRITERS[name], start, given.calls, kill=given.kill, most=given.most)
            sys.stdout.write(
                f"{name:<11} " + "  ".join(f"{key} {count}" for key, count in figures[name].items()) + "\n"
            )
            sys.stdout.flush()
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")
    return int(
        any(found["tracebacks"] + found["lost"] + found["unlike"] + found["left over"] for found in figures.values())
    )


def _prepare(root: Path) -> Path:
    """Make a study as an earlier version wrote it, with a verdict and a map, and an archive of it."""
    # Not an import: tests have no types.
    painted: Any = importlib.import_module("tests.conftest")
    painted.write_food101(root / "painted")
    painted.write_model(root / "colours.onnx")
    for file in (root / "painted").rglob("*.jpg"):
        os.utime(file, (1e9, 1e9))
    _in_child(lambda: create(root))
    VerdictStore(root / "studies/tiny").put("pizza/1", "ambiguous", seen=0, note="Here before.")
    _in_child(lambda: void(export_study("tiny", root / "studies", root / "given.zip", pictures=True)))
    return root


def _try_writer(writer: Writer, start: Path, calls: Sequence[str], *, kill: bool, most: int) -> dict[str, int]:
    found = dict.fromkeys(("tries", "done", "sentences", "killed", "tracebacks", "lost", "unlike", "left over"), 0)
    whole = _copy(start, "whole", writer.before)
    _in_child(lambda: writer.work(whole))
    expected = _told(lambda: writer.result(whole))
    shutil.rmtree(whole)
    for call in calls:
        for number in _numbers(writer, start, call)[:most]:
            root = _copy(start, "try", writer.before)
            code = _try_once(lambda root=root: writer.work(root), call, number, kill=kill)  # type: ignore[misc]
            found["tries"] += 1
            found["done"] += code == 0
            found["sentences"] += code == SENTENCE
            found["killed"] += code == -signal.SIGKILL
            bad = {"tracebacks": code not in (0, SENTENCE, -signal.SIGKILL)}
            reason = _why_lost(root)
            bad["lost"] = bool(reason)
            _age(root)
            again = _in_child(lambda root=root: writer.work(root), strict=False)  # type: ignore[misc]
            bad["unlike"] = again != 0 or _told(lambda root=root: writer.result(root)) != expected  # type: ignore[misc]
            left = [path for path in root.rglob("*") if _is_left_over(path)]
            bad["left over"] = bool(left)
            for kind, holds in bad.items():
                found[kind] += holds
                if holds:
                    sys.stdout.write(
                        f"  {kind}: {call} {number}, exit code {code} {reason} {[str(path) for path in left]}\n"
                    )
            shutil.rmtree(root)
    return found


def _copy(start: Path, name: str, before: Callable[[Path], None]) -> Path:
    """Return a prepared copy of the start folder, with the paths of the copy in its study."""
    root = start.with_name(name)
    shutil.copytree(start, root)
    manifest = root / "studies/tiny/study.toml"
    manifest.write_text(manifest.read_text("utf-8").replace(str(start), str(root)), "utf-8")
    before(root)
    return root


def _numbers(writer: Writer, start: Path, call: str) -> list[int]:
    """Return which of the calls of a kind write below the folder, counted within each thread as strace does."""
    root = _copy(start, "try", writer.before)
    text = _traced(lambda: writer.work(root), ["-y", "-s", "1", "-e", f"trace={call}"])[1]
    shutil.rmtree(root)
    counts: Counter[str] = Counter()
    found = set()
    for line in text.splitlines():
        thread, _, rest = line.partition(" ")
        if not rest.lstrip().startswith(f"{call}("):
            continue  # the second half of a call that another thread interrupted
        counts[thread] += 1
        writes = call != "openat" or "O_CREAT" in rest or "O_WRONLY" in rest or "O_RDWR" in rest
        if str(root) in rest and writes:
            found.add(counts[thread])
    return sorted(found)


def _try_once(work: Callable[[], None], call: str, number: int, *, kill: bool) -> int:
    """Do some work in a process whose k-th call of a kind fails, and return its exit code."""
    how = "signal=KILL" if kill else "error=ENOSPC"
    return _traced(work, ["-e", f"trace={call}", "-e", f"inject={call}:{how}:when={number}"])[0]


def _traced(work: Callable[[], None], options: Sequence[str]) -> tuple[int, str]:
    """Do some work in a process under strace, and return its exit code and the trace."""
    child = _fork(work, waits=True)
    os.waitpid(child, os.WUNTRACED)
    with tempfile.NamedTemporaryFile("r", suffix=".trace") as trace:
        command = ["strace", "-f", "-qq", "-o", trace.name, *options, "-p", str(child)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:  # noqa: S603 - a program of the system
            _wait_until_traced(child)
            os.kill(child, signal.SIGCONT)
            code = _exit_code(child)
            tracer.wait(timeout=TRY_S)
        return code, trace.read()


def _wait_until_traced(child: int) -> None:
    end = time.monotonic() + TRY_S
    while time.monotonic() < end:
        status = Path(f"/proc/{child}/status").read_text("utf-8")
        if int(re.search(r"TracerPid:\s+(\d+)", status)[1]):  # type: ignore[index]
            return
        time.sleep(0.005)
    raise TimeoutError("strace does not attach; is tracing allowed on this machine?")


def _fork(work: Callable[[], None], *, waits: bool = False) -> int:
    child = os.fork()
    if child:
        return child
    code = TRACEBACK
    try:
        if waits:
            os.kill(os.getpid(), signal.SIGSTOP)
        work()
        code = 0
    except XaiError as error:
        code = SENTENCE if str(error) else TRACEBACK
    except BaseException:  # noqa: BLE001 - this is what is looked for
        traceback.print_exc()
    finally:
        os._exit(code)


def _exit_code(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _in_child(work: Callable[[], None], *, strict: bool = True) -> int:
    """Do some work in a process of its own, because a model's threads do not survive a fork."""
    code = _exit_code(_fork(work))
    if strict and code:
        sys.exit("The work fails without any fault.")
    return code


def _told(result: Callable[[], object]) -> str:
    """Return a result as text, made in a process of its own."""
    read, write = os.pipe()
    child = _fork(lambda: void(os.write(write, str(hash_of(result())).encode())))
    os.close(write)
    with os.fdopen(read) as stream:
        text = stream.read()
    return text if _exit_code(child) == 0 else "nothing"


def hash_of(value: object) -> str:
    """Return a digest of a value that has a repr."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(repr(value).encode()).hexdigest()


def _why_lost(root: Path) -> str:
    """Return why what was there before does not open or lacks its verdict, "" if all is there."""
    try:
        study = open_study("tiny", root / "studies")
        kept = VerdictStore(study.folder).history("pizza/1")
    except XaiError as fault:
        return fault.sentence
    return (
        "" if len(study.table) == 20 and [verdict.note for verdict in kept] == ["Here before."] else "It has changed."
    )


def _age(root: Path) -> None:
    """Make temporary files two hours old, at which they count as those of a killed writer."""
    for path in root.rglob("*.part"):
        os.utime(path, (time.time() - 7200, time.time() - 7200))


def _is_left_over(path: Path) -> bool:
    """Return True for a temporary file or folder."""
    return path.suffix == ".part" or (path.name.startswith((".building-", ".replaced-")) and path.suffix != ".lock")


if __name__ == "__main__":
    sys.exit(main())
