"""The helper process answers, dies and comes back without harm to the caller."""

import importlib.util
import os

import pytest

from xai_core.errors import HelperFailed, ModelRefused, NameUnknown
from xai_core.labels import index_of
from xai_core.runtimes.helper import process


@pytest.fixture(autouse=True)
def without_torch(monkeypatch):
    """Pretend that this process has no torch, as a server."""
    monkeypatch.setattr(process, "has_torch", lambda: False)


def test_a_helper_that_dies_is_told_and_the_next_call_starts_another():
    first = process.call(os.getpid)
    assert first != os.getpid()
    assert process.is_warm()
    assert process.call(os.getpid) == first
    with pytest.raises(HelperFailed, match="ended before it answered"):
        process.call(os._exit, 9)
    assert not process.is_warm()
    assert process.call(os.getpid) not in (first, os.getpid())
    # Errors come back as they were raised, with the advice.
    with pytest.raises(NameUnknown) as refused:
        process.call(index_of, "pizzas", ("pizza", "ramen"))
    with pytest.raises(NameUnknown) as expected:
        index_of("pizzas", ("pizza", "ramen"))
    assert refused.value.sentence == expected.value.sentence


def test_without_torch_the_environment_that_has_it_is_named(monkeypatch):
    process.is_installed.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelRefused, match="needs torch, which is not installed here") as refused:
        process.call(os.getpid)
    assert refused.value.hint == process.FULL_ENVIRONMENT
    process.is_installed.cache_clear()
