"""Training splits by class, continues after a kill, and writes a file with its training record."""

import dataclasses
import json
import shutil
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torchvision.models import get_model_weights

from xai_core.data.dataset import DataOptions, Picture
from xai_core.data.sources.table import open_data
from xai_core.errors import DataMissing, ModelRefused, SettingRefused
from xai_core.model.preprocess import view
from xai_core.runtimes import architectures
from xai_core.runtimes.checkpoint import open_model
from xai_core.training.resume import TrainingState, resume_file
from xai_core.training.settings import TrainSettings
from xai_core.training.train import train
from xai_core.training.train_data import Pictures, split_by_class

SETTINGS = TrainSettings(
    architecture="mobilenet_v3_small",
    from_scratch=True,
    image_size=32,
    epochs=2,
    batch_size=4,
    learning_rate=1e-3,
    seed=3,
)
CLASSES = {"pizza": (200, 40, 30), "ramen": (40, 60, 190), "salad": (30, 180, 40)}
PICTURES = 10


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A train split of three classes with ten noisy pictures each, every class in its own colour."""
    root = tmp_path_factory.mktemp("painted")
    base, noise = root / "food-101", np.random.default_rng(5)
    ids = {name: [f"{name}/{number}" for number in range(PICTURES)] for name in CLASSES}
    for name, colour in CLASSES.items():
        (base / "images" / name).mkdir(parents=True)
        for image_id in ids[name]:
            pixels = np.clip(noise.normal(colour, 25, (30, 40, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(base / "images" / f"{image_id}.jpg")
    (base / "meta").mkdir()
    (base / "meta" / "train.json").write_text(json.dumps(ids))
    (base / "meta" / "test.json").write_text(json.dumps({name: [] for name in CLASSES}))
    return root


@pytest.fixture(scope="module")
def uninterrupted(painted, tmp_path_factory):
    """The model file of a run of two epochs without an interruption."""
    return train(painted, tmp_path_factory.mktemp("uninterrupted") / "model.safetensors", SETTINGS, device="cpu")


class Killed(BaseException):
    pass


def train_until_killed_in_the_second_epoch(data, out):
    def kill(what, _done, _planned):
        if what == "epoch 2 of 2":
            raise Killed

    with pytest.raises(Killed):
        train(data, out, SETTINGS, device="cpu", progress=kill)


def metrics(out):
    """Metrics of a run without the times."""
    epochs = open_model(out, device="cpu").spec.training["epochs"]
    return [
        {name: value for name, value in epoch.items() if not name.endswith(("seconds", "per_s"))} for epoch in epochs
    ]


def test_a_killed_run_continues_and_gives_the_weights_of_an_uninterrupted_one(painted, uninterrupted, tmp_path):
    out = tmp_path / "model.safetensors"
    train_until_killed_in_the_second_epoch(painted, out)
    assert open_model(out, device="cpu").spec.training["finished"] is False
    seen = []
    train(painted, out, SETTINGS, device="cpu", progress=lambda what, *_: seen.append(what))
    assert "epoch 1 of 2" not in seen
    assert metrics(out) == metrics(uninterrupted)
    ours, theirs = load_file(out), load_file(uninterrupted)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.safetensors"]


def test_the_file_has_a_training_record_and_opens_like_any_other(painted, uninterrupted):
    spec = open_model(uninterrupted, device="cpu").spec
    record = spec.training
    assert (spec.labels, spec.input_size, spec.short_side) == (tuple(CLASSES), (32, 32), 37)
    assert record["data"] == open_data(painted, DataOptions(split="train")).fingerprint
    assert record["settings"]["learning_rate"] == 1e-3
    assert record["pictures"] == {"learn": 24, "validate": 6, "classes": 3}
    assert record["versions"]["torch"] == torch.__version__
    assert (record["finished"], [epoch["epoch"] for epoch in record["epochs"]]) == (True, [1, 2])
    assert record["seconds"] == pytest.approx(sum(epoch["seconds"] for epoch in record["epochs"]), abs=0.1)
    assert {"train_loss", "loss", "top1", "top5"} <= record["epochs"][0].keys()
    assert str(painted) not in json.dumps(record)


def test_a_finished_run_is_not_repeated(painted, uninterrupted):
    before = uninterrupted.stat().st_mtime_ns
    assert train(painted, uninterrupted, SETTINGS, device="cpu") == uninterrupted
    assert uninterrupted.stat().st_mtime_ns == before


def test_pictures_in_memory_equal_those_that_are_read_again(painted):
    folder = open_data(painted, DataOptions(split="train"))
    spec = SETTINGS.spec(folder.classes)
    read, in_memory = (Pictures(folder, folder.pictures, spec) for _ in range(2))
    assert list(in_memory.load_into_memory(threads=2)) == list(range(1, 31))
    assert all(torch.equal(read[position][0], in_memory[position][0]) for position in range(30))
    expected = view(Image.open(folder.path("pizza/0")), spec)
    np.testing.assert_array_equal(in_memory[0][0].permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("augmentation", ["none", "light", "strong"])
def test_augmented_pictures_have_the_input_size_of_the_model(painted, augmentation):
    folder = open_data(painted, DataOptions(split="train"))
    shown, number = Pictures(folder, folder.pictures, SETTINGS.spec(folder.classes), augmentation)[12]
    assert (tuple(shown.shape), shown.dtype, number) == ((3, 32, 32), torch.uint8, 1)


def test_a_run_does_not_continue_with_other_settings(painted, uninterrupted, tmp_path):
    out = tmp_path / "model.safetensors"
    train_until_killed_in_the_second_epoch(painted, out)
    longer = dataclasses.replace(SETTINGS, epochs=3)
    with pytest.raises(ModelRefused, match=r"resume belongs to another training run: epochs was 2, is 3\."):
        train(painted, out, longer, device="cpu")
    with pytest.raises(ModelRefused, match=r"model\.safetensors belongs to another training run: epochs was 2, is 3\."):
        train(painted, uninterrupted, longer, device="cpu")


def test_a_damaged_state_is_refused_with_the_cure(painted, tmp_path):
    out = tmp_path / "model.safetensors"
    resume_file(out).write_bytes(b"half a file")
    with pytest.raises(ModelRefused, match=r"model\.safetensors\.resume cannot be read") as refused:
        train(painted, out, SETTINGS, device="cpu")
    assert refused.value.hint == "Delete it to start again."


def test_unreadable_pictures_are_left_out(painted, tmp_path):
    shutil.copytree(painted, tmp_path / "damaged")
    # So many that whole batches are unreadable.
    for image_id in [f"pizza/{number}" for number in range(10)] + ["ramen/1", "salad/2"]:
        (tmp_path / "damaged" / "food-101" / "images" / f"{image_id}.jpg").write_bytes(b"no picture")
    once = dataclasses.replace(SETTINGS, epochs=1)
    (epoch,) = metrics(train(tmp_path / "damaged", tmp_path / "model.safetensors", once, device="cpu"))
    assert epoch["pictures"] + epoch["validated"] == 18


def test_every_class_keeps_its_share_and_a_single_picture_is_for_learning():
    pictures = [Picture(f"{name}/{n}", name) for name, count in (("a", 10), ("b", 5), ("c", 1)) for n in range(count)]
    learn, validate = split_by_class(pictures, 0.2, seed=1)
    assert Counter(picture.truth for picture in validate) == {"a": 2, "b": 1}
    assert sorted([*learn, *validate], key=lambda picture: picture.image_id) == pictures
    assert split_by_class(pictures, 0.2, seed=1) == (learn, validate)
    assert split_by_class(pictures, 0.2, seed=2) != (learn, validate)


EPOCHS = [(0.1, 3.0), (0.5, 2.0), (0.5, 1.9), (0.5, 1.9), (0.4, 1.0)]


def test_a_run_stops_without_improvements():
    state = TrainingState(
        {}, epochs=[{"epoch": n + 1, "top1": top1, "loss": loss} for n, (top1, loss) in enumerate(EPOCHS)]
    )
    assert (state.best_epoch, state.epochs_since_best) == (3, 2)
    assert (TrainingState({}).best_epoch, TrainingState({}).epochs_since_best) == (0, 0)


def test_a_missing_train_split_is_refused(tiny_food101, tmp_path):
    with pytest.raises(DataMissing, match="every picture of the train split is missing"):
        train(tiny_food101, tmp_path / "model.safetensors", SETTINGS, device="cpu")


def test_imagenet_weights_that_cannot_be_downloaded_are_reported(tmp_path, monkeypatch):
    def offline(*_args, **_kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ModelRefused, match="ImageNet weights of mobilenet_v3_small cannot be fetched") as refused:
        architectures.pretrained_network("mobilenet_v3_small", 3)
    assert "train from scratch" in refused.value.hint
    assert refused.value.argument == "from_scratch"


def test_imagenet_weights_come_with_a_fresh_last_layer(monkeypatch):
    torch.manual_seed(1)
    imagenet = architectures.build_network("mobilenet_v3_small", 1000).state_dict()
    monkeypatch.setattr(
        get_model_weights("mobilenet_v3_small").DEFAULT.__class__,
        "get_state_dict",
        lambda *_args, **_kwargs: imagenet,
    )
    state = architectures.pretrained_network("mobilenet_v3_small", 3).state_dict()
    assert state["classifier.3.weight"].shape == (3, 1024)
    assert torch.equal(state["features.0.0.weight"], imagenet["features.0.0.weight"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"architecture": "vgg16"}, "architecture is 'vgg16'; expected one of efficientnet_b0"),
        ({"augmentation": "heavy"}, "augmentation is 'heavy'; expected one of none, light, strong"),
        ({"image_size": 16}, "image size is 16; expected at least 32 pixels"),
        ({"epochs": 0}, "epochs is 0; expected at least 1"),
        ({"batch_size": 1}, "batch size is 1; expected at least 2"),
        ({"learning_rate": 0.0}, "learning rate is 0.0; expected above 0"),
        ({"validation_share": 1.0}, "validation share is 1.0; expected 0 or more, below 1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(given, message):
    with pytest.raises(SettingRefused, match=message):
        TrainSettings(**given)


def test_fine_tuning_starts_from_the_weights_and_keeps_the_labels(painted, uninterrupted, tmp_path):
    out = tmp_path / "tuned.safetensors"
    tuned = dataclasses.replace(SETTINGS, epochs=1, learning_rate=1e-12, architecture="resnet18")
    train(painted, out, tuned, start=uninterrupted, device="cpu")
    before, after = load_file(uninterrupted), load_file(out)
    weights = [name for name, tensor in before.items() if tensor.ndim > 1]
    assert len(weights) > 10
    assert all(torch.allclose(before[name].float(), after[name].float(), atol=1e-6) for name in weights)
    spec = open_model(out, device="cpu", runtime="torch").spec
    assert (spec.architecture, spec.input_size) == ("mobilenet_v3_small", (32, 32))
    assert spec.training["settings"]["start"]
    # The same call has nothing left to do; another start is another run.
    train(painted, out, tuned, start=uninterrupted, device="cpu")
    with pytest.raises(ModelRefused, match=r"belongs to another training run: .*start was"):
        train(painted, out, tuned, start=out, device="cpu")


def test_a_start_without_a_spec_or_with_other_classes_is_refused(painted, uninterrupted, tmp_path):
    with pytest.raises(ModelRefused, match=r"absent\.safetensors is no \.safetensors file"):
        train(painted, tmp_path / "x.safetensors", SETTINGS, start=tmp_path / "absent.safetensors")
    other = tmp_path / "other"
    shutil.copytree(painted, other)
    images = other / "food-101" / "images"
    (images / "pizza").rename(images / "gyoza")
    meta = other / "food-101" / "meta" / "train.json"
    meta.write_text(meta.read_text().replace("pizza", "gyoza"))
    (other / "food-101" / "meta" / "test.json").write_text(json.dumps({"gyoza": [], "ramen": [], "salad": []}))
    with pytest.raises(ModelRefused, match=r"model\.safetensors has no class gyoza"):
        train(other, tmp_path / "x.safetensors", SETTINGS, start=uninterrupted)
