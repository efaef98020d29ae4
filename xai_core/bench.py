"""The source recipe, the engine and the bare model, side by side in one run, so that their ratios mean something."""

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
from numpy.typing import NDArray
from PIL import Image

from xai_core import paths
from xai_core.demo.first_run import MODEL
from xai_core.demo.painting.painter import paint
from xai_core.explain.computation import Computation, Question
from xai_core.explain.explanation import Explanation
from xai_core.explain.fair_queue import FIRST_MAP
from xai_core.explain.store import ExplanationStore
from xai_core.masking import composer_maker
from xai_core.model.preprocess import normalised, view
from xai_core.model.runtime import Runtime
from xai_core.runtimes.bench_model import EagerNetwork, yardstick
from xai_core.runtimes.checkpoint import open_model
from xai_core.settings import RECIPE_BLUR_PX, RECIPE_STEER_TOP, RECIPE_WIDTH, ExplainSettings

DISHES = ("pork_chop", "ravioli", "pizza", "steak", "ramen")
"""Painted pictures that are explained, one a round."""

BARE_PICTURES = 64
"""Given to the bare runtime at once: many batches of its own best size."""

Progress = Callable[[str], None]
"""Told in words what is measured now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is measured about one model; medians over rounds, and ratios within them.

    Attributes
    ----------
    recipe_evals_per_s
        (a) shap's partition explainer as its documentation shows it: eager network, blur(128,128), batch 50.
    engine_evals_per_s
        (b) this project's engine with the same settings, on the fastest runtime.
    bare_evals_per_s
        (c) that runtime alone, given many ready pictures.
    engine_over_recipe, engine_over_bare
        b/a and b/c.
    map_correlation, map_difference
        Between the maps of a and b: the lowest correlation, and the largest difference of a pixel as a share of the
        map's largest value.
    first_map_s
        Seconds to the answer after 100 evaluations, with everything warm.
    peak_mb
        Largest growth of this process from the opened model to the end of a whole explanation; None where the system
        does not tell.
    """

    recipe_evals_per_s: float
    engine_evals_per_s: float
    bare_evals_per_s: float
    engine_over_recipe: float
    engine_over_bare: float
    map_correlation: float
    map_difference: float
    first_map_s: float
    peak_mb: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    recipe: float
    engine: float
    bare: float
    correlation: float
    difference: float
    first_map_s: float


def models() -> dict[str, Path | None]:
    """Return the files of the models that are measured, by name; None for one that is not here."""
    return {
        "demo": MODEL if MODEL.is_file() else None,
        "efficientnet_b1_240": yardstick(paths.cache_folder() / "bench"),
    }


def measure(model: Path, *, evaluations: int, rounds: int, tell: Progress) -> dict[str, Any]:
    """Measure one model.

    Parameters
    ----------
    model
        A .safetensors file of this project.
    evaluations
        Of each explanation, ours and the recipe's.
    rounds
        In each of them, the three are measured one after the other, on another picture.
    tell
        Told what is going on.

    Returns
    -------
    `Figures`, as plain JSON values.
    """
    runtime, eager = open_model(model), EagerNetwork(model)
    tell(f"{model.stem}: {runtime.name}, {runtime.at_once} pictures at once")
    questions = [_question(runtime, dish, evaluations) for dish in (DISHES * rounds)[:rounds]]
    with _growth() as grown:
        _explained(_question(runtime, DISHES[0], FIRST_MAP))  # warm from here on
        _explained(questions[0])
    found = []
    for number, question in enumerate(questions, start=1):
        found.append(_round(question, eager))
        tell(
            f"{model.stem}, round {number} of {rounds}: recipe {found[-1].recipe:.1f}, engine {found[-1].engine:.1f}, "
            f"bare {found[-1].bare:.1f} evaluations a second"
        )
    return asdict(_figures(found, grown()))


def _figures(found: list[_Round], peak_mb: float | None) -> Figures:
    def median(of: Callable[[_Round], float]) -> float:
        return statistics.median(of(each) for each in found)

    return Figures(
        recipe_evals_per_s=median(lambda each: each.recipe),
        engine_evals_per_s=median(lambda each: each.engine),
        bare_evals_per_s=median(lambda each: each.bare),
        engine_over_recipe=median(lambda each: each.engine / each.recipe),
        engine_over_bare=median(lambda each: each.engine / each.bare),
        map_correlation=min(each.correlation for each in found),
        map_difference=max(each.difference for each in found),
        first_map_s=median(lambda each: each.first_map_s),
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
    # The store is never asked: computations are run by hand.
    return Question(runtime, view(photo, spec), dish, settings, ExplanationStore(Path(os.devnull)))


def _round(question: Question, eager: EagerNetwork) -> _Round:
    # The bare runtime before and after the engine: what else the machine does then weighs on both alike.
    before = _bare_rate(question)
    began = time.perf_counter()
    ours = _explained(question)
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
    _explained(first).map(ours.labels[top[0]])
    first_map_s = time.perf_counter() - began
    maps = np.stack([ours.map(ours.labels[place]) for place in top], axis=-1)
    return _Round(
        recipe=recipe,
        engine=engine,
        bare=(before + after) / 2,
        correlation=float(np.corrcoef(maps.ravel(), theirs.ravel())[0, 1]),
        difference=float(np.abs(maps - theirs).max() / np.abs(theirs).max()),
        first_map_s=first_map_s,
    )


def _explained(question: Question) -> Explanation:
    computation = Computation(question)
    while not computation.finished:
        for _ in computation.batch():
            pass
    explanation = computation.explanation()
    assert explanation is not None
    return explanation


def _recipe_maps(question: Question, eager: EagerNetwork) -> tuple[NDArray[np.float64], int]:
    """(H, W, k) maps of the top labels by the source recipe, and the evaluations that they took."""
    import shap  # noqa: PLC0415 - takes seconds, and only the recipe needs it

    spent = 0

    def predict(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal spent
        spent += len(pictures)
        return eager(pictures)

    settings = question.settings
    picture = normalised(question.view, question.runtime.spec)
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
    """Evaluations a second of the runtime alone, on pictures that lie ready as it likes them."""
    runtime = question.runtime
    compose = composer_maker(
        question.view, runtime.spec, question.settings, channels_first=runtime.channels_first
    )().compose
    count = -(-BARE_PICTURES // runtime.at_once) * runtime.at_once
    height, width = runtime.spec.input_size
    pictures = compose([((0, height // 2, 0, width),)] * count)
    runtime.logits(pictures[: runtime.at_once])
    began = time.perf_counter()
    runtime.logits(pictures)
    return count / (time.perf_counter() - began)


@contextmanager
def _growth() -> Iterator[Callable[[], float | None]]:
    """Watch this process's memory; what is yielded tells its largest growth in MB, afterwards."""
    before = _resident_mb()
    seen = [before]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            seen.append(_resident_mb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: None if before is None else max(each for each in seen if each is not None) - before
    finally:
        over.set()
        watcher.join()


def _resident_mb() -> float | None:
    """Memory of this process; None where the system does not tell it in a file."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
