"""What the maps of several methods are worth, on one picture: every map is put to the same trials."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import NameUnknown, SettingRefused
from xai_core.explain.computation import ENGINES, Question, explain
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.settings import ExplainSettings
from xai_core.trust.attribution import attributed
from xai_core.trust.curves import EVALUATIONS as CURVES_EVALUATIONS
from xai_core.trust.curves import curves_plan, falling
from xai_core.trust.methods import METHODS
from xai_core.trust.plan import answered
from xai_core.trust.random_masking import Trials, trials_plan
from xai_core.trust.target import Target

EACH = 25
"""Random maskings of each of four kinds, on which predicted and actual changes are compared."""

TRIALS_EVALUATIONS = 4 * EACH + 1

VERSION = 1
"""Raise it when the same question starts to give other figures; those that were kept are then found out anew."""

FIGURES = ("insertion", "deletion", "gain", "relevance_gain", "correlation")
"""What is reported of a map, in this order."""


@dataclass(frozen=True, slots=True)
class Task:
    """A method with its budget.

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
        """As it is written in commands: `partition:300`, or `gradcam`."""
        return self.method if self.evaluations is None else f"{self.method}:{self.evaluations}"

    @property
    def judging(self) -> int:
        """Evaluations at most that a map and its curves take."""
        return CURVES_EVALUATIONS + (self.evaluations or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one map of one picture is worth.

    Attributes
    ----------
    insertion, deletion
        Areas under the curves of the scaled logit; NaN where showing the picture adds too little to it.
    gain
        Insertion minus deletion.
    relevance_gain
        The same of the probability; see `Curves.relevance_gain`.
    correlation, slope
        Of actual with predicted changes; see `Prediction`.
    span
        What showing the picture adds to the label's logit.
    evaluations
        Forward passes that the map took.
    """

    insertion: float
    deletion: float
    gain: float
    relevance_gain: float
    correlation: float
    slope: float
    span: float
    evaluations: int


def parsed_tasks(methods: str, evaluations: str) -> tuple[Task, ...]:
    """Return methods times budgets, each once, in the order in which they were written.

    Parameters
    ----------
    methods
        Names between commas. One with a budget of its own, such as `partition:10000`, gets no other.
    evaluations
        Numbers between commas.

    Raises
    ------
    NameUnknown, SettingRefused
        If a method does not exist, or a budget is no number of at least 2.
    """
    budgets = [_number(each) for each in _listed("evals", evaluations)]
    tasks: dict[Task, None] = {}
    for written in _listed("methods", methods):
        if ":" in written or not _is_budgeted(written):
            tasks[parsed_task(written)] = None
        else:
            tasks |= {Task(written, budget): None for budget in budgets}
    return tuple(tasks)


def parsed_task(written: str) -> Task:
    """Return a task from its name.

    Raises
    ------
    NameUnknown, SettingRefused
        If there is no such method, or the budget is missing, wrong, or too much.
    """
    method, colon, budget = written.partition(":")
    if not _is_budgeted(method):
        if colon:
            raise SettingRefused(method, written, f"{method} alone, as it has no budget")
        return Task(method)
    if not colon:
        raise SettingRefused(method, "without a budget", f"evaluations too, such as {method}:1000")
    return Task(method, _number(budget))


class Judge:
    """Judges maps of one picture; what hiding its random parts does is found out once.

    Parameters
    ----------
    question
        Model, picture, store, and the settings of the engines but for their name and their evaluations.
    target
        What the maps are for.
    seed
        Of everything that is drawn; together with the picture, so that no two have the same draws.
    network
        For methods that need one.
    spent
        Told how many evaluations have been made since it was told last.
    """

    def __init__(
        self,
        question: Question,
        target: Target,
        *,
        seed: int,
        network: GradientNetwork | None = None,
        spent: Callable[[int], None] = lambda _evaluations: None,
    ) -> None:
        self._question = question
        self._target = target
        self._seed = _seed_of(question.picture_hash, seed)
        self._network = network
        self._spent = spent

    def figures(self, task: Task) -> Figures:
        """Make a map and judge it.

        Raises
        ------
        SettingRefused, ExplanationFailed, ModelRefused
            As the methods do.
        """
        trials = self._trials
        shap_map, region_of, evaluations = self._map(task)
        plan = curves_plan(falling(shap_map, region_of), self._target, self._question.runtime.spec)
        curves = answered(self._question, plan, progress=self._counting())
        prediction = trials.prediction(shap_map)
        return Figures(
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
    def _trials(self) -> Trials:
        plan = trials_plan(self._target, self._question.runtime.spec, each=EACH, seed=self._seed)
        return answered(self._question, plan, progress=self._counting())

    def _map(self, task: Task) -> tuple[NDArray[np.float32], NDArray[np.int32], int]:
        if task.method in ENGINES:
            question = replace(self._question, settings=_settings_of(task, self._question.settings))
            explanation, _ = explain(question, progress=self._counting())
            return self._target.map_of(explanation), explanation.region_of, explanation.evaluations
        found = attributed(
            task.method,
            self._question,
            self._target.labels,
            evaluations=task.evaluations or 0,
            seed=self._seed,
            network=self._network,
            progress=self._counting(),
        )
        return self._target.map_of(found), found.region_of, found.evaluations

    def _counting(self) -> Callable[[int, int], None]:
        before = 0

        def progress(done: int, _planned: int) -> None:
            nonlocal before
            self._spent(done - before)
            before = done

        return progress


def figures_key(
    task: Task, target: Target, settings: ExplainSettings, *, model_id: str, picture_hash: str, seed: int
) -> str:
    """Name of figures: the same for the same task, target, model, picture, mask and seed."""
    if task.method in ENGINES:
        of_map = _settings_of(task, settings).key(model_id=model_id, picture_hash=picture_hash)
    else:
        of_map = f"{settings.mask} {settings.blur_px if settings.blurs else ''} {settings.colour}"
        # Left out at first: figures of methods that have stayed what they were are still found.
        of_map += f" {version}" if (version := METHODS[task.method].version) > 1 else ""
    parts = (VERSION, EACH, task.name, asdict(target), model_id, picture_hash, seed, of_map)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _seed_of(picture_hash: str, seed: int) -> int:
    return int(hashlib.sha256(f"{seed} {picture_hash}".encode()).hexdigest()[:8], 16)


def _settings_of(task: Task, settings: ExplainSettings) -> ExplainSettings:
    assert task.evaluations is not None
    return replace(settings, engine=task.method, evaluations=task.evaluations)


def _listed(name: str, text: str) -> list[str]:
    found = [each.strip() for each in text.split(",") if each.strip()]
    if not found:
        raise SettingRefused(name, repr(text), "at least one, with commas between them")
    return found


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise SettingRefused("evals", repr(text), "whole numbers of at least 2")
    return int(text)


def _is_budgeted(method: str) -> bool:
    known = (*ENGINES, *METHODS)
    if method not in known:
        raise NameUnknown("method", method, hint=f"There are {', '.join(known)}.")
    return method in ENGINES or METHODS[method].budgeted
