"""The app as a browser would open it: through its entrypoint, on studies made for the test."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui import loaders

ENTRYPOINT = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture(autouse=True)
def fresh_caches():
    """Nothing is shared between tests: not a study, not an explanation, not a running thread."""
    yield
    loaders.service().close()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def no_studies(tmp_path, monkeypatch):
    """A machine without a study."""
    folder = tmp_path / "none"
    monkeypatch.setenv("XAI_STUDIES", str(folder))
    return folder


@pytest.fixture
def study(tiny_study, monkeypatch):
    """A machine with one study: pork chop twice taken for ravioli, ravioli once for pork chop."""
    monkeypatch.setenv("XAI_STUDIES", str(tiny_study.folder.parent))
    return tiny_study


@pytest.fixture
def open_at():
    """Open a page with a query."""

    def opened(page="confusions", **query):
        at = AppTest.from_file(ENTRYPOINT, default_timeout=30)
        at.query_params.update(query)
        at.run()
        if page != "confusions":
            # A switch clears the query, as a click in the menu does.
            at.switch_page(f"pages/{page}.py")
            at.query_params.update(query)
            at.run()
        return at

    return opened


@pytest.fixture
def asked(study):
    """Run an opened Compare page again once the model is there, so that its explanations are asked for."""

    def ready(at):
        loaders.runtime(loaders.study(study.name)).result(timeout=30)
        return at.run()

    return ready


@pytest.fixture
def explained(asked):
    """Run an opened Compare page again once all that it asked for has been computed."""

    def waited(at):
        asked(at)
        for job in at.session_state["_jobs"][1]:
            assert job.wait(timeout_s=30)
        return at.run()

    return waited
