"""The start of docs/api.md runs as it stands there."""

import re
import shutil
from pathlib import Path

from PIL import Image

from xai_core import Explainer

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def code_blocks():
    return re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


def test_the_start_runs(tiny_model, tiny_food101, tmp_path, monkeypatch, capsys):
    shutil.copy(tiny_model, tmp_path / "model.onnx")
    shutil.copy(tiny_model.with_suffix(".json"), tmp_path / "model.json")
    shutil.copy(tiny_food101 / "food-101" / "images" / "pork_chop" / "4.jpg", tmp_path / "pork_chop.jpg")
    monkeypatch.chdir(tmp_path)
    start = code_blocks()[0]
    assert len([line for line in start.splitlines() if line]) <= 5
    exec(start, {})
    with Image.open(tmp_path / "why.png") as overlay:
        assert overlay.size == (32, 32)
    assert "Explaining" in capsys.readouterr().err


def test_the_list_of_what_an_explanation_offers_runs(tiny_model, tiny_food101, tmp_path):
    picture = tiny_food101 / "food-101" / "images" / "pork_chop" / "4.jpg"
    explanation = Explainer(tiny_model).explain(picture, progress=False)
    exec(code_blocks()[1], {"explanation": explanation, "path": tmp_path / "explanation.npz"})
    assert (tmp_path / "explanation.npz").is_file()


def test_the_example_with_a_study_runs(tiny_study, tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "studies").mkdir(parents=True)
    (project / "studies" / "demo").symlink_to(tiny_study.folder)
    monkeypatch.chdir(project)
    names = {}
    exec(code_blocks()[2].replace("pork_chop/1234", "pork_chop/4"), names)
    assert names["study"].stored("pork_chop/4") is not None
