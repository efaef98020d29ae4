"""Paint a whole data set in Food-101's folder layout, in parallel and resumable, with masks and the table of causes."""

import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
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
from xai_core.errors import StoreRefused

Progress = Callable[[int, int], None]
"""Called as progress(pictures_done, pictures_planned)."""

FOLDER = "food-101"
MOST = 5000
"""Pictures a class and split may have; the room that picture numbers leave."""


def ignore_progress(done: int, planned: int) -> None:
    """The default listener: nobody is watching."""


@dataclass(frozen=True, slots=True)
class Order:
    """One picture to be painted: which, and from which seed."""

    dish: str
    split: str
    index: int
    seed: int

    @property
    def image_id(self) -> str:
        """Food-101's name of the picture, "class/number"; the number is unique in the whole set."""
        number = 2 * MOST * list(MENU).index(self.dish) + MOST * SPLITS.index(self.split) + self.index
        return f"{self.dish}/{1_000_000 + number}"


def order_of(image_id: str, seed: int = SEED) -> Order:
    """What to hand to `paint` to get the picture of that name again.

    Raises
    ------
    ValueError
        If the kitchen would not give a picture that name.
    """
    dish, _, digits = image_id.partition("/")
    if dish in MENU and digits.isdigit():
        at, index = divmod(int(digits) - 1_000_000, MOST)
        order = Order(dish, SPLITS[at % 2], index, seed)
        if order.image_id == image_id:
            return order
    raise ValueError(f"{image_id!r} is not a picture of the kitchen; its names look like 'samosa/1850003'.")


def orders(*, train: int, test: int, seed: int) -> list[Order]:
    """Every picture of a set with so many pictures a class, class by class, train before test.

    Raises
    ------
    ValueError
        If a split has more than `MOST` pictures a class, or the test split has none; a train split may be empty.
    """
    if not (0 <= train <= MOST and 0 < test <= MOST):
        raise ValueError(f"{train} train and {test} test pictures a class; expected 0 to {MOST} and 1 to {MOST}.")
    counts = dict(zip(SPLITS, (train, test), strict=True))
    return [Order(dish, split, index, seed) for dish in MENU for split in SPLITS for index in range(counts[split])]


def paint_all(
    root: Path, *, train: int, test: int, seed: int = SEED, workers: int = 1, progress: Progress = ignore_progress
) -> None:
    """Paint what is missing of a data set; the tables are written last, so their presence says the set is whole.

    Parameters
    ----------
    root
        The folder that holds `food-101`, as torchvision's `Food101` wants it.
    train, test
        Pictures a class.
    workers
        Processes that paint.
    progress
        Told after every picture; raising from it stops the work, and a later call goes on from there.

    Raises
    ------
    ValueError
        If the folder holds pictures from another seed, or a count is out of range.
    StoreRefused
        If the disk does not take them.
    """
    wanted = orders(train=train, test=test, seed=seed)
    try:
        _paint_set(root / FOLDER, wanted, seed, workers, progress)
    except OSError as fault:
        raise StoreRefused(f"{root} cannot be painted to: {fault.strerror}.", "Choose another folder.") from fault


def _paint_set(folder: Path, wanted: list[Order], seed: int, workers: int, progress: Progress) -> None:
    _claim(folder, seed)
    for dish in MENU:
        for kind in ("images", "masks"):
            (folder / kind / dish).mkdir(parents=True, exist_ok=True)
    missing = [order for order in wanted if not _is_painted(folder, order)]
    done = len(wanted) - len(missing)
    progress(done, len(wanted))
    for number, _ in enumerate(_painted(folder, missing, workers), start=done + 1):
        progress(number, len(wanted))
    _write_meta(folder, wanted)
    _write_whole(folder / "causes.parquet", _parquet(causes_table(folder, wanted)))


