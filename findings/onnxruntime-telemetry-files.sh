#!/usr/bin/env bash
# onnxruntime 1.32.0 (Linux wheel from PyPI): importing the library writes a device id and a database of events.
#
# Expected: `import onnxruntime` writes nothing, or `onnxruntime.disable_telemetry_events()` stops it.
# Seen: the import alone makes ~/.cache/Microsoft/DeveloperTools/.onnxruntime/ with the files `deviceid` (a UUID) and
# `onnxruntime.db` (SQLite, with a table `events`). disable_telemetry_events() right after the import changes nothing. The
# environment variable ORT_DISABLE_TELEMETRY=1, set before the import, does. Where CI is set, nothing is written.
#
# Output seen on 2026-11-30:
#   onnxruntime 1.32.0
#   import: deviceid onnxruntime.db
#   import, then disable_telemetry_events(): deviceid onnxruntime.db
#   import with ORT_DISABLE_TELEMETRY=1: nothing
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0

# Names of the files that a run leaves in a fresh home, without those that exist only while the process runs.
written() {
  local home=$1
  shift
  mkdir -p "$home"
  env -u CI -u XDG_CACHE_HOME HOME="$home" "$@" >/dev/null 2>&1
  find "$home" -type f ! -name '*-wal' ! -name '*-shm' -printf '%f\n' | sort | paste -sd' '
}
python="$work/venv/bin/python"
stop='import onnxruntime; onnxruntime.disable_telemetry_events()'
plain=$(written "$work/a" env -u ORT_DISABLE_TELEMETRY "$python" -c 'import onnxruntime')
stopped=$(written "$work/b" env -u ORT_DISABLE_TELEMETRY "$python" -c "$stop")
switched=$(written "$work/c" env ORT_DISABLE_TELEMETRY=1 "$python" -c 'import onnxruntime')

"$python" -c 'import onnxruntime; print("onnxruntime", onnxruntime.__version__)'
echo "import: ${plain:-nothing}"
echo "import, then disable_telemetry_events(): ${stopped:-nothing}"
echo "import with ORT_DISABLE_TELEMETRY=1: ${switched:-nothing}"
if [ "$plain" != "deviceid onnxruntime.db" ] || [ "$stopped" != "$plain" ] || [ -n "$switched" ]; then
  echo "The behaviour has changed." >&2
  exit 1
fi
