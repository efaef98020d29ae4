"""What of this machine decides how fast a network runs: its cores, its GPU and its libraries, found without torch."""

import ctypes
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from functools import cache

from xai_core.runtimes.onnxruntime_library import onnxruntime

_VERSION = 1
"""Raise it when stored choices of the fastest way become invalid."""


@cache
def cuda_device() -> str:
    """Return the name of the first CUDA device that this process may use, "" if there is none.

    The driver is asked, and torch is not imported. A CPU build of torch cannot use a device that this names.
    """
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return ""
    count, device, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(256)
    # Each function returns 0 for success. The driver itself obeys CUDA_VISIBLE_DEVICES.
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return ""
    if driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceGetName(name, len(name), device):
        return "CUDA"
    return name.value.decode("utf-8", "replace")


def available_cores() -> int:
    """Return the number of CPU cores that this process may use: $XAI_CORES, or else all that the system grants it."""
    given = os.environ.get("XAI_CORES", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def machine_id() -> str:
    """Return a hash of everything besides the model that the fastest way can depend on."""
    # torch takes seconds to import, and its version does not.
    try:
        torch_version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch_version = ""
    machine = (platform.node(), platform.machine(), platform.processor(), available_cores(), cuda_device())
    facts = (_VERSION, *machine, torch_version, onnxruntime.__version__)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
