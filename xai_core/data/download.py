"""Download of the real Food-101 data set."""

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import DataRefused, DownloadFailed, StoreRefused
from xai_core.files import reporting_disk_errors
from xai_core.hub import check_space
from xai_core.language import deferred, tr

ARCHIVE_BYTES = 4_996_278_331
"""Approximate size of food-101.tar.gz."""
UNPACKED_BYTES = 5_300_000_000
"""Size of the unpacked folder, rounded up."""

UNPACKING = ".food-101.part"

Say = Callable[[str], None]
"""Callback that receives a sentence about the next step."""


@dataclass(frozen=True, slots=True)
class State:
    """Parts of Food-101 that a folder already has.

    Attributes
    ----------
    archive
        True if the folder has `food-101.tar.gz`.
    missing
        Number of pictures that the lists name and that do not exist; None without a readable `food-101/`.
    """

    archive: bool
    missing: int | None


def download(root: Path, say: Say) -> Path:
    """Download Food-101 into a folder, from torchvision's address and with its checksum.

    A call that is stopped and made again continues, or repeats the step that was broken off.

    Parameters
    ----------
    root
        Folder that receives `food-101.tar.gz` and `food-101/`, which is unpacked from it.
    say
        Receives a sentence before each step.

    Returns
    -------
    The folder `food-101`.

    Raises
    ------
    StoreRefused
        If the disk has too little space or takes no files.
    DownloadFailed
        If the archive cannot be fetched, or its checksum is wrong.
    """
    folder = root / "food-101"
    found = state(root)
    if found.missing == 0:
        say(tr("{name} is complete in {folder}. Nothing is downloaded.", name="Food-101", folder=folder))
        return folder
    needed = UNPACKED_BYTES + (0 if found.archive else ARCHIVE_BYTES)
    _check_room(root, needed)
    say(tr("Food-101 (101,000 photographs) needs {gigabytes:.1f} GB in {folder}.", gigabytes=needed / 1e9, folder=root))
    archive = _fetched(root)
    if found.missing:
        say(
            tr(
                "{number:,} pictures of {folder} are missing. It is unpacked again.",
                number=found.missing,
                folder=folder,
            )
        )
    _unpack(archive, root, say)
    left = state(root).missing
    if left != 0:
        raise DownloadFailed(
            deferred("{folder} still lacks {number} pictures.", folder=folder, number=left),
            deferred("Delete {file} and try again.", file=archive),
        )
    say(
        tr(
            "Food-101 is complete in {folder}. The archive {archive} may be deleted.",
            folder=folder,
            archive=archive.name,
        )
    )
    return folder


def state(root: Path) -> State:
    """Return which parts of Food-101 a folder already has."""
    try:
        folders = [open_data(root, DataOptions(format="food101", split=split)) for split in ("train", "test")]
    except DataRefused:
        missing = None
    else:
        missing = sum(not folder.exists(picture.image_id) for folder in folders for picture in folder.pictures)
    return State(archive=(root / "food-101.tar.gz").is_file(), missing=missing)


def _check_room(root: Path, needed: int) -> None:
    with reporting_disk_errors(root, deferred("Choose another folder.")):
        root.mkdir(parents=True, exist_ok=True)
        check_space(root, needed, "Food-101")


def _fetched(root: Path) -> Path:
    """Return the archive, and download it unless it exists with the right checksum."""
    from torchvision.datasets import Food101, utils  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    address = Food101._URL  # noqa: SLF001 - torchvision names the address and checksum nowhere else
    try:
        utils.download_url(address, str(root), md5=Food101._MD5)  # noqa: SLF001
    except (URLError, OSError, RuntimeError) as fault:
        # A part of the archive under the archive's name would count as the archive.
        with contextlib.suppress(OSError):
            (root / "food-101.tar.gz").unlink(missing_ok=True)
        raise DownloadFailed(
            deferred("Food-101 cannot be downloaded from {address}: {fault}.", address=address, fault=str(fault)),
            deferred("Check the network, then try again. Or put food-101.tar.gz into the folder by hand."),
        ) from fault
    return root / Path(address).name


def _unpack(archive: Path, root: Path, say: Say) -> None:
    """Unpack into a temporary folder, then rename it.

    A run that is stopped leaves no half of a data set under its name.
    """
    from torchvision.datasets import utils  # noqa: PLC0415

    say(tr("Unpacking {archive}; this takes some minutes.", archive=archive.name))
    part = root / UNPACKING
    shutil.rmtree(part, ignore_errors=True)
    try:
        utils.extract_archive(str(archive), str(part))
        shutil.rmtree(root / "food-101", ignore_errors=True)
        (part / "food-101").rename(root / "food-101")
    except (OSError, EOFError) as fault:
        raise StoreRefused(
            deferred("{archive} cannot be unpacked: {reason}.", archive=archive, reason=str(fault)),
            deferred("Free some space, then try again."),
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
