"""The real Food-101, fetched and unpacked; stopped and called again, it goes on or starts the broken step anew."""

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from xai_core.data.dataset import Food101Folder
from xai_core.errors import DataMissing, StoreRefused, XaiError

ARCHIVE_BYTES = 4_996_278_331
"""Size of food-101.tar.gz, about."""
UNPACKED_BYTES = 5_300_000_000
"""Size of the folder that it holds, rounded up."""

UNPACKING = ".food-101.part"

Say = Callable[[str], None]


class DownloadFailed(XaiError):
    """The archive could not be fetched."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies at the place already."""

    archive: bool
    missing: int | None
    """Pictures that meta names and that are not there; None where there is no readable folder."""


def download(root: Path, say: Say) -> Path:
    """Fetch Food-101 into a folder, through torchvision's address and checksum.

    Parameters
    ----------
    root
        Gets `food-101.tar.gz` and, unpacked from it, `food-101/`.
    say
        Told what is about to happen, before it happens.

    Returns
    -------
    The folder `food-101`.

    Raises
    ------
    StoreRefused
        If the disk has too little room or takes no files.
    DownloadFailed
        If the archive cannot be fetched, or what arrived is not it.
    """
    folder = root / "food-101"
    found = state(root)
    if found.missing == 0:
        say(f"Food-101 is complete in {folder}; nothing to fetch.")
        return folder
    needed = UNPACKED_BYTES + (0 if found.archive else ARCHIVE_BYTES)
    _check_room(root, needed)
    say(f"Food-101 (101,000 photographs) needs {needed / 1e9:.1f} GB in {root}.")
    archive = _fetched(root)
    if found.missing:
        say(f"{found.missing:,} pictures of {folder} are missing: it is unpacked anew.")
    _unpack(archive, root, say)
    left = state(root).missing
    if left != 0:
        raise DownloadFailed(f"{folder} still lacks {left} pictures.", f"Delete {archive} and try again.")
    say(f"Food-101 is complete in {folder}. The archive {archive.name} may be deleted.")
    return folder


def state(root: Path) -> Found:
    """What of Food-101 a folder holds already."""
    try:
        folders = [Food101Folder.open(root, split) for split in ("train", "test")]
    except DataMissing:
        missing = None
    else:
        missing = sum(not each.path(picture.image_id).is_file() for each in folders for picture in each.pictures)
    return Found(archive=(root / "food-101.tar.gz").is_file(), missing=missing)


def _check_room(root: Path, needed: int) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(root).free
    except OSError as fault:
        raise StoreRefused(f"{root} cannot be written to: {fault.strerror}.", "Choose another folder.") from fault
    if free < needed:
        raise StoreRefused(
            f"{root} has {free / 1e9:.1f} GB free; Food-101 needs {needed / 1e9:.1f} GB.",
            "Make room, or choose a folder on another disk.",
        )


def _fetched(root: Path) -> Path:
    """Return the archive, fetched unless it is there with the right checksum."""
    from torchvision.datasets import Food101, utils  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds

    address = Food101._URL  # noqa: SLF001 - torchvision names the address and checksum nowhere else
    try:
        utils.download_url(address, str(root), md5=Food101._MD5)  # noqa: SLF001
    except (URLError, OSError, RuntimeError) as fault:
        # What arrived of it would be taken for an archive by its name.
        with contextlib.suppress(OSError):
            (root / "food-101.tar.gz").unlink(missing_ok=True)
        raise DownloadFailed(
            f"Food-101 cannot be fetched from {address}: {fault}.",
            "Check the network, then call the same command again; or put food-101.tar.gz there by hand.",
        ) from fault
    return root / Path(address).name


def _unpack(archive: Path, root: Path, say: Say) -> None:
    """Unpack beside the place and move there when all is done: a stop leaves no half folder behind."""
    from torchvision.datasets import utils  # noqa: PLC0415

    say(f"Unpacking {archive.name}; this takes some minutes.")
    part = root / UNPACKING
    shutil.rmtree(part, ignore_errors=True)
    try:
        utils.extract_archive(str(archive), str(part))
        shutil.rmtree(root / "food-101", ignore_errors=True)
        (part / "food-101").rename(root / "food-101")
    except (OSError, EOFError) as fault:
        raise StoreRefused(f"{archive} cannot be unpacked: {fault}.", "Make room, then call it again.") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
