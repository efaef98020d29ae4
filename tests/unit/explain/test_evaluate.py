"""Searches that use places get answer rows with the shares of the labels that steer."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.explain.computation import Computation
from xai_core.explain.evaluate import evaluator_maker, row_evaluator_maker, used_grid

GRID = (2, 2)
HIDDEN_AND_WHOLE = ((), ((0, 8, 0, 8),))
SOME = (((0, 4, 0, 8),), ((2, 8, 1, 5),))


@pytest.fixture
def place_runtime(new_runtime):
    """The toy model, with its logits split over four places; `asked` has the labels of each call."""

    class PlaceRuntime(new_runtime):
        place_grid = GRID

        def __init__(self):
            super().__init__()
            self.asked = []

        def place_logits(self, inputs, labels):
            self.asked.append(list(labels))
            logits = self.logits(inputs)
            shares = logits[:, None, list(labels)] * np.float32([0.1, 0.2, 0.3, 0.4])[:, None]
            return logits, shares

    return PlaceRuntime()


@pytest.fixture
def composing_runtime(place_runtime):
    """Model that composes masked pictures itself."""

    class ComposingRuntime(type(place_runtime)):
        def masked(self, picture, hidden):
            return lambda coalitions: self.logits(composed(picture, hidden, coalitions))

        def masked_places(self, picture, hidden, labels):
            def rows(coalitions):
                logits, shares = self.place_logits(composed(picture, hidden, coalitions), labels)
                return np.concatenate([logits, shares.reshape(len(shares), -1)], axis=1)

            return rows

    return ComposingRuntime()


def composed(picture, hidden, coalitions):
    pictures = np.repeat(hidden[None], len(coalitions), axis=0)
    for out, coalition in zip(pictures, coalitions, strict=True):
        for top, bottom, left, right in coalition:
            out[top:bottom, left:right] = picture[top:bottom, left:right]
    return pictures


def both(question):
    """The rows of the first two coalitions and of two others."""
    new = row_evaluator_maker(question)
    return new()(HIDDEN_AND_WHOLE), new()(SOME)


def test_rows_have_all_logits_and_the_shares_of_the_labels_that_steer(ask, place_runtime):
    question = ask(of=place_runtime, engine="regions", steer_labels=("omelette",))
    for rows, coalitions in zip(both(question), (HIDDEN_AND_WHOLE, SOME), strict=True):
        logits = evaluator_maker(question)()(coalitions)
        full = evaluator_maker(question)()(HIDDEN_AND_WHOLE)[1]
        steering = [*np.argsort(-full, kind="stable")[:2], 4]
        steering = list(dict.fromkeys(map(int, steering)))
        np.testing.assert_array_equal(rows[:, :5], logits)
        shares = rows[:, 5:].reshape(2, 4, -1)
        np.testing.assert_allclose(shares.sum(axis=1), logits[:, steering], rtol=1e-5)
    assert place_runtime.asked == [[0, 1, 2, 3, 4], steering]


def test_a_runtime_that_composes_gives_the_same_rows(ask, place_runtime, composing_runtime):
    questions = [ask(of=runtime, engine="regions") for runtime in (place_runtime, composing_runtime)]
    for plain, composing in zip(*map(both, questions), strict=True):
        np.testing.assert_allclose(composing, plain, atol=1e-6)


def test_inpainting_masks_are_composed_before_the_places_are_asked_for(ask, composing_runtime):
    rows = both(ask(of=composing_runtime, engine="regions", mask="inpaint_telea"))
    assert [found.shape for found in rows] == [(2, 5 + 4 * 2)] * 2


def test_an_engine_without_places_gets_logits(ask, place_runtime):
    question = ask(of=place_runtime, engine="partition")
    assert used_grid(question) is None
    assert both(question)[0].shape == (2, 5)
    assert not place_runtime.asked


def test_a_network_that_does_not_show_its_places_gives_logits(ask, runtime):
    assert both(ask(engine="regions"))[0].shape == (2, 5)


def test_a_resumed_computation_asks_for_the_same_labels_and_ends_at_the_same_bits(ask, place_runtime):
    question = ask(of=place_runtime, engine="regions")
    stopped = computed(replace(question, settings=replace(question.settings, evaluations=20)))
    straight, resumed = computed(question), computed(question, stopped.logits)
    assert place_runtime.asked.count([0, 1, 2, 3, 4]) == 2
    np.testing.assert_array_equal(resumed.answer().values, straight.answer().values)
    assert resumed.answer().places == GRID


def test_rows_with_places_are_stored_apart_from_logits(ask, runtime, place_runtime):
    keys = [
        ask(of=model, engine=engine).search_key
        for model in (runtime, place_runtime)
        for engine in ("regions", "partition")
    ]
    assert keys[1] == keys[3]
    assert keys[0] != keys[2]


def computed(question, known=None):
    computation = Computation(question, known)
    while not computation.finished:
        for _ in computation.batch():
            pass
    return computation
