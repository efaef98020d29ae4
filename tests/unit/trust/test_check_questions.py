"""Checks as jobs of the service, shared, cancelled early, and stored as logits."""

import threading

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust import check_questions
from xai_core.trust.check_questions import CheckedPicture, PlanQuestion
from xai_core.trust.curves import EVALUATIONS, pixels_by_value
from xai_core.trust.plan import EvaluationPlan

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
def checked(white_picture, tmp_path):
    """Factory of a white picture with a linear model, by default always with the same store."""

    def make(store=None, picture_hash="white"):
        white = white_picture(WEIGHTS)
        return CheckedPicture(
            white.runtime,
            white.view,
            picture_hash,
            white.settings,
            store or check_questions.open_check_store(tmp_path),
        )

    return make


def curves(picture, target=PORK):
    return check_questions.curves_question(picture, pixels_by_value(WEIGHTS), target)


def answer(service, question):
    job = service.submit(question)
    assert job.wait(PATIENCE_S)
    assert job.error is None, job.error
    return job


class Hold:
    """Gate that blocks a model after a few forward passes until it is opened."""

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


def test_a_check_is_answered_in_the_queue_and_then_read_from_the_store(service, checked):
    picture = checked()
    job = answer(service, curves(picture))
    assert (job.evaluations, job.planned, job.cached, job.note) == (EVALUATIONS, EVALUATIONS, False, "")
    assert job.latest.insertion[-1] == pytest.approx(WEIGHTS.sum(), rel=1e-5)
    again = checked()
    stored = ExplanationService().submit(curves(again))
    assert (stored.done, stored.cached, stored.evaluations, again.runtime.evaluations) == (True, True, EVALUATIONS, 0)
    np.testing.assert_array_equal(stored.latest.deletion, job.latest.deletion)


def test_stored_logits_answer_a_check_of_another_class_too(service, checked):
    answer(service, curves(checked()))
    other = checked()
    job = answer(service, curves(other, Target("ravioli", "pork_chop")))
    assert (job.cached, other.runtime.evaluations) == (True, 0)
    np.testing.assert_allclose(job.latest.insertion[-1], -2 * WEIGHTS.sum(), rtol=1e-5)


def test_simultaneous_checks_of_two_classes_each_get_their_own_answer(service, checked):
    picture = checked()
    hold = Hold(picture.runtime, after=0)
    jobs = [service.submit(curves(picture, target)) for target in (PORK, Target("ravioli"))]
    hold.open.set()
    assert all(job.wait(PATIENCE_S) for job in jobs)
    np.testing.assert_allclose(jobs[0].latest.insertion, -jobs[1].latest.insertion, rtol=1e-5)


def test_equal_checks_are_computed_once(service, checked):
    picture = checked()
    hold = Hold(picture.runtime, after=0)
    jobs = [service.submit(curves(picture), session=f"viewer {number}") for number in range(5)]
    hold.open.set()
    assert all(job.wait(PATIENCE_S) for job in jobs)
    assert picture.runtime.evaluations == EVALUATIONS


def test_curves_grow_as_they_are_computed(service, checked):
    picture = checked()
    hold = Hold(picture.runtime, after=2)
    job = service.submit(curves(picture))
    assert hold.arrived.wait(PATIENCE_S)
    known = np.isfinite(job.latest.insertion)
    assert (job.evaluations, known.sum(), known[:16].all()) == (16, 16, True)
    assert np.isnan(job.latest.gain)
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert np.isfinite(job.latest.gain)


def test_a_cancelled_check_stops_within_a_few_evaluations_and_continues_later(service, checked, tmp_path):
    picture = checked()
    hold = Hold(picture.runtime, after=2)
    job = service.submit(curves(picture))
    assert hold.arrived.wait(PATIENCE_S)
    job.cancel()
    hold.open.set()
    assert job.state == "cancelled"
    service.close()
    assert picture.runtime.evaluations == 24
    after_a_restart, fresh = checked(), ExplanationService()
    assert answer(fresh, curves(after_a_restart)).done
    fresh.close()
    assert after_a_restart.runtime.evaluations == EVALUATIONS - 24


