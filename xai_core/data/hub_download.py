"""Download of Food-101 from the Hugging Face hub, as a parquet set."""

from pathlib import Path

from xai_core.files import reporting_disk_errors
from xai_core.hub import Say, answered, check_space, library
from xai_core.language import deferred, tr
from xai_core.texts import paragraph

REPOSITORY = "ethz/food101"
"""Name of the set on the hub: 101,000 photographs, 8 files of training pictures and 3 of validation pictures."""

FOLDER = "food101"
"""Folder that receives the files."""

FILES = ("README.md", "data/*.parquet")


def download_from_hub(root: Path, say: Say, *, repository: str = REPOSITORY) -> Path:
    """Download the parquet files of a set that are not there yet.

    A call that is stopped and made again continues with the files, and the parts of files, that are missing.

    Parameters
    ----------
    root
        Folder that receives the folder `food101`.
    say
        Receives a sentence before each step, first of all what it will cost.
    repository
        Name of the set on the hub.

    Returns
    -------
    The folder of the set, which `study create` reads as it is.

    Raises
    ------
    DownloadFailed
        If the library is not installed, or the hub cannot be reached.
    StoreRefused
        If the disk has too little space or takes no files.
    """
    hub = library()
    folder = root / FOLDER
    with reporting_disk_errors(root, deferred("Choose another folder.")):
        root.mkdir(parents=True, exist_ok=True)
    where = {"repo_type": "dataset", "local_dir": folder, "allow_patterns": list(FILES)}
    planned = answered(lambda: hub.snapshot_download(repository, **where, dry_run=True), repository)
    missing = [file for file in planned if file.will_download]
    needed = sum(file.file_size or 0 for file in missing)
    if not missing:
        say(tr("{name} is complete in {folder}. Nothing is downloaded.", name=repository, folder=folder))
        return folder
    there = len(planned) - len(missing)
    needs = tr(
        "{name} needs {gigabytes:.1f} GB to download, and as much on disk, in {folder}.",
        name=repository,
        gigabytes=needed / 1e9,
        folder=folder,
    )
    done = tr("{there} of {number} files are there already.", there=there, number=len(planned))
    say(paragraph(needs, done if there else ""))
    check_space(root, needed, repository)
    answered(lambda: hub.snapshot_download(repository, **where), repository)
    say(tr("{name} is complete in {folder}.", name=repository, folder=folder))
    return folder
