"""Only people with a role get in, by whichever path, and nobody can claim to be another."""

import json
import time

import pytest
from streamlit import auth_util, config
from streamlit.web.server import server_util
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from pages.ui.access import visitors
from pages.ui.access.visitors import HEADER, Visitor
from pages.ui.serving import sign_in
from pages.ui.serving.sign_in import SignInGuard
from xai_core.settings.server_settings import ServerSettings

SECRET = "a secret that signs cookies in this test"
ORIGIN = "https://app.example.com"
ROLES = {"XAI_VIEWERS": "*", "XAI_REVIEWERS": "@example.com", "XAI_ADMINS": "ada@example.com"}
PROXY = ROLES | {"XAI_SIGN_IN": "header", "XAI_SIGN_IN_HEADER": "X-User", "XAI_TRUSTED_PROXIES": "10.0.0.0/8"}
OIDC = ROLES | {"XAI_SIGN_IN": "oidc"}
CLOSED = (
    "/",
    "/explain",
    "/media/a.jpg",
    "/_stcore/host-config",
    "/static/a.js",
    "/auth/login/../../media/a.jpg",
    "//",
)


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setattr(server_util, "get_cookie_secret", lambda: SECRET)
    monkeypatch.setattr(auth_util, "get_origin_from_redirect_uri", lambda: ORIGIN)


def guard(variables):
    settings = ServerSettings.from_environment(variables)
    return lambda app: SignInGuard(app, lambda: settings)


def cookie(secret=SECRET, **changes):
    claims = {
        "is_logged_in": True,
        "origin": ORIGIN,
        "iat": time.time(),
        "email": "bob@else.org",
        "email_verified": True,
    }
    value = create_signed_value(secret, "_streamlit_user", json.dumps(claims | changes)).decode()
    return ("Cookie", f"_streamlit_user={value}")


def visitor(answer):
    return visitors.unpacked(answer.behind[0][HEADER])


@pytest.mark.parametrize("variables", [PROXY, OIDC], ids=["header", "oidc"])
def test_without_sign_in_only_health_checks_answer(ask, variables):
    for path in CLOSED:
        assert ask(guard(variables), path, client="10.1.1.1").status == 401, path
    assert ask(guard(variables), "/_stcore/stream", kind="websocket", client="10.1.1.1").status == 403
    assert ask(guard(variables), "/_stcore/upload_file/a/b", method="PUT", client="10.1.1.1").status == 401
    for path in ("/_stcore/health", "/health"):
        assert ask(guard(variables), path).body == "the app"


def test_a_trusted_proxy_says_who_it_is(ask):
    answer = ask(guard(PROXY), client="10.1.2.3", headers=[("X-User", "Ada@Example.com")])
    assert visitor(answer) == Visitor("Ada@Example.com", "admin")
    assert visitor(ask(guard(PROXY), client="10.1.2.3", headers=[("X-User", "carl@example.com")])).role == "reviewer"
    assert visitor(ask(guard(PROXY), client="::ffff:10.1.2.3", headers=[("X-User", "zoë")])) == Visitor("zoë", "viewer")
    answer = ask(guard(PROXY), "/_stcore/stream", kind="websocket", client="10.1.2.3", headers=[("X-User", "carl")])
    assert (answer.status, visitor(answer).role) == (101, "viewer")


def test_anybody_else_who_sends_the_header_is_refused(ask):
    for path in ("/", "/_stcore/stream", "/media/a.jpg"):
        kind = "websocket" if "stream" in path else "http"
        answer = ask(guard(PROXY), path, kind=kind, client="11.0.0.1", headers=[("X-User", "ada@example.com")])
        assert (answer.status, answer.behind) == (403, [])
    twice = [("X-User", "carl"), ("X-User", "ada@example.com")]
    assert ask(guard(PROXY), client="10.1.2.3", headers=twice).status == 401
    assert ask(guard(PROXY), client="11.0.0.1").status == 403


