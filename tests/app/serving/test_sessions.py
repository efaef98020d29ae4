"""A session goes to its own visitor only, whoever knows its id."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers
from streamlit import config, runtime
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.web.server.starlette.starlette_websocket import gather_user_info

from pages.ui.access.visitors import HEADER, Visitor
from pages.ui.serving import sessions


def headers(name, role="viewer"):
    return [(HEADER, Visitor(name, role).packed().decode())]


@pytest.fixture
def manager():
    """Sessions of Streamlit's server, which gives each to whoever `sessions` lets have it."""
    before = config.get_option(sessions.OPTION)
    sessions.bind_to_visitors()
    uploads = MemoryUploadedFileManager("/_stcore/upload_file")
    yield WebsocketSessionManager(MemorySessionStorage(), uploads, ScriptCache(), lambda: None)
    config.set_option(sessions.OPTION, before)


def connect(manager, name, session=None, role="viewer"):
    sent = headers(name, role)
    client = SimpleNamespace(client_context=SimpleNamespace(headers=sent))
    script = ScriptData("streamlit_app.py", is_hello=False)
    info = gather_user_info(Headers(dict(sent)))
    return manager.connect_session(client, script, info, existing_session_id=session)


def test_who_knows_the_id_of_anothers_session_gets_a_new_one(manager, finish):
    async def walk():
        mine = connect(manager, "ada")
        assert connect(manager, "bob", mine) != mine  # while it is open
        assert manager.is_active_session(mine)
        manager.disconnect_session(mine)
        assert connect(manager, "bob", mine) != mine  # while its browser is away
        assert connect(manager, "ada", mine, role="admin") != mine  # a role that has changed counts at once
        assert connect(manager, "ada", mine) == mine
        await asyncio.sleep(0)

    finish(walk())


def test_the_owner_of_an_open_session_is_known(manager, finish, monkeypatch):
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))

    async def walk():
        mine = connect(manager, "ada")
        assert (sessions.owner(mine), sessions.owner("another")) == ("ada", "")
        manager.disconnect_session(mine)
        assert sessions.owner(mine) == ""

    finish(walk())
