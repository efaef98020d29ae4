"""The model of a study, opened in the background: importing torch takes seconds, and so does what methods need."""

import importlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st

from pages.ui.loaders.studies import BY_STUDY
from xai_core.confusions import confusion
from xai_core.errors import XaiError
from xai_core.model import preprocess
from xai_core.model.layers import check_layers
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork

FORGETFUL: tuple[Literal["last", "all"], ...] = ("last", "all")
"""Whose weights are drawn anew for models without memory; see `gradients.Layers`."""
FORGETFUL_SEES, FORGETFUL_SEED = 8, 0
"""Pictures from which their batch norms take statistics, and seed of their weights."""


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_STUDY)
def runtime(of: Study) -> Future[Runtime]:
    """The model of a study, or what will be it."""
    return _opener().submit(of.open_runtime)


def opened(of: Study) -> Runtime | None:
    """The model of a study; None while it is being opened, in the background, for importing torch takes seconds.

    Raises
    ------
    XaiError
        If it cannot be opened; the next call tries again.
    """
    found: Runtime | None = _settled(runtime, of)
    return found


def network(of: Study) -> "GradientNetwork | None":
    """The network of a study, open to its layers; None while it is being opened, in the background.

    Raises
    ------
    ModelRefused
        If the model file has no layers to look into.
    """
    check_layers(of.model_file)
    found: GradientNetwork | None = _settled(_network, of)
    return found


def forgetful(of: Study) -> dict[str, Runtime] | None:
    """The model of a study with the weights of its last layer, and with all of them, as before training.

    Returns
    -------
    By `gradients.Layers`; None while they are being made, in the background.

    Raises
    ------
    XaiError
        If the model file has no layers, or a picture that is needed cannot be read.
    """
    found: dict[str, Runtime] | None = None if network(of) is None else _settled(_forgetful, of)
    return found


def methods_imported() -> bool:
    """Whether other methods can be computed at once; until then what they need is imported in the background."""
    return _attributing().done()


def _settled(future_of: Any, of: Study) -> Any:
    """What the future of a cached function brought; one that failed is tried again by the next call."""
    future = future_of(of)
    if not future.done():
        return None
    try:
        return future.result()
    except XaiError:
        future_of.clear(of)
        raise


@st.cache_resource(show_spinner=False)
def _opener() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="model")


@st.cache_resource(show_spinner=False)
def _attributing() -> Future[object]:
    return _opener().submit(importlib.import_module, "xai_core.trust.attribution")


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_STUDY)
def _network(of: Study) -> "Future[GradientNetwork]":
    def opened() -> "GradientNetwork":
        from xai_core.runtimes.gradients import GradientNetwork  # noqa: PLC0415 - torch takes seconds

        return GradientNetwork.open(of.model_file, of.spec)

    return _opener().submit(opened)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_STUDY)
def _forgetful(of: Study) -> Future[dict[str, Runtime]]:
    opened, seen = _network(of).result(), confusion.readable(of.table)["image_id"]

    def made() -> dict[str, Runtime]:
        some = seen.iloc[:: max(1, len(seen) // FORGETFUL_SEES)][:FORGETFUL_SEES]
        views = np.stack([preprocess.view(of.photo(each), of.spec) for each in some])
        return {layers: opened.forgetful(layers, FORGETFUL_SEED, views) for layers in FORGETFUL}

    return _opener().submit(made)
