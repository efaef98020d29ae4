"""The commands `food101 ...`."""

from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console

app = typer.Typer(help="The real Food-101.", no_args_is_help=True)


@app.command("download")
def download_all(*, data: Annotated[Path, typer.Option(metavar="ROOT", help="Folder that gets food-101/.")]) -> None:
    """Fetch and unpack the real Food-101 (5 GB to fetch, 10.3 GB of disk)."""
    from xai_core.data.download import download  # noqa: PLC0415

    download(data, console.note)
