"""The lists of requirements agree."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_what_only_shows_has_the_pins_of_the_full_set_but_neither_torch_nor_windows():
    full = {line.replace("opencv-python==", "opencv-python-headless==") for line in pins("requirements.txt")}
    left_out = {line.split("==")[0] for line in full - pins("requirements-view.txt")}
    assert left_out == {"torch", "torchvision", "shap", "captum"}
    assert pins("requirements-view.txt") <= full


def test_a_server_has_the_tested_pins_of_its_extras_and_the_container_copies_all_lists_it_installs():
    assert pins("requirements-server.txt") <= pins("requirements-dev.txt")
    container, copied = (ROOT / "Containerfile").read_text("utf-8"), (ROOT / ".dockerignore").read_text("utf-8")
    for name in ("requirements.txt", "requirements-view.txt", "requirements-server.txt"):
        assert f"-r /tmp/{name}" in container
        assert f"\n!{name}\n" in copied
