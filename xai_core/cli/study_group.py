"""The commands `study ...`."""

from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, Data, Name, Split, Studies

# What is needed is imported when a command is called: --help must not wait for torch, or need it.

app = typer.Typer(help="Make and look at studies: one model on one labelled set.", no_args_is_help=True)


@app.command("create")
def create(
    name: Name,
    *,
    data: Data,
    model: Annotated[Path, typer.Option(metavar="FILE", help="Model: .safetensors, .pth, .pt or .onnx.")],
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Class names in the order of the outputs, one a line or a JSON list."),
    ] = None,
    spec: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON spec of the model, where it has none with it.")
    ] = None,
    split: Annotated[Split, typer.Option(help="Which pictures.")] = Split.test,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Only N pictures, at equal steps through the sorted list: every class has its"
            " share, and it is always the same ones.",
        ),
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(metavar="A", help="torchvision's name of the network, where it is not recognised.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="T", help="Title for people.")] = None,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model about a labelled set and keep the answers. Stopped and called again, it goes on where it was."""
    from xai_core.cli import study  # noqa: PLC0415

    question = {
        "data": data,
        "model": model,
        "labels": labels,
        "spec": spec,
        "split": split.value,
        "limit": limit,
        "architecture": architecture,
        "title": title,
    }
    study.create(name, console.folder_of_studies(studies), question, as_json=as_json)


@app.command("list")
def list_all(*, studies: Studies = None, as_json: AsJson = False) -> None:
    """List all studies."""
    from xai_core.cli import study  # noqa: PLC0415

    study.list_all(console.folder_of_studies(studies), as_json=as_json)


@app.command("show")
def show(name: Name, *, studies: Studies = None, as_json: AsJson = False) -> None:
    """Show how good the model is and where it goes wrong most often."""
    from xai_core.cli import study  # noqa: PLC0415

    study.show(name, console.folder_of_studies(studies), as_json=as_json)
