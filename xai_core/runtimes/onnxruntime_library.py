"""ONNX Runtime, imported with its telemetry switched off.

All other modules import the library from here: `from xai_core.runtimes.onnxruntime_library import onnxruntime`.
"""

import os

TELEMETRY_SWITCH = "ORT_DISABLE_TELEMETRY"
"""Environment variable that ONNX Runtime reads during its import; "1" switches its telemetry off."""

# Since 1.29 the import itself writes a device id and a database of events below ~/.cache/Microsoft on Linux, and a
# look-up of its collector's name follows some seconds later. `onnxruntime.disable_telemetry_events()` comes too late
# and changes neither. So the variable must be set before the import. A user's own setting is left as it is. An empty
# one counts as none, because it would leave the telemetry on.
os.environ[TELEMETRY_SWITCH] = os.environ.get(TELEMETRY_SWITCH) or "1"

import onnxruntime  # noqa: E402 - after the switch

__all__ = ["TELEMETRY_SWITCH", "__version__", "onnxruntime"]

__version__: str = onnxruntime.__version__
