"""Workers of a server: they start at the first call, and their end never ends the server."""

import importlib.util
import os
import signal
import threading
from pathlib import Path

import psutil
import pytest

from xai_core.errors import WorkersRefused
from xai_core.language import using
from xai_core.workers.crew import RayCrew, Shared

HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="Ray is not installed: pip install -r requirements-ray.txt")


class Powers:
    """Work that answers powers, with the process that it is done in."""

    def open(self):
        return lambda item, shared: (item**2 if shared is None else item**shared, os.getpid())


@pytest.fixture
def crew(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    # Workers import this module by its name.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    made = RayCrew(None, 2, 0.0)
    yield made
    made.close()


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_without_ray_the_command_that_installs_it_is_named(crew):
    with pytest.raises(WorkersRefused) as refused:
        crew.answer("powers", Powers(), 3)
    assert (
        refused.value.sentence
        == "Workers need Ray, which is not installed here. Install it: pip install -r requirements-ray.txt"
    )
    # The process that talks to Ray has told it in English.
    with using("ja"):
        told = "ワーカーにはRayが必要ですが、インストールされていません。次のコマンドでインストールしてください"
        assert refused.value.sentence.startswith(told)
        assert refused.value.sentence.endswith("pip install -r requirements-ray.txt")


@needs_ray
def test_calls_of_two_threads_are_answered_by_two_workers_and_a_lost_connection_is_made_anew(crew):
    assert crew.answer("powers", Powers(), 3)[0] == 9
    assert crew.workers == 2
    cube = Shared(3)
    found = {}

    def call(number):
        found[number] = [crew.answer("powers", Powers(), number, cube) for _ in range(50)]

    callers = [threading.Thread(target=call, args=(number,)) for number in (2, 4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert {number: {value for value, _ in answers} for number, answers in found.items()} == {2: {8}, 4: {64}}
    (between,) = psutil.Process().children()
    between.send_signal(signal.SIGKILL)
    between.wait()
    assert crew.answer("powers", Powers(), 5, cube)[0] == 125
