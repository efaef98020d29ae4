"""Selection of the runtime for a model, by name or else by speed on this machine."""

import os
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from torch import nn

from xai_core import paths
from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.autotune import (
    Setup,
    available_cores,
    choose_fastest,
    cpu_setups,
    device_setups,
    synthetic_picture,
)
from xai_core.runtimes.device_runtime import DeviceRuntime
from xai_core.runtimes.onnx_export import export_once
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.sources.onnx_graph.runnable import RunnableGraph, read_plain_graph
from xai_core.runtimes.torch_runtime import TorchRuntime, resolve_device

RUNTIMES = ("auto", "torch", "onnxruntime")
"""Values of the argument `runtime` and of $XAI_RUNTIME."""

ViewProvider = Callable[[], NDArray[np.uint8]]
"""Function that returns a picture as the model sees it, (H, W, 3) uint8."""

PictureProvider = Callable[[ModelSpec], NDArray[np.uint8]]
"""Function that returns a few pictures as a model of that spec sees them, (N, H, W, 3) uint8."""


def open_network(
    network: nn.Module, spec: ModelSpec, model_id: str, *, device: str, runtime: str | None, view: ViewProvider | None
) -> Runtime:
    """Return the runtime for a torchvision network.

    For the parameters see `checkpoint.open_model`.

    Raises
    ------
    ModelRefused
        If the runtime or the device is not known or not there.
    """
    named = _resolve_name(runtime)
    # Only the default is measured. A named device or library is used as it is, which tests and benchmarks rely on.
    if device == "auto" and named == "auto" and resolve_device("auto") == "cpu":
        return _fastest_on_cpu(network, spec, model_id, view)
    if named == "onnxruntime":
        if device == "cuda":
            raise ModelRefused("onnxruntime runs on the CPU only, not on 'cuda'.", "Choose torch, or the device auto.")
        return _open_exported(
            network, spec, model_id, Setup(library="onnxruntime", batch=2, lanes=available_cores(), threads=1)
        )
    if resolve_device(device) == "cuda":
        return _fastest_on_device(network, spec, model_id, view)
    return TorchRuntime(network, spec, model_id, "cpu")


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
        raise ModelRefused(f"torch cannot run {graph.source}.", "Choose onnxruntime or auto.")
    if device == "cpu" or _resolve_name(runtime) != "auto":
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


def _resolve_name(runtime: str | None) -> str:
    found = runtime or os.environ.get("XAI_RUNTIME") or "auto"
    if found not in RUNTIMES:
        raise ModelRefused(f"The runtime {found!r} is not known here.", f"Choose one of {', '.join(RUNTIMES)}.")
    return found


def _fastest_on_cpu(network: nn.Module, spec: ModelSpec, model_id: str, view: ViewProvider | None) -> Runtime:
    plain = cache(partial(TorchRuntime, network, spec, model_id, "cpu"))

    # Setups that differ only in batch size share a session: each session holds its own copy of the weights.
    @cache
    def session(lanes: int, threads: int) -> OnnxRuntime:
        setup = Setup(library="onnxruntime", batch=1, lanes=lanes, threads=threads)
        return _open_exported(network, spec, model_id, setup)

    def open_as(setup: Setup) -> Runtime:
        opened = plain() if setup.library == "torch" else session(setup.lanes, setup.threads)
        return opened.with_batch(setup.batch)

    return choose_fastest(
        open_as,
        cpu_setups(available_cores(), checkpoint=True),
        plain,
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def _fastest_on_device(network: nn.Module, spec: ModelSpec, model_id: str, view: ViewProvider | None) -> Runtime:
    @cache
    def on_device(half: bool) -> DeviceRuntime:  # noqa: FBT001 - a key of the cache
        return DeviceRuntime(network, spec, model_id, half=half)

    # The reference is on the CPU, so that a fault of the device's kernels is not in both sides of the comparison.
    return choose_fastest(
        lambda setup: on_device(setup.half).with_batch(setup.batch),
        device_setups(checked_on_photographs=view is not None),
        partial(TorchRuntime, network, spec, model_id, "cpu"),
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def _open_exported(network: nn.Module, spec: ModelSpec, model_id: str, setup: Setup) -> OnnxRuntime:
    """Open the exported graph of a network, and export it again if the stored one is damaged."""
    graph = partial(export_once, network, spec, model_id, paths.cache_folder() / "graphs")

    def opened() -> OnnxRuntime:
        runnable = read_plain_graph(graph(), len(spec.labels))
        return OnnxRuntime(runnable, spec, model_id, lanes=setup.lanes, threads=setup.threads, batch=setup.batch)

    try:
        return opened()
    except ModelRefused:
        # The network itself was accepted before, so the file in the cache is at fault.
        graph().unlink()
        return opened()
