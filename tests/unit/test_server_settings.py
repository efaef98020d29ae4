"""Settings of a server come from the environment, and a wrong one is refused before the server answers."""

from pathlib import Path

import pytest

from xai_core.errors import SettingRefused
from xai_core.settings.server_settings import MB, VARIABLES, ServerSettings

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"


def read(**variables):
    return ServerSettings.from_environment({f"XAI_{name}": value for name, value in variables.items()})


def test_without_variables_there_is_no_sign_in_and_there_are_limits():
    server = read()
    assert (server.sign_in, server.read_only, server.uploads, server.metrics) == ("", False, True, None)
    limits = server.limits
    assert (limits.visitor_jobs, limits.jobs, limits.visitor_stored_bytes) == (500, 5_000, 1_024 * MB)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"SIGN_IN": "ldap"}, "XAI_SIGN_IN is 'ldap'; expected nothing or oidc or header"),
        ({"SIGN_IN": "oidc"}, r"\* for everybody"),
        ({"SIGN_IN": "header", "VIEWERS": "*"}, "XAI_TRUSTED_PROXIES is empty"),
        ({"VIEWERS": "ada"}, "XAI_SIGN_IN is empty; expected oidc or header, because roles are given to names"),
        ({"TRUSTED_PROXIES": "localhost"}, "expected addresses such as 127.0.0.1"),
        ({"JOBS": "0"}, "XAI_JOBS is '0'; expected a whole number above 0"),
        ({"JOBS": "1_000"}, "XAI_JOBS"),
        ({"READ_ONLY": "maybe"}, "XAI_READ_ONLY is 'maybe'; expected 1 or 0"),
        ({"METRICS": "localhost"}, "XAI_METRICS"),
        ({"METRICS": "127.0.0.1:65536"}, "XAI_METRICS is '127.0.0.1:65536'; expected a port of at most 65535"),
        ({"SIGN_IN_HEADER": "X-User:"}, "XAI_SIGN_IN_HEADER is 'X-User:'; expected the name of a header"),
        ({"SIGN_IN_HEADER": "X-Üser"}, "XAI_SIGN_IN_HEADER"),
        ({"READONLY": "1"}, "XAI_READONLY is no setting; expected XAI_READ_ONLY"),
        ({"SIGNIN": "oidc"}, "XAI_SIGNIN is no setting; expected XAI_SIGN_IN"),
        ({"RAY": "cluster"}, "XAI_RAY is 'cluster'; expected local, auto or HOST:PORT"),
        ({"RAY_GPUS": "none"}, "XAI_RAY_GPUS is 'none'; expected a number of GPUs for each worker"),
        ({"ADMIN": "ada"}, "XAI_ADMIN is no setting; expected XAI_ADMINS"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(variables, message):
    with pytest.raises(SettingRefused, match=message):
        read(**variables)


def test_workers_are_on_this_machine_or_on_a_cluster():
    server = read(RAY="head:6379", RAY_WORKERS="4", RAY_GPUS="0.5", RAY_SHIP="1")
    assert (server.ray, server.ray_workers, server.ray_gpus, server.ray_ship) == ("head:6379", 4, 0.5, True)
    assert (read().ray, read(RAY="local").ray, read(RAY="auto").ray_workers) == ("", "local", None)


def test_variables_of_other_programs_and_of_other_parts_are_let_alone():
    others = ("API_KEY", "STUDIES", "CACHE", "CORES", "RUNTIME", "PREPARE_DEMO")
    assert read(**dict.fromkeys(others, "1"), READONLY="") == read()


def test_roles_go_by_names_domains_and_everybody():
    server = read(SIGN_IN="oidc", VIEWERS="*", REVIEWERS="@example.com, carl", ADMINS="Ada@Example.com")
    found = {name: server.role_of(name) for name in ("ada@example.COM", "bob@example.com", "carl", "eve@else.org")}
    assert list(found.values()) == ["admin", "reviewer", "reviewer", "viewer"]
    closed = read(SIGN_IN="oidc", ADMINS="@example.com")
    assert [closed.role_of(name) for name in ("@example.com", "a@example.com.else.org", "example.com", "")] == [
        None
    ] * 4
    by_name = read(SIGN_IN="header", SIGN_IN_HEADER="X", TRUSTED_PROXIES="::1", ADMINS="Kim Ärla")
    # The third one begins with the Kelvin sign.
    assert list(map(by_name.role_of, ("KIM", "Ärla", "\N{KELVIN SIGN}im"))) == ["admin", "admin", None]


def test_a_proxy_is_trusted_by_its_address():
    server = read(SIGN_IN="header", SIGN_IN_HEADER="X-User", TRUSTED_PROXIES="10.0.0.0/8 ::1", VIEWERS="*")
    assert all(map(server.is_trusted, ("10.1.2.3", "::1", "::ffff:10.1.2.3")))
    assert not any(map(server.is_trusted, ("11.0.0.1", "::2", "", None, "10.1.2.3, 11.0.0.1", "testclient")))


def test_metrics_stay_on_this_machine_unless_a_host_is_given():
    assert read(METRICS="9464").metrics == ("127.0.0.1", 9464)
    assert read(METRICS="[::]:9464").metrics == ("::", 9464)


def test_every_variable_is_documented():
    text = DEPLOY.read_text("utf-8")
    assert [name for name in VARIABLES if f"`{name}`" not in text] == []
