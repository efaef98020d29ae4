"""The command that measures what the maps of several methods are worth, on pictures of a study."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from xai_core.cli import console
from xai_core.cli.faithfulness_table import as_json_values, show
from xai_core.data.dataset import decoded
from xai_core.errors import ModelRefused, PictureUnreadable, SettingRefused, StudyRefused
from xai_core.explain.computation import Question, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.runtimes.gradients import GradientNetwork
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study, open_study
from xai_core.trust.faithfulness.evaluation import (
    TRIALS_EVALUATIONS,
    Figures,
    Judge,
    Task,
    figures_key,
    parsed_task,
    parsed_tasks,
)
from xai_core.trust.faithfulness.figures_store import KeptFigures
from xai_core.trust.faithfulness.sampling import drawn
from xai_core.trust.faithfulness.summary import summary
from xai_core.trust.methods import METHODS
from xai_core.trust.target import Target

PICTURES = 100

NICE = 10
"""By how much the process steps back behind others on the machine, such as the app."""


def faithfulness(
    name: str,
    studies: Path,
    *,
    methods: str,
    evals: str,
    pictures: int | None,
    seed: int,
    against: str | None,
    ids: Path | None,
    as_json: bool,
) -> None:
    """Judge methods on pictures of a study; stopped and called again, it goes on.

    Parameters
    ----------
    name, studies
        Which study.
    methods, evals
        See `parsed_tasks`.
    pictures
        How many, half of them mistakes where there are enough; None takes 100, or all of `ids`.
    seed
        Of the draw of pictures and of all that is drawn for them.
    against
        A task that the others are compared with, picture by picture.
    ids
        A file that names the pictures instead.
    as_json
        For machines.
    """
    tasks = parsed_tasks(methods, evals)
    reference = None if against is None else parsed_task(against)
    if reference is not None and reference not in tasks:
        tasks = (*tasks, reference)
    study = open_study(name, studies)
    chosen = _chosen(study, pictures, seed, ids)
    network, absent = _network(study, tasks)
    tasks = tuple(task for task in tasks if task.method not in absent)
    if not tasks or (reference is not None and reference not in tasks):
        raise ModelRefused(" ".join(absent.values()))
    with suppress(OSError, AttributeError):  # not every system has it
        os.nice(NICE)
    run = _Run(study, tasks, seed, network)
    run.judge(chosen)
    if not run.pictures:
        raise StudyRefused(
            f"None of the {len(run.lost)} pictures can be read any more.", f"Restore their files in {study.data_root}."
        )
    table = {task: {each.image_id: each.figures[task] for each in run.pictures} for task in tasks}
    rows = summary(table, reference, seed)
    mistakes = sum(study.row(each.image_id)["truth"] != each.target.label for each in run.pictures)
    about = {"study": name, "model_id": study.model_id, "seed": seed, "mistakes": int(mistakes)}
    found = about | as_json_values(table, rows, reference, run.settings) | {"absent": absent, "unreadable": run.lost}
    console.answer_json(found) if as_json else show(found, rows)


@dataclass(slots=True)
class _Picture:
    """A picture with what is known of it."""

    image_id: str
    picture_hash: str
    target: Target
    figures: dict[Task, Figures]
    missing: dict[Task, str]

    @property
    def work(self) -> int:
        """Evaluations at most that are still to be made."""
        return sum(task.judging for task in self.missing) + (TRIALS_EVALUATIONS if self.missing else 0)


@dataclass(slots=True)
class _Run:
    """Judges every task on every picture, and keeps what it finds in the study's folder.

    Attributes
    ----------
    pictures
        Those that could be read.
    lost
        Those that could not.
    """

    study: Study
    tasks: Sequence[Task]
    seed: int
    network: GradientNetwork | None
    pictures: list[_Picture] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def settings(self) -> ExplainSettings:
        """Of the engines, but for their names and budgets; their mask is everybody's."""
        return ExplainSettings.fitting(self.study.spec.input_size, len(self.study.labels), evaluations=2)

    @property
    def kept(self) -> KeptFigures:
        """Where figures are kept."""
        return KeptFigures(self.study.folder / "faithfulness")

    def judge(self, image_ids: Sequence[str]) -> None:
        """Find out all figures that an earlier run has not left."""
        for image_id in image_ids:
            with self._noting_loss(image_id):
                self._take_up(image_id)
        todo = [each for each in self.pictures if each.missing]
        if not todo:
            return
        runtime = self.study.open_runtime()
        try:
            with console.progress("Judging maps", "evaluations") as tell:
                meter = _Meter(tell, sum(each.work for each in todo))
                for picture in todo:
                    with self._noting_loss(picture.image_id):
                        self._find_out(picture, runtime, meter)
        except KeyboardInterrupt:
            console.note("Stopped. The same command goes on where it was.")
            raise
        self.pictures = [each for each in self.pictures if not each.missing]

    @contextmanager
    def _noting_loss(self, image_id: str) -> Iterator[None]:
        try:
            yield
        except PictureUnreadable as fault:
            console.note(fault.sentence)
            self.lost.append(image_id)

    def _take_up(self, image_id: str) -> None:
        target = Target(self.study.row(image_id)["guess"])
        hashed, model_id = picture_hash(self.study.picture_bytes(image_id)), self.study.model_id
        keys = {
            task: figures_key(task, target, self.settings, model_id=model_id, picture_hash=hashed, seed=self.seed)
            for task in self.tasks
        }
        known = {task: figures for task, key in keys.items() if (figures := self.kept.get(key)) is not None}
        missing = {task: key for task, key in keys.items() if task not in known}
        self.pictures.append(_Picture(image_id, hashed, target, known, missing))

    def _find_out(self, picture: _Picture, runtime: Runtime, meter: "_Meter") -> None:
        goal = meter.done + picture.work
        content = self.study.picture_bytes(picture.image_id)
        view = preprocess.view(decoded(content, picture.image_id), self.study.spec)
        store = ExplanationStore(self.study.explanations)
        question = Question(runtime, view, picture.picture_hash, self.settings, store)
        judge = Judge(question, picture.target, seed=self.seed, network=self.network, spent=meter.spend)
        # The largest budget first: an engine's smaller ones are then read off the same evaluations.
        for task in sorted(picture.missing, key=lambda each: -(each.evaluations or 0)):
            figures = judge.figures(task)
            self.kept.put(picture.missing.pop(task), figures)
            picture.figures[task] = figures
        meter.reach(goal)


