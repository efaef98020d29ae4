"""The command `check`."""

import json

from xai_core.cli import check


def test_it_lists_versions_device_and_studies(run, studies):
    code, out, _ = run("check", "--studies", studies, "--json")
    found = json.loads(out)
    assert code == 0
    assert {"torch", "torchvision", "shap", "opencv-python", "onnxruntime", "streamlit"} <= set(found["packages"])
    assert None not in found["packages"].values()
    assert found["device"].startswith(("cpu", "cuda"))
    assert [(study["name"], study["sound"]) for study in found["studies"]] == [("tiny", True)]
    assert "tiny" in run("check", "--studies", studies)[1]


def test_a_package_that_does_not_load_is_named_with_the_cure(run, studies, monkeypatch):
    monkeypatch.setattr(check, "PACKAGES", {"numpy": "numpy", "torch": "no_such_module"})
    code, out, _ = run("check", "--studies", studies)
    assert code == 1
    assert "torch    MISSING (ModuleNotFoundError: No module named 'no_such_module')" in out
    assert "pip install -r requirements.txt" in out


def test_the_environment_that_only_shows_needs_no_torch(run, studies, monkeypatch):
    monkeypatch.setattr(check, "PACKAGES", {name: name for name in ("numpy", "no_torch", "no_shap")})
    monkeypatch.setattr(check, "NEEDLESS", ("no_torch", "no_shap"))
    code, out, _ = run("check", "--studies", studies)
    assert code == 0
    assert out.count("not installed, and needless to show studies") == 2
    # With one of the two, the other one is missing.
    monkeypatch.setattr(check, "NEEDLESS", ("numpy", "no_torch", "no_shap"))
    code, out, _ = run("check", "--studies", studies)
    assert (code, out.count("MISSING")) == (1, 2)


def test_a_broken_study_is_reported_and_is_no_fault_of_the_installation(run, studies):
    (studies / "tiny/logits.npy").unlink()
    code, out, _ = run("check", "--studies", studies)
    assert code == 0
    assert "missing or damaged" in out
