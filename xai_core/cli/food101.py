"""The commands `food101 ...`."""

from enum import StrEnum
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.help.commands import Commands
from xai_core.cli.options import NewDataRoot
from xai_core.language import tr

app = Commands(help=tr("The photographs of Food-101."))


class Origin(StrEnum):
    """Places that offer Food-101."""

    archive = "archive"
    huggingface = "huggingface"


@app.command("download")
def download_data(
    *,
    data: NewDataRoot,
    origin: Annotated[
        Origin,
        typer.Option(
            "--from",
            help=tr(
                "archive is food-101.tar.gz, unpacked into food-101/ (5 GB to download, 10.3 GB on disk). huggingface"
                " is the parquet set ethz/food101, into food101/ (5.1 GB to download and on disk)."
            ),
        ),
    ] = Origin.archive,
) -> None:
    """Download Food-101. If the command is stopped, the same command continues."""
    # Imported here: --help must not wait for torchvision.
    from xai_core.data.download import download
    from xai_core.data.hub_download import download_from_hub

    with console.resumable():
        if origin is Origin.huggingface:
            download_from_hub(data, console.note)
        else:
            download(data, console.note)
