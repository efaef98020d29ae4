"""Faithfulness metrics of maps by several methods on one picture.

All maps of a picture are tested on the same random maskings.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import NameUnknown, SettingRefused
from xai_core.explain.question import Question, explain
from xai_core.explain.target import Target
from xai_core.progress import Progress
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.attribution import compute_attribution
from xai_core.trust.curves import EVALUATIONS as CURVES_EVALUATIONS
from xai_core.trust.curves import curves_plan, pixels_by_value
from xai_core.trust.methods import METHODS
from xai_core.trust.plan import run_plan
from xai_core.trust.random_masking import RandomMaskings, random_masking_plan

MASKS_PER_KIND = 25
"""Random maskings of each of four kinds on which predicted and measured changes are compared."""

RANDOM_MASKING_EVALUATIONS = 4 * MASKS_PER_KIND + 1

VERSION = 1
"""Version of the metrics. Raise it when the same question starts to give other metrics: stored ones expire."""

METRIC_NAMES = ("insertion", "deletion", "gain", "relevance_gain", "correlation")
"""Metrics that are reported, in this order."""


@dataclass(frozen=True, slots=True)
class MethodRun:
    """Method with its number of evaluations.

    Attributes
    ----------
    method
        An engine of `ENGINES`, or one of `METHODS`.
    evaluations
        Forward passes that it may spend; None for a method without a budget.
    """

    method: str
    evaluations: int | None = None

    @property
    def name(self) -> str:
        """Name in commands, for example "partition:300" or "gradcam"."""
        return self.method if self.evaluations is None else f"{self.method}:{self.evaluations}"

    @property
    def max_evaluations(self) -> int:
        """Maximum number of evaluations of a map and its curves."""
        return CURVES_EVALUATIONS + (self.evaluations or 0)


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
    """

    insertion: float
    deletion: float
    gain: float
    relevance_gain: float
    correlation: float
    slope: float
    span: float
    evaluations: int


def parse_method_runs(methods: str, evaluations: str) -> tuple[MethodRun, ...]:
    """Return every method with every budget, in the order in which they are written.

    Repetitions are dropped.

    Parameters
    ----------
    methods
        Names separated by commas. One with its own budget, such as `partition:10000`, gets no other.
    evaluations
        Numbers separated by commas.

    Raises
    ------
    NameUnknown, SettingRefused
        If a method does not exist, or a budget is no number of at least 2.
    """
    budgets = [_parse_budget(text) for text in _split_list("evaluations", evaluations)]
    runs: dict[MethodRun, None] = {}
    for text in _split_list("methods", methods):
        if ":" in text or not _is_budgeted(text):
            runs[parse_method_run(text)] = None
        else:
            runs |= {MethodRun(text, budget): None for budget in budgets}
    return tuple(runs)


def parse_method_run(text: str) -> MethodRun:
    """Return a method and its budget from a name such as `partition:300`.

    Raises
    ------
    NameUnknown, SettingRefused
        If there is no such method, or the budget is missing, wrong, or superfluous.
    """
    method, colon, budget = text.partition(":")
    if not _is_budgeted(method):
        if colon:
            raise SettingRefused(method, text, f"{method} alone, as it has no budget")
        return MethodRun(method)
    if not colon:
        raise SettingRefused(method, "without a budget", f"evaluations too, such as {method}:1000")
    return MethodRun(method, _parse_budget(budget))


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
        network: GradientNetwork | None = None,
        on_evaluations: Callable[[int], None] = lambda _evaluations: None,
    ) -> None:
        self._question = question
        self._target = target
        self._seed = _picture_seed(question.picture_hash, seed)
        self._network = network
        self._on_evaluations = on_evaluations

    def metrics(self, run: MethodRun) -> FaithfulnessMetrics:
        """Compute a map and its metrics.

        Raises
        ------
        SettingRefused, ExplanationFailed, ModelRefused
            See `explain.question.explain` and `attribution.compute_attribution`.
        """
        maskings = self._random_maskings
        shap_map, region_of, evaluations = self._compute_map(run)
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

    @cached_property
    def _random_maskings(self) -> RandomMaskings:
        spec = self._question.runtime.spec
        plan = random_masking_plan(self._target, spec, per_kind=MASKS_PER_KIND, seed=self._seed)
        return run_plan(self._question, plan, progress=self._new_counter())

    def _compute_map(self, run: MethodRun) -> tuple[NDArray[np.float32], NDArray[np.int32], int]:
        if run.method in ENGINES:
            question = replace(self._question, settings=_engine_settings(run, self._question.settings))
            # Through the store: a smaller budget of the same engine reuses the logits of a larger one.
            explanation, _ = explain(question, progress=self._new_counter())
            return self._target.map_of(explanation), explanation.region_of, explanation.evaluations
        attribution = compute_attribution(
            run.method,
            self._question,
            self._target.labels,
            evaluations=run.evaluations or 0,
            seed=self._seed,
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


def _split_list(name: str, text: str) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if not items:
        raise SettingRefused(name, repr(text), "at least one, with commas between them")
    return items


def _parse_budget(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise SettingRefused("evaluations", repr(text), "whole numbers of at least 2")
    return int(text)


def _is_budgeted(method: str) -> bool:
    known = (*ENGINES, *METHODS)
    if method not in known:
        raise NameUnknown("method", method, hint=f"There are {', '.join(known)}.")
    return method in ENGINES or METHODS[method].budgeted
