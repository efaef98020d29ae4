"""Calls of many threads to a few workers: each worker one at a time, and none lost when a worker dies."""

import threading

import pytest

from xai_core.errors import ExplanationFailed, NameUnknown, WorkerDied, WorkersRefused
from xai_core.workers.dispatcher import MOST_WORKS, Dispatcher

PATIENCE_S = 30


class RayError(Exception):
    """Error of Ray."""


class RayActorError(RayError):
    """Death of a worker."""


class FakeRay:
    """The part of Ray that the dispatcher uses, with workers in this process."""

    class exceptions:  # noqa: N801 - named as in Ray
        RayError, RayActorError = RayError, RayActorError

    def __init__(self):
        self.alive = []
        self.started = 0

    def put(self, value):
        return value

    def get(self, found):
        if isinstance(found, RayError):
            raise found
        return found

    def kill(self, actor):
        if actor in self.alive:
            self.alive.remove(actor)

    def remote(self, kind):
        ray = self

        class Handle:
            """Worker whose methods fail once it is dead."""

            def __init__(self, versions):
                self.actor = kind(versions)
                ray.started += 1
                ray.alive.append(self)

            def __getattr__(self, name):
                class Method:
                    def remote(_self, *arguments):  # noqa: N805 - `self` is the worker
                        try:
                            if self not in ray.alive:
                                raise RayActorError("Worker unexpectedly exits")
                            return getattr(self.actor, name)(*arguments)
                        except RayError as fault:
                            return fault

                return Method()

        class Options:
            def options(self, **_options):
                return self

            def remote(self, versions):
                return Handle(versions)

        return Options()


class Squares:
    """Work that answers squares after a function has seen the item."""

    def __init__(self, before=lambda _item: None, opening=lambda: None):
        self.before, self.opening = before, opening

    def open(self):
        self.opening()

        def answer(item, shared):
            self.before(item)
            return item**2 + (shared or 0)

        return answer


@pytest.fixture
def ray(monkeypatch):
    monkeypatch.setenv("XAI_CORES", "1")
    return FakeRay()


def dispatcher(ray, work, workers=2):
    made = Dispatcher(ray, workers, 0.0)
    made.know("squares", work)
    return made


def test_calls_are_answered_with_their_shared_value(ray):
    made = dispatcher(ray, Squares())
    made.share("token", 100)
    assert [made.answer("squares", 3, token) for token in (None, "token")] == [9, 109]


def test_two_calls_run_side_by_side_and_a_third_waits_for_a_worker(ray):
    both, most, inside = threading.Barrier(2), [], []

    def before(item):
        inside.append(item)
        most.append(len(inside))
        both.wait(PATIENCE_S)
        inside.remove(item)

    made, answers = dispatcher(ray, Squares(before)), {}
    calls = [
        threading.Thread(target=lambda n=n: answers.update({n: made.answer("squares", n, None)})) for n in range(4)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join(PATIENCE_S)
    assert answers == {n: n**2 for n in range(4)}
    assert max(most) == 2


def test_a_worker_that_dies_is_replaced_and_its_call_answered(ray):
    made = dispatcher(ray, Squares())
    for _ in range(3):
        ray.alive.clear()  # all of them at once, as when a machine restarts
        assert made.answer("squares", 3, None) == 9


def test_an_item_that_two_workers_die_on_is_told_with_the_cure_and_the_next_one_is_answered(ray):
    def before(item):
        if item == 13:
            ray.alive.clear()
            raise RayActorError("Worker unexpectedly exits")

    made = dispatcher(ray, Squares(before), workers=1)
    with pytest.raises(WorkerDied) as died:
        made.answer("squares", 13, None)
    assert died.value.sentence == (
        "2 workers died on this picture; of the last one is known: it was killed or crashed. "
        "Try again. If workers go on dying, give each of them more memory."
    )
    assert ray.started == 2
    assert made.answer("squares", 4, None) == 16


def test_what_the_work_raises_is_passed_on_and_a_fault_of_ray_is_a_sentence(ray):
    def before(item):
        raise NameUnknown("picture", "x", hint="Look.") if item == 1 else RayError("Lost objects.\nThe store is full.")

    made = dispatcher(ray, Squares(before))
    with pytest.raises(NameUnknown, match="There is no picture 'x'"):
        made.answer("squares", 1, None)
    with pytest.raises(ExplanationFailed, match=r"A worker failed: The store is full\."):
        made.answer("squares", 2, None)


def test_work_that_cannot_be_opened_is_refused_with_machine_and_cure_and_can_be_tried_again(ray):
    closed = [True]

    def opening():
        if closed:
            raise NameUnknown("study", "x", hint="Make it.")

    made = Dispatcher(ray, 2, 0.0)
    with pytest.raises(WorkersRefused, match=r"The worker on .* cannot begin. There is no study 'x'") as refused:
        made.know("squares", Squares(opening=opening))
    assert refused.value.hint == "Make it."
    closed.clear()
    made.know("squares", Squares(opening=opening))
    assert made.answer("squares", 2, None) == 4


def test_workers_that_die_while_they_open_the_work_are_no_endless_loop(ray):
    def opening():
        raise RayActorError("Worker unexpectedly exits")

    with pytest.raises(WorkersRefused, match="The workers cannot start: it was killed or crashed"):
        dispatcher(ray, Squares(opening=opening))


def test_a_worker_holds_a_few_works_open_and_opens_an_earlier_one_again(ray):
    opened, made = [], Dispatcher(ray, 1, 0.0)
    for number in range(MOST_WORKS + 1):
        made.know(str(number), Squares(opening=lambda n=number: opened.append(n)))
    assert [made.answer(str(number), 3, None) for number in (MOST_WORKS, 0)] == [9, 9]
    assert opened == [*range(MOST_WORKS + 1), 0]
    assert len(ray.alive[0].actor.opened) == MOST_WORKS
