"""A server answers only its own machine, unless it was opened on purpose."""

import logging

import pytest
from streamlit import config, net_util

from pages.ui.serving import hosts
from xai_core.settings.server_settings import ServerSettings


@pytest.fixture
def settings(monkeypatch):
    """Settings of a server, which `close_by_default` may change."""
    found = {"server.address": "127.0.0.1", "server.allowedHosts": []}
    monkeypatch.setattr(config, "get_option", found.get)
    monkeypatch.setattr(config, "set_option", found.__setitem__)
    monkeypatch.setattr(net_util, "get_external_ip", None)
    return found


def test_which_addresses_only_this_machine_reaches():
    assert all(map(hosts.is_local, ("127.0.0.1", "::1", "localhost", "unix:///run/app", "127.8.0.1")))
    assert not any(map(hosts.is_local, ("0.0.0.0", "::", None, "", "192.168.1.2", "app.example")))


def test_a_local_server_has_local_names_unless_others_are_set(settings, caplog):
    hosts.close_by_default(ServerSettings())
    assert settings["server.allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    settings["server.allowedHosts"] = ["app.example.com"]
    hosts.close_by_default(ServerSettings())
    assert settings["server.allowedHosts"] == ["app.example.com"]
    assert caplog.text == ""
    assert net_util.get_external_ip() is None  # no host on the internet is asked


def test_an_open_server_says_what_that_means(settings, caplog):
    settings["server.address"] = "0.0.0.0"
    with caplog.at_level(logging.WARNING):
        hosts.close_by_default(ServerSettings())
    assert settings["server.allowedHosts"] == []
    for words in ("OPEN", "0.0.0.0", "any name", "no sign-in", "pictures, upload pictures", "compute"):
        assert words in caplog.text
