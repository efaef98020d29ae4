"""Sign-in with a provider of OpenID Connect that runs beside the test, and roles on the pages."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.conftest import free_port, healthy, still_running
from xai_core.verdicts.store import VerdictStore

MISTAKE = "pork_chop/4"
PEOPLE = (
    {"sub": "ada", "email": "ada@example.com", "email_verified": True},
    {"sub": "eve", "email": "ada@example.com", "email_verified": False},
)


@pytest.fixture
def provider(tmp_path):
    """Address of a provider with two people, one of whom claims the address of the other."""
    if find_spec("oidc_provider_mock") is None or find_spec("authlib") is None:
        pytest.skip("no provider: the packages oidc-provider-mock and authlib are not installed")
    port = free_port()
    users = [argument for person in PEOPLE for argument in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *users]
    with (tmp_path / "provider.log").open("wb") as out:
        running = subprocess.Popen(command, stdout=out, stderr=out)
    address = f"http://localhost:{port}"
    try:
        while not answers(f"{address}/.well-known/openid-configuration"):
            assert still_running(running), (tmp_path / "provider.log").read_text("utf-8")
        yield address
    finally:
        running.kill()
        running.wait(timeout=30)


def answers(address):
    try:
        return status(address) == 200
    except OSError:
        return False


def status(address, method="GET"):
    """Return the status of an answer to somebody without a cookie."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as fault:
        return fault.code


@pytest.fixture
def server(provider, tiny_study, serve_alone, tmp_path):
    """Address of a server with sign-in, where Ada is a reviewer."""
    port, secrets = free_port(), tmp_path / "secrets.toml"
    address = f"http://localhost:{port}"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{address}/oauth2callback"\ncookie_secret = "{"a secret of a test " * 3}"\n'
        f'client_id = "explainer"\nclient_secret = "of the client"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n',
        "utf-8",
    )
    roles = {"XAI_SIGN_IN": "oidc", "XAI_REVIEWERS": "ada@example.com"}
    serve_alone(tiny_study.folder.parent, port=port, arguments=("--secrets.files", str(secrets)), variables=roles)
    return address


def test_nothing_is_shown_before_sign_in_and_a_reviewer_signs_verdicts(server, page, tiny_study):
    assert healthy(server)
    closed = ("/", "/explain", "/media/a.jpg", "/_stcore/metrics", "/_stcore/host-config", "/static/x.js", "/nothing")
    assert {path: status(server + path) for path in closed} == dict.fromkeys(closed, 401)
    assert status(f"{server}/_stcore/upload_file/a/b", "PUT") == 401
    with pytest.raises(InvalidStatus, match="403"):
        connect(server.replace("http", "ws") + "/_stcore/stream", subprotocols=["streamlit"])

    # A link opens what it names after sign-in too.
    page.goto(f"{server}/explain?picture={MISTAKE}")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=re.compile("ada")).click()
    expect(page.get_by_text(re.compile("ada@.?example.com, reviewer"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"/explain\?.*picture=pork_chop"))

    page.get_by_role("button", name="Give a verdict").click()
    expect(page.get_by_text(re.compile("Signed as ada@.?example.com"))).to_be_visible()
    page.get_by_role("radio", name="Wrong label").or_(page.get_by_role("button", name="Wrong label")).first.click()
    page.get_by_role("button", name="Save").click()
    # The message that it was saved goes by. The verdict stays.
    expect(page.get_by_role("button", name="Verdict: wrong label")).to_be_visible()
    assert VerdictStore(tiny_study.folder).latest(MISTAKE).author == "ada@example.com"

    picture = page.locator("img[src*='/media/']").first.get_attribute("src")
    picture = picture if picture.startswith("http") else server + picture
    assert (page.request.get(picture).status, status(picture)) == (200, 401)

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("oauth2|oauth2callback|/$|logout"))
    page.goto(server)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.request.get(picture).status == 401

    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=re.compile("eve")).click()
    expect(page.get_by_text("has not verified your e-mail address")).to_be_visible()
