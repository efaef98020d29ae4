"""Selection of the runtime for a network of torch, by name or else by speed on this machine."""

from functools import cache, partial

from torch import nn

from xai_core import paths
from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.autotune import Setup, choose_fastest, cpu_setups, device_setups
from xai_core.runtimes.device_runtime import DeviceRuntime
from xai_core.runtimes.onnx_export import export_once
from xai_core.runtimes.onnx_runtime import OnnxRuntime
from xai_core.runtimes.opening.machine import available_cores
from xai_core.runtimes.selection import ViewProvider, graph_cache, named_setup, open_graph_file, resolve_name
from xai_core.runtimes.torch_runtime import TorchRuntime, resolve_device


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
    named = resolve_name(runtime)
    # Only the default is measured. A named device or library is used as it is, which tests and benchmarks rely on.
    if device == "auto" and named == "auto" and resolve_device("auto") == "cpu":
        return _fastest_on_cpu(network, spec, model_id, view)
    if named == "onnxruntime":
        if device == "cuda":
            raise ModelRefused(
                deferred("onnxruntime runs on the CPU only, not on 'cuda'."),
                deferred("Choose torch, or the device auto."),
            )
        return _open_exported(network, spec, model_id, named_setup())
    if resolve_device(device) == "cuda":
        return _fastest_on_device(network, spec, model_id, view)
    return TorchRuntime(network, spec, model_id, "cpu")


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

    def opened() -> OnnxRuntime:
        return open_graph_file(export_once(network, spec, model_id, graph_cache()), spec, model_id, setup)

    try:
        return opened()
    except ModelRefused:
        # The network itself was accepted before, so the file in the cache is at fault.
        (graph_cache() / f"{model_id}.onnx").unlink()
        return opened()
