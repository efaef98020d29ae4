#!/usr/bin/env bash
# numpy 2.4.6: np.save to a file on a full disk returns as if all had been written.
#
# np.save writes the array through a buffered FILE of C, and does not see the error of the last write.
# Expected: OSError, "No space left on device", as from every write of Python itself.
# Seen: np.save returns. The file has its header and lacks some or all of its values, so that it is refused when it is
# read, perhaps long after the arrays are gone. np.savez raises, because zipfile writes through Python.
#
# Output seen on 2026-12-01 (Linux):
#   numpy 2.4.6
#   np.save: returned
#   bytes written by Python: OSError, No space left on device
set -euo pipefail
[ -e /dev/full ] || { echo "This needs /dev/full, a device of Linux that is always full."; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np


def told(write):
    try:
        write()
    except OSError as fault:
        return f"OSError, {fault.strerror}"
    return "returned"


def by_python():
    with open("/dev/full", "wb") as out:
        out.write(array.tobytes())


array = np.zeros(100_000)
saved = told(lambda: np.save("/dev/full", array))
print("numpy", np.__version__)
print("np.save:", saved)
print("bytes written by Python:", told(by_python))
if saved != "returned":
    sys.exit("The behaviour has changed.")
PYTHON
