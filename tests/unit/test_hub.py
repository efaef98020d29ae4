"""A name on the Hugging Face hub becomes a folder of its cache, with the files that are read and no others."""

import inspect
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from xai_core import hub
from xai_core.errors import DataRefused, DownloadFailed, ModelRefused, StoreRefused

library = pytest.importorskip("huggingface_hub")
errors = pytest.importorskip("huggingface_hub.errors")
REAL = library.snapshot_download

VIT = {"config.json": b"{}", "model.safetensors": b"12345", "preprocessor_config.json": b"{}", "README.md": b"text"}
FOOD = {"README.md": b"text", "data/train-00000-of-00001.parquet": b"123", "data/x.py": b"code"}


class Hub:
    """Stand-in for `snapshot_download` with the hub's cache; its arguments are held against the real signature."""

    def __init__(self, cache):
        self.cache, self.repositories, self.fault, self.calls = cache, {}, None, []

    def snapshot_download(self, *args, **kwargs):
        bound = inspect.signature(REAL).bind(*args, **kwargs)
        bound.apply_defaults()
        given = SimpleNamespace(**bound.arguments)
        self.calls.append(given)
        assert (given.local_dir, given.cache_dir) == (None, None)
        folder = self.cache / f"{given.repo_type}s--{given.repo_id.replace('/', '--')}" / "snapshots" / ("c0ffee" * 7)
        if given.local_files_only:
            if not folder.is_dir():
                raise errors.LocalEntryNotFoundError("not in the cache")
            return str(folder)
        if self.fault is not None:
            raise self.fault
        files = self.repositories[given.repo_id]
        wanted = list(library.utils.filter_repo_objects(files, allow_patterns=given.allow_patterns))
        there = {name for name in wanted if (folder / name).exists()}
        if given.dry_run:
            return [
                SimpleNamespace(filename=name, file_size=len(files[name]), will_download=name not in there)
                for name in wanted
            ]
        for name in wanted:
            blob = folder.parent.parent / "blobs" / name.replace("/", "-")
            for path in (blob, folder / name):
                path.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(files[name])
            if name not in there:
                (folder / name).symlink_to(blob)
        return str(folder)


