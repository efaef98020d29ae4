"""A small deterministic model and questions to it."""

import numpy as np
import pytest

from xai_core.explain.question import Question
from xai_core.explain.store import ExplanationStore
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings

SIDE = 8
LABELS = ("pork_chop", "ravioli", "pizza", "ramen", "omelette")
SPEC = ModelSpec(
    labels=LABELS,
    input_size=(SIDE, SIDE),
    short_side=None,
    interpolation="bilinear",
    value_range=(0.0, 1.0),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)


class ToyRuntime:
    """Model of two tanh layers over the pixels, which counts evaluations and can be stopped or spoilt."""

    spec = SPEC
    name = "toy cpu"
    preferred_batch = 8
    channels_first = False
    embedding_size = None

    def __init__(self, model_id="toy"):
        self.model_id = model_id
        self.evaluations = 0
        self.batches = []
        self.before = lambda _inputs: None
        self.spoil = lambda logits: logits
        random = np.random.default_rng(0x5EED)
        self._first = random.normal(size=(SIDE * SIDE * 3, 16)).astype(np.float32) / 8
        self._second = random.normal(size=(16, len(LABELS))).astype(np.float32)

    def logits(self, inputs):
        self.before(inputs)
        self.evaluations += len(inputs)
        self.batches.append(len(inputs))
        rows = [np.tanh(picture.reshape(1, -1) @ self._first) @ self._second for picture in inputs]
        return self.spoil(np.concatenate(rows))

    def logits_and_embeddings(self, inputs):
        return self.logits(inputs), None


@pytest.fixture
def new_runtime():
    """Class of the model, to make the same model again as another process would."""
    return ToyRuntime


@pytest.fixture
def runtime(new_runtime):
    return new_runtime()


@pytest.fixture
def store(tmp_path):
    return ExplanationStore(tmp_path / "explanations")


@pytest.fixture
def ask(runtime, store):
    """A question about the n-th picture; keywords replace its parts, or the settings' where they are settings."""

    def question(number=0, *, of=None, kept_in=None, **settings):
        defaults = {"evaluations": 60, "blur_px": 4, "search_width": 10, "steer_top": 2}
        return Question(
            runtime=of or runtime,
            view=np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8),
            picture_hash=f"picture {number}",
            settings=ExplainSettings(**(defaults | settings)),
            store=kept_in or store,
        )

    return question
