"""The commands `demo ...`."""

import math
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from xai_core.cli import console
from xai_core.cli.help.commands import Commands
from xai_core.cli.options import AsJson, Evaluations, NewDataRoot, StudiesFolder
from xai_core.errors import PaintRequestRefused
from xai_core.language import deferred, mark, tr
from xai_core.settings.explain_settings import ExplainSettings

if TYPE_CHECKING:
    from xai_core.demo.verify import CueFigures

# The commands import xai_core.demo themselves: --help must not wait for OpenCV and pandas.

app = Commands(help=tr("The demo kitchen: painted dishes whose mistakes have known causes."))


@app.command("prepare")
def prepare(*, studies: StudiesFolder = None) -> None:
    """Create the demo's study: paint, predict, and explain the pictures of its stories.

    Steps that an earlier run has completed are skipped.
    """
    from xai_core.demo import first_run

    console.lower_priority()
    study = first_run.prepare(console.studies_folder(studies), console.progress)
    console.note(tr("The demo is ready: {title}, {number:,} pictures.", title=study.title, number=len(study.table)))


@app.command("paint")
def paint(
    *,
    data: NewDataRoot,
    train: Annotated[int, typer.Option(metavar="N", help=tr("Train pictures per class."))] = 100,
    test: Annotated[int, typer.Option(metavar="N", help=tr("Test pictures per class."))] = 20,
    seed: Annotated[
        int, typer.Option(metavar="N", help=tr("Seed of the pictures. The shipped model is trained on 101."))
    ] = 101,
) -> None:
    """Paint a data set in Food-101's layout, with masks and a table of planted causes.

    If the command is stopped, the same command continues where it stopped.
    """
    from xai_core.demo.paint_dataset import paint_all

    workers = os.cpu_count() or 1
    try:
        with console.progress(mark("Painting"), mark("pictures")) as progress:
            paint_all(data, train=train, test=test, seed=seed, workers=workers, progress=progress)
    except ValueError as error:
        raise PaintRequestRefused(deferred(str(error))) from error


@app.command("verify")
def verify(*, evaluations: Evaluations = 1000, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """Measure whether the planted causes cause the mistakes and whether explanations find them."""
    from xai_core.demo import first_run
    from xai_core.demo.verify import verify as verify_causes
    from xai_core.study.study import open_study

    study = open_study(first_run.STUDY, console.studies_folder(studies))
    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations)
    with console.progress(mark("Explaining"), mark("mistakes")) as progress:
        figures = verify_causes(study, settings, progress=progress)
    if as_json:
        console.write_json({"evaluations": evaluations, "cues": [_json_values(cue) for cue in figures]})
    else:
        console.write_text(_as_text(figures))


def _json_values(figures: "CueFigures") -> dict[str, object]:
    """Return the figures with None in place of NaN, which JSON does not have."""
    values = asdict(figures).items()
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values}


_HELP = mark(
    """\
shown: test pictures of the true class that carry the cue. mistakes: those of them that are taken for the guess.
fixed: share of these mistakes that become right when the cue is painted away.
broken: share of right answers without the cue that become wrong when the cue is painted in.
area: share of the picture that the cue covers.
evidence: share of the evidence for the guess rather than the truth that lies on the cue.
over area: evidence divided by area; 1 is what chance would give."""
)


def _as_text(figures: list["CueFigures"]) -> str:
    rows = [
        [
            tr("cue"),
            tr("truth -> guess"),
            tr("shown"),
            tr("mistakes"),
            tr("fixed"),
            tr("broken"),
            tr("area"),
            tr("evidence"),
            tr("over area"),
        ]
    ]
    for cue in figures:
        shares = (cue.fixed_share, cue.broken_share, cue.area_share, cue.evidence_share)
        rows.append(
            [
                cue.cue,
                f"{cue.truth} -> {cue.guess}",
                str(cue.shown),
                str(cue.mistakes),
                *("-" if math.isnan(share) else f"{share:.0%}" for share in shares),
                "-" if math.isnan(cue.contrast_over_area) else f"{cue.contrast_over_area:.1f}",
            ]
        )
    return f"{console.table(rows, 'LLRRRRRRR')}\n\n{tr(_HELP)}"
