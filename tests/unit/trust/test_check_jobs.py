"""Checks in the service's queue: shared, stopped within a few evaluations, and stored as what the model said."""

import threading

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.service import ExplanationService
from xai_core.settings import ExplainSettings
from xai_core.trust import check_jobs
from xai_core.trust.check_jobs import Case, Check
from xai_core.trust.curves import EVALUATIONS, falling
from xai_core.trust.plan import Plan
from xai_core.trust.target import Target

SIDE = 16
WEIGHTS = np.outer(np.arange(SIDE), np.ones(SIDE)) / SIDE**2
PORK = Target("pork_chop")
PATIENCE_S = 60


@pytest.fixture
def service():
    service = ExplanationService()
    yield service
    service.close()


@pytest.fixture
def case(asked, tmp_path):
    """Makes a white picture before a linear model; with a store, the same one again."""

    def of(kept_in=None, picture_hash="white"):
        white = asked(WEIGHTS)
        return Case(white.runtime, white.view, picture_hash, white.settings, kept_in or check_jobs.store(tmp_path))

    return of


def curves(case, target=PORK):
    return check_jobs.curves_of(case, falling(WEIGHTS), target)


def answered(service, check):
    job = service.submit(check)
    assert job.wait(PATIENCE_S)
    assert job.error is None, job.error
    return job


class Hold:
    """Stops a model before each evaluation but the first few, until it is let go."""

    def __init__(self, runtime, after):
        self.arrived, self.open = threading.Event(), threading.Event()
        plain, left = runtime.logits, [after]

        def logits(inputs):
            left[0] -= 1
            if left[0] < 0:
                self.arrived.set()
                assert self.open.wait(PATIENCE_S)
            return plain(inputs)

        runtime.logits = logits


def test_a_check_is_answered_in_the_queue_and_found_again_without_an_evaluation(service, case):
    of = case()
    job = answered(service, curves(of))
    assert (job.evaluations, job.planned, job.cached, job.note) == (EVALUATIONS, EVALUATIONS, False, "")
    assert job.latest.insertion[-1] == pytest.approx(WEIGHTS.sum(), rel=1e-5)
    again = case()
    stored = ExplanationService().submit(curves(again))
    assert (stored.done, stored.cached, stored.evaluations, again.runtime.evaluations) == (True, True, EVALUATIONS, 0)
    np.testing.assert_array_equal(stored.latest.deletion, job.latest.deletion)


def test_what_is_stored_serves_another_class_as_well(service, case):
    answered(service, curves(case()))
    other = case()
    job = answered(service, curves(other, Target("ravioli", "pork_chop")))
    assert (job.cached, other.runtime.evaluations) == (True, 0)
    np.testing.assert_allclose(job.latest.insertion[-1], -2 * WEIGHTS.sum(), rtol=1e-5)


def test_two_classes_asked_at_the_same_time_get_each_their_own_answer(service, case):
    of = case()
    hold = Hold(of.runtime, after=0)
    jobs = [service.submit(curves(of, target)) for target in (PORK, Target("ravioli"))]
    hold.open.set()
    assert all(job.wait(PATIENCE_S) for job in jobs)
    np.testing.assert_allclose(jobs[0].latest.insertion, -jobs[1].latest.insertion, rtol=1e-5)


def test_equal_checks_cost_one_computation(service, case):
    of = case()
    hold = Hold(of.runtime, after=0)
    jobs = [service.submit(curves(of), session=f"viewer {number}") for number in range(5)]
    hold.open.set()
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert of.runtime.evaluations == EVALUATIONS


def test_curves_grow_as_they_are_computed(service, case):
    of = case()
    hold = Hold(of.runtime, after=2)
    job = service.submit(curves(of))
    assert hold.arrived.wait(PATIENCE_S)
    known = np.isfinite(job.latest.insertion)
    assert (job.evaluations, known.sum(), known[:16].all()) == (16, 16, True)
    assert np.isnan(job.latest.gain)
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert np.isfinite(job.latest.gain)


