"""The arrows of the architecture, checked on every module."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKEND = sorted((ROOT / "xai_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
INTERFACE = [ROOT / "streamlit_app.py", *sorted((ROOT / "pages").rglob("*.py"))]

BOTTOM = {"errors", "settings", "labels", "paths"}
PURE = {"calibration", "companions", "confusion", "evidence", "pairevidence", "render"}
ABOVE = {
    "study",
    "predictions",
    "answers",
    "building",
    "record",
    "report",
    "verdictstore",
    "demo",
    "bench",
    "cli",
    "__main__",
}


def imports(path):
    """Yield every dotted name that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(path):
    return {name.split(".")[0] for name in imports(path)}


def rooms(path):
    """The rooms of xai_core that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("xai_core.")}


def named(path):
    return path.relative_to(ROOT).as_posix()


def in_rooms(*names):
    return [path for path in BACKEND if path.relative_to(ROOT / "xai_core").with_suffix("").parts[0] in names]


@pytest.mark.parametrize("path", BACKEND, ids=named)
def test_the_backend_knows_no_user_interface(path):
    assert not {"streamlit", "pages", "plotly", "matplotlib"} & packages(path)


@pytest.mark.parametrize("path", in_rooms(*BOTTOM), ids=named)
def test_the_bottom_rests_on_nothing_but_itself(path):
    assert rooms(path) <= BOTTOM


@pytest.mark.parametrize("path", in_rooms(*PURE), ids=named)
def test_pure_rooms_rest_on_the_bottom_alone(path):
    assert rooms(path) <= BOTTOM | PURE
    assert not {"torch", "cv2", "shap", "onnxruntime", "pathlib", "os"} & packages(path)


@pytest.mark.parametrize("path", in_rooms("dataset", "model", "explain"), ids=named)
def test_data_model_and_explanation_know_nothing_above_them(path):
    assert not ABOVE & rooms(path)


@pytest.mark.parametrize("path", in_rooms("dataset", "model", "explain"), ids=named)
def test_nothing_that_is_judged_knows_its_judges(path):
    assert "trust" not in rooms(path)


@pytest.mark.parametrize("path", in_rooms("trust"), ids=named)
def test_judges_know_models_and_explanations_but_no_study(path):
    assert not ABOVE & rooms(path)


@pytest.mark.parametrize("path", BACKEND, ids=named)
def test_captum_stays_where_it_is_taken_apart(path):
    if named(path) not in {"xai_core/model/captum_methods.py", "xai_core/model/gradients.py"}:
        assert "captum" not in packages(path)


@pytest.mark.parametrize("path", BACKEND, ids=named)
def test_torch_stays_in_the_model_room(path):
    # torchvision also knows where Food-101 lies and its checksum.
    if path not in in_rooms("model", "download"):
        assert not {"torch", "torchvision", "onnx", "onnxruntime", "safetensors"} & packages(path)


@pytest.mark.parametrize("path", BACKEND, ids=named)
def test_opencv_stays_where_pictures_are_painted_or_masked(path):
    if named(path) not in {"xai_core/explain/masking.py", "xai_core/model/preprocess.py"} and path not in in_rooms(
        "demo"
    ):
        assert "cv2" not in packages(path)


@pytest.mark.parametrize("path", INTERFACE, ids=named)
def test_the_interface_leaves_the_computing_to_the_backend(path):
    assert not {"torch", "torchvision", "shap", "cv2", "onnxruntime"} & packages(path)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_is_thin(path):
    assert not {"PIL", "pathlib", "os"} & packages(path)
    assert len(path.read_text("utf-8").splitlines()) <= 90


LOADERS = ROOT / "pages" / "ui" / "loaders"


def test_only_the_loaders_cache():
    caching = {path for path in INTERFACE if "st.cache_" in path.read_text("utf-8")}
    assert caching == {path for path in LOADERS.glob("*.py") if path.name != "__init__.py"}


@pytest.mark.parametrize("path", sorted(LOADERS.glob("*.py")), ids=named)
def test_loaders_know_no_page(path):
    outside = {name for name in imports(path) if f"{name}.".startswith("pages.")}
    assert all(name.startswith("pages.ui.loaders") for name in outside)