@pytest.fixture
def remote(tmp_path, monkeypatch):
    stand_in = Hub(tmp_path / "hub")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(library, "snapshot_download", stand_in.snapshot_download)
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return stand_in


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def response_error(name, status):
    request = SimpleNamespace(url="https://huggingface.co", method="GET")
    return getattr(errors, name)(name, response=SimpleNamespace(headers={}, status_code=status, request=request))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("google/vit-base-patch16-224", True),
        ("timm/resnet50.a1_in1k", True),
        ("ethz/food101", True),
        ("models/mine.pth", False),
        ("photos/list.csv", False),
        ("vit", False),
        ("/google/vit", False),
        ("../google/vit", False),
        ("google/vit/model", False),
        ("a--b/c", False),
        ("a/..", False),
    ],
)
def test_only_owner_and_name_are_asked_for(text, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert hub.hub_name(Path(text)) == (text if expected else None)


def test_a_path_that_exists_goes_first(remote, tmp_path):
    (tmp_path / "google" / "vit").mkdir(parents=True)
    assert hub.local_model(Path("google/vit"), print) == tmp_path / "google" / "vit"
    assert hub.local_set(Path("google/vit"), print) == tmp_path / "google" / "vit"
    assert hub.local_model(Path("nothing.onnx"), print) == tmp_path / "nothing.onnx"
    assert remote.calls == []


def test_a_model_is_downloaded_without_pickles_after_its_size_was_said(remote, tmp_path):
    remote.repositories["google/vit"] = VIT | {"pytorch_model.bin": b"x" * 9000000, "flax_model.msgpack": b"y"}
    said = []
    folder = hub.local_model(Path("google/vit"), lambda text: said.append((text, len(remote.calls))))
    assert files_in(folder) == {"config.json", "model.safetensors", "preprocessor_config.json"}
    assert folder.is_absolute()
    assert [(call.repo_id, call.repo_type, call.dry_run) for call in remote.calls] == [
        ("google/vit", "model", True),
        ("google/vit", "model", False),
    ]
    place = tmp_path / "hub"
    cost = f"google/vit needs 0.1 MB to download from the Hugging Face hub, and as much on disk, in {place}."
    assert said == [(cost, 1)]
    assert hub.local_model(Path("google/vit"), said.append) == folder
    assert len(said) == 1


def test_a_parquet_set_is_downloaded_with_its_card_and_no_code(remote):
    remote.repositories["ethz/food101"] = FOOD
    folder = hub.local_set(Path("ethz/food101"), print)
    assert files_in(folder) == {"README.md", "data/train-00000-of-00001.parquet"}
    assert remote.calls[-1].repo_type == "dataset"


def test_a_folder_of_the_cache_has_the_name_of_its_repository(remote):
    remote.repositories["google/vit"] = VIT
    folder = hub.local_model(Path("google/vit"), print)
    assert hub.repository_of(folder) == hub.display_name(folder) == "google/vit"
    assert hub.repository_of(folder / "config.json") is None
    assert hub.display_name(Path("some/where/model.pth")) == "model.pth"


def test_weights_that_are_a_pickle_are_refused_with_the_line_that_downloads_them(remote, tmp_path):
    remote.repositories["old/net"] = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    with pytest.raises(ModelRefused, match=r"its weights as a pickle only \(pytorch_model.bin\)") as refused:
        hub.local_model(Path("old/net"), print)
    assert "hf download old/net --local-dir net" in refused.value.hint
    assert not (tmp_path / "hub").exists()


@pytest.mark.parametrize(
    ("files", "found"),
    [({"model.safetensors": b""}, "has no config.json"), ({"config.json": b""}, "has no model.safetensors")],
)
def test_a_repository_without_a_classifier_is_refused_before_the_download(remote, files, found):
    remote.repositories["some/thing"] = files
    with pytest.raises(ModelRefused, match=found):
        hub.local_model(Path("some/thing"), print)
    assert len(remote.calls) == 1


def test_a_set_without_parquet_files_is_refused_with_the_line_that_downloads_it(remote):
    remote.repositories["some/set"] = {"README.md": b"", "train.zip": b""}
    with pytest.raises(DataRefused, match="holds no parquet files") as refused:
        hub.local_set(Path("some/set"), print)
    assert "hf download some/set --repo-type dataset --local-dir set" in refused.value.hint


@pytest.mark.parametrize(
    ("fault", "message", "cure"),
    [
        (OSError("no route to host"), "no route to host", "Check the network"),
        (response_error("RepositoryNotFoundError", 401), "has no repository google/vit", "hf auth login"),
        (response_error("GatedRepoError", 403), "is gated", "Ask for access on https://huggingface.co/google/vit"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_faults_of_the_hub_are_told_apart(remote, fault, message, cure, wrapped):
    remote.fault = fault
    if wrapped:
        remote.fault = errors.DryRunError("Dry run cannot be performed: no route to host")
        remote.fault.__cause__ = fault
    with pytest.raises(DownloadFailed, match=message) as failed:
        hub.local_model(Path("google/vit"), print)
    assert str(failed.value).startswith("There is no file or folder google/vit here.")
    assert cure in failed.value.hint


def test_without_a_network_an_earlier_download_is_taken(remote):
    remote.repositories["google/vit"] = VIT
    folder = hub.local_model(Path("google/vit"), print)
    remote.fault, said = OSError("no route to host"), []
    assert hub.local_model(Path("google/vit"), said.append) == folder
    assert said == ["The Hugging Face hub does not answer: google/vit is taken from its cache on this machine."]
    assert remote.calls[-1].allow_patterns == ["config.json", "preprocessor_config.json", *hub.MODEL_WEIGHTS]


def test_a_disk_without_room_is_refused_before_the_download(remote, monkeypatch):
    remote.repositories["ethz/food101"] = FOOD
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1))
    with pytest.raises(StoreRefused, match=r"ethz/food101 needs 0\.0 GB"):
        hub.local_set(Path("ethz/food101"), print)
    assert len(remote.calls) == 1


def test_the_real_library_without_a_network_gives_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(DownloadFailed, match="There is no file or folder google/vit here"):
        hub.local_model(Path("google/vit"), print)


def test_without_the_library_the_line_that_installs_it_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(DownloadFailed, match=r"There is no file or folder google/vit here.*not installed") as failed:
        hub.local_model(Path("google/vit"), print)
    assert hub.EXTRA in failed.value.hint


def test_a_study_of_hub_names_opens_without_the_hub(remote, tiny_food101, tmp_path, monkeypatch):
    from safetensors.torch import save  # noqa: PLC0415 - torch takes seconds

    from xai_core.study.build import create_study  # noqa: PLC0415
    from xai_core.study.study import open_study  # noqa: PLC0415

    timm = pytest.importorskip("timm")
    from tests.unit.study.test_data_sources import as_parquet  # noqa: PLC0415

    root, _ = as_parquet(tiny_food101 / "food-101/images", tmp_path / "source")
    labels = ["omelette", "pizza", "pork_chop", "ravioli"]
    network = timm.create_model("test_resnet", num_classes=4)
    config = {"architecture": "test_resnet", "num_classes": 4, "label_names": labels}
    config["pretrained_cfg"] = {"input_size": [3, 32, 32]}
    remote.repositories = {
        "some/net": {"config.json": json.dumps(config).encode(), "model.safetensors": save(network.state_dict())},
        "some/set": {path.name: path.read_bytes() for path in root.iterdir()},
    }
    monkeypatch.setenv("XAI_RUNTIME", "torch")
    made = create_study("far", tmp_path / "studies", data=Path("some/set"), model=Path("some/net"), limit=2)
    assert made.model_file.is_absolute()
    assert made.model_file.parent.parent.name == "models--some--net"
    assert made.data.root.parent.parent.name == "datasets--some--set"
    assert made.record.notes[0] == "Downloaded from the Hugging Face hub: some/net, commit c0ffeec0ffee."
    monkeypatch.setattr(library, "snapshot_download", None)
    again = open_study("far", tmp_path / "studies")
    assert again.open_runtime().model_id == made.model_id
