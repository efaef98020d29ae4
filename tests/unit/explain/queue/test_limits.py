"""Limits of a visitor and of all: a job beyond them fails at once with a sentence, and nobody else notices."""

import pytest

from xai_core.errors import LimitReached
from xai_core.explain.queue.service import ExplanationService
from xai_core.settings.limits import WINDOW_S, Limits


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limited(clock):
    """Function that starts a service with limits, without a worker that takes jobs away."""
    services = []

    def started(*, works=False, **limits):
        service = ExplanationService(clock, limits=Limits(**limits))
        if not works:
            service._ensure_workers = lambda: None
        services.append(service)
        return service

    yield started
    for service in services:
        service.close()


def states(service, ask, session, numbers):
    return [service.submit(ask(number), session=session).state for number in numbers]


def test_a_visitor_has_so_many_open_jobs(limited, ask):
    service = limited(visitor_jobs=2)
    assert states(service, ask, "ada", (0, 1, 2)) == ["waiting", "waiting", "failed"]
    assert states(service, ask, "bob", (2,)) == ["waiting"]
    job = service.submit(ask(3), session="ada")
    assert isinstance(job.error, LimitReached)
    assert job.error.sentence == (
        "You have 2 open explanations, as many as this server takes from one visitor. "
        "Wait until some are done, or cancel some, and press Go on."
    )
    assert (service.usage().jobs, service.usage().visitors, service.usage().refused) == (3, 2, 2)


def test_a_cancelled_job_makes_room(limited, ask):
    service = limited(visitor_jobs=1)
    job = service.submit(ask(), session="ada")
    job.cancel()
    assert states(service, ask, "ada", (1,)) == ["waiting"]


def test_a_visitor_has_so_many_evaluations(limited, ask):
    service = limited(visitor_evaluations=150)
    assert states(service, ask, "ada", (0, 1, 2)) == ["waiting", "waiting", "failed"]  # of 60 each
    error = service.submit(ask(3), session="ada").error
    assert "need 120 evaluations. With 60 more they would be above the 150" in str(error)


def test_all_visitors_have_so_many_together(limited, ask):
    for limits in ({"jobs": 2}, {"evaluations": 130}):
        service = limited(**limits)
        assert [states(service, ask, name, (number,)) for number, name in enumerate(("a", "b", "c"))] == [
            ["waiting"],
            ["waiting"],
            ["failed"],
        ]


def test_answers_beyond_a_share_of_the_store_are_shown_and_kept_in_memory(limited, ask, store, clock):
    service = limited(works=True, visitor_stored_bytes=1)
    first = service.submit(ask(0), session="ada")
    assert first.wait(60)
    second = service.submit(ask(1), session="ada")
    assert second.wait(60)
    assert (first.note, second.state, second.latest.evaluations) == ("", "done", 60)
    assert second.note.startswith("The answer is not stored")
    assert (store.get(first.key) is None, store.get(second.key) is None) == (False, True)
    assert service.submit(ask(1), session="ada").cached
    other = service.submit(ask(2), session="bob")
    assert other.wait(60)
    assert store.get(other.key) is not None
    clock.time += WINDOW_S + 1
    later = service.submit(ask(3), session="ada")
    assert later.wait(60)
    assert store.get(later.key) is not None


def test_usage_counts_evaluations_and_ends(limited, ask):
    service = limited(works=True)
    assert service.submit(ask(0)).wait(60)
    service.submit(ask(0))
    usage = service.usage()
    assert (usage.evaluations, dict(usage.ended), usage.cached, usage.jobs) == (60, {"done": 1}, 1, 0)
