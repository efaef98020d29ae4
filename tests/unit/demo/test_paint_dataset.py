"""Painted data sets: Food-101's layout, continuation of a stopped run, and the table of causes."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from xai_core.demo import paint_dataset
from xai_core.demo.menu import MENU
from xai_core.demo.painting import palette
from xai_core.demo.painting.painter import paint

FEW = ("pork_chop", "ravioli", "samosa", "sushi")


@pytest.fixture
def few(monkeypatch):
    """A menu of four dishes, so that a whole set is quick to paint."""
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in FEW})


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A whole set of four dishes."""
    root = tmp_path_factory.mktemp("kitchen")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in FEW})
        paint_dataset.paint_all(root, train=3, test=2, seed=5)
    return root / "food-101"


@pytest.fixture
def folder(few, painted, tmp_path):
    """The set, for one test to change."""
    return shutil.copytree(painted, tmp_path / "food-101")


def test_the_folder_has_the_files_that_food_101_has(folder):
    assert sorted(p.name for p in (folder / "meta").iterdir()) == [
        "classes.txt", "labels.txt", "test.json", "test.txt", "train.json", "train.txt",
    ]  # fmt: skip
    assert (folder / "meta" / "classes.txt").read_text().split() == list(FEW)
    train = json.loads((folder / "meta" / "train.json").read_text())
    assert [image_id for dish in FEW for image_id in train[dish]] == (folder / "meta" / "train.txt").read_text().split()


def test_torchvision_reads_it_as_food_101(folder):
    datasets = pytest.importorskip("torchvision.datasets", reason="torchvision is not installed")
    data = datasets.Food101(folder.parent, split="train")
    assert (len(data), data.classes) == (12, sorted(FEW))
    assert data[0][0].size == (256, 256)


def test_every_picture_has_a_paletted_mask_and_no_picture_is_in_two_splits(folder):
    photos = {p.relative_to(folder / "images").with_suffix("") for p in folder.glob("images/*/*.jpg")}
    masks = {p.relative_to(folder / "masks").with_suffix("") for p in folder.glob("masks/*/*.png")}
    assert photos == masks
    assert len({p.name for p in photos}) == len(FEW) * 5
    with Image.open(next(folder.glob("masks/*/*.png"))) as mask:
        assert (mask.mode, mask.size) == ("P", (256, 256))


def test_a_stored_picture_can_be_painted_again_from_its_row(folder):
    row = pd.read_parquet(folder / "causes.parquet").query("planted").iloc[0]
    again = paint(row.truth, int(row["index"]), split=row.split, seed=int(row.seed))
    stored = paint_dataset.read_mask(folder / "masks" / f"{row.image_id}.png")
    np.testing.assert_array_equal(stored, again.mask)
    assert again.cue == row.cue
    assert row.mask_share == pytest.approx((stored == palette.CUE).mean())
    assert paint_dataset.request_of(row.image_id, seed=5) == paint_dataset.PaintRequest(
        row.truth, row.split, row["index"], 5
    )


@pytest.mark.usefixtures("few")
def test_existing_pictures_stay_and_missing_ones_are_painted(folder):
    existing = min(folder.glob("images/samosa/*.jpg"))
    existing.write_bytes(b"mine")
    gone = min(folder.glob("images/sushi/*.jpg"))
    before = gone.read_bytes()
    gone.unlink()
    steps = []
    paint_dataset.paint_all(folder.parent, train=3, test=2, seed=5, progress=lambda *at: steps.append(at))
    assert steps == [(19, 20), (20, 20)]
    assert existing.read_bytes() == b"mine"
    assert gone.read_bytes() == before


@pytest.mark.usefixtures("few")
def test_a_stopped_run_leaves_no_tables_and_no_partial_files(tmp_path):
    def stop(done, _planned):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint_dataset.paint_all(tmp_path, train=3, test=2, seed=5, progress=stop)
    assert not (tmp_path / "food-101" / "causes.parquet").exists()
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.usefixtures("few")
def test_two_seeds_are_not_mixed_in_one_folder(folder):
    with pytest.raises(ValueError, match="painted with seed 5, not 6"):
        paint_dataset.paint_all(folder.parent, train=3, test=2, seed=6)


def test_a_name_that_no_painted_picture_has_is_refused():
    with pytest.raises(ValueError, match="'sushi/12' is not a picture of the demo kitchen"):
        paint_dataset.request_of("sushi/12")
