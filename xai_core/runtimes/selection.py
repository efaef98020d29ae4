"""Which runtime a model gets: the one that is named, else the fastest here."""

import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from xai_core import paths
from xai_core.errors import ModelRefused
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.autotune import Setup, cores, cpu_setups, device_setups, fastest
from xai_core.runtimes.device_runtime import DeviceRuntime
from xai_core.runtimes.onnx_export import exported
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.torch_runtime import TorchRuntime, chosen_device

RUNTIMES = ("auto", "torch", "onnxruntime")
"""What `runtime` and $XAI_RUNTIME may say."""

View = Callable[[], NDArray[np.uint8]]
"""Gives a picture as the model sees it, (H, W, 3) uint8."""


def runtime_of_network(
    network: nn.Module, spec: ModelSpec, model_id: str, *, device: str, runtime: str | None, view: View | None
) -> Runtime:
    """Return what runs a torchvision network; the parameters are those of `open_model`."""
    named = _named(runtime)
    if device == "auto" and named == "auto" and chosen_device("auto") == "cpu":
        return _fastest_on_cpu(network, spec, model_id, view)
    if named == "onnxruntime":
        if device == "cuda":
            raise ModelRefused("onnxruntime runs on the CPU only, not on 'cuda'.", "Choose torch, or the device auto.")
        return _through_onnx(network, spec, model_id, Setup(library="onnxruntime", batch=2, lanes=cores(), threads=1))
    if chosen_device(device) == "cuda":
        return _fastest_on_device(network, spec, model_id, view)
    return TorchRuntime(network, spec, model_id, "cpu")


def runtime_of_graph(
    path: Path, spec: ModelSpec, model_id: str, *, device: str, runtime: str | None, view: View | None
) -> Runtime:
    """Return what runs an .onnx file; the parameters are those of `open_model`."""
    if runtime == "torch":
        raise ModelRefused(f"torch cannot run {path.name}.", "Choose onnxruntime or auto.")
    if device == "cpu" or _named(runtime) != "auto":
        return OnnxRuntime(path, spec, model_id)

    @cache
    def session(lanes: int, threads: int) -> OnnxRuntime:
        return OnnxRuntime(path, spec, model_id, lanes=lanes, threads=threads)

    return fastest(
        lambda setup: session(setup.lanes, setup.threads).sized(setup.batch),
        cpu_setups(cores(), checkpoint=False),
        partial(OnnxRuntime, path, spec, model_id),
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def _named(runtime: str | None) -> str:
    found = runtime or os.environ.get("XAI_RUNTIME") or "auto"
    if found not in RUNTIMES:
        raise ModelRefused(f"The runtime {found!r} is not known here.", f"Choose one of {', '.join(RUNTIMES)}.")
    return found


def _fastest_on_cpu(network: nn.Module, spec: ModelSpec, model_id: str, view: View | None) -> Runtime:
    plain = cache(partial(TorchRuntime, network, spec, model_id, "cpu"))

    @cache
    def session(lanes: int, threads: int) -> OnnxRuntime:
        setup = Setup(library="onnxruntime", batch=1, lanes=lanes, threads=threads)
        return _through_onnx(network, spec, model_id, setup)

    def open_as(setup: Setup) -> Runtime:
        of_library = plain() if setup.library == "torch" else session(setup.lanes, setup.threads)
        return of_library.sized(setup.batch)

    return fastest(
        open_as,
        cpu_setups(cores(), checkpoint=True),
        plain,
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def _fastest_on_device(network: nn.Module, spec: ModelSpec, model_id: str, view: View | None) -> Runtime:
    @cache
    def on_device(half: bool) -> DeviceRuntime:  # noqa: FBT001 - a key of the cache
        return DeviceRuntime(network, spec, model_id, half=half)

    return fastest(
        lambda setup: on_device(setup.half).sized(setup.batch),
        device_setups(checked_on_photographs=view is not None),
        partial(TorchRuntime, network, spec, model_id, "cpu"),
        model_id=model_id,
        spec=spec,
        cache=paths.cache_folder() / "runtimes",
        view=view,
    )


def _through_onnx(network: nn.Module, spec: ModelSpec, model_id: str, setup: Setup) -> OnnxRuntime:
    graph = partial(exported, network, spec, model_id, paths.cache_folder() / "graphs")
    opened = partial(OnnxRuntime, lanes=setup.lanes, threads=setup.threads, batch=setup.batch)
    try:
        return opened(graph(), spec, model_id)
    except ModelRefused:
        # What lies in the cache is damaged; a fresh graph is not.
        graph().unlink()
        return opened(graph(), spec, model_id)
