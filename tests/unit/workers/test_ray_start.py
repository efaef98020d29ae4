"""Faults at the start of workers, said in a sentence with its cure before anything is computed."""

import importlib.util
import socket
import threading
import time

import pytest

from xai_core.errors import WorkersRefused
from xai_core.workers.ray_pool import RayPool

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install -r requirements-ray.txt"
)


def refusal(*arguments):
    with pytest.raises(WorkersRefused) as refused:
        RayPool(*arguments)
    return refused.value.sentence


def test_without_ray_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert (
        refusal(2) == "Workers need Ray, which is not installed here. Install it: pip install -r requirements-ray.txt"
    )


def test_fewer_than_one_worker_is_refused():
    assert refusal(0) == "The number of workers is 0. Give at least 1."


@needs_ray
def test_an_address_that_is_none_is_refused():
    assert refusal(None, "cluster") == "The address of the cluster is 'cluster'. Give auto or HOST:PORT."


@needs_ray
def test_an_address_that_does_not_answer_is_refused_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        began = time.monotonic()
        assert refusal(None, f"127.0.0.1:{port}").startswith(f"No cluster answers at 127.0.0.1:{port}: ")
    assert time.monotonic() - began < 15


@needs_ray
def test_another_server_at_the_address_is_refused_at_once():
    # Ray itself would wait for two minutes, and then end the process.
    def answer():
        connection, _ = taken.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        threading.Thread(target=answer, daemon=True).start()
        assert refusal(None, address).startswith(
            f"What answers at {address} is no head node of Ray. Start the head node"
        )
