"""An engine is one entry of the table and one module, and nothing else has to know it."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.engines.registry import new_search
from xai_core.engines.search import Regions
from xai_core.explain import wording
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import Question, explain
from xai_core.model.spec import ModelSpec
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES, Engine
from xai_core.settings.explain_settings import ExplainSettings

VIEW = np.zeros((6, 4, 3), np.uint8)
SPEC = ModelSpec(labels=("pizza", "ramen"), input_size=(6, 4), short_side=None, interpolation="bilinear")


class OneRegion:
    """The smallest engine: the whole picture is one region."""

    work_left = 0.0

    def __init__(self, view, settings, known=None, labels=()):
        self._shape = view.shape[:2]
        self.logits = np.empty((0, 2)) if known is None else known[:2].astype(np.float64)

    @property
    def evaluations(self):
        return len(self.logits)

    @property
    def finished(self):
        return self.evaluations == 2

    def ask(self):
        return ((), ((0, self._shape[0], 0, self._shape[1]),))[self.evaluations :]

    def tell(self, logits):
        self.logits = np.concatenate([self.logits, logits])

    def result(self):
        base, full = self.logits.astype(np.float32)
        return Regions(np.zeros(self._shape, np.int32), (full - base)[None], base, full)


class MeanRuntime:
    """A model whose logits are the mean of the picture and its negative."""

    spec, model_id, name, preferred_batch, channels_first, embedding_size = SPEC, "mean", "toy cpu", 1, False, None

    def logits(self, inputs):
        mean = inputs.mean(axis=(1, 2, 3))
        return np.stack([mean, -mean], axis=1).astype(np.float32)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_search_of_every_entry_starts_with_the_hidden_and_the_shown_picture(engine):
    search = new_search(VIEW, ExplainSettings(engine=engine, steer_top=1))
    assert search.ask() == ((), ((0, 6, 0, 4),))


def test_the_default_engine_is_in_the_table():
    assert ExplainSettings.fitting((32, 32), 3, evaluations=20).engine == DEFAULT_ENGINE
    assert DEFAULT_ENGINE in ENGINES


def test_a_new_entry_of_the_table_can_be_asked_for_explains_and_is_named(monkeypatch):
    entry = Engine(
        summary="The whole picture as one region.",
        title="One region",
        meaning="The change of the whole picture.",
        version=1,
        estimates_errors=False,
        uses_seed=False,
        search=f"{__name__}:OneRegion",
    )
    monkeypatch.setitem(ENGINES, "one", entry)
    settings = ExplainSettings(engine="one", steer_top=1, mask="colour", colour=(255, 255, 255))
    answer, _ = explain(Question(MeanRuntime(), VIEW, "picture", settings, MemoryStore()))
    np.testing.assert_allclose(answer.values, [answer.full - answer.base], rtol=1e-5)
    default = replace(settings, engine=DEFAULT_ENGINE)
    assert answer.key != default.key(model_id="mean", picture_hash="picture")
    assert (wording.engine_title(answer), wording.engine_meaning(answer)) == (entry.title, entry.meaning)
