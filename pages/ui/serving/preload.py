"""Imports of all pages before their first visitor.

Two threads that import modules of one package in different orders can get a module without its content, so that several
visitors at once would see errors on a fresh server. So the server imports the default page and all that it needs before
it answers. Everything else is imported in one thread meanwhile, and what needs it waits; see `background.import_all`.
torch takes longer than all of them together. It is imported only where torch runs the model; see
`xai_core.runtimes.torch_import`.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import delta_generator

from pages.ui.loaders import background
from xai_core.demo import preparation as demo_preparation
from xai_core.runtimes import torch_import

LATE = ("scipy.optimize", "scipy.stats", "scipy.cluster.hierarchy", "sklearn.metrics")
"""Modules that pages import in a function."""

FIRST = ("pages.ui.frame.", "pages.ui.overview.")
"""Prefixes of the modules of the default page."""

FIRST_LATE = ("plotly.graph_objects", "plotly.tools", "pyarrow.dataset", "pyarrow.parquet")
"""Modules that libraries import during the first run of the default page."""


@asynccontextmanager
async def preloaded(_: st.App, *, prepares_demo: bool = True) -> AsyncIterator[None]:
    """Import the default page before the server answers and all others behind it, and prepare the demo beside it.

    Parameters
    ----------
    prepares_demo
        False for a server that writes no studies.
    """
    import_first()
    background.import_all(import_pages)
    if prepares_demo:
        demo_preparation.start()
    yield
    demo_preparation.stop()


def import_first() -> None:
    """Import every module of the default page, but not torch."""
    torch_import.allow_other_threads()
    # On the first element of all, Streamlit looks through the sources of all modules (inspect.stack) for a warning to
    # people who forgot `streamlit run`. That takes up to half a second, and here it was not forgotten.
    delta_generator._use_warning_has_been_displayed = True  # noqa: SLF001 - there is no option
    first = (name for name in _module_names() if name.startswith(FIRST))
    for name in (*first, *FIRST_LATE):
        importlib.import_module(name)


def import_pages() -> None:
    """Import every module of the pages and what they import late, but not torch."""
    torch_import.allow_other_threads()
    for name in (*_module_names(), *LATE):
        importlib.import_module(name)


def _module_names() -> list[str]:
    import pages.ui  # noqa: PLC0415 - it has this module

    # By the specs alone: `walk_packages` imports each package to look into it.
    return sorted(module.name for module in pkgutil.walk_packages(pages.ui.__path__, "pages.ui."))
