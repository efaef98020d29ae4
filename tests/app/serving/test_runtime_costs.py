"""Sessions without asyncio open no files for it, and the sending thread is woken once for many messages."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psutil
import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from pages.ui.serving import runtime_costs
from pages.ui.serving.runtime_costs import LazyLoop


@pytest.fixture
def spared(monkeypatch):
    """Streamlit's classes as the server changes them."""
    monkeypatch.setattr(AppSession, "__init__", AppSession.__init__)
    monkeypatch.setattr(MemorySessionStorage, "__init__", MemorySessionStorage.__init__)
    monkeypatch.setattr(Runtime, "_enqueued_some_message", Runtime._enqueued_some_message)
    runtime_costs.spare()


@pytest.mark.usefixtures("spared")
def test_sessions_open_no_files(finish):
    async def walk():
        before = psutil.Process().num_fds()
        script = ScriptData("streamlit_app.py", is_hello=False)
        uploads = MemoryUploadedFileManager("/_stcore/upload_file")
        sessions = [AppSession(script, uploads, ScriptCache(), None, {}) for _ in range(5)]
        opened = psutil.Process().num_fds() - before
        for session in sessions:
            session.shutdown()
        return opened

    assert finish(walk()) == 0


@pytest.mark.usefixtures("spared")
def test_few_visitors_who_have_left_are_kept():
    storage = MemorySessionStorage(ttl_seconds=120)
    for number in range(runtime_costs.MOST_LEFT + 5):
        storage.save(SimpleNamespace(session=SimpleNamespace(id=str(number))))
    assert [info.session.id for info in storage.list()] == [str(5 + place) for place in range(runtime_costs.MOST_LEFT)]


def test_a_loop_that_is_used_works_and_ends():
    loop = LazyLoop()
    assert (loop.is_closed(), loop.is_running()) == (False, False)
    with ThreadPoolExecutor(1) as thread:  # a browser test leaves a running loop in this one
        assert thread.submit(loop.run_until_complete, answer()).result() == "done"
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon(print)


async def answer():
    return "done"


@pytest.mark.usefixtures("spared")
def test_the_sending_thread_is_woken_once_until_it_looks():
    event, woken = asyncio.Event(), []
    loop = SimpleNamespace(call_soon_threadsafe=lambda call: woken.append(1) or call())
    server = SimpleNamespace(_get_async_objs=lambda: SimpleNamespace(need_send_data=event, eventloop=loop))
    for _ in range(3):
        Runtime._enqueued_some_message(server)
    assert len(woken) == 1
    event.clear()
    Runtime._enqueued_some_message(server)
    assert len(woken) == 2
