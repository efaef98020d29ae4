"""CUDA devices of this machine, found without torch."""

import ctypes
import sys
from functools import cache


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
