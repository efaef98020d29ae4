"""Fixtures of all tests, with a painted data set, a model that reads its colours, and real photographs if present."""

import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import hypothesis
import numpy as np
import onnx
import pytest
from filelock import FileLock
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from xai_core.__main__ import main
from xai_core.study.build import create_study
from xai_core.study.study import open_study

# shap's functions run as plain Python: numba needs ten seconds to compile them, for pictures of a few hundred pixels.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
# A fixed library runs the models: the search for the fastest one takes seconds, and tests/unit/runtimes is about it.
os.environ.setdefault("XAI_RUNTIME", "onnxruntime")
SHARED_REAL = Path(__file__).resolve().parents[2] / "shared" / "real"

# Corners of the colour cube: a pixel's product with its own colour is well above that with any other.
COLOURS = {"omelette": (1, 1, -1), "pizza": (1, -1, -1), "pork_chop": (1, -1, 1), "ravioli": (1, 1, 1)}
BACKGROUND = (-1, -1, -1)
SIDE = 32
# The feature map has 2 x 2 places, because an explanation fits each place.
TILE = 16
PICTURES = 5
# Pictures that are painted in the colour of another class, which the model therefore confuses with it.
TAKEN_FOR = {"pork_chop/4": "ravioli", "pork_chop/5": "ravioli", "ravioli/5": "pork_chop"}
UNREADABLE = "pizza/5"


@dataclass(frozen=True)
class Real:
    """Real photographs, unpacked on first use, and a classifier made by others."""

    folder: Path
    cache: Path

    @cached_property
    def data512(self) -> Path:
        """1,144 test photographs of 8 classes, up to 512 px."""
        return self._unpacked("food101-512px-8-classes")

    @cached_property
    def data64(self) -> Path:
        """25,247 test and 40,400 training pictures of all 101 classes, at 64 px."""
        return self._unpacked("food101-64px")

    @cached_property
    def onnx(self) -> Path:
        """The classifier, with its spec beside it."""
        return self.folder / "mobilenetv3-large-food101.onnx"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classifier's 101 labels in output order."""
        return tuple((self.folder / "mobilenetv3-large-food101.labels.txt").read_text("utf-8").split())

    def _unpacked(self, name: str) -> Path:
        archive = self.folder / f"{name}.zip"
        target = self.cache / f"{name}-{archive.stat().st_size}"
        with FileLock(self.cache / f"{name}.lock"):
            if not target.is_dir():
                partial = target.with_name(f"{target.name}.part")
                shutil.rmtree(partial, ignore_errors=True)
                with zipfile.ZipFile(archive) as packed:
                    packed.extractall(partial)
                partial.rename(target)
        return target


# The same examples on every run, and no deadline, which a busy machine would miss.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items):
    """Mark the browser tests and begin with them: at the end, one of these long tests would keep a core waiting."""
    browser = Path(__file__).parent / "browser"
    for item in items:
        if item.path.is_relative_to(browser):
            item.add_marker("browser")
            # Streamlit can lose an event that arrives while a run is being overtaken, and a busy browser can miss a
            # moment. A test fails when that happens twice more.
            item.add_marker(pytest.mark.flaky(reruns=2))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Give the tests their own cache folder, also in the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XAI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def real(request):
    """Return the real photographs and classifier of ../shared/real, or skip the test."""
    if not SHARED_REAL.is_dir():
        pytest.skip(f"no real photographs and classifier: {SHARED_REAL} is absent")
    return Real(SHARED_REAL, request.config.cache.mkdir("real"))


