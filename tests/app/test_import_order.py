"""A page may call SciPy and scikit-learn while another thread imports torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What other threads meet while one thread imports torch, met by the module itself: it has no content yet.
HALF_IMPORTED = """
import numpy as np
import pandas as pd
from scipy import cluster, ndimage, optimize, spatial, special, stats
from sklearn.metrics import silhouette_score
values = np.arange(8.0)
special.softmax(values), special.softmax(values.astype("f")), special.log_softmax(values[None], axis=1)
stats.rankdata(pd.Series(values)), stats.binomtest(3, 5), stats.wilcoxon(values, values[::-1])
stats.permutation_test((values, values + 1), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True)
cluster.hierarchy.linkage(spatial.distance.pdist(values.reshape(4, 2)))
optimize.linear_sum_assignment(np.eye(3)), ndimage.label(np.ones((3, 3)))
silhouette_score(values[:, None], np.arange(8) % 2)
class Tensor: pass
"""
# So it is still needed.
WITHOUT = """
from types import ModuleType
import numpy as np
from scipy import stats
sys.modules["torch"] = ModuleType("torch")
try:
    stats.wilcoxon(np.arange(3.0), np.ones(3))
except AttributeError as fault:
    assert "has no attribute 'Tensor'" in str(fault)
else:
    raise AssertionError("SciPy does not look at torch any more")
del sys.modules["torch"]
"""
ALLOWED = "from xai_core.runtimes import torch_import; torch_import.allow_other_threads()"


def python(*lines):
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_libraries_that_look_at_torch_while_it_is_imported_find_a_type_of_tensors(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(HALF_IMPORTED, "utf-8")
    first = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    done = python(first, WITHOUT, ALLOWED, "import torch; assert torch.Tensor.__module__ == 'torch'")
    assert done.returncode == 0, done.stderr
