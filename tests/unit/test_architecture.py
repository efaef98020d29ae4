"""Import rules of the project, checked on every module."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tools import tree

ROOT = Path(__file__).parents[2]
BACKEND = sorted((ROOT / "xai_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
INTERFACE = [ROOT / "streamlit_app.py", *sorted((ROOT / "pages").rglob("*.py"))]
FOLDERS = sorted({path.parent for path in [*BACKEND, *INTERFACE]})
LOADERS = ROOT / "pages" / "ui" / "loaders"

# A room imports rooms of the rows below its own, and no others. docs/architecture.md says what each is for.
CORE_LEVELS = (
    ("__main__",),
    ("cli",),
    ("api", "bench"),
    ("demo", "repair"),
    ("study", "training", "trust"),
    ("doctor",),
    ("explain", "runtimes"),
    ("engines",),
    ("masking", "data", "evidence"),
    ("confusions", "files", "hub", "labels", "model", "render", "settings", "verdicts", "workers"),
    ("exports",),
    ("errors", "locks", "palettes", "paths", "progress", "texts"),
    ("language",),
    ("catalogue_files",),
)
INTERFACE_LEVELS = (
    ("serving",),
    ("present",),
    ("compare", "evidence", "explain", "models", "repair"),
    ("about", "data", "overview", "reports", "trust"),
    ("confusions", "maps"),
    ("controls",),
    ("picture",),
    ("frame",),
    ("loaders",),
    ("access",),
)
ALLOWED_LIBRARIES = {
    # torchvision also knows where Food-101 lies and its checksum. The Python API names the type of a torch module.
    "torch": ("runtimes", "training", "data/download.py", "api"),
    "torchvision": ("runtimes", "training", "data/download.py"),
    "onnx": ("runtimes",),
    # The one module that switches its telemetry off before it is imported.
    "onnxruntime": ("runtimes/onnxruntime_library.py",),
    "safetensors": ("runtimes", "training"),
    "timm": ("runtimes",),
    "transformers": ("runtimes",),
    "captum": ("runtimes/captum_methods.py", "runtimes/gradients.py"),
    "cv2": ("masking.py", "demo", "data/properties.py", "data/alignment.py"),
    "pptx": ("exports/slides.py",),
    "joblib": ("runtimes/helper/process.py",),
    "ray": ("workers",),
}


@cache
def imports(path):
    """Return every dotted name that a file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def packages(path):
    return {name.split(".")[0] for name in imports(path)}


def users(files, libraries):
    """Return the files that import one of some libraries, with what they import."""
    found = {relative(path): packages(path) & libraries for path in files}
    return {path: imported for path, imported in found.items() if imported}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def room_of(path, top):
    return path.relative_to(top).with_suffix("").parts[0]


def imported_rooms(path, prefix):
    return {name.removeprefix(prefix).split(".")[0] for name in imports(path) if name.startswith(prefix)}


def level_of(room, levels):
    return next(number for number, rooms in enumerate(levels) if room in rooms)


def upward_imports(path, top, prefix, levels):
    """Rooms that a file imports although they stand on its own level or above it."""
    room = room_of(path, top)
    own = level_of(room, levels)
    return {other for other in imported_rooms(path, prefix) - {room} if level_of(other, levels) <= own}


def upwards(files, top, prefix, levels):
    """Return the files that import rooms on their own level or above it, with these rooms."""
    found = {relative(path): upward_imports(path, top, prefix, levels) for path in files}
    return {path: rooms for path, rooms in found.items() if rooms}


def test_a_room_of_the_backend_imports_only_rooms_below_it():
    files = [path for path in BACKEND if path != ROOT / "xai_core" / "__init__.py"]
    assert upwards(files, ROOT / "xai_core", "xai_core.", CORE_LEVELS) == {}


def test_a_room_of_the_interface_imports_only_rooms_below_it():
    files = (ROOT / "pages" / "ui").rglob("*/*.py")
    assert upwards(files, ROOT / "pages" / "ui", "pages.ui.", INTERFACE_LEVELS) == {}


def test_the_backend_imports_no_user_interface():
    assert users(BACKEND, {"streamlit", "pages", "plotly", "matplotlib"}) == {}


@pytest.mark.parametrize("library", ALLOWED_LIBRARIES)
def test_a_heavy_library_stays_in_its_rooms(library):
    allowed = ALLOWED_LIBRARIES[library]
    found = {user.removeprefix("xai_core/") for user in users(BACKEND, {library})}
    assert {user for user in found if user.split("/")[0] not in allowed and user not in allowed} == set()


def test_one_module_imports_onnx_runtime_because_it_switches_the_telemetry_off_first():
    files = (path for top in ("xai_core", "pages", "tests", "tools") for path in (ROOT / top).rglob("*.py"))
    assert set(users(files, {"onnxruntime"})) == {"xai_core/runtimes/onnxruntime_library.py"}


@pytest.mark.parametrize("room", ["confusions", "evidence", "render"])
def test_pure_rooms_read_no_file_and_run_no_model(room):
    paths = [path for path in BACKEND if room_of(path, ROOT / "xai_core") == room]
    assert paths
    assert users(paths, {"torch", "cv2", "shap", "onnxruntime", "pathlib", "os"}) == {}


def test_the_interface_runs_no_model():
    assert users(INTERFACE, {"torch", "torchvision", "shap", "cv2", "onnxruntime"}) == {}


def test_a_page_is_thin():
    assert users(PAGES, {"PIL", "pathlib", "os"}) == {}
    assert not {path.name for path in PAGES if len(path.read_text("utf-8").splitlines()) > 90}


def test_only_the_loaders_cache():
    caching = {path for path in INTERFACE if "st.cache_" in path.read_text("utf-8")}
    assert caching == {path for path in LOADERS.glob("*.py") if path.name != "__init__.py"}


def test_files_are_short():
    # The menu is a table of dishes.
    long = {relative(path) for path in [*BACKEND, *INTERFACE] if len(path.read_text("utf-8").splitlines()) > 300}
    assert long <= {"xai_core/demo/menu.py"}


def test_folders_are_small():
    counts = {relative(folder): len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in FOLDERS}
    assert not {folder: count for folder, count in counts.items() if count > 14}


def test_the_tree_in_the_documentation_is_the_present_one():
    document = tree.DOCUMENT.read_text("utf-8")
    assert document == tree.with_tree(document), "Run: python tools/tree.py --write"
