"""Real server and real browser, which tests share. Every test has its own visitor and its own studies."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from playwright.sync_api import expect, sync_playwright

from xai_core.study.build import create_study

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
START_S = 60
# True if plotly would not take the next press of the button for the second one of a double click.
RESTED = "(plot) => !(Date.now() - plot._mouseDownTime <= plot._context.doubleClickDelay)"
# True if plotly has looked under the pointer at this position of the screen, and has found a point of the chart.
LOOKED = """([plot, x, y]) => {
  const box = plot.getBoundingClientRect();
  const there = Math.hypot(plot._hoverPointerX + box.left - x, plot._hoverPointerY + box.top - y) < 2;
  return there && plot._hoverdata.length > 0;
}"""
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def chromium():
    """Browser for all tests. Without one they are skipped."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no browser: chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """Empty tab of a new visitor."""
    # Without animations, each frame of which is drawn without a graphics card.
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def press(page):
    """Function that presses the mouse button in a chart, and releases it there or at another position.

    Plotly looks under the pointer 20 times a second, and a click counts for the point that it saw last. So the function
    waits until plotly has looked. Two presses within a third of a second are a double click, which ends a zoom wherever
    they are. So the function waits before it presses again.
    """

    def pressed(chart, start, end=None):
        plot = chart.locator(".js-plotly-plot").element_handle()
        page.mouse.move(*start)
        page.wait_for_function(LOOKED, arg=[plot, *start])
        page.wait_for_function(RESTED, arg=plot)
        page.mouse.down()
        if end is not None:
            page.mouse.move(*((a + b) / 2 for a, b in zip(start, end, strict=True)))
            page.mouse.move(*end)
        page.mouse.up()

    return pressed


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running_server(studies, log, *, port=None, arguments=(), variables=None):
    """Run the app on a folder of studies, and give its address once it answers."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += ["--server.port", str(port), *arguments]
    environment = os.environ | {"XAI_STUDIES": str(studies)} | (variables or {})
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_S
    try:
        while not healthy(address):
            assert still_running(server), log.read_text("utf-8")
            assert time.monotonic() < deadline, f"no answer from {address} within {START_S} s"
        yield address
    finally:
        server.kill()
        server.wait(timeout=30)


@pytest.fixture
def serve_alone(tmp_path):
    """Function that starts a server that nobody has visited on a folder of studies, and returns its address."""
    with ExitStack() as running:
        yield lambda studies, **more: running.enter_context(running_server(studies, tmp_path / "server.log", **more))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    """Address of a server, and the link to its folder of studies."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder / "studies", folder / "server.log") as address:
        yield address, folder / "studies"


@pytest.fixture
def serve(shared_server):
    """Function that lets the shared server show a folder of studies, and returns its address."""
    address, link = shared_server

    def served(studies):
        # Replaced in one step, because pages of earlier visitors may still look at it.
        following = studies.with_name("following")
        following.symlink_to(studies)
        following.replace(link)
        return address

    return served


def healthy(address):
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def still_running(server, look_s=0.1):
    try:
        server.wait(timeout=look_s)
    except subprocess.TimeoutExpired:
        return True
    return False


@pytest.fixture
def slow_study(tmp_path, tiny_food101, tiny_model):
    """Painted study with a slow model, whose extra layers multiply some hundred million times and add nothing."""
    model = onnx.load(tiny_model)
    logits = model.graph.node[-1].output[0]
    model.graph.node[-1].output[0] = "plain"
    weights = {"wide": (192, 3, 3, 3), "deep": (192, 192, 3, 3), "nothing": (4, 192)}
    for name, shape in weights.items():
        values = np.zeros(shape, np.float32) if name == "nothing" else np.full(shape, 1e-3, np.float32)
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    model.graph.node.extend(
        [
            helper.make_node("Conv", ["image", "wide"], ["wider"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["wider", "deep"], ["deeper"], pads=[1, 1, 1, 1]),
            helper.make_node("GlobalAveragePool", ["deeper"], ["averaged"]),
            helper.make_node("Flatten", ["averaged"], ["flat"]),
            helper.make_node("Gemm", ["flat", "nothing"], ["zeros"], transB=1),
            helper.make_node("Add", ["plain", "zeros"], [logits]),
        ]
    )
    path = tmp_path / "slow.onnx"
    onnx.save(model, path)
    shutil.copy(tiny_model.with_suffix(".json"), path.with_suffix(".json"))
    return create_study("slow", tmp_path / "studies", data=tiny_food101, model=path)
