"""Models of studies, opened in the background.

Opening a model takes seconds, and so does starting the helper process with what other methods need. Pages must not wait
for that, so each task runs in one background thread. The caches hold futures: the first call of a function starts its
task and returns at once, and later calls by any session find the same future.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st

from pages.ui.access import visitors
from pages.ui.loaders import background, explanations
from pages.ui.loaders.studies import BY_STUDY
from xai_core.confusions import confusion
from xai_core.errors import XaiError
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.runtimes import torch_import
from xai_core.runtimes.helper import process
from xai_core.runtimes.sources.table import check_layers
from xai_core.study.network import open_network
from xai_core.study.remote.evaluating import open_remote
from xai_core.study.study import Study
from xai_core.workers.crew import Crew, RayCrew

if TYPE_CHECKING:
    from xai_core.runtimes.helper.network import LayeredNetwork

RANDOMISED: tuple[Literal["last", "all"], ...] = ("last", "all")
"""Layers whose weights are randomised for the sanity check; see `gradients.Layers`."""
RANDOMISED_PICTURES, RANDOMISED_SEED = 8, 0
"""Number of pictures that give the randomised networks their batch statistics, and seed of their weights."""


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_STUDY)
def runtime_future(study: Study) -> Future[Runtime]:
    """Start to open the model of a study, and return its future."""
    return _opener().submit(_open, study)


def runtime_if_open(study: Study) -> Runtime | None:
    """Return the model of a study, or None while it is being opened in the background.

    Raises
    ------
    XaiError
        If it cannot be opened. The next call tries again.
    """
    found: Runtime | None = _result_if_done(runtime_future, study)
    return found


def network_if_open(study: Study) -> "LayeredNetwork | None":
    """Return the network of a study with access to its layers.

    It is None while it is being opened in the background.

    Raises
    ------
    ModelRefused
        If the model file gives no access to layers.
    """
    check_layers(study.model_file)
    found: LayeredNetwork | None = _result_if_done(_network_future, study)
    return found


def randomised_if_made(study: Study) -> dict[str, Runtime] | None:
    """Return the network of a study with the weights of the last or all layers randomised.

    Returns
    -------
    Networks by `gradients.Layers`; None while they are being made in the background.

    Raises
    ------
    XaiError
        If the model file gives no access to layers, or if one of the pictures cannot be read.
    """
    if network_if_open(study) is None:
        return None
    found: dict[str, Runtime] | None = _result_if_done(_randomised_future, study)
    return found


def methods_ready() -> bool:
    """Return True if what computes the maps of other methods would answer at once.

    Otherwise it is started in the background. It is the helper process, which ends after a while without work, so that
    a worker which visitors share never waits for it.
    """
    if process.is_warm():
        return True
    future = _warm_up()
    if not future.done():
        return False
    _warm_up.clear()
    try:
        future.result()
    except XaiError:
        return True  # the methods then say why they fail
    return process.is_warm() or methods_ready()


def wait_until_idle(timeout_s: float) -> None:
    """Wait until all tasks that were started so far are done, for example in tests.

    Raises
    ------
    TimeoutError
        If they take longer.
    """
    # The thread takes tasks in order, so an empty one is done when all before it are.
    _opener().submit(lambda: None).result(timeout_s)


@st.cache_resource(show_spinner=False)
def crew() -> Crew:
    """Return the workers that the server was started with, one crew for all models and visitors."""
    server = visitors.settings()
    return RayCrew(None if server.ray == "local" else server.ray, server.ray_workers, server.ray_gpus)


def _open(study: Study) -> Runtime:
    server = visitors.settings()
    if not server.ray:
        return study.open_runtime()
    runtime = open_remote(study, crew(), ship=server.ray_ship)
    # As many explanations side by side as there are workers, each of which computes one evaluation at a time.
    explanations.service().widen(crew().workers)
    return runtime


def _result_if_done(future_of: Any, study: Study) -> Any:
    """Return the result of a future, or None while it is not there.

    A failed future would stay in the cache and give its error for ever. It is removed, so that the next call tries
    again, for example after the file has been copied once more.
    """
    future = future_of(study)
    if not future.done():
        return None
    try:
        return future.result()
    except XaiError:
        future_of.clear(study)
        raise


@st.cache_resource(show_spinner=False)
def _opener() -> ThreadPoolExecutor:
    # One thread, so that tasks run in the order in which pages start them. `wait_until_idle` relies on that.
    torch_import.allow_other_threads()  # where torch runs the model, a task imports it while pages run
    return background.new_worker("model")


@st.cache_resource(show_spinner=False)
def _warm_up() -> Future[None]:
    return _opener().submit(process.warm_up)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_STUDY)
def _network_future(study: Study) -> "Future[LayeredNetwork]":
    return _opener().submit(open_network, study)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_STUDY)
def _randomised_future(study: Study) -> Future[dict[str, Runtime]]:
    # Called only once the network is open, so this does not block.
    network, readable = _network_future(study).result(), confusion.readable(study.table)["image_id"]

    def randomise() -> dict[str, Runtime]:
        step = max(1, len(readable) // RANDOMISED_PICTURES)
        sampled = readable.iloc[::step][:RANDOMISED_PICTURES]
        views = np.stack([preprocess.view(study.photo(image_id), study.spec) for image_id in sampled])
        return {layers: network.randomised(layers, RANDOMISED_SEED, views) for layers in RANDOMISED}

    return _opener().submit(randomise)
