"""Requests to the guards of the server, without a web server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui.serving import peer


class Answer:
    """Answer to a request: status, headers, body, and what the app behind the guard was asked."""

    def __init__(self, messages, behind):
        start = next((message for message in messages if message["type"] == "http.response.start"), None)
        closed = any(message["type"] == "websocket.close" for message in messages)
        self.status = start["status"] if start else 403 if closed else 101
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]} if start else {}
        self.body = b"".join(message.get("body", b"") for message in messages).decode()
        self.behind = behind


@pytest.fixture
def finish():
    """Function that runs a coroutine to its end, in a thread: a browser test leaves a running loop in this one."""

    def finished(coroutine):
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, asyncio.wait_for(coroutine, timeout=30)).result()

    return finished


@pytest.fixture
def ask(finish):
    """Function that sends a request to a guard in front of an app that answers 200."""

    def asked(guard, path="/", *, kind="http", method="GET", client="127.0.0.1", headers=(), stays=False):
        behind, messages = [], []

        async def app(scope, receive, send):
            behind.append({name.decode(): value.decode("latin-1") for name, value in scope["headers"]})
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"the app"})
            else:
                await send({"type": "websocket.accept"})
                behind.append((await receive())["type"])

        async def receive():
            if stays:
                await asyncio.Event().wait()
            return {"type": "websocket.receive", "bytes": b""}

        async def send(message):
            messages.append(message)

        scope = {
            "type": kind,
            "path": path.partition("?")[0],
            "query_string": path.partition("?")[2].encode(),
            "method": method,
            "client": ("10.9.9.9", 1234),  # what a header may claim
            peer.KEY: (client, 1234),
            "scheme": "http",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
        finish(guard(app)(scope, receive, send))
        return Answer(messages, behind)

    return asked
