"""Imports of all pages before the first visitor.

Two threads that import modules of one package in different orders can get a module without its content, so that several
visitors at once would see errors on a fresh server. So the server imports every page before it answers. torch takes
longer than all of them together, and is imported in the background; see `xai_core.runtimes.torch_import`.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from xai_core.demo import preparation as demo_preparation
from xai_core.runtimes import torch_import

LATE = ("scipy.optimize", "sklearn.metrics")
"""Modules that pages import in a function."""


@asynccontextmanager
async def preloaded(_: st.App, *, prepares_demo: bool = True) -> AsyncIterator[None]:
    """Import all pages before the server answers, and prepare the demo beside it.

    Parameters
    ----------
    prepares_demo
        False for a server that writes no studies.
    """
    import_pages()
    if prepares_demo:
        demo_preparation.start()
    yield
    demo_preparation.stop()


def import_pages() -> None:
    """Import every module of the pages and what they import late, but not torch."""
    import pages.ui  # noqa: PLC0415 - it has this module

    torch_import.allow_other_threads()
    for module in pkgutil.walk_packages(pages.ui.__path__, "pages.ui."):
        importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)
