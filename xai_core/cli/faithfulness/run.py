"""Evaluation of methods on the pictures of a study, for the command `faithfulness`."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from xai_core.cli import console
from xai_core.cli.faithfulness.worker import FaithfulnessWork, PictureToEvaluate, evaluate_methods
from xai_core.errors import ModelRefused, PictureUnreadable, SettingRefused, WorkerDied
from xai_core.explain.store import ExplanationStore
from xai_core.explain.target import Target
from xai_core.language import deferred, mark, tr
from xai_core.model.runtime import Runtime
from xai_core.progress import Progress
from xai_core.runtimes.helper.network import LayeredNetwork
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study import network
from xai_core.study.remote.model import study_model
from xai_core.study.study import Study
from xai_core.trust.curves import EVALUATIONS as CURVES_EVALUATIONS
from xai_core.trust.faithfulness.evaluation import (
    RANDOM_MASKING_EVALUATIONS,
    FaithfulnessMetrics,
    metrics_key,
)
from xai_core.trust.faithfulness.method_run import MethodRun
from xai_core.trust.faithfulness.metrics_store import MetricsStore
from xai_core.trust.faithfulness.sampling import sample_pictures
from xai_core.trust.methods import METHODS
from xai_core.workers.pool import WorkerPool

PICTURES = 100
"""Pictures that are evaluated where no number is given."""


def choose_pictures(study: Study, count: int | None, seed: int, named: Sequence[str] | None) -> tuple[str, ...]:
    """Return the pictures to evaluate.

    Parameters
    ----------
    study
        Study of the pictures.
    count
        Number of pictures; None for 100, or for all of `named`.
    seed
        Seed of the random choice.
    named
        Image ids to take instead of a random choice.

    Raises
    ------
    SettingRefused
        If the number is below 1.
    NameUnknown, PictureUnreadable
        If a named picture does not exist or cannot be read.
    """
    if count is not None and count < 1:
        raise SettingRefused("pictures", count, deferred("at least {number}", number=1))
    if named is None:
        return sample_pictures(study.table, PICTURES if count is None else count, seed)
    chosen = tuple(named[:count])
    for image_id in chosen:
        row = study.row(image_id)
        if row["unreadable"]:
            raise PictureUnreadable(image_id, row["unreadable"])
    return chosen


def open_network(study: Study, method_runs: Sequence[MethodRun]) -> tuple[LayeredNetwork | None, dict[str, str]]:
    """Open the network for methods that need its gradients.

    Returns
    -------
    The network, or None, and the reason for each method that cannot be evaluated without it.
    """
    methods = [run.method for run in method_runs if run.method in METHODS and METHODS[run.method].needs_network]
    if not methods:
        return None, {}
    try:
        return network.open_network(study), {}
    except ModelRefused as error:
        return None, {
            method: tr("{method} is left out: {reason}", method=tr(METHODS[method].title), reason=error.sentence)
            for method in methods
        }


@dataclass(slots=True)
class EvaluatedPicture:
    """Picture with the metrics that are known and the keys of those that are missing or lack their stability."""

    image_id: str
    picture_hash: str
    target: Target
    metrics: dict[MethodRun, FaithfulnessMetrics]
    missing: dict[MethodRun, str]
    stability: bool

    def to_evaluate(self, content: bytes | None = None) -> PictureToEvaluate:
        """Return what is to be evaluated, with the content of the picture's file if it is sent."""
        return PictureToEvaluate(self.image_id, self.target, tuple(self.missing), dict(self.metrics), content)

    @property
    def work(self) -> int:
        """Upper limit of the evaluations that are still to be done."""
        maps = 3 if self.stability else 1
        each = sum(CURVES_EVALUATIONS + maps * (run.evaluations or 0) for run in self.missing)
        return each + (RANDOM_MASKING_EVALUATIONS if self.missing else 0)


