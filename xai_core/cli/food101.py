"""The commands `food101 ...`."""

import typer

from xai_core.cli import console
from xai_core.cli.options import NewDataRoot

app = typer.Typer(help="The photographs of Food-101.", no_args_is_help=True)


@app.command("download")
def download_data(*, data: NewDataRoot) -> None:
    """Download and unpack Food-101 (5 GB to download, 10.3 GB on disk)."""
    # Imported here: --help must not wait for torchvision.
    from xai_core.data.download import download

    download(data, console.note)
