"""A store gives back what was put or nothing, whoever writes, dies or deletes meanwhile."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from xai_core.errors import StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings

ROOT = Path(__file__).parents[3]


def answer(number, labels=4):
    """An explanation whose content follows from its number."""
    values = np.random.default_rng(number).normal(size=(12, labels)).astype(np.float32)
    return Explanation(
        region_of=np.arange(12, dtype=np.int32).reshape(3, 4),
        values=values,
        base=np.zeros(labels, np.float32),
        full=values.sum(axis=0),
        evaluations=24,
        work_left=0.0,
        seconds=0.1,
        settings=ExplainSettings(evaluations=24, blur_px=2),
        labels=tuple(f"dish_{n}" for n in range(labels)),
        model_id="model",
        picture_hash=f"picture {number}",
        engine_version=1,
        runtime="toy",
    )


def put(store, number, **kind):
    explanation = answer(number, **kind)
    store.put(explanation.key, explanation)
    return explanation.key


def files(store, ending=""):
    return sorted(path for path in store.folder.iterdir() if path.name.endswith(ending))


@pytest.fixture
def store(tmp_path):
    return ExplanationStore(tmp_path / "deep" / "explanations")


def test_what_is_put_comes_back_in_another_process_or_after_a_restart(store):
    key = put(store, 1)
    back = ExplanationStore(store.folder).get(key)
    np.testing.assert_array_equal(back.values, answer(1).values)
    assert back.picture_hash == "picture 1"


def test_what_was_never_put_is_absent(store):
    assert store.get("nothing") is None
    put(store, 1)
    assert store.get("nothing") is None


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_entry_is_logged_dropped_and_absent(store, content, caplog):
    key = put(store, 1)
    (path,) = files(store)
    path.write_bytes(content)
    assert store.get(key) is None
    assert f"Dropped a damaged explanation: {key}.npz is not a valid explanation" in caplog.text
    assert not path.exists()
    put(store, 1)
    assert store.get(key) is not None


def test_an_entry_under_another_key_is_not_taken_for_its_answer(store, caplog):
    key, other = put(store, 1), answer(2).key
    (store.folder / f"{key}.npz").rename(store.folder / f"{other}.npz")
    assert store.get(other) is None
    assert "answers another question" in caplog.text


def test_an_entry_that_cannot_be_read_is_absent_and_left_alone(store, caplog):
    (store.folder / "key.npz").mkdir(parents=True)
    assert store.get("key") is None
    assert "Could not read the stored explanation key.npz" in caplog.text
    assert (store.folder / "key.npz").is_dir()


def test_a_full_disk_is_told_and_leaves_nothing_behind(store, monkeypatch):
    key = put(store, 1)

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreRefused, match="No space left on device"):
        put(store, 2)
    assert files(store) == [store.folder / f"{key}.npz"]
    assert store.get(key) is not None


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreRefused, match=r"file/explanations cannot be written: Not a directory\."):
        put(ExplanationStore(tmp_path / "file" / "explanations"), 1)


def test_a_read_only_disk_still_answers(store, monkeypatch):
    key = put(store, 1)

    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert store.get(key) is not None
    with pytest.raises(StoreRefused, match="Read-only file system"):
        put(store, 2)


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_beyond_the_bound_those_read_longest_ago_leave_first(tmp_path):
    roomy = ExplanationStore(tmp_path)
    keys = [put(roomy, number) for number in range(10)]
    for age, path in enumerate(reversed([tmp_path / f"{key}.npz" for key in keys])):
        aged(path, 100 * (age + 1))
    assert roomy.get(keys[0]) is not None
    size = max(path.stat().st_size for path in files(roomy))
    put(ExplanationStore(tmp_path, max_bytes=7 * size), 10)
    assert sum(path.stat().st_size for path in files(roomy)) <= 7 * size
    there = [roomy.get(key) is not None for key in keys]
    assert there == [True, False, False, False, False, False, True, True, True, True]


def test_the_bound_holds_however_much_is_put(tmp_path):
    size = len(answer(0).packed())
    store = ExplanationStore(tmp_path, max_bytes=40 * size)
    for number in range(120):
        put(store, number)
        assert sum(path.stat().st_size for path in files(store)) <= 41 * size
    assert len(files(store)) >= 35
    assert store.get(answer(119).key) is not None


def test_parts_that_a_killed_writer_left_are_removed_those_of_living_writers_are_not(store):
    put(store, 1)
    old, young = store.folder / "a.npz.1.part", store.folder / "b.npz.2.part"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    aged(old, 2 * 3600)
    put(ExplanationStore(store.folder), 2)
    assert (old.exists(), young.exists()) == (False, True)


def test_many_threads_write_read_and_evict_at_once(tmp_path):
    size = len(answer(0).packed())
    wrong, finished = [], []

    def work(worker):
        store = ExplanationStore(tmp_path, max_bytes=6 * size)
        for put_now, get_now in np.random.default_rng(worker).integers(0, 12, (60, 2)).tolist():
            put(store, put_now)
            back = store.get(answer(get_now).key)
            if back is not None and not np.array_equal(back.values, answer(get_now).values):
                wrong.append(get_now)
        finished.append(worker)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert (wrong, sorted(finished)) == ([], [0, 1, 2, 3, 4, 5])


WRITER = """
import itertools, sys
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from test_store import ExplanationStore, put
store = ExplanationStore(Path({folder!r}))
for number in itertools.count():
    print(number, flush=True)
    put(store, number % 20, labels=101)
"""


def test_a_writer_killed_at_any_moment_leaves_only_sound_entries(tmp_path):
    code = WRITER.format(root=str(ROOT), tests=str(Path(__file__).parent), folder=str(tmp_path))
    store = ExplanationStore(tmp_path)
    for round_number in range(6):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as writer:
            for _ in range(3 + 2 * round_number):
                assert writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        found = [(number, store.get(answer(number, labels=101).key)) for number in range(20)]
        for number, entry in found:
            if entry is not None:
                np.testing.assert_array_equal(entry.values, answer(number, labels=101).values)
        assert sum(entry is not None for _, entry in found) >= round_number
    for part in files(store, ".part"):
        aged(part, 2 * 3600)
    put(ExplanationStore(tmp_path), 1)
    assert files(store, ".part") == []
