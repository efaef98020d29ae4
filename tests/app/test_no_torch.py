"""The server never imports torch where ONNX Runtime runs the model: what needs it runs in a helper process."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xai_core.model.preprocess import normalise
from xai_core.model.spec import default_spec

ROOT = Path(__file__).parents[2]
SMALL = "mobilenet_v3_small"
SIDE = 32

# A server in a process of its own, because this one may have torch.
SERVER = """
import logging, sys
logging.disable(logging.INFO)
from streamlit.testing.v1 import AppTest
from pages.ui.loaders import models, studies
from pages.ui.serving import preload
from tests.read import wait_for_jobs

HEAVY = {"torch", "torchvision", "captum", "shap", "triton"}
SLOTS = ("trust", "trust_methods", "trust_methods_curves", "trust_sanity")

def settle(at):
    known = -1
    for _ in range(4):
        models.wait_until_idle(120)
        at.run()
        for job in wait_for_jobs(at, *SLOTS, timeout_s=120):
            assert job.error is None, job.error
    at.run()
    return at

preload.import_first()
at = AppTest.from_file("streamlit_app.py", default_timeout=60)
models.runtime_future.clear()
loaded = set(sys.modules)
at.run()
packages = ("scipy", "sklearn", "skimage", "cv2", "pages")
late = {name for name in set(sys.modules) - loaded if name.split(".")[0] in packages}
assert not late - {"pages.overview"}, late
preload.import_pages()
# What pages would otherwise import themselves, several visitors at once.
late = {"scipy.stats", "scipy.optimize", "sklearn.metrics", "plotly.graph_objects", "pandas", "skimage"}
assert late <= set(sys.modules), late - set(sys.modules)
picture = {"picture": "pork_chop/4", "evals": "20", "engine": "partition"}
for page in ("confusions", "data", "compare", "evidence", "explain", "repair", "models", "present", "about", "trust"):
    at.query_params.clear()
    at.query_params.update(picture)
    at.switch_page(f"pages/{page}.py").run()
    models.wait_until_idle(120)
    at.run()
    assert not at.exception, (page, at.exception)
    assert not HEAVY & set(sys.modules), page
for check, expected in (("methods", "**LIME**"), ("sanity", "**All layers randomised**")):
    at.button_group(key="check").set_value(check)
    settle(at.run())
    assert not at.exception
    found = [element.value for element in (*at.main.markdown, *at.info, *at.error)]
    assert expected in found, found
    assert not HEAVY & set(sys.modules), check
print("Grad-CAM in the helper:", models.network_if_open(studies.open_study("small")))
"""


@pytest.fixture
def small_study(tiny_food101, tmp_path):
    """Folder with a study of a small torchvision network with random weights."""
    import torch  # noqa: PLC0415 - only this test needs it

    from xai_core.runtimes.architectures import build_network, calibrate_batch_norms  # noqa: PLC0415
    from xai_core.runtimes.opening.writing import save_checkpoint  # noqa: PLC0415
    from xai_core.runtimes.torch_runtime import as_tensor  # noqa: PLC0415
    from xai_core.study.build import create_study  # noqa: PLC0415

    torch.manual_seed(0)
    labels = sorted(path.name for path in (tiny_food101 / "food-101" / "images").iterdir())
    spec = replace(default_spec(tuple(labels), SMALL), input_size=(SIDE, SIDE), short_side=None)
    network = build_network(SMALL, len(labels)).eval()
    views = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    calibrate_batch_norms(network, as_tensor(normalise(views, spec)))
    save_checkpoint(tmp_path / "small.safetensors", network, spec)
    create_study("small", tmp_path / "studies", data=tiny_food101, model=tmp_path / "small.safetensors")
    return tmp_path / "studies"


def test_every_page_and_check_runs_without_torch_in_the_server(small_study):
    environment = os.environ | {"XAI_STUDIES": str(small_study), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SERVER], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "HelperNetwork" in done.stdout
