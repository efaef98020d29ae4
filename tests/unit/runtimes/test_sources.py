"""Every row of the table of model files leads to a module that keeps its contract."""

import subprocess
import sys
from pathlib import Path

import pytest

from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.table import SOURCES, check_layers, source_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.module)
def test_a_source_opens_files_and_reads_weights_where_it_has_layers(source):
    module = source.load()
    assert callable(module.open_file)
    assert hasattr(module, "read_weights") == source.has_layers


def test_no_two_sources_share_a_suffix():
    suffixes = [suffix for source in SOURCES for suffix in source.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize("name", ["model.ONNX", "model.onnx"])
def test_the_case_of_a_suffix_does_not_matter(name):
    assert source_of(Path(name)).module == "onnx_file"


def test_a_file_without_layers_is_refused_where_they_are_needed():
    check_layers(Path("model.safetensors"))
    with pytest.raises(ModelRefused, match="gives neither gradients nor weights"):
        check_layers(Path("model.onnx"))


def test_the_table_needs_no_torch():
    script = "import sys, xai_core.runtimes.sources.table; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
