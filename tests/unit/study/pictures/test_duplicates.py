"""Duplicates in a study."""

import io
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageOps

from xai_core.study.build import create_study
from xai_core.study.pictures import duplicates
from xai_core.study.pictures.duplicates import find_duplicates, stored_duplicates


def textured(seed):
    """Photograph that no other seed resembles."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (7, 9, 3)).astype(np.uint8))
    return small.resize((180, 140), Image.Resampling.BICUBIC)


@pytest.fixture
def copied(tmp_path, tiny_model):
    """Study of 12 pictures of two classes, with an equal file under another label, a crop and a mirror image."""
    root = tmp_path / "copied"
    for label in ("pizza", "ravioli"):
        (root / label).mkdir(parents=True)
        for number in range(4):
            textured(number + 10 * len(label)).save(root / label / f"{number}.jpg", quality=95)
    shutil.copy(root / "pizza" / "0.jpg", root / "ravioli" / "copy.jpg")
    with Image.open(root / "pizza" / "1.jpg") as photo:
        photo.crop((14, 8, 172, 130)).save(root / "pizza" / "crop.jpg", quality=60)
    with Image.open(root / "ravioli" / "2.jpg") as photo:
        ImageOps.mirror(photo).save(root / "ravioli" / "mirror.jpg", quality=60)
    (root / "ravioli" / "broken.jpg").write_bytes(b"no picture")
    return create_study("copied", tmp_path / "studies", data=root, model=tiny_model)


def test_equal_files_crops_and_mirror_images_are_found_and_kept(copied, monkeypatch):
    # The four embeddings of the tiny model know colours only: let the pixels decide on all pairs.
    monkeypatch.setattr(duplicates, "LEAST_COSINE", -1.0)
    monkeypatch.setattr(duplicates, "NEIGHBOURS", 12)
    stages = []
    found = find_duplicates(copied, lambda stage, done, planned: stages.append((stage, done == planned)))
    rows = [(row["first"], row["second"], row["kind"], row["mirrored"]) for row in found.pairs.to_dict("records")]
    assert rows == [
        ("pizza/0", "ravioli/copy", "same file", False),
        ("pizza/1", "pizza/crop", "near", False),
        ("ravioli/2", "ravioli/mirror", "near", True),
    ]
    # Different labels first.
    assert found.groups == (("pizza/0", "ravioli/copy"), ("pizza/1", "pizza/crop"), ("ravioli/2", "ravioli/mirror"))
    assert [found.kind(group) for group in found.groups] == ["same file", "near", "near"]
    assert (found.pictures, found.by_embedding) == (11, True)
    assert [stage for stage, ends in stages if ends] == ["Measuring", "Searching", "Comparing"]
    again = stored_duplicates(copied)
    assert again.pairs.equals(found.pairs)
    assert again.groups == found.groups


def test_without_embeddings_hashes_find_equal_files_and_mirror_images(copied):
    found = find_duplicates(replace(copied, embeddings=None))
    assert not found.by_embedding
    assert {("pizza/0", "ravioli/copy"), ("ravioli/2", "ravioli/mirror")} <= set(found.groups)


def test_a_picture_that_went_away_after_the_measurement_is_no_duplicate(copied, monkeypatch):
    monkeypatch.setattr(duplicates, "LEAST_COSINE", -1.0)
    duplicates.measure_study(copied)
    (copied.data_root / "pizza" / "crop.jpg").write_bytes(io.BytesIO(b"gone").getvalue())
    assert all("pizza/crop" not in group for group in find_duplicates(copied).groups)
