"""Selection of the runtime for a graph, by name or else by speed on this machine.

That for a network of torch is in `opening.networks`. This module is free of torch.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xai_core import paths
from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.autotune import (
    Setup,
    choose_fastest,
    cpu_setups,
    stored_choice,
    synthetic_picture,
)
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.opening.machine import available_cores
from xai_core.runtimes.sources.onnx_graph.runnable import RunnableGraph, read_plain_graph

RUNTIMES = ("auto", "torch", "onnxruntime")
"""Values of the argument `runtime` and of $XAI_RUNTIME."""

ViewProvider = Callable[[], NDArray[np.uint8]]
"""Function that returns a picture as the model sees it, (H, W, 3) uint8."""

PictureProvider = Callable[[ModelSpec], NDArray[np.uint8]]
"""Function that returns a few pictures as a model of that spec sees them, (N, H, W, 3) uint8."""


def open_graph(
    graph: RunnableGraph,
    spec: ModelSpec,
    model_id: str,
    *,
    device: str,
    runtime: str | None,
    view: ViewProvider | None,
) -> Runtime:
    """Return the runtime for the graph of an .onnx file.

    For the parameters see `checkpoint.open_model`.

    Raises
    ------
    ModelRefused
        If torch is named, or the graph does not fit the spec.
    """
    if runtime == "torch":
        raise ModelRefused(
            deferred("torch cannot run {source}.", source=graph.source), deferred("Choose onnxruntime or auto.")
        )
    if device == "cpu" or resolve_name(runtime) != "auto":
        return OnnxRuntime(graph, spec, model_id)

    # Setups that differ only in batch size share a session: each session holds its own copy of the weights.
    @cache
    def session(lanes: int, threads: int) -> OnnxRuntime:
        return OnnxRuntime(graph, spec, model_id, lanes=lanes, threads=threads)

    return choose_fastest(
        lambda setup: session(setup.lanes, setup.threads).with_batch(setup.batch),
        cpu_setups(available_cores(), checkpoint=False),
        partial(OnnxRuntime, graph, spec, model_id),
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def trial_views(spec: ModelSpec, pictures: PictureProvider | None) -> NDArray[np.uint8]:
    """Return at least two different pictures as a model sees them, on which it is tried.

    Parameters
    ----------
    spec
        Preprocessing of the model.
    pictures
        Function that returns real pictures; where it has fewer than two, synthetic ones are added.

    Returns
    -------
    (N, H, W, 3) uint8
    """
    views = [] if pictures is None else list(pictures(spec))
    if len(views) < 2:
        picture = synthetic_picture(spec)
        views += [picture, picture[::-1, ::-1, ::-1], 255 - picture]
    return np.stack(views)


def resolve_name(runtime: str | None) -> str:
    """Return one of `RUNTIMES`: the given one, else that of $XAI_RUNTIME, else "auto".

    Raises
    ------
    ModelRefused
        If it is not known.
    """
    found = runtime or os.environ.get("XAI_RUNTIME") or "auto"
    if found not in RUNTIMES:
        raise ModelRefused(
            deferred("The runtime {runtime!r} is not known here.", runtime=found),
            deferred("Choose one of {names}.", names=", ".join(RUNTIMES)),
        )
    return found


def named_setup() -> Setup:
    """Return the way in which ONNX Runtime runs a network where it is named and nothing is measured."""
    return Setup(library="onnxruntime", batch=2, lanes=available_cores(), threads=1)


def graph_cache() -> Path:
    """Return the folder of exported graphs."""
    return paths.cache_folder() / "graphs"


def chosen_for_graph(model_id: str, runtime: str | None) -> tuple[Path, Setup] | None:
    """Return the exported graph of a network and the stored way to run it.

    Parameters
    ----------
    model_id
        The network.
    runtime
        See `checkpoint.open_with_notes`.

    Returns
    -------
    None if it was not exported or measured yet, or if ONNX Runtime is not the fastest library for it.
    """
    graph = graph_cache() / f"{model_id}.onnx"
    if resolve_name(runtime) == "onnxruntime":
        setup: Setup | None = named_setup()
    else:
        setups = cpu_setups(available_cores(), checkpoint=True)
        setup = stored_choice(paths.cache_folder() / "runtimes", model_id, setups)
    if setup is None or setup.library != "onnxruntime" or not graph.is_file():
        return None
    return graph, setup


def open_graph_file(graph: Path, spec: ModelSpec, model_id: str, setup: Setup | None = None) -> OnnxRuntime:
    """Open an exported graph.

    Parameters
    ----------
    graph
        File of the graph.
    spec, model_id
        See `Runtime`.
    setup
        Way to run it; None takes that of a named library.

    Raises
    ------
    ModelRefused
        If the file is damaged.
    """
    setup = setup or named_setup()
    with suppress(OSError):
        os.utime(graph)  # the time of its last use, by which old graphs are removed
    runnable = read_plain_graph(graph, len(spec.labels))
    return OnnxRuntime(runnable, spec, model_id, lanes=setup.lanes, threads=setup.threads, batch=setup.batch)
