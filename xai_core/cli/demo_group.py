"""The commands `demo ...`."""

from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, Studies

# What is needed is imported when a command is called: --help must not wait for torch, or need it.

app = typer.Typer(help="The demo kitchen: painted dishes whose mistakes have known causes.", no_args_is_help=True)


@app.command("prepare")
def prepare(*, studies: Studies = None) -> None:
    """Paint, predict and explain what is missing of the demo's study."""
    from xai_core.cli import demo  # noqa: PLC0415

    demo.prepare(console.folder_of_studies(studies))


@app.command("paint")
def paint(
    *,
    data: Annotated[Path, typer.Option(metavar="ROOT", help="Folder that gets food-101/.")],
    pictures: Annotated[int, typer.Option("--train", metavar="N", help="Train pictures a class.")] = 100,
    test: Annotated[int, typer.Option(metavar="N", help="Test pictures a class.")] = 20,
    seed: Annotated[int, typer.Option(metavar="N", help="The shipped model is trained on 101.")] = 101,
) -> None:
    """Paint a data set in Food-101's layout, with masks and the table of planted causes."""
    from xai_core.cli import demo  # noqa: PLC0415

    demo.paint(data, train=pictures, test=test, seed=seed)


@app.command("verify")
def verify(
    *,
    evals: Annotated[int, typer.Option(metavar="N", help="Evaluations an explanation.")] = 1000,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Measure whether the planted causes cause the mistakes, and whether explanations find them."""
    from xai_core.cli import demo  # noqa: PLC0415

    demo.verify_causes(console.folder_of_studies(studies), evaluations=evals, as_json=as_json)
