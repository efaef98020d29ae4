"""Linear model whose true map is known, because it adds up weights of the shown pixels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from tests import made
from xai_core.explain.store import ExplanationStore
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import ExplainSettings

LABELS = ("pork_chop", "ravioli", "pizza")
BLACK = ExplainSettings(mask="colour", colour=(0, 0, 0), steer_top=1)


class LinearRuntime:
    """Model whose logits are sums of weights over white pixels.

    Hidden pixels are black and add nothing.
    """

    name, model_id, embedding_size, channels_first, preferred_batch = "linear cpu", "linear", None, False, 2

    def __init__(self, weights):
        self.weights = np.asarray(weights, np.float64)
        self.evaluations = 0
        self.spec = ModelSpec(
            labels=LABELS,
            input_size=self.weights.shape[1:],
            short_side=None,
            interpolation="bilinear",
            mean=(0.0, 0.0, 0.0),
            std=(1.0, 1.0, 1.0),
        )

    def logits(self, inputs):
        self.evaluations += len(inputs)
        return np.einsum("nhw,lhw->nl", inputs[..., 0], self.weights).astype(np.float32)

    def logits_and_embeddings(self, inputs):
        return self.logits(inputs), None


@dataclass(frozen=True)
class White:
    """White picture with a linear model."""

    runtime: LinearRuntime
    settings: ExplainSettings = BLACK

    @cached_property
    def view(self):
        return np.full((*self.runtime.spec.input_size, 3), 255, np.uint8)


@pytest.fixture
def white_picture():
    """Factory of a white picture with a linear model of (H, W) weights.

    The weights are those of the first label. The second label has their negatives, the third has zeros.
    """

    def make(weights):
        weights = np.asarray(weights, np.float64)
        return White(LinearRuntime([weights, -weights, 0 * weights]))

    return make


@pytest.fixture
def explanation():
    """Factory of an explanation from regions and (R, L) values."""

    def make(region_of, values, base=(0.0, 0.0, 0.0)):
        return made.explanation(values, labels=LABELS, region_of=region_of, base=base)

    return make


@pytest.fixture
def store(tmp_path):
    return ExplanationStore(tmp_path / "explanations")