def test_the_header_of_the_pages_cannot_be_sent(ask):
    forged = [(HEADER, Visitor("ada@example.com", "admin").packed().decode())]
    assert ask(guard({}), headers=forged).behind == [{}]
    answer = ask(guard(PROXY), client="10.1.2.3", headers=[*forged, ("X-User", "carl")])
    assert visitor(answer) == Visitor("carl", "viewer")
    assert ask(guard(OIDC), headers=forged).status == 401


def test_a_cookie_counts_while_it_is_signed_fresh_and_for_this_address(ask):
    assert visitor(ask(guard(OIDC), headers=[cookie()])).name == "bob@else.org"
    assert ask(guard(OIDC), headers=[cookie("another secret")]).status == 401
    assert ask(guard(OIDC), headers=[cookie(iat=time.time() - 13 * 3600)]).status == 401
    assert ask(guard(OIDC), headers=[cookie(iat="now")]).status == 401
    assert ask(guard(OIDC), headers=[cookie(origin="https://other.example.com")]).status == 401
    assert ask(guard(OIDC), headers=[cookie(is_logged_in="yes")]).status == 401


def test_only_a_verified_address_is_a_name(ask):
    for changes in (
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
        {"email": ["ada@example.com"]},
    ):
        answer = ask(guard(OIDC), headers=[cookie(**changes)])
        assert (answer.status, answer.behind) == (403, []), changes
    by_subject = guard(OIDC | {"XAI_SIGN_IN_CLAIM": "sub"})
    assert visitor(ask(by_subject, headers=[cookie(sub="17", email_verified=False)])).name == "17"


def test_who_has_no_role_is_refused_and_no_name_passes_for_a_domain(ask):
    closed = guard({"XAI_SIGN_IN": "oidc", "XAI_ADMINS": "@example.com"})
    assert ask(closed, headers=[cookie()]).status == 403
    assert ask(closed, headers=[cookie(email="@example.com")]).status == 403
    assert ask(closed, headers=[cookie(email="bob@example.com.else.org")]).status == 403
    assert ask(closed, headers=[cookie(email="bob\n@example.com")]).status == 403
    assert ask(closed, headers=[cookie(email="b" * 80 + "@example.com")]).status == 403
    assert ask(guard(OIDC), "/_stcore/metrics", headers=[cookie()]).status == 403
    assert ask(guard(OIDC), "/_stcore/metrics", headers=[cookie(email="ada@example.com")]).status == 200


def test_an_open_websocket_ends_with_the_sign_in(ask):
    ending = time.time() - 12 * 3600 + 0.3
    answer = ask(guard(OIDC), "/_stcore/stream", kind="websocket", headers=[cookie(iat=ending)], stays=True)
    assert answer.behind[1] == "websocket.disconnect"


def test_a_link_is_kept_through_sign_in_and_no_other_site_is_followed(ask):
    browser = [("Accept", "text/html")]
    answer = ask(guard(OIDC), "/explain?picture=a/b&why=x", headers=browser)
    assert answer.status == 401
    assert 'href="/sign-in"' in answer.body
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    kept = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    assert sign_in.wanted_link({"xai_link": kept}) == "/explain?picture=a/b&why=x"
    name, value = cookie()
    back = ask(guard(OIDC), "/", headers=[*browser, (name, f"{value}; xai_link={kept}")])
    assert (back.status, back.headers["location"]) == (302, "/explain?picture=a/b&why=x")
    for foreign in ("//else.org", "https://else.org", "/\\else.org", "%2F%2Felse.org", "/a\nb", ""):
        assert sign_in.wanted_link({"xai_link": foreign}) is None, foreign


def test_paths_below_a_base_path(ask, monkeypatch):
    monkeypatch.setattr(config, "get_option", {"server.baseUrlPath": "/base/"}.get)
    assert ask(guard(OIDC), "/base/_stcore/health").status == 200
    assert ask(guard(OIDC), "/base/media/a.jpg").status == 401
    assert 'href="/base/sign-in"' in ask(guard(OIDC), "/base/", headers=[("Accept", "text/html")]).body
    assert sign_in.wanted_link({"xai_link": "/elsewhere"}) is None
