"""The app as a browser would open it: through its entrypoint, on studies made for the test."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import streamlit as st
from onnx import TensorProto, helper, numpy_helper
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.ui.loaders import explanations, models, studies
from xai_core.demo import first_run, paint_dataset
from xai_core.demo.menu import MENU
from xai_core.study.study import create_study

NEVER_WRONG = {"pork_chop/4": "pork_chop/2", "pork_chop/5": "pork_chop/3", "ravioli/5": "ravioli/3"}
THREE_DISHES = ("pork_chop", "ravioli", "sushi")
ENTRYPOINT = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    """Nothing is shared between tests: not a study, not an explanation, not a running thread."""
    yield
    explanations.service().close()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components():
    """AppTest would look through all installed packages for components before every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", tuple)
        yield


@pytest.fixture
def no_studies(tmp_path, monkeypatch):
    """A machine without a study."""
    folder = tmp_path / "none"
    monkeypatch.setenv("XAI_STUDIES", str(folder))
    return folder


@pytest.fixture
def study(tiny_study, monkeypatch):
    """A machine with one study: pork chop twice taken for ravioli, ravioli once for pork chop."""
    monkeypatch.setenv("XAI_STUDIES", str(tiny_study.folder.parent))
    return tiny_study


@pytest.fixture
def perfect(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """A machine with a study without mistakes."""
    images = tiny_food101 / "food-101" / "images"
    for wrong, right in NEVER_WRONG.items():
        shutil.copy(images / f"{right}.jpg", images / f"{wrong}.jpg")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("perfect", tmp_path / "studies", data=tiny_food101, model=tiny_model)


@pytest.fixture
def unreadable(tmp_path, tiny_food101, tiny_model, monkeypatch):
    """A machine with a study none of whose pictures can be read."""
    for file in tiny_food101.rglob("*.jpg"):
        file.write_bytes(b"no picture")
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    return create_study("unreadable", tmp_path / "studies", data=tiny_food101, model=tiny_model)


@pytest.fixture(scope="session")
def dishes(tmp_path_factory):
    """The demo's pictures of three dishes."""
    root = tmp_path_factory.mktemp("kitchen")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in THREE_DISHES})
        paint_dataset.paint_all(root, train=0, test=4)
    return root


@pytest.fixture
def demo(tmp_path, dishes, monkeypatch):
    """A machine with a demo of three dishes, and a model that calls ravioli whatever lies on a red-checked cloth."""
    monkeypatch.setattr(paint_dataset, "MENU", {name: MENU[name] for name in THREE_DISHES})
    monkeypatch.setenv("XAI_STUDIES", str(tmp_path / "studies"))
    shutil.copytree(dishes, tmp_path / "kitchen")
    model = cloth_model(tmp_path / "cloth.onnx")
    return create_study(first_run.STUDY, tmp_path / "studies", data=tmp_path / "kitchen", model=model, title="Demo")


def cloth_model(path):
    """Red well above green, averaged over the picture, speaks for ravioli; without it the answer is pork chop."""
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
    """Open a page with a query."""

    def opened(page="confusions", /, **query):
        at = AppTest.from_file(ENTRYPOINT, default_timeout=30)
        if page != "overview":
            at.switch_page(f"pages/{page}.py")
        at.query_params.update(query)
        return at.run()

    return opened


@pytest.fixture
def asked(study):
    """Run an opened page again once the model is there, so that its explanations are asked for."""

    def ready(at):
        models.runtime(studies.study(study.name)).result(timeout=30)
        return at.run()

    return ready


@pytest.fixture
def explained(asked):
    """Run an opened Explain, Compare or Evidence page again once all that it asked for has been computed."""

    def waited(at):
        asked(at)
        places = [each for each in ("explain", "compare", "evidence") if f"_jobs_{each}" in at.session_state]
        for job in [each for place in places for each in at.session_state[f"_jobs_{place}"].jobs]:
            assert job.wait(timeout_s=30)
        return at.run()

    return waited
