"""Pictures that two studies have in common."""

import shutil

import pytest
from PIL import Image, ImageOps

from tests.unit.study.pictures.test_duplicates import textured
from xai_core.errors import SettingRefused
from xai_core.study.build import create_study
from xai_core.study.pictures import leaks
from xai_core.study.pictures.leaks import find_leaks, stored_leaks


def test_equal_files_and_mirrored_crops_of_another_study_are_found_and_kept(tmp_path, tiny_model, monkeypatch):
    monkeypatch.setattr(leaks, "LEAST_COSINE", -1.0)
    tested, trained = tmp_path / "tested", tmp_path / "trained"
    for root, seeds in ((tested, range(3)), (trained, range(10, 13))):
        for label in ("pizza", "ravioli"):
            (root / label).mkdir(parents=True)
            for seed in seeds:
                textured(seed + 100 * len(label)).save(root / label / f"{seed}.jpg", quality=95)
    shutil.copy(tested / "pizza" / "0.jpg", trained / "ravioli" / "same.jpg")
    with Image.open(tested / "ravioli" / "2.jpg") as photo:
        ImageOps.mirror(photo.crop((10, 8, 170, 132))).save(trained / "ravioli" / "mirror.jpg", quality=60)
    studies = tmp_path / "studies"
    one, two = (create_study(root.name, studies, data=root, model=tiny_model) for root in (tested, trained))
    found = find_leaks(one, two)
    rows = [(row["first"], row["second"], row["kind"], row["mirrored"]) for row in found.pairs.to_dict("records")]
    assert rows == [("pizza/0", "ravioli/same", "same file", False), ("ravioli/2", "ravioli/mirror", "near", True)]
    assert (found.leaked, found.pictures, found.by_embedding) == (2, 6, True)
    assert stored_leaks(one, two).pairs.equals(found.pairs)
    assert stored_leaks(two, one) is None
    with pytest.raises(SettingRefused, match="the other study is tested"):
        find_leaks(one, one)
