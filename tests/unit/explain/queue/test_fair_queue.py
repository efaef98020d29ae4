"""Fair turns: sessions go round, and every job gets a first map before any is refined."""

from dataclasses import dataclass, field

import pytest

from xai_core.explain.queue.fair_queue import FairQueue


@dataclass(eq=False)
class FakeJob:
    """The part of a job that the queue looks at."""

    name: str
    session: str
    evaluations: int = 0
    seen: float = 0.0
    waiters: int = 0
    task: object = field(default_factory=object)


def queued(*jobs):
    queue = FairQueue()
    for job in jobs:
        queue.add(job)
    return queue


def names(queue, count):
    return [queue.next().name for _ in range(count)]


def test_an_empty_queue_has_no_next_job():
    assert FairQueue().next() is None


def test_sessions_take_turns_however_many_jobs_they_have():
    queue = queued(*(FakeJob(f"a{n}", "a") for n in range(50)), FakeJob("b", "b"), FakeJob("c", "c"))
    assert names(queue, 6) == ["a0", "b", "c", "a0", "b", "c"]


def test_a_session_that_comes_later_waits_for_one_turn_of_each_other():
    queue = queued(FakeJob("a", "a"), FakeJob("b", "b"))
    assert names(queue, 3) == ["a", "b", "a"]
    queue.add(FakeJob("c", "c"))
    assert names(queue, 3) == ["b", "a", "c"]


def test_every_job_of_a_session_gets_a_first_map_before_any_is_refined():
    first, second = FakeJob("first", "a"), FakeJob("second", "a")
    queue = queued(first, second)
    assert names(queue, 2) == ["first", "first"]
    first.evaluations = 102
    assert names(queue, 2) == ["second", "second"]
    second.evaluations = 102
    assert names(queue, 2) == ["first", "first"]
    queue.remove(first)
    assert names(queue, 2) == ["second", "second"]


def test_a_newcomer_has_three_of_four_turns_until_it_has_a_map_however_many_others_there_are():
    newcomer = FakeJob("new", "new")
    queue = queued(*(FakeJob(f"old{n}", f"old{n}", evaluations=100) for n in range(10)), newcomer)
    assert names(queue, 8) == ["new", "new", "new", "old0", "new", "new", "new", "old1"]
    newcomer.evaluations = 100
    assert names(queue, 4) == ["old2", "old3", "old4", "old5"]


def test_newcomers_take_turns_and_leave_one_of_four_to_the_others():
    queue = queued(FakeJob("old", "old", evaluations=100), *(FakeJob(f"new{n}", f"new{n}") for n in range(2)))
    assert names(queue, 8) == ["new0", "new1", "new0", "old", "new1", "new0", "new1", "old"]


def test_a_job_with_a_turn_gets_no_other_one_meanwhile():
    first, second, third = FakeJob("first", "a"), FakeJob("second", "a"), FakeJob("third", "b")
    queue = queued(first, second, third)
    assert [queue.next(running).name for running in ([], [first.task])] == ["first", "third"]
    assert queue.next([first.task, third.task]).name == "second"
    assert queue.next([first.task, second.task, third.task]) is None
    assert queue.next([second.task, third.task]).name == "first"


def test_a_removed_job_gets_no_turn_and_its_empty_session_goes_with_it():
    job = FakeJob("a", "a")
    queue = queued(job, FakeJob("b", "b"))
    queue.remove(job)
    assert names(queue, 2) == ["b", "b"]
    assert [job.name for job in queue.jobs()] == ["b"]


@pytest.mark.parametrize(("now", "unwatched"), [(20.0, []), (20.1, ["a"])])
def test_a_job_is_unwatched_after_twenty_seconds(now, unwatched):
    assert [job.name for job in queued(FakeJob("a", "a")).unwatched(now)] == unwatched


def test_polling_one_job_does_not_keep_another_of_its_session():
    assert [job.name for job in queued(FakeJob("polled", "a", seen=15.0), FakeJob("left", "a")).unwatched(30.0)] == [
        "left"
    ]


def test_a_job_that_a_thread_waits_for_is_watched():
    assert queued(FakeJob("a", "a", waiters=1)).unwatched(1e9) == []