def test_random_maskings_are_available_before_they_are_complete(service, checked):
    picture = checked()
    hold = Hold(picture.runtime, after=3)
    job = service.submit(check_questions.random_masking_question(picture, PORK))
    assert hold.arrived.wait(PATIENCE_S)
    assert sum(int(np.isfinite(changes).sum()) for changes in job.latest.measured.values()) == 23
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert (job.planned, job.latest.prediction(WEIGHTS).level) == (65, "good")


def test_a_plan_that_is_not_partial_has_no_answer_before_its_end(service, checked):
    picture = checked()
    hold = Hold(picture.runtime, after=2)
    plan = EvaluationPlan(24, lambda _number: np.ones((SIDE, SIDE), bool), lambda logits: logits.sum())
    job = service.submit(PlanQuestion(picture, "whole", "", 24, lambda: plan))
    assert hold.arrived.wait(PATIENCE_S)
    assert (job.evaluations, job.latest) == (16, None)
    hold.open.set()
    assert job.wait(PATIENCE_S)
    assert job.latest is not None


def test_on_a_full_disk_the_answer_stays_in_memory_with_a_note(service, checked, tmp_path):
    (tmp_path / "file").write_text("in the way")
    picture = checked(check_questions.open_check_store(tmp_path / "file"))
    job = answer(service, curves(picture))
    assert job.note.endswith("The answer stays in memory until the server restarts.")
    assert answer(service, curves(picture)).done
    assert picture.runtime.evaluations == EVALUATIONS


def test_nothing_is_written_of_a_picture_whose_store_is_in_memory(service, checked, tmp_path):
    picture = checked(MemoryStore())
    answer(service, curves(picture))
    answer(service, curves(picture))
    assert picture.runtime.evaluations == EVALUATIONS
    service.close()
    assert list(tmp_path.rglob("*")) == []


def test_a_damaged_entry_is_computed_again(service, checked, tmp_path):
    answer(service, curves(checked()))
    service.close()
    (entry,) = (tmp_path / check_questions.FOLDER).iterdir()
    entry.write_bytes(b"half a file")
    picture, fresh = checked(), ExplanationService()
    answer(fresh, curves(picture))
    fresh.close()
    assert picture.runtime.evaluations == EVALUATIONS


def test_an_exception_in_conclude_fails_its_own_check_alone(service, checked, caplog):
    picture = checked()
    plan = EvaluationPlan(8, lambda _number: np.ones((SIDE, SIDE), bool), lambda _logits: 1 / 0)
    job = service.submit(PlanQuestion(picture, "wrong", "", 8, lambda: plan))
    assert job.wait(PATIENCE_S)
    assert (job.state, job.latest) == ("failed", None)
    assert "ZeroDivisionError" in job.error.sentence
    assert answer(service, curves(picture)).done


def test_a_mask_that_does_not_fit_is_refused_on_submission(service, checked):
    picture = checked()
    blurred = CheckedPicture(
        picture.runtime, picture.view, "white", ExplainSettings(blur_px=SIDE + 1, steer_top=1), picture.store
    )
    with pytest.raises(SettingRefused, match="blur_px is 17; expected at most 16 pixels"):
        service.submit(curves(blurred))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: check_questions.curves_question(picture, pixels_by_value(-WEIGHTS), PORK),
        lambda picture: check_questions.random_masking_question(picture, PORK),
        lambda picture: check_questions.random_masking_question(picture, PORK, seed=1),
        lambda picture: curves(
            CheckedPicture(picture.runtime, picture.view, "another", picture.settings, picture.store)
        ),
        lambda picture: curves(
            CheckedPicture(picture.runtime, picture.view, "white", ExplainSettings(mask="mean"), picture.store)
        ),
    ],
)
def test_other_masked_pictures_have_another_search_key(checked, change):
    picture = checked()
    assert change(picture).search_key != curves(picture).search_key


def test_the_search_key_does_not_depend_on_the_budget_of_the_map(checked):
    picture = checked()
    richer = CheckedPicture(
        picture.runtime, picture.view, "white", ExplainSettings(mask="colour", colour=(0, 0, 0)), picture.store
    )
    assert curves(richer).search_key == curves(picture).search_key
