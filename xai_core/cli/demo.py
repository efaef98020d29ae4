"""The commands of the demo kitchen: prepare its study, paint more of it, verify its planted causes."""

import math
import os
from dataclasses import asdict
from pathlib import Path

from xai_core.cli import console
from xai_core.demo import first_run, paint_dataset
from xai_core.demo.verify import CueFigures, verify
from xai_core.errors import XaiError
from xai_core.settings import ExplainSettings
from xai_core.study.study import open_study


class OrderRefused(XaiError):
    """A data set that the kitchen does not paint."""


def prepare(studies: Path) -> None:
    """Make what is missing of the demo's study."""
    study = first_run.prepare(studies, console.progress)
    console.note(f"The demo is ready: {study.title}, {len(study.table):,} pictures.")


def paint(root: Path, *, train: int, test: int, seed: int) -> None:
    """Paint a data set in Food-101's layout."""
    try:
        with console.progress("Painting", "pictures") as tell:
            paint_dataset.paint_all(root, train=train, test=test, seed=seed, workers=os.cpu_count() or 1, progress=tell)
    except ValueError as fault:
        raise OrderRefused(str(fault)) from fault


def verify_causes(studies: Path, *, evaluations: int, as_json: bool) -> None:
    """Measure what the planted causes cause, and what explanations make of them."""
    study = open_study(first_run.STUDY, studies)
    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations)
    with console.progress("Explaining", "mistakes") as tell:
        figures = verify(study, settings, progress=tell)
    if as_json:
        console.answer_json({"evaluations": evaluations, "cues": [_plain(each) for each in figures]})
    else:
        console.answer(_as_text(figures))


def _plain(figures: CueFigures) -> dict[str, object]:
    """The figures without NaN, which JSON does not know."""
    values = asdict(figures).items()
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values}


def _as_text(figures: list[CueFigures]) -> str:
    head = ["cue", "truth -> guess", "shown", "mistakes", "fixed", "broken", "area", "evidence", "over area"]
    rows = [head]
    for each in figures:
        shares = (each.fixed_share, each.broken_share, each.area_share, each.evidence_share)
        rows.append(
            [
                each.cue,
                f"{each.truth} -> {each.guess}",
                str(each.shown),
                str(each.mistakes),
                *("-" if math.isnan(share) else f"{share:.0%}" for share in shares),
                "-" if math.isnan(each.contrast_over_area) else f"{each.contrast_over_area:.1f}",
            ]
        )
    return f"{console.aligned(rows, 'LLRRRRRRR')}\n\n{_READING}"


_READING = """\
shown: test pictures of the true class that carry the cue; mistakes: those called the guess.
fixed: part of these mistakes that turn right when the cue is painted away.
broken: part of the right answers without the cue that turn wrong when it is painted in.
area, evidence: part of the picture, and of what speaks for the guess rather than the truth, on the cue."""
