"""Workers on Ray: nothing is lost or done twice, whatever dies."""

import os
import signal
import time
from collections import Counter

import psutil
import pytest

from xai_core.errors import NameUnknown, PictureUnreadable, WorkerDied, WorkersRefused
from xai_core.workers import ray_start
from xai_core.workers.ray_pool import RayPool

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]
KILLS = 50


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Home folder, which Ray must leave empty."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def notes():
    return []


@pytest.fixture(scope="module")
def pool(home, notes):
    with RayPool(2, note=notes.append) as opened:
        yield opened


def work(answer, opened=lambda: None):
    """Make work from a function; classes of a function are copied by their content, so that workers need no tests."""

    class Given:
        def open(self):
            opened()
            return answer

    return Given()


def kill_me():
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_item_is_answered_once_by_all_workers(pool, home):
    def answer(number):
        time.sleep(0.01)
        return number**2, os.getpid()

    found = list(pool.run(work(answer), range(40)))
    assert sorted((done.item, done.answer[0]) for done in found) == [(number, number**2) for number in range(40)]
    assert len({done.answer[1] for done in found}) == 2
    assert list(home.iterdir()) == []  # Ray's own start would write a token


def test_a_pool_on_this_machine_listens_on_this_machine_alone(pool):
    assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
    of_ray = {child.pid for child in psutil.Process().children(recursive=True)}
    found = {each.laddr.ip for each in psutil.net_connections("inet") if each.pid in of_ray and each.status == "LISTEN"}
    assert found <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_items_are_taken_when_a_worker_is_free(pool):
    taken = []
    items = (taken.append(number) or number for number in range(100))
    running = pool.run(work(lambda number: number), items)
    next(running)
    assert len(taken) <= 4
    running.close()


def test_what_the_work_raises_comes_with_its_item_and_the_others_go_on(pool):
    def answer(number):
        if number == 1:
            raise PictureUnreadable("pizza/1", "it is no picture")
        return number

    found = {done.item: done for done in pool.run(work(answer), range(3))}
    assert isinstance(found[1].fault, PictureUnreadable)
    assert (found[1].fault.image_id, found[1].fault.hint) == ("pizza/1", "Restore the file, then try again.")
    assert {found[0].answer, found[2].answer} == {0, 2}


def test_an_item_that_kills_two_workers_is_set_aside_with_the_reason(pool, notes):
    def answer(number):
        return kill_me() if number == 3 else number

    found = {done.item: done for done in pool.run(work(answer), range(8))}
    assert {number for number, done in found.items() if done.fault is None} == {0, 1, 2, 4, 5, 6, 7}
    assert isinstance(found[3].fault, WorkerDied)
    assert str(found[3].fault) == "2 workers died on it; of the last one is known: it was killed or crashed."
    assert notes.count("A worker died, and another takes its place: it was killed or crashed.") == 2


def test_nothing_is_lost_and_nothing_done_twice_through_50_kills(pool, tmp_path):
    # Each item kills its worker once, at its first try, after the work was done.
    def answer(number):
        with (tmp_path / f"{number}.txt").open("a") as out:
            out.write("x")
        if (tmp_path / f"{number}.txt").stat().st_size == 1 and number < KILLS:
            kill_me()
        return number

    found = Counter(done.item for done in pool.run(work(answer), range(60)) if done.fault is None)
    assert found == Counter(range(60))
    tries = [(tmp_path / f"{number}.txt").stat().st_size for number in range(60)]
    assert tries == [2] * KILLS + [1] * (60 - KILLS)


def test_work_that_cannot_be_opened_is_refused_with_the_machine_and_the_cure(pool):
    def refuse():
        raise NameUnknown("study", "x", hint="Make it.")

    with pytest.raises(WorkersRefused, match=r"The worker on .* cannot begin. There is no study 'x'") as refused:
        list(pool.run(work(lambda number: number, refuse), range(3)))
    assert refused.value.hint == "Make it."


def test_workers_that_die_while_they_open_the_work_are_no_endless_loop(pool):
    with pytest.raises(WorkersRefused, match="The workers cannot start: it was killed or crashed"):
        list(pool.run(work(lambda number: number, kill_me), range(3)))


def test_a_node_with_other_versions_is_refused_with_both(monkeypatch):
    monkeypatch.setattr(ray_start, "versions", lambda: {"python": "3.11", "numpy": "2.4.6"})
    with pytest.raises(WorkersRefused, match=r"It has other versions: numpy 2\.4\.6, expected 2\.4\.5\."):
        ray_start.check_versions({"python": "3.11", "numpy": "2.4.5"})
