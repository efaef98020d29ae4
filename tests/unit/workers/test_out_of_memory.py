"""A worker on a machine that runs out of memory is replaced, and the item that took it is set aside."""

import os

import psutil
import pytest

from xai_core.errors import WorkerDied
from xai_core.workers.ray_pool import RayPool

pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]
BLOCK, ROOM, MOST = 50_000_000, 3_000_000_000, 160


class Greedy:
    """Work whose item 1 takes memory until Ray ends it."""

    def open(self):
        def answer(number):
            held = []
            while number == 1 and len(held) < MOST:
                held.append(b"x" * BLOCK)
            return number

        return answer


def test_an_item_that_takes_all_memory_is_set_aside_with_the_reason_and_the_others_are_answered(monkeypatch):
    memory = psutil.virtual_memory()
    if memory.available < ROOM + MOST * BLOCK:
        pytest.skip("this machine has too little memory to give some away")
    # As if the machine were full when this much more is taken.
    full = (memory.total - memory.available + ROOM) / memory.total
    monkeypatch.setenv("RAY_memory_usage_threshold", f"{full:.3f}")
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "50")
    notes = []
    with RayPool(2, note=notes.append) as pool:
        found = {done.item: done for done in pool.run(Greedy(), range(6))}
    assert {number for number, done in found.items() if done.fault is None} == {0, 2, 3, 4, 5}
    assert isinstance(found[1].fault, WorkerDied)
    assert str(found[1].fault) == "2 workers died on it; of the last one is known: its machine ran out of memory."
    assert notes == ["A worker died, and another takes its place: its machine ran out of memory."] * 2
