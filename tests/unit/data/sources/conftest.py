"""Small labelled sets in every layout."""

import io
import json

import pytest
from PIL import Image

COLOURS = {"pizza": "red", "ramen": "yellow"}


def encoded(colour, kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, kind)
    return out.getvalue()


@pytest.fixture
def picture():
    """Return a function that makes the content of a picture of a class; each number gives other bytes."""

    def make(truth, number=0, kind="JPEG"):
        return encoded(COLOURS.get(truth, "blue"), kind) + bytes([number])

    return make


@pytest.fixture
def folders(tmp_path, picture):
    """Return a function that makes folders of pictures: two of each class in each folder."""

    def make(*below, classes=("pizza", "ramen"), suffix=".jpg"):
        for folder in below or (".",):
            for truth in classes:
                for number in (1, 2):
                    path = tmp_path / "set" / folder / truth / f"{number}{suffix}"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(picture(truth, number))
        return tmp_path / "set"

    return make


@pytest.fixture
def food101(tmp_path, picture):
    """Return a function that makes a set in Food-101's layout with the lists that are given by file name."""

    def make(lists=None, base="food-101", suffix=".jpg"):
        root = tmp_path / "set"
        for truth in COLOURS:
            for number in (1, 2):
                path = root / base / "images" / truth / f"{number}{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(picture(truth, number))
        meta = root / base / "meta"
        meta.mkdir()
        usual = {"test.json": json.dumps({truth: [f"{truth}/1", f"{truth}/2"] for truth in COLOURS})}
        for name, content in (usual if lists is None else lists).items():
            (meta / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make
