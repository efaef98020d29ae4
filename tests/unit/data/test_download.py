"""Download of Food-101 reports its needs, detects incomplete folders, and fails with a sentence."""

import json
import shutil
import tarfile
from types import SimpleNamespace
from urllib.error import URLError

import pytest
from torchvision.datasets import utils

from xai_core.data import download
from xai_core.errors import DownloadFailed, StoreRefused


@pytest.fixture
def archive(tmp_path):
    """A food-101.tar.gz of two pictures."""
    source = tmp_path / "source" / "food-101"
    for split, image_id in (("train", "pizza/1"), ("test", "pizza/2")):
        photo = source / "images" / f"{image_id}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(b"jpeg")
        (source / "meta").mkdir(exist_ok=True)
        (source / "meta" / f"{split}.txt").write_text(f"{image_id}\n")
        (source / "meta" / f"{split}.json").write_text(json.dumps({"pizza": [image_id]}))
    (source / "meta" / "classes.txt").write_text("pizza\n")
    packed = tmp_path / "food-101.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(source, "food-101")
    return packed


@pytest.fixture
def fetched(archive, monkeypatch):
    """Downloads made so far; each one copies the archive."""
    calls = []

    def fetch(url, root, **_):
        calls.append(url)
        shutil.copy(archive, root)

    monkeypatch.setattr(utils, "download_url", fetch)
    return calls


def test_it_is_fetched_unpacked_and_complete(tmp_path, fetched):
    said = []
    folder = download.download(tmp_path / "data", said.append)
    assert download.state(tmp_path / "data") == download.State(archive=True, missing=0)
    assert (folder / "images" / "pizza" / "2.jpg").read_bytes() == b"jpeg"
    assert "needs 10.3 GB" in said[0]
    assert len(fetched) == 1


def test_a_complete_folder_is_not_fetched_again(tmp_path, fetched):
    download.download(tmp_path / "data", print)
    download.download(tmp_path / "data", print)
    assert len(fetched) == 1


def test_a_half_unpacked_folder_is_unpacked_anew(tmp_path, fetched):
    folder = download.download(tmp_path / "data", print)
    (folder / "images" / "pizza" / "1.jpg").unlink()
    assert download.state(tmp_path / "data").missing == 1
    download.download(tmp_path / "data", print)
    assert download.state(tmp_path / "data").missing == 0


def test_without_a_network_it_fails_with_a_sentence_and_leaves_no_half_archive(tmp_path, monkeypatch):
    def no_network(url, root, **_):
        (tmp_path / "data" / "food-101.tar.gz").write_bytes(b"half")
        raise URLError("no route to host")

    monkeypatch.setattr(utils, "download_url", no_network)
    with pytest.raises(DownloadFailed, match="no route to host") as fault:
        download.download(tmp_path / "data", print)
    assert "Check the network" in fault.value.hint
    assert list((tmp_path / "data").iterdir()) == []


def test_a_disk_without_room_is_refused_before_anything_is_fetched(tmp_path, fetched, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3_000_000_000))
    with pytest.raises(StoreRefused, match=r"has 3\.0 GB free; Food-101 needs 10\.3 GB"):
        download.download(tmp_path / "data", print)
    assert fetched == []


def test_a_stop_while_unpacking_leaves_no_half_folder(tmp_path, fetched, monkeypatch):
    def stopped(*_):
        (tmp_path / "data" / download.UNPACKING).mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(utils, "extract_archive", stopped)
    with pytest.raises(KeyboardInterrupt):
        download.download(tmp_path / "data", print)
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["food-101.tar.gz"]