@cache
def painted(truth, number):
    """Return JPEG bytes of a disc in the colour of its class on a dark ground, larger for higher numbers."""
    height, width = (48, 64) if number % 2 else (64, 48)
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(y - height * 0.5, x - width * (0.4 + 0.04 * number)) < 12 + 2 * number
    colour = np.where(disc[..., None], COLOURS[truth], BACKGROUND) * 0.8
    noise = np.random.default_rng([number, *truth.encode()]).normal(0, 0.05, colour.shape)
    pixels = np.clip((colour + noise + 1) * 127.5, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.fixture
def tiny_food101(tmp_path):
    """Return a folder that holds food-101, with 4 classes of 5 test pictures and no training pictures.

    One picture is unreadable.
    """
    return write_food101(tmp_path / "painted")


def write_food101(root):
    base = root / "food-101"
    (base / "meta").mkdir(parents=True)
    ids = {truth: [f"{truth}/{number}" for number in range(1, PICTURES + 1)] for truth in COLOURS}
    for truth, of_class in ids.items():
        (base / "images" / truth).mkdir(parents=True)
        for number, image_id in enumerate(of_class, start=1):
            content = painted(TAKEN_FOR.get(image_id, truth), number)
            (base / "images" / f"{image_id}.jpg").write_bytes(b"no picture" if image_id == UNREADABLE else content)
    (base / "meta" / "test.json").write_text(json.dumps(ids), "utf-8")
    (base / "meta" / "test.txt").write_text(
        "\n".join(image_id for of_class in ids.values() for image_id in of_class), "utf-8"
    )
    (base / "meta" / "train.json").write_text(json.dumps({truth: [] for truth in ids}), "utf-8")
    (base / "meta" / "train.txt").write_text("", "utf-8")
    # As in Food-101 itself, the order of classes.txt is not that of torchvision.
    (base / "meta" / "classes.txt").write_text("\n".join(reversed(COLOURS)), "utf-8")
    return root


@pytest.fixture
def tiny_model(tmp_path):
    """Return an ONNX classifier of the painted classes that measures how much of a picture has which colour.

    It consists of a 1x1 convolution, a ReLU, the means of quarters and of the picture, and a linear layer. It is not
    linear in the pixels, so that a blurred disc counts less. Its spec is beside it.
    """
    return write_model(tmp_path / "colours.onnx")


def write_model(path):
    onnx.save(colour_model(), path)
    path.with_suffix(".json").write_text(json.dumps(colour_spec()), "utf-8")
    return path


@pytest.fixture(scope="session")
def first_tiny_study(tmp_path_factory):
    """Study of which `tiny_study` returns copies."""
    root = tmp_path_factory.mktemp("tiny")
    data, model = write_food101(root / "painted"), write_model(root / "colours.onnx")
    return create_study("tiny", root / "studies", data=data, model=model)


@pytest.fixture
def tiny_study(tmp_path, tiny_food101, tiny_model, first_tiny_study):
    """Return a complete study of the painted pictures.

    19 are readable, 16 predictions are right, and pork chop is twice called ravioli.
    """
    studies, root = tmp_path / "studies", first_tiny_study.folder.parents[1]
    shutil.copytree(first_tiny_study.folder, studies / "tiny")
    shutil.copystat(root / tiny_model.name, tiny_model)
    manifest = studies / "tiny" / "study.toml"
    manifest.write_text(manifest.read_text("utf-8").replace(str(root), str(tmp_path)), "utf-8")
    return open_study("tiny", studies)


@pytest.fixture
def other_model(tmp_path):
    """Return a classifier that has gyoza in place of omelette, spells a class otherwise, and never guesses ravioli."""
    model, spec = colour_model(), colour_spec() | {"labels": ["gyoza", "pizza", "Pork Chop", "ravioli"]}
    offset = next(tensor for tensor in model.graph.initializer if tensor.name == "offset")
    offset.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(offset) - np.float32([0, 0, 0, 99]), "offset"))
    path = tmp_path / "other.onnx"
    onnx.save(model, path)
    path.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    return path


@pytest.fixture
def other_data(tmp_path, tiny_food101):
    """Return some of the pictures under other names, and two new ones."""
    source, root = tiny_food101 / "food-101" / "images", tmp_path / "folders"
    for label in ("pizza", "pork_chop", "ravioli"):
        (root / label).mkdir(parents=True)
        for number in (3, 4, 5):
            (root / label / f"renamed{number}.jpg").write_bytes((source / label / f"{number}.jpg").read_bytes())
    (root / "ravioli" / "new.jpg").write_bytes((source / "ravioli" / "1.jpg").read_bytes() + b"\0")
    # Annotated otherwise: this picture is an omelette in the first study.
    (root / "pizza" / "other.jpg").write_bytes((source / "omelette" / "1.jpg").read_bytes())
    return root


def colour_spec():
    """Return the spec of the classifier, with the keys of a spec file."""
    return {
        "labels": list(COLOURS),
        "input_size": [SIDE, SIDE],
        "resize": "stretch",
        "interpolation": "bilinear",
        "value_range": [0, 1],
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    }


def colour_model():
    """Return the network, with the input `image` (n, 3, 32, 32) in -1..1 and the output `logits` (n, 4)."""
    colours = np.array(list(COLOURS.values()), np.float32)
    weights = {
        "detector": colours.reshape(len(COLOURS), 3, 1, 1),
        "threshold": np.full(len(COLOURS), -1.2, np.float32),
        "scale": 6 * np.eye(len(COLOURS), dtype=np.float32),
        "offset": np.zeros(len(COLOURS), np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "detector", "threshold"], ["evidence"]),
        helper.make_node("Relu", ["evidence"], ["found"]),
        helper.make_node("AveragePool", ["found"], ["tiles"], kernel_shape=[TILE, TILE], strides=[TILE, TILE]),
        helper.make_node("GlobalAveragePool", ["tiles"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["shares"]),
        helper.make_node("Gemm", ["shares", "scale", "offset"], ["logits"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(COLOURS)])
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "colours", [image], [logits], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.fixture
def run(capsys):
    """Return a function that runs a command and returns its exit code, stdout and stderr."""

    def command(*arguments):
        with pytest.raises(SystemExit) as exit_info:
            main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return exit_info.value.code or 0, written.out, written.err

    return command
