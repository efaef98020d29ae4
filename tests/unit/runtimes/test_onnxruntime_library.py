"""ONNX Runtime collects nothing, unless the user switches its telemetry on."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from xai_core.cli.check import PACKAGES
from xai_core.runtimes import onnxruntime_library
from xai_core.runtimes.onnxruntime_library import TELEMETRY_SWITCH

ROOT = Path(__file__).parents[3]

RUN_A_MODEL = """
import sys
from pathlib import Path
import numpy as np
from xai_core.runtimes.checkpoint import open_model

runtime = open_model(Path(sys.argv[1]), device="cpu")
print(runtime.name, runtime.logits(np.zeros((1, *runtime.spec.input_size, 3), np.float32)).shape)
"""


def test_a_session_leaves_no_file_in_the_home_folder(tiny_model, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    # The library stays silent where CI is set, and writes to $XDG_CACHE_HOME where that is set.
    ignored = {"CI", "XDG_CACHE_HOME", TELEMETRY_SWITCH}
    environment = {name: value for name, value in os.environ.items() if name not in ignored} | {"HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", RUN_A_MODEL, str(tiny_model)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "onnxruntime cpu (1, 4)\n"), done.stderr
    # Without the switch: .cache/Microsoft/DeveloperTools/.onnxruntime/deviceid and onnxruntime.db.
    assert [path.relative_to(home).as_posix() for path in home.rglob("*")] == []


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("", "1"), ("0", "0"), ("1", "1")])
def test_a_setting_of_the_user_wins(monkeypatch, given, expected):
    # A stand-in, so that no telemetry runs where it is switched on.
    stand_in = ModuleType("onnxruntime")
    stand_in.__version__ = "0"
    monkeypatch.setitem(sys.modules, "onnxruntime", stand_in)
    # setenv first: monkeypatch then restores the variable of this process whatever the module does to it.
    monkeypatch.setenv(TELEMETRY_SWITCH, given or "")
    if given is None:
        monkeypatch.delenv(TELEMETRY_SWITCH)
    runpy.run_path(onnxruntime_library.__file__)
    assert os.environ[TELEMETRY_SWITCH] == expected


def test_the_command_check_imports_the_library_through_the_module_too():
    assert PACKAGES["onnxruntime"] == onnxruntime_library.__name__