class _Meter:
    """Counts evaluations; what turns out to need fewer than planned counts as done all the same."""

    def __init__(self, tell: console.Tell, planned: int) -> None:
        self._tell, self._planned = tell, planned
        self.done = 0

    def spend(self, evaluations: int) -> None:
        self.reach(self.done + evaluations)

    def reach(self, done: int) -> None:
        self.done = done
        self._tell(done, self._planned)


def _chosen(study: Study, pictures: int | None, seed: int, ids: Path | None) -> tuple[str, ...]:
    if pictures is not None and pictures < 1:
        raise SettingRefused("pictures", pictures, "at least 1")
    if ids is None:
        return drawn(study.table, PICTURES if pictures is None else pictures, seed)
    named = _ids_in(ids)[:pictures]
    for image_id in named:
        row = study.row(image_id)
        if row["unreadable"]:
            raise PictureUnreadable(image_id, row["unreadable"])
    return named


def _ids_in(path: Path) -> tuple[str, ...]:
    """Image ids of a file: a JSON list, or one a line."""
    try:
        text = path.read_text("utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("[") else [each.strip() for each in text.splitlines()]
    except (OSError, ValueError) as fault:
        expected = "a file with a JSON list of image ids, or with one a line"
        raise SettingRefused("ids", f"{path} ({fault})", expected) from fault
    if not all(isinstance(each, str) for each in found) or not any(found):
        raise SettingRefused("ids", path, "a file with at least one image id, such as pork_chop/1234")
    return tuple(dict.fromkeys(each for each in found if each))


def _network(study: Study, tasks: Sequence[Task]) -> tuple[GradientNetwork | None, dict[str, str]]:
    """Return the network, if a method needs it, and why methods are absent that cannot have it."""
    needing = [task.method for task in tasks if task.method in METHODS and METHODS[task.method].needs_network]
    if not needing:
        return None, {}
    try:
        return GradientNetwork.open(study.model_file, study.spec), {}
    except ModelRefused as fault:
        return None, {method: f"{METHODS[method].title} is left out: {fault.sentence}" for method in needing}
