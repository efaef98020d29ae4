"""Whose turn it is: sessions in a circle, first maps first, what is looked at before what is prefetched."""

from dataclasses import dataclass

import pytest

from xai_core.explain.fair_queue import Turns


@dataclass(eq=False)
class Asked:
    """What a turn needs to know of a job."""

    name: str
    session: str
    prefetch: bool = False
    evaluations: int = 0
    seen: float = 0.0
    waiters: int = 0


def queued(*jobs):
    turns = Turns()
    for job in jobs:
        turns.add(job)
    return turns


def names(turns, count):
    return [turns.next().name for _ in range(count)]


def test_nobody_s_turn_without_jobs():
    assert Turns().next() is None


def test_sessions_take_turns_however_many_jobs_they_have():
    turns = queued(*(Asked(f"a{n}", "a") for n in range(50)), Asked("b", "b"), Asked("c", "c"))
    assert names(turns, 6) == ["a0", "b", "c", "a0", "b", "c"]


def test_a_session_that_comes_later_waits_for_one_turn_of_each_other():
    turns = queued(Asked("a", "a"), Asked("b", "b"))
    assert names(turns, 3) == ["a", "b", "a"]
    turns.add(Asked("c", "c"))
    assert names(turns, 3) == ["b", "a", "c"]


def test_every_job_of_a_session_gets_a_first_map_before_any_is_taken_further():
    first, second = Asked("first", "a"), Asked("second", "a")
    turns = queued(first, second)
    assert names(turns, 2) == ["first", "first"]
    first.evaluations = 102
    assert names(turns, 2) == ["second", "second"]
    second.evaluations = 102
    assert names(turns, 2) == ["first", "first"]
    turns.remove(first)
    assert names(turns, 2) == ["second", "second"]


def test_what_somebody_looks_at_goes_before_anything_prefetched():
    wanted, looked_at = Asked("prefetched", "a", prefetch=True), Asked("looked at", "b", evaluations=5000)
    turns = queued(wanted, looked_at)
    assert names(turns, 3) == ["looked at"] * 3
    turns.remove(looked_at)
    assert names(turns, 2) == ["prefetched"] * 2


def test_a_job_that_has_left_gets_no_turn_and_an_empty_session_is_forgotten():
    job = Asked("a", "a")
    turns = queued(job, Asked("b", "b"))
    turns.remove(job)
    assert names(turns, 2) == ["b", "b"]
    assert [each.name for each in turns.jobs()] == ["b"]


@pytest.mark.parametrize(("now", "unwatched"), [(20.0, []), (20.1, ["a"])])
def test_a_job_is_unwatched_after_twenty_seconds(now, unwatched):
    assert [job.name for job in queued(Asked("a", "a")).unwatched(now)] == unwatched


def test_watching_counts_for_one_job_and_for_all_that_its_session_prefetched():
    seen, left = Asked("seen", "a"), Asked("left", "a")
    turns = queued(seen, left, Asked("prefetched", "a", prefetch=True), Asked("elsewhere", "b", prefetch=True))
    turns.watch(seen, 15.0)
    assert [job.name for job in turns.unwatched(30.0)] == ["left", "elsewhere"]


def test_a_job_that_a_thread_waits_for_is_watched():
    assert queued(Asked("a", "a", waiters=1)).unwatched(1e9) == []
