"""Arguments of the Python API as questions to the engines, and progress bars."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tqdm.auto import tqdm

from xai_core.explain.explanation import Explanation
from xai_core.explain.question import Question, explain
from xai_core.language import tr
from xai_core.model.spec import ModelSpec
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import USUAL_EVALUATIONS, ExplainSettings


def explain_settings(
    spec: ModelSpec,
    *,
    evaluations: int = USUAL_EVALUATIONS,
    engine: str | None = None,
    mask: str = "blur",
    blur_px: int | None = None,
    colour: tuple[int, int, int] | None = None,
    seed: int = 0,
) -> ExplainSettings:
    """Return settings that fit a model; see `Explainer.explain`."""
    fitting = ExplainSettings.fitting(spec.input_size, len(spec.labels), evaluations=evaluations, blur_px=blur_px)
    chosen = fitting.engine if engine is None else engine
    settings = replace(fitting, mask=mask, colour=colour).by_engine(chosen, seed)
    settings.check_against(spec.input_size, spec.labels)
    return settings


def compute(question: Question, *, progress: bool | Progress) -> Explanation:
    """Compute an explanation in this thread, with a progress bar if `progress` is True."""
    with _reporting(progress=progress, planned=question.planned) as report:
        explanation, _ = explain(question, progress=report)
    return explanation


class _Bar(tqdm):  # type: ignore[type-arg]
    """Progress bar without tqdm's monitor, a thread that would outlive it."""

    monitor_interval = 0


@contextmanager
def _reporting(*, progress: bool | Progress, planned: int) -> Iterator[Progress]:
    """Give a function that reports progress: the caller's own, one that moves a bar, or one that does nothing."""
    if callable(progress):
        yield progress
    elif progress:
        with _Bar(total=planned, desc=tr("Explaining"), unit=tr("evaluation"), leave=False) as bar:

            def move(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield move
    else:
        yield ignore_progress
