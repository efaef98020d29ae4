"""Benchmark of what an explanation costs beside the model, with a model that returns constants at once.

Both engines and shap's partition explainer explain the same picture in turn in every round.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.bench.speed import Report
from xai_core.demo.painting.painter import paint
from xai_core.explain.computation import Computation
from xai_core.explain.question import Question
from xai_core.explain.store import ExplanationStore
from xai_core.language import tr
from xai_core.model.preprocess import normalise, view
from xai_core.model.runtime import Coalition, Runtime
from xai_core.model.spec import ModelSpec
from xai_core.settings.explain_settings import RECIPE_BLUR_PX, RECIPE_STEER_TOP, RECIPE_WIDTH, ExplainSettings

SIDE, LABELS = 240, 101
"""Size of the picture, and number of labels, those of EfficientNet-B1 and Food-101."""

DEVICE_BATCH = 64
"""Coalitions in one call where a device composes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NullFigures:
    """Evaluations per second with a model that costs nothing, as medians over rounds.

    Attributes
    ----------
    partition_per_s, regions_per_s, shap_per_s
        Of both engines and of `shap.PartitionExplainer`, with pictures composed on the CPU.
    partition_search_per_s, regions_search_per_s
        Of the engines without composing, which is what a GPU waits for that composes for itself.
    partition_over_shap, regions_over_shap, partition_search_over_shap, regions_search_over_shap
        Ratios within a round.
    """

    partition_per_s: float
    regions_per_s: float
    shap_per_s: float
    partition_search_per_s: float
    regions_search_per_s: float
    partition_over_shap: float
    regions_over_shap: float
    partition_search_over_shap: float
    regions_search_over_shap: float


class NullRuntime:
    """Runtime that returns constants at once (see `Runtime`)."""

    model_id: ClassVar[str] = "0" * 24
    name: ClassVar[str] = "constants"
    embedding_size: ClassVar[None] = None
    channels_first: ClassVar[bool] = True
    preferred_batch: int = 8

    def __init__(self) -> None:
        self.spec = ModelSpec(
            labels=tuple(f"label {number}" for number in range(LABELS)),
            input_size=(SIDE, SIDE),
            short_side=SIDE,
            interpolation="bilinear",
            value_range=(0.0, 1.0),
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
        )
        self._constants = np.linspace(-1, 1, LABELS, dtype=np.float32)

    def logits(self, inputs: Sequence[object] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the same logits for each of the inputs (see `Runtime.logits`)."""
        return np.broadcast_to(self._constants, (len(inputs), LABELS))

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> tuple[NDArray[np.float32], None]:
        """Return the same logits for each picture (see `Runtime.logits_and_embeddings`)."""
        return self.logits(inputs), None


class NullDevice(NullRuntime):
    """Runtime that returns constants for coalitions, without composing them (see `ComposingRuntime`)."""

    preferred_batch: int = DEVICE_BATCH

    def masked(
        self, _picture: NDArray[np.float32], _hidden: NDArray[np.float32]
    ) -> Callable[[Sequence[Coalition]], NDArray[np.float32]]:
        """Return a function that returns constants."""
        return self.logits


def measure_null_model(*, evaluations: int, rounds: int, report: Report) -> dict[str, Any]:
    """Measure what an explanation costs beside the model.

    Parameters
    ----------
    evaluations
        Evaluations of each explanation.
    rounds
        Number of rounds.
    report
        Receives a sentence after each round.

    Returns
    -------
    `NullFigures`, as plain JSON values.
    """
    photo = Image.fromarray(paint("pork_chop", 0, split="test").photo)
    shown = view(photo, NullRuntime().spec)
    _rates(shown, RECIPE_WIDTH * 2)  # imports, and compiles shap's functions
    results = []
    for number in range(1, rounds + 1):
        results.append(_rates(shown, evaluations))
        rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in results[-1].items())
        report(
            tr(
                "null model, round {number} of {rounds}: {rates} evaluations per second",
                number=number,
                rounds=rounds,
                rates=rates,
            )
        )
    return asdict(summarise(results))


def summarise(results: Sequence[dict[str, float]]) -> NullFigures:
    """Combine the rates of all rounds, by `NullFigures` without "_per_s"."""

    def median(name: str, over: str | None = None) -> float:
        return statistics.median(rates[name] / (1.0 if over is None else rates[over]) for rates in results)

    engines = ("partition", "regions", "partition_search", "regions_search")
    return NullFigures(
        **{f"{name}_per_s": median(name) for name in (*engines, "shap")},
        **{f"{name}_over_shap": median(name, "shap") for name in engines},
    )


def _rates(shown: NDArray[np.uint8], evaluations: int) -> dict[str, float]:
    found = {}
    for engine in ("partition", "regions"):
        found[engine] = _engine_rate(NullRuntime(), engine, shown, evaluations)
        found[f"{engine}_search"] = _engine_rate(NullDevice(), engine, shown, evaluations)
    found["shap"] = _shap_rate(shown, evaluations)
    return found


def _engine_rate(runtime: Runtime, engine: str, shown: NDArray[np.uint8], evaluations: int) -> float:
    settings = _settings(evaluations).by_engine(engine, 0)
    computation = Computation(Question(runtime, shown, "null", settings, ExplanationStore(Path(os.devnull))))
    began = time.perf_counter()
    while not computation.finished:
        for _ in computation.batch():
            pass
    computation.answer()
    return computation.evaluations / (time.perf_counter() - began)


def _shap_rate(shown: NDArray[np.uint8], evaluations: int) -> float:
    import shap  # noqa: PLC0415 - takes seconds

    runtime, settings, spent = NullRuntime(), _settings(evaluations), 0

    def predict(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal spent
        spent += len(pictures)
        return runtime.logits(pictures)

    picture = normalise(shown, runtime.spec)
    masker = shap.maskers.Image(f"blur({settings.blur_px},{settings.blur_px})", picture.shape)
    explainer = shap.PartitionExplainer(predict, masker)
    began = time.perf_counter()
    explainer(
        picture[None],
        max_evals=evaluations,
        batch_size=settings.search_width,
        outputs=shap.Explanation.argsort.flip[: settings.steer_top],
        silent=True,
    )
    return spent / (time.perf_counter() - began)


def _settings(evaluations: int) -> ExplainSettings:
    return ExplainSettings.as_shap(
        max_evals=evaluations, blur=RECIPE_BLUR_PX, outputs=RECIPE_STEER_TOP, batch_size=RECIPE_WIDTH
    )
