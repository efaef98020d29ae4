"""Explanations that are not to be kept are held while there is room, and never on any disk."""

import threading
from dataclasses import replace

import numpy as np

from xai_core.explain.explanation import Explanation
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.queue.service import ExplanationService
from xai_core.settings.explain_settings import ExplainSettings

# 100 pixels of 4 bytes and 5 labels with a region, a base and a full logit of 4 bytes.
SIZE = 100 * 4 + 3 * 5 * 4


def explanation(evaluations=2):
    return Explanation(
        region_of=np.zeros((10, 10), np.int32),
        values=np.zeros((1, 5), np.float32),
        base=np.zeros(5, np.float32),
        full=np.zeros(5, np.float32),
        evaluations=evaluations,
        work_left=0.0,
        seconds=0.1,
        settings=ExplainSettings(evaluations=evaluations),
        labels=("a", "b", "c", "d", "e"),
        model_id="model",
        picture_hash="picture",
        engine_version=1,
        runtime="toy cpu",
    )


def test_what_was_put_is_given_back_and_nothing_else():
    store, held = MemoryStore(), explanation()
    store.put("one", held)
    assert store.get("one") is held
    assert store.get("other") is None


def test_the_entry_used_longest_ago_leaves_when_there_is_no_room():
    store = MemoryStore(max_bytes=2 * SIZE)
    store.put("first", explanation())
    store.put("second", explanation())
    assert store.get("first") is not None
    store.put("third", explanation())
    assert [key for key in ("first", "second", "third") if store.get(key)] == ["first", "third"]


def test_a_better_answer_to_the_same_question_takes_the_place_of_the_first():
    store = MemoryStore(max_bytes=SIZE)
    store.put("one", explanation())
    better = replace(explanation(), evaluations=300)
    store.put("one", better)
    assert store.get("one") is better


def test_what_is_larger_than_all_the_room_is_not_held_and_does_no_harm():
    store = MemoryStore(max_bytes=SIZE - 1)
    store.put("one", explanation())
    assert store.get("one") is None


def test_logits_of_a_search_are_not_held():
    store = MemoryStore()
    store.put_logits("search", np.ones((3, 5), np.float32))
    assert store.get_logits("search") is None


def test_two_stores_are_two_places_to_a_service_and_neither_is_a_folder():
    first, second = MemoryStore(), MemoryStore()
    assert first.folder != second.folder
    first.put("one", explanation())
    assert second.get("one") is None
    assert not first.folder.exists()


def test_threads_may_put_and_get_at_once():
    store, faults = MemoryStore(max_bytes=3 * SIZE), []

    def use(number):
        try:
            for turn in range(200):
                store.put(f"{number} {turn % 5}", explanation())
                store.get(f"{(number + 1) % 4} {turn % 5}")
        except (KeyError, RuntimeError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not faults


def test_a_service_finds_in_it_what_it_computed_and_writes_nothing(ask, runtime, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    service, store = ExplanationService(), MemoryStore()
    try:
        assert service.submit(ask(kept_in=store)).wait(timeout_s=30)
        spent = runtime.evaluations
        again = service.submit(ask(kept_in=store))
        assert again.wait(timeout_s=30)
    finally:
        service.close()
    assert again.cached
    assert runtime.evaluations == spent
    assert list(tmp_path.iterdir()) == []
