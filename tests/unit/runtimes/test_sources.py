"""Every row of the table of model files leads to a module that keeps its contract."""

import subprocess
import sys
from pathlib import Path

import pytest

from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.guide import ENTRIES, models_page
from xai_core.runtimes.sources.table import SOURCES, check_layers, source_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.module)
def test_a_source_opens_files_and_gives_layers_where_it_has_them(source):
    module = source.load()
    assert callable(module.open_file)
    assert hasattr(module, "open_layers") == source.has_layers


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


def test_the_page_about_models_is_up_to_date():
    assert (ROOT / "docs" / "models.md").read_text("utf-8") == models_page()
    assert {entry.module for entry in ENTRIES} == {source.module for source in SOURCES}
