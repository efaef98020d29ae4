"""One question, computed a few pictures at a time: progress, partial answers, faults in words, and what is stored."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import ExplanationFailed, ModelRefused, SettingRefused, StoreRefused
from xai_core.explain.computation import Computation
from xai_core.explain.evaluate import CHUNK
from xai_core.explain.question import explain, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.settings.engine_table import ENGINES


def run(computation):
    while not computation.finished:
        for _ in computation.batch():
            pass
    return computation


def computed(question, known=None):
    return run(Computation(question, known))


def test_a_picture_s_hash_is_that_of_its_bytes_in_every_process():
    assert picture_hash(b"pork chop") == "b56e149eb2ee9a3925630014"
    assert picture_hash(b"pork chop ") != picture_hash(b"pork chop")


def test_the_answer_names_its_question_and_where_it_was_computed(ask):
    question = ask(3)
    explanation, cached = explain(question)
    assert not cached
    assert explanation.key == question.key
    assert explanation.settings == question.settings
    assert (explanation.model_id, explanation.picture_hash, explanation.runtime) == ("toy", "picture 3", "toy cpu")
    assert explanation.engine_version == ENGINES["partition"].version
    assert explanation.labels == question.runtime.spec.labels
    assert explanation.evaluations == question.runtime.evaluations == 60
    assert explanation.seconds > 0


def test_base_is_the_hidden_and_full_the_shown_picture(ask, runtime):
    seen = []
    runtime.before = lambda inputs: seen.append(inputs.copy())
    explanation, _ = explain(ask(evaluations=2))
    hidden, shown = seen[0]
    np.testing.assert_allclose(shown, ask().view / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(explanation.full, runtime.logits(shown[None])[0])
    np.testing.assert_array_equal(explanation.base, runtime.logits(hidden[None])[0])


def test_progress_is_told_often_and_ends_at_what_was_planned(ask):
    told = []
    explain(ask(), progress=lambda done, planned: told.append((done, planned)))
    assert told[0] == (2, 60)
    assert told[-1] == (60, 60)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_the_second_time_takes_no_evaluation_after_a_restart_too(ask, runtime, store):
    first, _ = explain(ask())
    spent = runtime.evaluations
    again, cached = explain(ask(kept_in=ExplanationStore(store.folder)))
    assert cached
    assert runtime.evaluations == spent
    np.testing.assert_array_equal(again.values, first.values)


@pytest.mark.parametrize("change", [{"evaluations": 80}, {"blur_px": 3}, {"steer_top": 1}, {"search_width": 4}])
def test_another_setting_is_another_question(ask, runtime, change):
    explain(ask())
    spent = runtime.evaluations
    assert not explain(ask(**change))[1]
    assert runtime.evaluations > spent


def test_a_damaged_entry_is_computed_again_and_never_shown(ask, store, caplog):
    first, _ = explain(ask())
    (entry,) = store.folder.glob("*.npz")
    entry.write_bytes(entry.read_bytes()[:-40])
    again, cached = explain(ask())
    assert not cached
    np.testing.assert_array_equal(again.values, first.values)
    assert "Dropped a damaged explanation" in caplog.text


def test_after_every_few_pictures_there_is_an_additive_answer(ask):
    computation = Computation(ask())
    assert computation.answer() is None
    left = []
    while not computation.finished:
        for _ in computation.batch():
            now = computation.answer()
            np.testing.assert_allclose(now.base + now.values.sum(axis=0), now.full, atol=1e-4)
            assert now.evaluations == computation.evaluations
            left.append(now.work_left)
    assert left[-1] < left[0]


def test_pictures_are_evaluated_a_few_at_a_time_whatever_the_search_asks_for(ask, runtime):
    explain(ask(search_width=50, evaluations=102))
    # The queue holds one node at first, then 4, then 16: only then is it as wide as the search.
    assert runtime.batches == [2, 2, CHUNK, *[CHUNK] * 4, *[CHUNK] * 6, 2, CHUNK]


def test_an_answer_is_read_again_without_work_while_nothing_has_come(ask):
    computation = computed(ask())
    assert computation.answer() is computation.answer()


def test_going_on_from_known_logits_equals_straight_through_and_starts_at_the_next_evaluation(ask, runtime):
    straight = computed(ask(evaluations=100)).answer()
    small = computed(ask(evaluations=35))
    spent = runtime.evaluations
    resumed = computed(ask(evaluations=100), small.logits)
    assert runtime.evaluations - spent == 100 - 36
    np.testing.assert_array_equal(resumed.answer().values, straight.values)
    np.testing.assert_array_equal(resumed.answer().region_of, straight.region_of)


def test_searches_may_be_shared_between_budgets_and_nothing_else(ask, runtime):
    question = ask()
    assert ask(evaluations=1000).search_key == question.search_key
    others = [ask(1), ask(blur_px=3), ask(steer_top=1), ask(search_width=4)]
    runtime.name = "toy gpu"
    others.append(ask())
    assert question.search_key not in {other.search_key for other in others[:4]}
    assert len({other.search_key for other in others}) == 5


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"blur_px": 9}, "blur_px is 9; expected at most 8 pixels"),
        ({"steer_top": 6}, "steer_top is 6; expected at most 5"),
    ],
)
def test_settings_that_do_not_fit_the_model_are_refused_before_any_work(ask, runtime, settings, sentence):
    with pytest.raises(SettingRefused, match=sentence):
        explain(ask(**settings))
    assert runtime.evaluations == 0


def poisoned(logits):
    logits[-1, 2] = np.nan
    return logits


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (poisoned, r"not finite \(NaN or infinite\) for 1 of 2 pictures"),
        (lambda logits: logits[:, :3], r"outputs of shape \(2, 3\); expected \(2, 5\)"),
        (lambda logits: logits[:1], r"outputs of shape \(1, 5\); expected \(2, 5\)"),
        (lambda logits: logits.ravel(), r"outputs of shape \(10,\); expected \(2, 5\)"),
    ],
)
def test_outputs_that_mean_nothing_are_refused_and_nothing_is_stored(ask, runtime, store, spoil, sentence):
    runtime.spoil = spoil
    with pytest.raises(ExplanationFailed, match=sentence):
        explain(ask())
    assert not store.folder.exists()


def test_a_model_that_raises_is_told_in_a_sentence(ask, runtime):
    def out_of_memory(_inputs):
        raise MemoryError("bad allocation")

    runtime.before = out_of_memory
    with pytest.raises(ExplanationFailed, match="failed on a masked picture: MemoryError: bad allocation"):
        explain(ask())


def test_a_model_s_own_sentence_is_passed_on(ask, runtime):
    def refuse(_inputs):
        raise ModelRefused("The model file has changed.")

    runtime.before = refuse
    with pytest.raises(ModelRefused, match="has changed"):
        explain(ask())


def test_what_was_known_before_a_fault_is_still_an_answer(ask, runtime):
    def fail_later(_inputs):
        if runtime.evaluations >= 30:
            raise RuntimeError("lost")

    runtime.before = fail_later
    computation = Computation(ask())
    with pytest.raises(ExplanationFailed, match="RuntimeError: lost"):
        run(computation)
    partial = computation.answer()
    assert partial.evaluations == 30
    np.testing.assert_allclose(partial.base + partial.values.sum(axis=0), partial.full, atol=1e-4)


@pytest.fixture
def refusing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    return ExplanationStore(tmp_path / "file" / "explanations")


def test_a_disk_that_refuses_takes_nothing_from_the_asker(ask, refusing, caplog):
    faults = []
    explanation, cached = explain(ask(kept_in=refusing), refused=faults.append)
    assert (explanation.evaluations, cached) == (60, False)
    assert [type(fault) for fault in faults] == [StoreRefused]
    assert caplog.text == ""
    explain(ask(kept_in=refusing))
    assert "cannot be written: Not a directory. Free some space" in caplog.text


def test_a_small_picture_is_finished_before_its_budget(ask, runtime):
    runtime.spec = replace(runtime.spec, input_size=(2, 2))
    runtime._first = runtime._first[:12]
    question = replace(ask(evaluations=1000, blur_px=2), view=np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    told = []
    explanation, _ = explain(question, progress=lambda done, planned: told.append((done, planned)))
    assert explanation.values.shape == (4, 5)
    assert explanation.evaluations == 12
    assert explanation.work_left == 0
    assert told[0] == (2, 1000)
    assert told[-1] == (12, 12)
