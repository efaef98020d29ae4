"""The page on data is the one that the table gives."""

import importlib.util
from pathlib import Path

from xai_core.data.sources.table import SOURCES

ROOT = Path(__file__).parents[4]


def test_the_page_is_up_to_date_and_names_every_layout():
    spec = importlib.util.spec_from_file_location("data_page", ROOT / "tools" / "data_page.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert written == tool.page(), "Run python tools/data_page.py"
    assert all(source.reads in written and source.example in written for source in SOURCES)