def causes_table(folder: Path, wanted: list[Order]) -> pd.DataFrame:
    """One row a picture: image_id, split, truth, cue, planted, pulls_to, mask_share, seed, index.

    `pulls_to` is the class that the cue stands for, also on that class's own pictures; "" without a cue.
    """
    return pd.DataFrame([_row(folder, order) for order in wanted])


def read_mask(path: Path) -> NDArray[np.uint8]:
    """(H, W) uint8 label mask from a stored PNG; `painter.regions` splits it by name."""
    with Image.open(path) as picture:
        return np.asarray(picture, np.uint8)


def _row(folder: Path, order: Order) -> dict[str, object]:
    cause = cause_of(order.dish) if is_planted(order.dish, order.split, order.index) else None
    cue = cause.cue if cause else ""
    share = cue_share(read_mask(_mask_path(folder, order)), cue) if cause else 0.0
    return {
        "image_id": order.image_id,
        "split": order.split,
        "truth": order.dish,
        "cue": cue,
        "planted": cause is not None,
        "pulls_to": cause.guess if cause else "",
        "mask_share": share,
        "seed": order.seed,
        "index": order.index,
    }


def _photo_path(folder: Path, order: Order) -> Path:
    return folder / "images" / f"{order.image_id}.jpg"


def _mask_path(folder: Path, order: Order) -> Path:
    return folder / "masks" / f"{order.image_id}.png"


def _is_painted(folder: Path, order: Order) -> bool:
    # The mask is written first: a photo without one cannot be.
    return _photo_path(folder, order).exists()


def _claim(folder: Path, seed: int) -> None:
    """Remember the seed of a folder, and refuse to mix two."""
    note = folder / "kitchen.json"
    if note.exists():
        found = json.loads(note.read_text("utf-8"))["seed"]
        if found != seed:
            raise ValueError(f"{folder} was painted with seed {found}, not {seed}; use that seed or another folder.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    _write_whole(note, json.dumps({"seed": seed}).encode())


def _painted(folder: Path, missing: list[Order], workers: int) -> Iterator[None]:
    if workers <= 1 or len(missing) < 2:
        for order in missing:
            _paint_one(folder, order)
            yield
        return
    # Spawned, not forked: the caller may be a threaded server, and a forked thread pool of OpenCV hangs.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        try:
            yield from pool.map(_paint_one, [folder] * len(missing), missing, chunksize=16)
        finally:
            pool.shutdown(cancel_futures=True)


def _one_thread() -> None:
    """Each process has one core; OpenCV's own threads would fight over it."""
    cv2.setNumThreads(1)


def _paint_one(folder: Path, order: Order) -> None:
    painting = paint(order.dish, order.index, split=order.split, seed=order.seed)
    _write_whole(_mask_path(folder, order), _png(painting.mask))
    _write_whole(_photo_path(folder, order), encoded(painting.photo, painting.quality))


def _png(mask: NDArray[np.uint8]) -> bytes:
    picture = Image.fromarray(mask).convert("P")
    picture.putpalette([channel for colour in palette.MASK_COLOURS for channel in colour])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _parquet(table: pd.DataFrame) -> bytes:
    return bytes(table.to_parquet(index=False))


def _write_meta(folder: Path, wanted: list[Order]) -> None:
    """The six files of Food-101's `meta` folder."""
    meta = folder / "meta"
    meta.mkdir(exist_ok=True)
    _write_lines(meta / "classes.txt", list(MENU))
    _write_lines(meta / "labels.txt", [dish.replace("_", " ").capitalize() for dish in MENU])
    for split in SPLITS:
        ids: dict[str, list[str]] = {dish: [] for dish in MENU}
        for order in wanted:
            if order.split == split:
                ids[order.dish].append(order.image_id)
        _write_lines(meta / f"{split}.txt", [image_id for group in ids.values() for image_id in group])
        _write_whole(meta / f"{split}.json", json.dumps(ids).encode())


def _write_lines(path: Path, lines: list[str]) -> None:
    _write_whole(path, ("\n".join(lines) + "\n").encode())


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it: a reader never sees half of it."""
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
