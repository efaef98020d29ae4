"""Faithfulness metrics of maps by several methods on one picture.

All maps of a picture are tested on the same random maskings.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import Question, explain
from xai_core.explain.target import Target
from xai_core.progress import Progress
from xai_core.runtimes.helper.network import LayeredNetwork
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.attribution import compute_attribution
from xai_core.trust.curves import curves_plan, pixels_by_value
from xai_core.trust.faithfulness.method_run import MethodRun
from xai_core.trust.faithfulness.stability import shifted, stability
from xai_core.trust.methods import METHODS
from xai_core.trust.plan import run_plan
from xai_core.trust.random_masking import RandomMaskings, random_masking_plan

MASKS_PER_KIND = 25
"""Random maskings of each of four kinds on which predicted and measured changes are compared."""

RANDOM_MASKING_EVALUATIONS = 4 * MASKS_PER_KIND + 1

VERSION = 1
"""Version of the metrics. Raise it when the same question starts to give other metrics: stored ones expire."""

METRIC_NAMES = ("insertion", "deletion", "gain", "relevance_gain", "correlation")
"""Metrics that are always reported, in this order."""

STABILITY_NAMES = ("seeds", "seeds_cells", "shift", "shift_cells")
"""Metrics that are reported if they were measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaithfulnessMetrics:
    """Faithfulness metrics of one map of one picture.

    Attributes
    ----------
    insertion, deletion
        Areas under the curves of the scaled logit. NaN if showing the picture adds too little to the logit; see
        `curves.MIN_SPAN`.
    gain
        Insertion minus deletion.
    relevance_gain
        The same difference for the probability; see `Curves.relevance_gain`.
    correlation, slope
        Faithfulness correlation, and measured change per predicted logit; see `random_masking.Prediction`.
    span
        Logits that showing the picture adds to the label's logit.
    evaluations
        Forward passes of the map.
    seeds, seeds_cells, shift, shift_cells
        See `Stability`; NaN where it was not measured.
    """

    insertion: float
    deletion: float
    gain: float
    relevance_gain: float
    correlation: float
    slope: float
    span: float
    evaluations: int
    seeds: float = math.nan
    seeds_cells: float = math.nan
    shift: float = math.nan
    shift_cells: float = math.nan


class FaithfulnessEvaluator:
    """Computation of faithfulness metrics for the maps of one picture.

    The random maskings of the picture are evaluated once and serve all maps.

    Parameters
    ----------
    question
        Model, picture, store, and the settings of the engines except for their name and their evaluations.
    target
        Label or contrast of the maps.
    seed
        Seed of all random numbers. It is combined with the picture, so that no two pictures share them.
    network
        The model's network, for methods that need it.
    on_evaluations
        Callback that receives the number of evaluations since its last call.
    """

    def __init__(
        self,
        question: Question,
        target: Target,
        *,
        seed: int,
        network: LayeredNetwork | None = None,
        on_evaluations: Callable[[int], None] = lambda _evaluations: None,
    ) -> None:
        self._question = question
        self._target = target
        self._seed = _picture_seed(question.picture_hash, seed)
        self._network = network
        self._on_evaluations = on_evaluations
        self._maps: dict[MethodRun, NDArray[np.float32]] = {}

    def metrics(self, run: MethodRun) -> FaithfulnessMetrics:
        """Compute a map and its metrics.

        Raises
        ------
        SettingRefused, ExplanationFailed, ModelRefused
            See `explain.question.explain` and `attribution.compute_attribution`.
        """
        maskings = self._random_maskings
        shap_map, region_of, evaluations = self._compute_map(run)
        self._maps[run] = shap_map
        plan = curves_plan(pixels_by_value(shap_map, region_of), self._target, self._question.runtime.spec)
        curves = run_plan(self._question, plan, progress=self._new_counter())
        prediction = maskings.prediction(shap_map)
        return FaithfulnessMetrics(
            insertion=curves.insertion_area,
            deletion=curves.deletion_area,
            gain=curves.gain,
            relevance_gain=curves.relevance_gain,
            correlation=prediction.correlation,
            slope=prediction.slope,
            span=curves.span,
            evaluations=evaluations,
        )

    def with_stability(self, run: MethodRun, metrics: FaithfulnessMetrics) -> FaithfulnessMetrics:
        """Return metrics with the agreement of maps by two seeds, and of the picture shifted by a few pixels.

        It takes two more maps. They are not stored.

        Raises
        ------
        SettingRefused, ExplanationFailed, ModelRefused
            See `metrics`.
        """
        first = self._maps[run] if run in self._maps else self._compute_map(run)[0]
        elsewhere = replace(self._question, store=MemoryStore())
        other_seed = self._compute_map(run, elsewhere, self._seed + 1)[0]
        view = shifted(self._question.view)
        moved = replace(elsewhere, view=view, picture_hash=f"{self._question.picture_hash} shifted")
        found = stability(first, other_seed, self._compute_map(run, moved)[0])
        return replace(metrics, **asdict(found))

    @cached_property
    def _random_maskings(self) -> RandomMaskings:
        spec = self._question.runtime.spec
        plan = random_masking_plan(self._target, spec, per_kind=MASKS_PER_KIND, seed=self._seed)
        return run_plan(self._question, plan, progress=self._new_counter())

    def _compute_map(
        self, run: MethodRun, question: Question | None = None, seed: int | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], int]:
        """Return map, regions and evaluations, of the evaluator's own question and seed unless others are given."""
        question = question or self._question
        if run.method in ENGINES:
            settings = _engine_settings(run, question.settings)
            if seed is not None and ENGINES[run.method].estimates_errors:
                settings = replace(settings, seed=settings.seed + 1)
            question = replace(question, settings=settings)
            # Through the store: a smaller budget of the same engine reuses the logits of a larger one.
            explanation, _ = explain(question, progress=self._new_counter())
            return self._target.map_of(explanation), explanation.region_of, explanation.evaluations
        attribution = compute_attribution(
            run.method,
            question,
            self._target.labels,
            evaluations=run.evaluations or 0,
            seed=self._seed if seed is None else seed,
            network=self._network,
            progress=self._new_counter(),
        )
        return self._target.map_of(attribution), attribution.region_of, attribution.evaluations

    def _new_counter(self) -> Progress:
        before = 0

        def progress(done: int, _planned: int) -> None:
            nonlocal before
            self._on_evaluations(done - before)
            before = done

        return progress


def metrics_key(
    run: MethodRun, target: Target, settings: ExplainSettings, *, model_id: str, picture_hash: str, seed: int
) -> str:
    """Return the name of stored metrics, from method, target, model, picture, mask and seed."""
    if run.method in ENGINES:
        map_name = _engine_settings(run, settings).key(model_id=model_id, picture_hash=picture_hash)
    else:
        map_name = f"{settings.mask} {settings.blur_px if settings.blurs else ''} {settings.colour}"
        # Version 1 is left out, as it was before methods had versions, so that older metrics are still found.
        map_name += f" {version}" if (version := METHODS[run.method].version) > 1 else ""
    parts = (VERSION, MASKS_PER_KIND, run.name, asdict(target), model_id, picture_hash, seed, map_name)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _picture_seed(picture_hash: str, seed: int) -> int:
    # With one seed for all pictures, all would get the same maskings, and their peculiarities would not average out.
    return int(hashlib.sha256(f"{seed} {picture_hash}".encode()).hexdigest()[:8], 16)


def _engine_settings(run: MethodRun, settings: ExplainSettings) -> ExplainSettings:
    assert run.evaluations is not None
    return replace(settings, engine=run.method, evaluations=run.evaluations)
