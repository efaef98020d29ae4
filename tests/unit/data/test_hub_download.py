"""Download from the Hugging Face hub says its cost first, continues, and fails with a sentence."""

import shutil
import sys
from types import SimpleNamespace

import pytest

from xai_core.data.hub_download import download_from_hub
from xai_core.errors import DownloadFailed, StoreRefused
from xai_core.hub import EXTRA

SIZES = {"README.md": 1000, "data/train-00000-of-00001.parquet": 2_000_000, "data/validation-00000-of-00001.parquet": 9}


class Hub:
    """Stand-in for `huggingface_hub` with the two calls that are made; a stopped call leaves the files so far."""

    def __init__(self):
        self.fetched, self.stop_after, self.fault = [], None, None

    def snapshot_download(self, repository, *, repo_type, local_dir, allow_patterns, dry_run=False):
        assert (repository, repo_type) == ("ethz/food101", "dataset")
        assert allow_patterns == ["README.md", "data/*.parquet"]
        if self.fault is not None:
            raise self.fault
        files = {name: (local_dir / name).is_file() for name in SIZES}
        if dry_run:
            return [
                SimpleNamespace(filename=n, file_size=SIZES[n], will_download=not there) for n, there in files.items()
            ]
        for name in (name for name, there in files.items() if not there):
            if len(self.fetched) == self.stop_after:
                raise KeyboardInterrupt
            (local_dir / name).parent.mkdir(parents=True, exist_ok=True)
            (local_dir / name).write_bytes(b"x")
            self.fetched.append(name)
        return str(local_dir)


@pytest.fixture
def hub(monkeypatch):
    stand_in = Hub()
    monkeypatch.setitem(sys.modules, "huggingface_hub", stand_in)
    return stand_in


def test_the_cost_is_said_before_the_first_file(tmp_path, hub):
    said = []
    folder = download_from_hub(tmp_path / "data", lambda text: said.append((text, len(hub.fetched))))
    assert folder == tmp_path / "data" / "food101"
    assert said[0] == (f"ethz/food101 needs 0.0 GB to download, and as much on disk, in {folder}.", 0)
    assert said[1] == (f"ethz/food101 is complete in {folder}.", 3)


def test_a_stopped_download_continues_with_what_is_missing(tmp_path, hub):
    hub.stop_after = 1
    with pytest.raises(KeyboardInterrupt):
        download_from_hub(tmp_path, print)
    hub.stop_after, said = None, []
    download_from_hub(tmp_path, said.append)
    assert hub.fetched == list(SIZES)
    assert "1 of 3 files are there already." in said[0]
    download_from_hub(tmp_path, said.append)
    assert hub.fetched == list(SIZES)
    assert said[-1].endswith("Nothing is downloaded.")


def test_a_disk_without_room_is_refused_before_anything_is_fetched(tmp_path, hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(StoreRefused, match=r"has 0\.0 GB free; ethz/food101 needs 0\.0 GB"):
        download_from_hub(tmp_path, print)
    assert hub.fetched == []


@pytest.mark.parametrize("fault", [OSError("no route to host"), RuntimeError("no route to host")])
def test_without_a_network_it_fails_with_a_sentence(tmp_path, hub, fault):
    hub.fault = fault
    with pytest.raises(
        DownloadFailed, match="cannot be downloaded from the Hugging Face hub: no route to host"
    ) as failed:
        download_from_hub(tmp_path, print)
    assert "continues where it stopped" in failed.value.hint


def test_without_the_library_the_line_that_installs_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(DownloadFailed, match="huggingface_hub is not installed") as failed:
        download_from_hub(tmp_path, print)
    assert EXTRA in failed.value.hint


def test_the_library_has_the_calls_that_are_made(tmp_path, monkeypatch):
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants, file_download  # noqa: PLC0415 - an extra

    assert {"filename", "file_size", "will_download"} <= set(file_download.DryRunFileInfo.__annotations__)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="cannot be downloaded from the Hugging Face hub"):
        download_from_hub(tmp_path, print)
