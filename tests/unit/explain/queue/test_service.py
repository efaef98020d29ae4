"""Many viewers and one worker: equal questions cost once, everybody has a turn, and nothing hangs."""

import threading

import numpy as np
import pytest

from xai_core.errors import ExplanationFailed, SettingRefused
from xai_core.explain import question as question_module
from xai_core.explain.question import explain
from xai_core.explain.queue import kept
from xai_core.explain.queue.job import joint_rate
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.store import ExplanationStore

PATIENCE_S = 60


class Clock:
    """Time that only a test moves."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


class Gate:
    """Barrier that stops the model before each evaluation until the test lets it go on."""

    def __init__(self, runtime):
        self.arrived, self._open = threading.Semaphore(0), threading.Semaphore(0)
        self._held = True
        runtime.before = self

    def __call__(self, _inputs):
        self.arrived.release()
        if self._held:
            assert self._open.acquire(timeout=PATIENCE_S)

    def await_model(self):
        assert self.arrived.acquire(timeout=PATIENCE_S)

    def step(self):
        """Let one evaluation through and wait until the model stands before the next."""
        self._open.release()
        self.await_model()

    def open(self):
        self._held = False
        self._open.release()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def service(clock):
    service = ExplanationService(clock)
    yield service
    service.close()


@pytest.fixture
def gate(runtime, service):  # the gate must open before the service closes
    gate = Gate(runtime)
    yield gate
    gate.open()


def finished(job):
    assert job.wait(PATIENCE_S)
    return job


def additive(explanation):
    return np.allclose(explanation.base + explanation.values.sum(axis=0), explanation.full, atol=1e-4)


def test_a_question_is_answered_and_its_answer_stored(service, ask, store):
    job = finished(service.submit(ask()))
    assert (job.state, job.done, job.cached, job.error, job.note) == ("done", True, False, None, "")
    assert (job.evaluations, job.planned) == (60, 60)
    assert additive(job.latest)
    np.testing.assert_array_equal(store.get(job.key).values, job.latest.values)


def test_a_stored_answer_is_there_at_once(service, ask, runtime, store):
    first = finished(service.submit(ask())).latest
    spent = runtime.evaluations
    job = service.submit(ask(kept_in=ExplanationStore(store.folder)))
    assert (job.state, job.cached, job.evaluations, joint_rate([job])) == ("done", True, 60, 0.0)
    assert runtime.evaluations == spent
    np.testing.assert_array_equal(job.latest.values, first.values)


def test_thirty_askers_of_five_questions_cost_five_computations(service, ask, runtime):
    jobs, start = [None] * 30, threading.Barrier(30)

    def viewer(number):
        start.wait()
        jobs[number] = finished(service.submit(ask(number % 5), session=f"viewer {number}"))

    viewers = [threading.Thread(target=viewer, args=(number,)) for number in range(30)]
    for thread in viewers:
        thread.start()
    for thread in viewers:
        thread.join()
    assert [job.state for job in jobs] == ["done"] * 30
    assert runtime.evaluations == 5 * 60
    for number, job in enumerate(jobs):
        assert job.latest.picture_hash == f"picture {number % 5}"
        np.testing.assert_array_equal(job.latest.values, jobs[number % 5].latest.values)
    assert len({job.latest.values.tobytes() for job in jobs}) == 5


def test_settings_that_do_not_fit_are_refused_when_asked(service, ask):
    with pytest.raises(SettingRefused, match="blur_px is 9"):
        service.submit(ask(blur_px=9))


def test_a_partial_answer_is_additive_and_progress_is_told_while_it_runs(service, ask, gate, clock):
    job = service.submit(ask())
    gate.await_model()
    assert (job.state, job.evaluations, job.latest, joint_rate([job])) == ("running", 0, None, 0.0)
    gate.step()
    clock.time += 1
    assert (job.evaluations, job.planned, joint_rate([job])) == (2, 60, 2.0)
    assert job.latest.evaluations == 2
    assert additive(job.latest)
    gate.step()
    assert job.evaluations == 4
    assert additive(job.latest)
    gate.open()
    assert finished(job).latest.evaluations == 60


def test_jobs_that_take_turns_have_a_rate_together_and_stored_answers_none(service, ask, gate, clock):
    jobs = [service.submit(ask(number)) for number in range(2)]
    gate.await_model()
    gate.step()
    clock.time += 1
    assert joint_rate(jobs) == joint_rate(jobs[:1]) == 2.0
    assert joint_rate(jobs[1:]) == 0.0
    gate.open()
    assert [joint_rate([finished(job)]) for job in jobs] == [60.0, 0.0]
    assert joint_rate(jobs) == 120.0
    assert joint_rate([*jobs, service.submit(ask())]) == 120.0


class NotingStore(ExplanationStore):
    """Store that records the pictures in the order in which their answers are stored."""

    def __init__(self, folder):
        super().__init__(folder)
        self.noted = []

    def put(self, key, explanation):
        self.noted.append(explanation.picture_hash)
        super().put(key, explanation)


@pytest.fixture
def noting(tmp_path):
    return NotingStore(tmp_path / "noting")


def test_sessions_take_turns_so_one_map_is_not_stuck_behind_fifty(service, ask, gate, noting):
    many = [service.submit(ask(number, kept_in=noting), session="many") for number in range(4)]
    gate.await_model()
    one = service.submit(ask(9, kept_in=noting), session="one")
    gate.open()
    assert [finished(job).state for job in (*many, one)] == ["done"] * 5
    assert noting.noted == ["picture 0", "picture 9", "picture 1", "picture 2", "picture 3"]


def test_a_wider_service_computes_two_jobs_side_by_side_and_each_alone_at_a_time(
    service, ask, gate, runtime, computed_elsewhere
):
    service.widen(2)
    jobs = [service.submit(ask(number), session="one") for number in range(3)]
    gate.await_model()
    gate.await_model()
    assert [job.state for job in jobs] == ["running", "running", "waiting"]
    jobs[0].cancel()
    gate.open()
    gate.open()
    assert [finished(job).state for job in jobs] == ["cancelled", "done", "done"]
    assert runtime.evaluations <= 3 * 60
    for number in (1, 2):
        np.testing.assert_array_equal(jobs[number].latest.values, computed_elsewhere(number).values)


def test_a_wider_service_gives_every_session_its_turn(service, ask, gate):
    service.widen(2)
    many = [service.submit(ask(number), session="many") for number in range(6)]
    gate.await_model()
    gate.await_model()
    one = service.submit(ask(9), session="one")
    while not any(job.state == "running" for job in (*many[2:], one)):
        gate.step()
    assert (one.state, [job.state for job in many[2:]]) == ("running", ["waiting"] * 4)
    gate.open()
    gate.open()
    assert [finished(job).state for job in (*many, one)] == ["done"] * 7


def test_cancelling_stops_within_a_batch_and_keeps_a_valid_partial_answer(service, ask, runtime, gate):
    job = service.submit(ask())
    gate.await_model()
    gate.step()
    gate.step()
    job.cancel()
    assert (job.state, job.note, job.over) == ("cancelled", "It was cancelled.", True)
    after = service.submit(ask(1))
    gate.open()
    finished(after)
    assert job.latest.evaluations == 12
    assert runtime.evaluations == 12 + 60
    assert additive(job.latest)
    job.cancel()
    assert job.state == "cancelled"


def test_a_job_cancelled_before_its_turn_costs_nothing(service, ask, runtime, gate):
    first = service.submit(ask(0))
    gate.await_model()
    waiting = service.submit(ask(1))
    waiting.cancel()
    gate.open()
    finished(first)
    assert (waiting.state, waiting.latest, waiting.evaluations) == ("cancelled", None, 0)
    assert runtime.evaluations == 60


def test_one_asker_s_cancel_is_not_another_s(service, ask, runtime, gate):
    one, other = service.submit(ask(), session="one"), service.submit(ask(), session="other")
    gate.await_model()
    one.cancel()
    gate.open()
    assert finished(other).done
    assert (one.state, runtime.evaluations) == ("cancelled", 60)


def test_asked_again_after_a_cancel_it_goes_on_where_it_was(service, ask, runtime, gate):
    job = service.submit(ask())
    gate.await_model()
    gate.step()
    gate.step()
    job.cancel()
    again = service.submit(ask())
    gate.open()
    assert finished(again).done
    assert runtime.evaluations == 60


@pytest.fixture
def computed_elsewhere(ask, new_runtime, tmp_path):
    """Function that returns the answer that another process, with a store of its own, has to a question."""

    def computed(number=0, **settings):
        question = ask(number, of=new_runtime(), kept_in=ExplanationStore(tmp_path / "elsewhere"), **settings)
        return explain(question)[0]

    return computed


def test_a_larger_budget_goes_on_from_the_smaller_one(service, ask, runtime, computed_elsewhere):
    finished(service.submit(ask(evaluations=31)))
    larger = finished(service.submit(ask(evaluations=90)))
    assert runtime.evaluations == 90
    np.testing.assert_array_equal(larger.latest.values, computed_elsewhere(evaluations=90).values)


def test_a_job_that_nobody_polls_for_twenty_seconds_stops_and_keeps_its_answer(service, ask, gate, clock):
    left, watched = service.submit(ask(0), session="left"), service.submit(ask(1), session="watched")
    gate.await_model()
    gate.step()
    clock.time += 15
    watched.poll()
    clock.time += 6
    gate.open()
    assert finished(watched).done
    assert left.state == "cancelled"
    assert left.note == "It was stopped: nobody had looked at it for 20 seconds."
    assert left.latest is not None
    assert additive(left.latest)


def test_polling_keeps_a_job_alive(service, ask, gate, clock):
    job = service.submit(ask())
    gate.await_model()
    for _ in range(5):
        clock.time += 15
        job.poll()
        gate.step()
    gate.open()
    assert finished(job).done


def test_outputs_that_mean_nothing_fail_the_job_with_a_sentence_and_nobody_else(service, ask, runtime, store):
    runtime.spoil = lambda logits: logits * np.nan
    bad = finished(service.submit(ask(0)))
    assert (bad.state, bad.latest) == ("failed", None)
    assert isinstance(bad.error, ExplanationFailed)
    assert "not finite" in bad.error.sentence
    runtime.spoil = lambda logits: logits
    assert finished(service.submit(ask(1))).done
    assert finished(service.submit(ask(0))).done
    assert store.get(bad.key) is not None


def test_a_fault_of_our_own_fails_one_job_with_a_sentence_and_leaves_a_trace(service, ask, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(question_module, "Computation", lambda *_: 1 / 0)
        job = finished(service.submit(ask(0)))
    assert job.state == "failed"
    assert str(job.error) == "The explanation failed: ZeroDivisionError: division by zero."
    assert "Traceback" in caplog.text
    assert finished(service.submit(ask(1))).done


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_dies_is_replaced_and_its_job_fails_with_a_sentence(service, ask, runtime, caplog):
    def die(_inputs):
        raise SystemExit

    runtime.before = die
    job = service.submit(ask(0))
    for thread in threading.enumerate():
        if thread.name == "explanations":
            thread.join(PATIENCE_S)
    runtime.before = lambda _inputs: None
    assert job.state == "running"
    job.poll()
    assert job.state == "failed"
    assert job.error.sentence == (
        "The worker died while it explained the picture. Ask again; a new worker has taken its place."
    )
    assert "a new one takes its place" in caplog.text
    assert finished(service.submit(ask(0))).done


@pytest.fixture
def refusing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    return ExplanationStore(tmp_path / "file" / "explanations")


def test_a_disk_that_refuses_leaves_the_answer_in_memory_with_a_note(service, ask, runtime, refusing, caplog):
    job = finished(service.submit(ask(kept_in=refusing)))
    assert (job.done, job.error) == (True, None)
    assert "cannot be written: Not a directory." in job.note
    assert job.note.endswith("The answer stays in memory until the server restarts.")
    assert "cannot be written" in caplog.text
    again = service.submit(ask(kept_in=refusing))
    assert (again.done, runtime.evaluations) == (True, 60)
    np.testing.assert_array_equal(again.latest.values, job.latest.values)


def test_memory_is_bounded_oldest_first(service, ask, runtime, refusing, monkeypatch):
    monkeypatch.setattr(kept, "UNSTORED_ANSWERS", 2)
    # Room for the logits of two searches, of 60 evaluations with 5 labels of 4 bytes.
    monkeypatch.setattr(kept, "LOGITS_BYTES", 2 * 60 * 5 * 4)
    for number in range(4):
        finished(service.submit(ask(number, kept_in=refusing)))
    spent = runtime.evaluations
    assert [service.submit(ask(number, kept_in=refusing)).cached for number in (2, 3)] == [True, True]
    # A smaller budget is answered from logits, which are there for the last two only.
    finished(service.submit(ask(3, evaluations=40, kept_in=refusing)))
    assert runtime.evaluations == spent
    finished(service.submit(ask(0, evaluations=40, kept_in=refusing)))
    assert runtime.evaluations == spent + 40


def test_what_another_process_stored_meanwhile_is_not_computed(service, ask, runtime, gate, computed_elsewhere):
    first = service.submit(ask(0))
    gate.await_model()
    waiting = service.submit(ask(1))
    answer = computed_elsewhere(1)
    ask().store.put(waiting.key, answer)
    gate.open()
    finished(first)
    assert (finished(waiting).state, waiting.cached) == ("done", True)
    assert runtime.evaluations == 60
    np.testing.assert_array_equal(waiting.latest.values, answer.values)


def test_closing_cancels_what_is_on_its_way_and_refuses_what_comes(ask, runtime):
    service, gate = ExplanationService(), Gate(runtime)
    running, waiting = service.submit(ask(0)), service.submit(ask(1))
    gate.await_model()
    gate.open()
    service.close()
    assert {running.state, waiting.state} <= {"cancelled", "done"}
    assert waiting.over
    with pytest.raises(ExplanationFailed, match="has been closed"):
        service.submit(ask(2))


def test_waiting_ends_in_time(service, ask, gate):
    job = service.submit(ask())
    gate.await_model()
    assert job.wait(0) is False
    gate.open()
    assert job.wait(PATIENCE_S) is True
