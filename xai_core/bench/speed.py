"""Benchmark of the source recipe, the engine and the bare model.

They are measured in turn in every round, so that other load on the machine changes all three and hardly their ratios.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.demo.first_run import MODEL
from xai_core.demo.painting.painter import paint
from xai_core.explain.computation import Computation
from xai_core.explain.explanation import Explanation
from xai_core.explain.question import Question
from xai_core.explain.queue.fair_queue import FIRST_MAP
from xai_core.explain.store import ExplanationStore
from xai_core.language import tr
from xai_core.masking import composer_maker
from xai_core.model.preprocess import normalise, view
from xai_core.model.runtime import Runtime
from xai_core.runtimes.bench_model import EagerNetwork, make_bench_model
from xai_core.runtimes.checkpoint import open_model
from xai_core.settings.explain_settings import RECIPE_BLUR_PX, RECIPE_STEER_TOP, RECIPE_WIDTH, ExplainSettings

DISHES = ("pork_chop", "ravioli", "pizza", "steak", "ramen")
"""Dishes of the painted pictures that are explained, one per round."""

BARE_PICTURES = 64
"""Pictures in the call that measures the bare runtime, many batches of its preferred size."""

Report = Callable[[str], None]
"""Function that receives a sentence about each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Measurements of one model, as medians over rounds.

    Ratios are taken within a round, and their medians over the rounds.

    Attributes
    ----------
    recipe_evals_per_s
        Evaluations per second of (a), shap's partition explainer as its documentation shows it: eager network,
        blur(128,128), batch 50.
    engine_evals_per_s
        Evaluations per second of (b), the engine of this project with the same settings, on the fastest runtime.
    bare_evals_per_s
        Evaluations per second of (c), that runtime alone on many prepared pictures.
    engine_over_recipe, engine_over_bare
        Ratios b/a and b/c.
    map_correlation, map_difference
        Lowest correlation of the maps of a and b over the rounds, and the largest difference of a pixel as a share of
        the map's largest value.
    first_map_s
        Seconds to the map after 100 evaluations, with everything warm.
    peak_mb
        Largest growth of the memory of this process from the opened model to the end of a whole explanation, in MB.
    """

    recipe_evals_per_s: float
    engine_evals_per_s: float
    bare_evals_per_s: float
    engine_over_recipe: float
    engine_over_bare: float
    map_correlation: float
    map_difference: float
    first_map_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Measurements of one round, in evaluations per second where no unit is named."""

    recipe: float
    engine: float
    bare: float
    correlation: float
    difference: float
    first_map_s: float


def models() -> dict[str, Path | None]:
    """Return the files of the measured models by name, None for one that is missing."""
    return {
        "demo": MODEL if MODEL.is_file() else None,
        "efficientnet_b1_240": make_bench_model(paths.cache_folder() / "bench"),
    }


def measure(model: Path, *, evaluations: int, rounds: int, report: Report) -> dict[str, Any]:
    """Measure one model.

    Parameters
    ----------
    model
        A .safetensors file of this project.
    evaluations
        Evaluations of each explanation, that of the engine and that of the recipe.
    rounds
        Number of rounds. Each measures the three one after the other, on another picture.
    report
        Receives a sentence after each step.

    Returns
    -------
    `Figures`, as plain JSON values.
    """
    runtime, eager = open_model(model), EagerNetwork(model)
    report(
        tr(
            "{model}: {runtime}, {number} pictures at once",
            model=model.stem,
            runtime=runtime.name,
            number=runtime.preferred_batch,
        )
    )
    questions = [_question(runtime, dish, evaluations) for dish in (DISHES * rounds)[:rounds]]
    with memory_growth() as growth_mb:
        # The first explanation imports modules and fills caches; what is measured later is warm.
        _explain(_question(runtime, DISHES[0], FIRST_MAP))
        _explain(questions[0])
    results: list[Round] = []
    for number, question in enumerate(questions, start=1):
        results.append(_measure_round(question, eager))
        last = results[-1]
        report(
            tr(
                "{model}, round {number} of {rounds}: recipe {recipe:.1f}, engine {engine:.1f}, bare {bare:.1f}"
                " evaluations per second",
                model=model.stem,
                number=number,
                rounds=rounds,
                recipe=last.recipe,
                engine=last.engine,
                bare=last.bare,
            )
        )
    return asdict(summarise(results, growth_mb()))


