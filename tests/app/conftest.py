"""App as a browser opens it, through its entry point and with studies made for the test."""

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import streamlit as st
from onnx import TensorProto, helper, numpy_helper
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.ui.controls.contrast import ShownContrast
from pages.ui.controls.display import Display
from pages.ui.loaders import explanations, models, studies
from tests.read import wait_for_jobs
from xai_core import palettes
from xai_core.demo import first_run, paint_dataset
from xai_core.demo.menu import MENU
from xai_core.engines.search import Uncertainty
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study import build
from xai_core.study.build import create_study
from xai_core.study.study import Study

NEVER_WRONG = {"pork_chop/4": "pork_chop/2", "pork_chop/5": "pork_chop/3", "ravioli/5": "ravioli/3"}
THREE_DISHES = ("pork_chop", "ravioli", "sushi")
ENTRYPOINT = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    """Clear all caches after each test, so that no study, explanation or running thread is shared."""
    yield
    explanations.service().close()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components():
    """Keep AppTest from searching all installed packages for components before every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", tuple)
        yield


@pytest.fixture
def no_studies(tmp_path, monkeypatch):
    """Machine without a study."""
    folder = tmp_path / "none"
    monkeypatch.setenv("XAI_STUDIES", str(folder))
    return folder


@pytest.fixture
def study(tiny_study, monkeypatch):
    """Machine with one study. Pork chop is twice taken for ravioli, and ravioli once for pork chop."""
    monkeypatch.setenv("XAI_STUDIES", str(tiny_study.folder.parent))
    return tiny_study


@pytest.fixture
def with_guesses(study, monkeypatch):
    """Function that changes guesses of the study, by image id."""

    def changed(guesses):
        known = studies.open_study(study.name)
        table = known.table.assign(guess=known.table["image_id"].map(guesses).fillna(known.table["guess"]))
        monkeypatch.setattr(studies, "open_study", lambda _name: replace(known, table=table))

    return changed


@pytest.fixture
def perfect(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """Machine with a study without mistakes."""
    images = tiny_food101 / "food-101" / "images"
    for wrong, right in NEVER_WRONG.items():
        shutil.copy(images / f"{right}.jpg", images / f"{wrong}.jpg")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("perfect", tmp_path / "studies", data=tiny_food101, model=tiny_model)


@pytest.fixture
def unreadable(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """Machine with a study without a readable picture, as earlier versions created one."""
    monkeypatch.setattr(build, "_check_readable", lambda *_arguments: None)
    for file in tiny_food101.rglob("*.jpg"):
        file.write_bytes(b"no picture")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("unreadable", tmp_path / "studies", data=tiny_food101, model=tiny_model)


@pytest.fixture(scope="session")
def dishes(tmp_path_factory):
    """Pictures of three dishes of the demo."""
    root = tmp_path_factory.mktemp("kitchen")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in THREE_DISHES})
        paint_dataset.paint_all(root, train=0, test=4)
    return root


@pytest.fixture
def demo(tmp_path, dishes, monkeypatch):
    """Machine with a demo of three dishes, whose model calls everything on a red-checked cloth ravioli."""
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in THREE_DISHES})
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    shutil.copytree(dishes, tmp_path / "kitchen")
    model = cloth_model(tmp_path / "cloth.onnx")
    return create_study(first_run.STUDY, tmp_path / "studies", data=tmp_path / "kitchen", model=model, title="Demo")


def cloth_model(path):
    """Write a model that answers ravioli if red exceeds green in the picture, and pork chop if not."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 32, 32])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])
    weights = {
        "red": np.array([1, -1, 0], np.float32).reshape(1, 3, 1, 1),
        "threshold": np.array([-0.35], np.float32),
        "scale": np.array([[0], [200], [0]], np.float32),
        "offset": np.array([1, 0, 0], np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "red", "threshold"], ["evidence"]),
        helper.make_node("Relu", ["evidence"], ["found"]),
        helper.make_node("GlobalAveragePool", ["found"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["share"]),
        helper.make_node("Gemm", ["share", "scale", "offset"], ["logits"], transB=1),
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "cloth", [image], [logits], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    spec = {"labels": ["pork_chop", "ravioli", "sushi"], "input_size": [32, 32], "resize": "stretch"}
    spec |= {"interpolation": "bilinear", "value_range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1]}
    path.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    return path


@pytest.fixture
def open_at():
    """Function that opens a page with a query, in a browser with a locale."""

    def opened(page="confusions", /, locale=None, **query):
        at = AppTest.from_file(ENTRYPOINT, default_timeout=30)
        at.context["locale"] = locale
        if page != "overview":
            at.switch_page(f"pages/{page}.py")
        at.query_params.update(query)
        return at.run()

    return opened


class GatedRuntime:
    """Model that counts the pictures it is shown, and waits for its gate before it answers batches."""

    def __init__(self, inner):
        self.inner, self.evaluations = inner, 0
        self.started, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def logits(self, inputs):
        self.evaluations += len(inputs)
        if len(inputs) > 1:  # the preview of the mask asks for a single picture and is drawn at once
            self.started.set()
            assert self.gate.wait(timeout=30)
        return self.inner.logits(inputs)

    def place_logits(self, inputs, labels):
        self.logits(inputs)
        return self.inner.place_logits(inputs, labels)


@pytest.fixture
def model(study, monkeypatch):
    """The study's model, counting, with its gate open."""
    gated = GatedRuntime(study.open_runtime())
    monkeypatch.setattr(Study, "open_runtime", lambda _study: gated)
    yield gated
    gated.gate.set()


@pytest.fixture
def opening(monkeypatch):
    """A model that is being opened until the test ends."""
    opened = threading.Event()
    monkeypatch.setattr(Study, "open_runtime", lambda _study: opened.wait(timeout=30))
    yield
    opened.set()


@pytest.fixture
def asked(study):
    """Function that runs an opened page again once the model is open, so that it submits its jobs."""

    def ready(at):
        models.runtime_future(studies.open_study(study.name)).result(timeout=30)
        return at.run()

    return ready


@pytest.fixture
def explained(asked):
    """Function that runs an opened Explain, Compare or Evidence page again once its jobs are over."""

    def waited(at):
        asked(at)
        wait_for_jobs(at, "explain", "compare", "evidence")
        return at.run()

    return waited


@pytest.fixture
def answer():
    """Explanation of an 8 x 8 picture with two regions, the left quarter and the rest."""
    region_of = np.ones((8, 8), np.int32)
    region_of[:, :2] = 0
    values = np.array([[0, 0.5, -1, 2], [0, 0, 0.25, -0.5]], np.float32)
    base = np.array([0, 0, 1, 0.5], np.float32)
    return Explanation(
        region_of=region_of,
        values=values,
        base=base,
        full=base + values.sum(axis=0),
        evaluations=4,
        work_left=0.0,
        seconds=0.1,
        settings=ExplainSettings(evaluations=4, blur_px=8),
        labels=("omelette", "pizza", "pork_chop", "ravioli"),
        model_id="model",
        picture_hash="picture",
        engine_version=1,
        runtime="toy cpu",
    )


@pytest.fixture
def uncertain(answer):
    """Explanation with standard errors of 0.5 for the first region and 1 for the second, twice as much for ravioli."""
    noise = np.diag(np.array([1, 1, 1, 4], np.float32))
    r2 = np.array([0, 0, 0.25, 0.62], np.float32)
    return replace(answer, uncertainty=Uncertainty(spread=np.array([0.5, 1], np.float32), noise=noise, r2=r2))


@pytest.fixture
def shown():
    """Contrast of ravioli and pork chop with three classes."""
    display = Display(0.85, "grey", palettes.RED_BLUE)
    return ShownContrast(Target("ravioli", "pork_chop"), ("ravioli", "pizza", "pork_chop"), display)