@dataclass(slots=True)
class FaithfulnessRun:
    """Evaluation of methods on pictures, with each result stored at once.

    Attributes
    ----------
    study, method_runs, seed
        Study of the pictures, methods with their numbers of evaluations, and the seed of everything random.
    network
        Network for methods that need gradients.
    stability
        True to compute two more maps of each, by another seed and of the shifted picture.
    pool, ship
        Workers that evaluate pictures side by side, None for this process alone; True to send them pictures and model.
    pictures
        Pictures that could be read.
    unreadable
        Image ids of those that could not.
    """

    study: Study
    method_runs: Sequence[MethodRun]
    seed: int
    network: LayeredNetwork | None
    stability: bool = False
    pool: WorkerPool | None = None
    ship: bool = False
    pictures: list[EvaluatedPicture] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def settings(self) -> ExplainSettings:
        """Settings that all methods share, such as the mask.

        Engine and evaluations are replaced for each method run.
        """
        return ExplainSettings.fitting(self.study.spec.input_size, len(self.study.labels), evaluations=2)

    def metrics(self) -> dict[MethodRun, dict[str, FaithfulnessMetrics]]:
        """Return the metrics by method and picture."""
        return {run: {picture.image_id: picture.metrics[run] for picture in self.pictures} for run in self.method_runs}

    def mistakes(self) -> int:
        """Return the number of evaluated pictures that the model gets wrong."""
        truths = {picture.image_id: self.study.row(picture.image_id)["truth"] for picture in self.pictures}
        return sum(truths[picture.image_id] != picture.target.label for picture in self.pictures)

    def evaluate(self, image_ids: Sequence[str]) -> None:
        """Evaluate all methods on the pictures, except for what an earlier run has stored."""
        for image_id in image_ids:
            with self._noting_unreadable(image_id):
                self.pictures.append(self._look_up(image_id))
        unfinished = [picture for picture in self.pictures if picture.missing]
        if not unfinished:
            return
        # Ctrl-C loses at most the map in work, because each result is stored at once.
        with console.resumable(), console.progress(mark("Evaluating maps"), mark("evaluations")) as progress:
            meter = _Meter(progress, sum(picture.work for picture in unfinished))
            if self.pool is not None:
                self._evaluate_by_workers(unfinished, meter)
            else:
                runtime = self.study.open_runtime()
                for picture in unfinished:
                    with self._noting_unreadable(picture.image_id):
                        self._evaluate_picture(picture, runtime, meter)
        self.pictures = [picture for picture in self.pictures if not picture.missing]

    @property
    def _store(self) -> MetricsStore:
        return MetricsStore(self.study.folder / "faithfulness")

    @contextmanager
    def _noting_unreadable(self, image_id: str) -> Iterator[None]:
        try:
            yield
        except PictureUnreadable as error:
            console.note(error.sentence)
            self.unreadable.append(image_id)

    def _look_up(self, image_id: str) -> EvaluatedPicture:
        """Return a picture with the metrics that earlier runs have stored."""
        target = Target(self.study.row(image_id)["guess"])
        picture_hash, model_id = self.study.picture_hash(image_id), self.study.model_id
        keys = {
            run: metrics_key(run, target, self.settings, model_id=model_id, picture_hash=picture_hash, seed=self.seed)
            for run in self.method_runs
        }
        stored = {run: found for run, key in keys.items() if (found := self._store.get(key)) is not None}
        missing = {
            run: key
            for run, key in keys.items()
            if run not in stored or (self.stability and math.isnan(stored[run].seeds))
        }
        return EvaluatedPicture(image_id, picture_hash, target, stored, missing, self.stability)

    def _evaluate_picture(self, picture: EvaluatedPicture, runtime: Runtime, meter: "_Meter") -> None:
        goal = meter.done + picture.work
        store = ExplanationStore(self.study.explanations)
        question = self.study.question(picture.image_id, self.settings, runtime, store)
        for run, metrics in evaluate_methods(
            question,
            picture.to_evaluate(),
            seed=self.seed,
            network=self.network,
            stability=self.stability,
            on_evaluations=meter.spend,
        ):
            self._keep(picture, run, metrics)
        meter.reach(goal)

    def _keep(self, picture: EvaluatedPicture, run: MethodRun, metrics: FaithfulnessMetrics) -> None:
        self._store.put(picture.missing.pop(run), metrics)
        picture.metrics[run] = metrics

    def _evaluate_by_workers(self, pictures: Sequence[EvaluatedPicture], meter: "_Meter") -> None:
        assert self.pool is not None
        study, known = self.study, {picture.image_id: picture for picture in pictures}
        work = FaithfulnessWork(
            model=study_model(study, [*known], ship=self.ship),
            data=None if self.ship else study.data,
            settings=self.settings,
            seed=self.seed,
            stability=self.stability,
            with_network=self.network is not None,
        )
        for done in self.pool.run(work, self._items(pictures)):
            picture = known[done.item.image_id]
            goal = meter.done + picture.work
            if isinstance(done.fault, PictureUnreadable | WorkerDied):
                console.note(
                    tr("{picture} is left out: {reason}", picture=picture.image_id, reason=done.fault.sentence)
                )
                self.unreadable.append(picture.image_id)
            elif done.fault is not None:
                raise done.fault
            for run, metrics in (done.answer or {}).items():
                self._keep(picture, run, metrics)
            meter.reach(goal)

    def _items(self, pictures: Sequence[EvaluatedPicture]) -> Iterator[PictureToEvaluate]:
        for picture in pictures:
            yield picture.to_evaluate(self.study.data.read_bytes(picture.image_id) if self.ship else None)


class _Meter:
    """Counter of evaluations for the progress.

    A picture that needs fewer evaluations than planned is counted with the planned ones when it is done, so that the
    progress ends at 100 %.
    """

    def __init__(self, progress: Progress, planned: int) -> None:
        self._progress, self._planned = progress, planned
        self.done = 0

    def spend(self, evaluations: int) -> None:
        self.reach(self.done + evaluations)

    def reach(self, done: int) -> None:
        self.done = done
        self._progress(done, self._planned)