def test_a_stop_comes_within_a_few_evaluations_and_what_was_found_is_not_asked_again(service, case, tmp_path):
    of = case()
    hold = Hold(of.runtime, after=2)
    job = service.submit(curves(of))
    assert hold.arrived.wait(PATIENCE_S)
    job.cancel()
    hold.open.set()
    assert job.state == "cancelled"
    service.close()
    assert of.runtime.evaluations == 24
    after_a_restart, fresh = case(), ExplanationService()
    assert answered(fresh, curves(after_a_restart)).done
    fresh.close()
    assert after_a_restart.runtime.evaluations == EVALUATIONS - 24


def test_trials_come_with_what_is_known_so_far(service, case):
    of = case()
    hold = Hold(of.runtime, after=3)
    job = service.submit(check_jobs.trials_of(of, PORK))
    assert hold.arrived.wait(PATIENCE_S)
    assert sum(int(np.isfinite(each).sum()) for each in job.latest.actual.values()) == 23
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert (job.planned, job.latest.prediction(WEIGHTS).word) == (65, "good")


def test_what_concludes_from_all_or_nothing_has_no_answer_before_its_end(service, case):
    of = case()
    hold = Hold(of.runtime, after=2)
    plan = Plan(24, lambda _place: np.ones((SIDE, SIDE), bool), lambda logits: logits.sum())
    job = service.submit(Check(of, "whole", "", 24, lambda: plan))
    assert hold.arrived.wait(PATIENCE_S)
    assert (job.evaluations, job.latest) == (16, None)
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert job.latest is not None


def test_a_disk_that_refuses_keeps_the_answer_with_a_note(service, case, tmp_path):
    (tmp_path / "file").write_text("in the way")
    of = case(check_jobs.store(tmp_path / "file"))
    job = answered(service, curves(of))
    assert job.note.endswith("Until the server is restarted it is kept in memory.")
    assert answered(service, curves(of)).done
    assert of.runtime.evaluations == EVALUATIONS


def test_of_a_picture_that_is_not_to_be_kept_nothing_is_written(service, case, tmp_path):
    of = case(MemoryStore())
    answered(service, curves(of))
    answered(service, curves(of))
    assert of.runtime.evaluations == EVALUATIONS
    service.close()
    assert list(tmp_path.rglob("*")) == []


def test_a_damaged_entry_is_computed_again(service, case, tmp_path):
    answered(service, curves(case()))
    service.close()
    (entry,) = (tmp_path / check_jobs.FOLDER).iterdir()
    entry.write_bytes(b"half a file")
    of, fresh = case(), ExplanationService()
    answered(fresh, curves(of))
    fresh.close()
    assert of.runtime.evaluations == EVALUATIONS


def test_a_conclusion_that_fails_fails_its_check_with_a_sentence_and_no_other(service, case, caplog):
    of = case()
    plan = Plan(8, lambda _place: np.ones((SIDE, SIDE), bool), lambda _logits: 1 / 0)
    job = service.submit(Check(of, "wrong", "", 8, lambda: plan))
    assert job.wait(PATIENCE_S)
    assert (job.state, job.latest) == ("failed", None)
    assert "ZeroDivisionError" in job.error.sentence
    assert answered(service, curves(of)).done


def test_a_mask_that_does_not_fit_is_refused_when_asked(service, case):
    of = case()
    blurred = Case(of.runtime, of.view, "white", ExplainSettings(blur_px=SIDE + 1, steer_top=1), of.store)
    with pytest.raises(SettingRefused, match="blur is 17; expected at most 16 pixels"):
        service.submit(curves(blurred))


@pytest.mark.parametrize(
    "change",
    [
        lambda of: check_jobs.curves_of(of, falling(-WEIGHTS), PORK),
        lambda of: check_jobs.trials_of(of, PORK),
        lambda of: check_jobs.trials_of(of, PORK, seed=1),
        lambda of: curves(Case(of.runtime, of.view, "another", of.settings, of.store)),
        lambda of: curves(Case(of.runtime, of.view, "white", ExplainSettings(mask="mean"), of.store)),
    ],
)
def test_what_changes_the_masked_pictures_changes_the_name_of_what_is_stored(case, change):
    of = case()
    assert change(of).search_key != curves(of).search_key


def test_the_budget_of_the_map_is_no_part_of_the_name(case):
    of = case()
    richer = Case(of.runtime, of.view, "white", ExplainSettings(mask="colour", colour=(0, 0, 0)), of.store)
    assert curves(richer).search_key == curves(of).search_key
