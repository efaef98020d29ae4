"""Command line of the project, `python -m xai_core` or `confusion-explainer`."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import xai_core
from xai_core.cli import console, demo, food101, model, study_moves
from xai_core.cli.bench import bench
from xai_core.cli.check import check
from xai_core.cli.confusions import confusions
from xai_core.cli.explain.command import explain
from xai_core.cli.faithfulness.command import faithfulness
from xai_core.cli.help.commands import Commands
from xai_core.cli.pictures.cohorts import cohorts
from xai_core.cli.pictures.duplicates import duplicates
from xai_core.cli.pictures.label_errors import label_errors
from xai_core.cli.pictures.neighbours import neighbours
from xai_core.cli.pictures.properties import properties
from xai_core.cli.pictures.select import select
from xai_core.cli.precompute import precompute
from xai_core.cli.repair.compare_studies import compare_studies
from xai_core.cli.repair.repair import repair
from xai_core.cli.repair.requests import request_data
from xai_core.cli.repair.suspects import cause_test, suspects
from xai_core.cli.train import train
from xai_core.cli.verdicts import verdicts
from xai_core.errors import XaiError
from xai_core.language import tr

app = Commands(add_completion=False, pretty_exceptions_enable=False)
# In the order in which --help lists them.
COMMANDS = (
    confusions,
    explain,
    precompute,
    faithfulness,
    suspects,
    cause_test,
    repair,
    label_errors,
    properties,
    duplicates,
    neighbours,
    cohorts,
    select,
    request_data,
    compare_studies,
    verdicts,
    bench,
    train,
    check,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(study_moves.app, name="study")  # the same as study.app, with all commands
app.add_typer(model.app, name="model")
app.add_typer(demo.app, name="demo")
app.add_typer(food101.app, name="food101")


def _write_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        console.write_text(f"{console.SCRIPT} {xai_core.__version__}")
        raise typer.Exit


@app.callback(help=tr("Explain why an image classifier takes one class for another."))
def options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_write_version, is_eager=True, help=tr("Show the version and exit."))
    ] = False,
) -> None:
    """Options of the program itself, without a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit.

    The exit code is 0 after success, 1 after an error that is reported in a sentence, 2 after wrong usage, and 130
    after Ctrl-C.

    Parameters
    ----------
    arguments
        Arguments without the name of the program; None takes those of the process.

    Raises
    ------
    SystemExit
        Always.
    """
    # To stderr, because stdout is for answers. Training reports its epochs, and the stores their warnings, by logging.
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("xai_core").setLevel(logging.INFO)
    try:
        app(arguments, prog_name=console.program())
    except XaiError as error:
        console.note(tr("error: {message}", message=console.error_text(error)))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
