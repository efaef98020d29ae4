"""Painting of a data set in Food-101's layout, with masks and a table of causes."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core.demo.causes import cause_of, is_planted
from xai_core.demo.menu import MENU
from xai_core.demo.painting import palette
from xai_core.demo.painting.painter import SEED, SPLITS, cue_share, encoded, paint
from xai_core.files import reporting_disk_errors, write_whole
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress

FOLDER = "food-101"
MAX_PICTURES = 5000
"""Largest number of pictures per class and split. Picture numbers leave this much room, see `PaintRequest.image_id`."""


@dataclass(frozen=True, slots=True)
class PaintRequest:
    """Picture to be painted, by class, split, index and seed."""

    dish: str
    split: str
    index: int
    seed: int

    @property
    def image_id(self) -> str:
        """Image id, "class/number" as in Food-101, with a number that is unique in the set."""
        # Each class has MAX_PICTURES numbers for train and as many for test. All names are equally long, because the
        # numbers start at 1,000,000.
        number = 2 * MAX_PICTURES * list(MENU).index(self.dish) + MAX_PICTURES * SPLITS.index(self.split) + self.index
        return f"{self.dish}/{1_000_000 + number}"


def request_of(image_id: str, seed: int = SEED) -> PaintRequest:
    """Return the request that gave a picture its name, so that it can be painted again.

    Raises
    ------
    ValueError
        If no painted picture has that name.
    """
    dish, _, digits = image_id.partition("/")
    if dish in MENU and digits.isdigit():
        # The reverse of `PaintRequest.image_id`.
        at, index = divmod(int(digits) - 1_000_000, MAX_PICTURES)
        request = PaintRequest(dish, SPLITS[at % 2], index, seed)
        if request.image_id == image_id:
            return request
    raise ValueError(f"{image_id!r} is not a picture of the demo kitchen; expected a name such as 'samosa/1850003'.")


def paint_requests(*, train: int, test: int, seed: int) -> list[PaintRequest]:
    """Return the requests for all pictures of a set, class by class and train before test.

    Parameters
    ----------
    train, test
        Pictures per class.
    seed
        Seed of all pictures.

    Raises
    ------
    ValueError
        If a split has more than `MAX_PICTURES` pictures per class, or the test split has none. The train split may be
        empty.
    """
    if not (0 <= train <= MAX_PICTURES and 0 < test <= MAX_PICTURES):
        raise ValueError(
            deferred(
                "{train} train and {test} test pictures per class; expected 0 to {most} and 1 to {most}.",
                train=train,
                test=test,
                most=MAX_PICTURES,
            )
        )
    counts = dict(zip(SPLITS, (train, test), strict=True))
    return [
        PaintRequest(dish, split, index, seed) for dish in MENU for split in SPLITS for index in range(counts[split])
    ]


def paint_all(
    root: Path, *, train: int, test: int, seed: int = SEED, workers: int = 1, progress: Progress = ignore_progress
) -> None:
    """Paint the pictures of a data set that are missing.

    The tables are written last, so that their presence means that the set is complete.

    Parameters
    ----------
    root
        Folder that contains `food-101`, as torchvision's `Food101` expects it.
    train, test
        Pictures per class.
    seed
        Seed of all pictures.
    workers
        Number of processes.
    progress
        Called after every picture. If it raises, the work stops, and a later call continues from there.

    Raises
    ------
    ValueError
        If the folder has pictures of another seed, or a number is out of range.
    StoreRefused
        If the disk does not take them.
    """
    wanted = paint_requests(train=train, test=test, seed=seed)
    with reporting_disk_errors(root, deferred("Free some space or choose another folder.")):
        _paint_set(root / FOLDER, wanted, seed, workers, progress)


def _paint_set(folder: Path, wanted: list[PaintRequest], seed: int, workers: int, progress: Progress) -> None:
    _check_seed(folder, seed)
    for dish in MENU:
        for kind in ("images", "masks"):
            (folder / kind / dish).mkdir(parents=True, exist_ok=True)
    missing = [request for request in wanted if not _is_painted(folder, request)]
    done = len(wanted) - len(missing)
    progress(done, len(wanted))
    for number, _ in enumerate(_painted(folder, missing, workers), start=done + 1):
        progress(number, len(wanted))
    _write_meta(folder, wanted)
    write_whole(folder / "causes.parquet", _parquet(causes_table(folder, wanted)))


def causes_table(folder: Path, wanted: list[PaintRequest]) -> pd.DataFrame:
    """Return the table of causes, one row per picture.

    Its columns are image_id, split, truth, cue, planted, pulls_to, mask_share, seed and index. `pulls_to` is the class
    that the cue stands for, also for pictures of that class itself, and "" without a cue.
    """
    return pd.DataFrame([_row(folder, request) for request in wanted])


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Read an (H, W) uint8 region mask from a PNG.

    `painter.regions` splits it by name.
    """
    with Image.open(path) as picture:
        return np.asarray(picture, np.uint8)


