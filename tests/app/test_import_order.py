"""A page may import and call SciPy while another thread imports torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# A module without attributes is what the others see of torch while one thread imports it.
HALF_IMPORTED = """
import sys, types
{first}
sys.modules["torch"] = types.ModuleType("torch")
import numpy as np
from scipy import cluster, ndimage, optimize, spatial, special, stats
values = np.arange(8.0)
special.softmax(values), special.softmax(values.astype("f")), special.log_softmax(values[None], axis=1)
stats.rankdata(values), stats.binomtest(3, 5), stats.wilcoxon(values, values[::-1])
stats.permutation_test((values, values + 1), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True)
cluster.hierarchy.linkage(spatial.distance.pdist(values.reshape(4, 2)))
optimize.linear_sum_assignment(np.eye(3)), ndimage.label(np.ones((3, 3)))
"""
FIX = "from pages.ui.loaders.models import import_scipy\nimport_scipy()"


def run(first):
    script = HALF_IMPORTED.format(first=first)
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)


def test_scipy_that_was_imported_first_needs_nothing_of_torch():
    done = run(FIX)
    assert done.returncode == 0, done.stderr


def test_without_that_it_fails_so_the_order_is_still_needed():
    assert "has no attribute 'Tensor'" in run("").stderr