def summarise(results: list[Round], peak_mb: float) -> Figures:
    """Combine the measurements of all rounds."""

    def median(figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(result) for result in results)

    return Figures(
        recipe_evals_per_s=median(lambda result: result.recipe),
        engine_evals_per_s=median(lambda result: result.engine),
        bare_evals_per_s=median(lambda result: result.bare),
        engine_over_recipe=median(lambda result: result.engine / result.recipe),
        engine_over_bare=median(lambda result: result.engine / result.bare),
        map_correlation=min(result.correlation for result in results),
        map_difference=max(result.difference for result in results),
        first_map_s=median(lambda result: result.first_map_s),
        peak_mb=peak_mb,
    )


def _question(runtime: Runtime, dish: str, evaluations: int) -> Question:
    spec = runtime.spec
    photo = Image.fromarray(paint(dish, 0, split="test").photo)
    settings = ExplainSettings.as_shap(
        max_evals=evaluations,
        blur=min(RECIPE_BLUR_PX, *spec.input_size),
        outputs=RECIPE_STEER_TOP,
        batch_size=RECIPE_WIDTH,
    )
    # The store is not used; the computation is driven directly.
    return Question(runtime, view(photo, spec), dish, settings, ExplanationStore(Path(os.devnull)))


def _measure_round(question: Question, eager: EagerNetwork) -> Round:
    # The bare runtime is measured before and after the engine, so that a drift of the load is in both figures alike.
    before = _bare_rate(question)
    began = time.perf_counter()
    ours = _explain(question)
    engine = ours.evaluations / (time.perf_counter() - began)
    after = _bare_rate(question)
    began = time.perf_counter()
    theirs, spent = _recipe_maps(question, eager)
    recipe = spent / (time.perf_counter() - began)
    first = Question(
        question.runtime,
        question.view,
        question.picture_hash,
        ExplainSettings.as_shap(
            max_evals=FIRST_MAP,
            blur=question.settings.blur_px,
            outputs=question.settings.steer_top,
            batch_size=question.settings.search_width,
        ),
        question.store,
    )
    began = time.perf_counter()
    top = np.argsort(-ours.full, kind="stable")[: question.settings.steer_top]
    _explain(first).map(ours.labels[top[0]])
    first_map_s = time.perf_counter() - began
    maps = np.stack([ours.map(ours.labels[index]) for index in top], axis=-1)
    return Round(
        recipe=recipe,
        engine=engine,
        bare=(before + after) / 2,
        correlation=float(np.corrcoef(maps.ravel(), theirs.ravel())[0, 1]),
        difference=float(np.abs(maps - theirs).max() / np.abs(theirs).max()),
        first_map_s=first_map_s,
    )


def _explain(question: Question) -> Explanation:
    computation = Computation(question)
    while not computation.finished:
        for _ in computation.batch():
            pass
    explanation = computation.answer()
    assert explanation is not None
    return explanation


def _recipe_maps(question: Question, eager: EagerNetwork) -> tuple[NDArray[np.float64], int]:
    """Return (H, W, k) maps of the top k labels by the source recipe, and its evaluations."""
    import shap  # noqa: PLC0415 - takes seconds, and only the recipe needs it

    spent = 0

    def predict(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal spent
        spent += len(pictures)
        return eager(pictures)

    settings = question.settings
    picture = normalise(question.view, question.runtime.spec)
    masker = shap.maskers.Image(f"blur({settings.blur_px},{settings.blur_px})", picture.shape)
    explainer = shap.PartitionExplainer(predict, masker)
    found = explainer(
        picture[None],
        max_evals=settings.evaluations,
        batch_size=settings.search_width,
        outputs=shap.Explanation.argsort.flip[: settings.steer_top],
        silent=True,
    )
    return found.values[0].sum(axis=2), spent


def _bare_rate(question: Question) -> float:
    """Return evaluations per second of the runtime alone, on prepared pictures."""
    runtime = question.runtime
    compose = composer_maker(
        question.view, runtime.spec, question.settings, channels_first=runtime.channels_first
    )().compose
    # Whole batches only: a smaller last one would be slower per picture.
    count = -(-BARE_PICTURES // runtime.preferred_batch) * runtime.preferred_batch
    height, width = runtime.spec.input_size
    pictures = compose([((0, height // 2, 0, width),)] * count)
    runtime.logits(pictures[: runtime.preferred_batch])
    began = time.perf_counter()
    runtime.logits(pictures)
    return count / (time.perf_counter() - began)


@contextmanager
def memory_growth() -> Iterator[Callable[[], float]]:
    """Watch the memory of this process, and yield a function that returns its growth in MB.

    The growth is the largest one since the start of the block.
    """
    before = _resident_mb()
    samples = [before]
    over = threading.Event()

    def watch() -> None:
        # Sampled, because the peak that the system records counts from the start of the process.
        while not over.wait(0.005):
            samples.append(_resident_mb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: max(samples) - before
    finally:
        over.set()
        watcher.join()


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 2**20)
