"""Explanations ahead of time: which pictures, and what happens where one cannot be explained."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import PoolHere
from xai_core.errors import NameUnknown, StoreRefused
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.precompute import explain_pictures, mistakes_with_companions, settings_for, without_explanation


@pytest.fixture
def settings(tiny_study):
    return ExplainSettings.fitting(tiny_study.spec.input_size, len(tiny_study.labels), evaluations=20)


def test_each_mistake_is_followed_by_its_companions_and_none_comes_twice(tiny_study):
    found = list(mistakes_with_companions(tiny_study))
    assert found[0] in {"pork_chop/4", "pork_chop/5"}
    assert all(image_id.startswith("pork_chop/") for image_id in found[1:4])
    assert len(set(found)) == len(found)
    assert "ravioli/5" in found


def test_a_pair_can_be_chosen(tiny_study):
    found = list(mistakes_with_companions(tiny_study, ("ravioli", "pork_chop")))
    assert found[0] == "ravioli/5"
    assert {image_id.split("/")[0] for image_id in found} == {"ravioli"}


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [(("pizza", "ravoli"), "no class 'ravoli'"), (("pizza", "ravioli"), "no pair 'pizza:ravioli'")],
)
def test_an_unknown_pair_is_refused(tiny_study, pair, sentence):
    with pytest.raises(NameUnknown, match=sentence):
        list(mistakes_with_companions(tiny_study, pair))


def test_explained_pictures_are_in_the_store_and_an_unreadable_one_is_reported(tiny_study, settings):
    image_ids = ["pork_chop/4", "pizza/1", "pizza/2"]
    tiny_study.data.path("pizza/1").write_bytes(b"no picture")
    assert without_explanation(tiny_study, image_ids, settings) == image_ids
    unreadable, steps = {}, []
    explain_pictures(
        tiny_study,
        image_ids,
        settings,
        progress=lambda *step: steps.append(step),
        set_aside=lambda image_id, fault: unreadable.update({image_id: str(fault)}),
    )
    assert list(unreadable) == ["pizza/1"]
    assert without_explanation(tiny_study, image_ids, settings) == ["pizza/1"]
    assert (steps[0], steps[-1]) == ((0, 60), (60, 60))
    assert steps == sorted(steps)


def test_workers_go_on_from_smaller_budgets_and_end_where_one_process_ends(tiny_study, settings):
    image_ids, store = ["pork_chop/4", "ravioli/5"], ExplanationStore(tiny_study.explanations)
    larger, runtime = replace(settings, evaluations=50), tiny_study.open_runtime()

    def by_workers(chosen):
        pool = PoolHere()
        explain_pictures(tiny_study, image_ids, chosen, set_aside=lambda *_: None, pool=pool)
        return pool.items

    assert [item.known for item in by_workers(settings)] == [None, None]
    keys = [tiny_study.question(image_id, larger, runtime, store).search_key for image_id in image_ids]
    items = by_workers(larger)
    assert [item.known[0] for item in items] == keys
    assert [len(item.known[1]) for item in items] == [20, 20]
    for image_id in image_ids:
        here = tiny_study.question(image_id, larger, runtime, MemoryStore())
        np.testing.assert_array_equal(store.get(here.key).values, explain(here)[0].values)
    # What is known is not evaluated again: a mark on it is found in what the workers return.
    for key in keys:
        store.put_logits(key, store.get_logits(key) + 1)
    by_workers(replace(settings, evaluations=70))
    for key, item in zip(keys, items, strict=True):
        np.testing.assert_array_equal(store.get_logits(key)[:20], item.known[1] + 1)


def test_a_disk_that_refuses_an_explanation_ends_the_work(tiny_study, settings, monkeypatch):
    def full(_store, _key, _explanation):
        raise StoreRefused("The disk is full.")

    monkeypatch.setattr(ExplanationStore, "put", full)
    with pytest.raises(StoreRefused, match="The disk is full"):
        explain_pictures(tiny_study, ["pizza/1"], settings, set_aside=lambda *_: None)


def test_correct_pictures_are_stored_as_companions_and_mistakes_as_asked(tiny_study, settings):
    asked = replace(settings, evaluations=300)
    assert settings_for(tiny_study, "pork_chop/4", asked).evaluations == 300
    assert settings_for(tiny_study, "pizza/2", asked).evaluations == 100