def _row(folder: Path, request: PaintRequest) -> dict[str, object]:
    cause = cause_of(request.dish) if is_planted(request.dish, request.split, request.index) else None
    cue = cause.cue if cause else ""
    share = cue_share(read_mask(_mask_path(folder, request)), cue) if cause else 0.0
    return {
        "image_id": request.image_id,
        "split": request.split,
        "truth": request.dish,
        "cue": cue,
        "planted": cause is not None,
        "pulls_to": cause.guess if cause else "",
        "mask_share": share,
        "seed": request.seed,
        "index": request.index,
    }


def _photo_path(folder: Path, request: PaintRequest) -> Path:
    return folder / "images" / f"{request.image_id}.jpg"


def _mask_path(folder: Path, request: PaintRequest) -> Path:
    return folder / "masks" / f"{request.image_id}.png"


def _is_painted(folder: Path, request: PaintRequest) -> bool:
    # The mask is written first, so that a photo implies a mask.
    return _photo_path(folder, request).exists()


def _check_seed(folder: Path, seed: int) -> None:
    """Write the seed into a new folder, or check that an existing folder has the same seed."""
    seed_file = folder / "kitchen.json"
    if seed_file.exists():
        found = json.loads(seed_file.read_text("utf-8"))["seed"]
        if found != seed:
            raise ValueError(
                deferred(
                    "{folder} was painted with seed {found}, not {seed}; use that seed or another folder.",
                    folder=folder,
                    found=found,
                    seed=seed,
                )
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(seed_file, json.dumps({"seed": seed}).encode())


def _painted(folder: Path, missing: list[PaintRequest], workers: int) -> Iterator[None]:
    if workers <= 1 or len(missing) < 2:
        for request in missing:
            _paint_one(folder, request)
            yield
        return
    # Spawned, not forked: the caller may be a server with threads, and OpenCV's thread pool hangs after a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        try:
            yield from pool.map(_paint_one, [folder] * len(missing), missing, chunksize=16)
        finally:
            pool.shutdown(cancel_futures=True)


def _one_thread() -> None:
    """Keep OpenCV to one thread, because there is a process for each core."""
    cv2.setNumThreads(1)


def _paint_one(folder: Path, request: PaintRequest) -> None:
    painting = paint(request.dish, request.index, split=request.split, seed=request.seed)
    write_whole(_mask_path(folder, request), _png(painting.mask))
    write_whole(_photo_path(folder, request), encoded(painting.photo, painting.quality))


def _png(mask: NDArray[np.uint8]) -> bytes:
    picture = Image.fromarray(mask).convert("P")
    picture.putpalette([channel for colour in palette.MASK_COLOURS for channel in colour])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _parquet(table: pd.DataFrame) -> bytes:
    return bytes(table.to_parquet(index=False))


def _write_meta(folder: Path, wanted: list[PaintRequest]) -> None:
    """Write the six files of Food-101's `meta` folder."""
    meta = folder / "meta"
    meta.mkdir(exist_ok=True)
    _write_lines(meta / "classes.txt", list(MENU))
    _write_lines(meta / "labels.txt", [dish.replace("_", " ").capitalize() for dish in MENU])
    for split in SPLITS:
        ids: dict[str, list[str]] = {dish: [] for dish in MENU}
        for request in wanted:
            if request.split == split:
                ids[request.dish].append(request.image_id)
        _write_lines(meta / f"{split}.txt", [image_id for group in ids.values() for image_id in group])
        write_whole(meta / f"{split}.json", json.dumps(ids).encode())


def _write_lines(path: Path, lines: list[str]) -> None:
    write_whole(path, ("\n".join(lines) + "\n").encode())
