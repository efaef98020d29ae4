"""Questions go on from earlier searches, end early where the map settles, and are steered by named labels."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.engines.partition import PartitionSearch
from xai_core.errors import SettingRefused, StoreRefused
from xai_core.explain.computation import Computation
from xai_core.explain.question import explain
from xai_core.explain.queue.service import ExplanationService
from xai_core.explain.store import LOGITS, LOGITS_SHARE, ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings

PATIENCE_S = 60


def as_after_a_restart(store):
    return ExplanationStore(store.folder)


def test_a_larger_budget_starts_at_the_next_evaluation_after_a_restart_too(ask, runtime, store, new_runtime, tmp_path):
    explain(ask(evaluations=30))
    told = []
    larger, cached = explain(
        ask(evaluations=100, kept_in=as_after_a_restart(store)), progress=lambda done, _: told.append(done)
    )
    assert (runtime.evaluations, told[0], cached) == (100, 32, False)
    other = ask(evaluations=100, of=new_runtime(), kept_in=ExplanationStore(tmp_path / "other"))
    straight, _ = explain(other)
    np.testing.assert_array_equal(larger.values, straight.values)
    np.testing.assert_array_equal(larger.region_of, straight.region_of)


def test_a_smaller_budget_costs_nothing_at_all(ask, runtime):
    explain(ask(evaluations=90))
    smaller, cached = explain(ask(evaluations=40))
    assert (smaller.evaluations, cached, runtime.evaluations) == (40, False, 90)


def test_the_service_goes_on_after_a_restart_too(ask, runtime, store):
    for evaluations in (30, 100):
        service = ExplanationService()
        job = service.submit(ask(evaluations=evaluations, kept_in=as_after_a_restart(store)))
        assert job.wait(PATIENCE_S)
        assert (job.state, job.evaluations) == ("done", evaluations)
        service.close()
    assert runtime.evaluations == 100


def test_logits_that_are_damaged_or_another_search_s_are_computed_again(ask, runtime, store, caplog):
    explain(ask(evaluations=30))
    assert not caplog.text
    (kept,) = store.folder.glob(f"*{LOGITS}")
    kept.write_bytes(kept.read_bytes()[:-30])
    explain(ask(evaluations=50))
    assert runtime.evaluations == 30 + 50
    assert f"Stored evaluations that cannot be read are computed again ({kept.name})" in caplog.text
    other = ask(1)
    (stored,) = store.folder.glob(f"*{LOGITS}")
    store.put_logits(other.search_key, np.zeros((2, 5), np.float32))
    (place,) = set(store.folder.glob(f"*{LOGITS}")) - {stored}
    stored.replace(place)
    explain(other)
    assert runtime.evaluations == 30 + 50 + 60


def test_logits_take_a_fourth_of_the_store_s_bound_at_most(tmp_path):
    store = ExplanationStore(tmp_path, max_bytes=100_000)
    for number in range(40):
        store.put_logits(f"search {number}", np.full((50, 20), number, np.float32))
        kept = [path.stat().st_size for path in tmp_path.glob(f"*{LOGITS}")]
        assert sum(kept) <= 100_000 // LOGITS_SHARE + 5_000
    np.testing.assert_array_equal(store.get_logits("search 39"), np.full((50, 20), 39, np.float32))
    assert store.get_logits("search 0") is None
    store.put_logits("too large", np.zeros((1000, 20), np.float32))
    assert store.get_logits("too large") is None


def test_a_disk_that_takes_no_logits_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreRefused, match="cannot be written"):
        ExplanationStore(tmp_path / "file" / "store").put_logits("search", np.zeros((2, 3), np.float32))


# --- settling -----------------------------------------------------------------------------------------------------


def searched(settings, of_picture):
    """The search of a 64 x 64 picture by a function of which pixels are shown."""
    search = PartitionSearch(np.zeros((64, 64, 3), np.uint8), settings)
    while coalitions := search.ask():
        rows = []
        for coalition in coalitions:
            mask = np.zeros((64, 64), bool)
            for top, bottom, left, right in coalition:
                mask[top:bottom, left:right] = True
            rows.append(of_picture(mask))
        search.tell(np.array(rows))
    return search


def one_quarter(mask):
    """Return logits that depend on the shown share of the upper left quarter alone."""
    return [mask[:32, :32].mean() * 3, 0.5]


def test_a_search_with_little_left_to_place_ends_early():
    settings = ExplainSettings(evaluations=2000, settle=0.05, search_width=20)
    search = searched(settings, one_quarter)
    assert search.finished
    assert search.evaluations < 200
    assert 0 < search.work_left <= 0.05 * 3


def test_the_smaller_the_share_the_longer_it_goes_on():
    spent = [
        searched(ExplainSettings(evaluations=600, settle=share, search_width=20), one_quarter).evaluations
        for share in (0.2, 0.02, 0.0)
    ]
    assert spent == sorted(set(spent))
    assert spent[-1] == 600


def test_where_hiding_everything_changes_nothing_it_does_not_end_before_it_has_looked():
    settings = ExplainSettings(evaluations=100, settle=0.5, search_width=20)
    assert searched(settings, lambda mask: [float(0 < mask.mean() < 1), 0.5]).evaluations == 100


def test_progress_ends_where_the_map_settles(ask):
    told = []
    question = ask(evaluations=700, settle=0.3)
    explanation, _ = explain(question, progress=lambda *numbers: told.append(numbers))
    assert explanation.evaluations < 700
    assert told[0] == (2, 700)
    assert told[-1] == (explanation.evaluations, explanation.evaluations)
    assert explain(question)[1]


# --- steering -----------------------------------------------------------------------------------------------------


def test_a_named_label_steers_besides_the_likeliest(ask):
    top = explain(ask(steer_top=1, evaluations=40))[0]
    least = top.labels[int(np.argmin(top.full))]
    both = explain(ask(steer_top=1, steer_labels=(least,), evaluations=40))[0]
    alone = explain(ask(steer_top=0, steer_labels=(least,), evaluations=40))[0]
    assert len({answer.region_of.tobytes() for answer in (top, both, alone)}) == 3


def test_naming_a_label_that_steers_already_changes_nothing(ask):
    top = explain(ask(steer_top=1))[0]
    likeliest = top.labels[int(np.argmax(top.full))]
    named = explain(ask(steer_top=1, steer_labels=(likeliest,)))[0]
    np.testing.assert_array_equal(named.values, top.values)


def test_a_steering_label_that_the_model_lacks_is_refused(ask):
    with pytest.raises(SettingRefused, match="steer_labels is haggis; expected labels that the model has"):
        explain(ask(steer_labels=("haggis",)))


def test_named_labels_come_back_from_the_store(ask, store):
    question = ask(steer_labels=("pizza",), mask="colour", colour=(1, 2, 3))
    explain(question)
    back = as_after_a_restart(store).get(question.key)
    assert back.settings == question.settings


def test_a_known_search_goes_on_with_its_named_labels(ask):
    question = ask(steer_labels=("pizza",), evaluations=40)
    explain(question)
    larger = replace(question, settings=replace(question.settings, evaluations=80))
    assert Computation(larger, question.store.get_logits(larger.search_key)).evaluations == 40
