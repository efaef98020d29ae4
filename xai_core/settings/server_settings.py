"""Settings of a server: sign-in and roles, read-only, limits, log and metrics.

They come from the environment, because that is what make, systemd and containers set alike. docs/deploy.md explains
each of them.
"""

import difflib
import ipaddress
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast, get_args

from xai_core.errors import SettingRefused
from xai_core.language import deferred, mark
from xai_core.settings.limits import Limits
from xai_core.texts import chained

Role = Literal["viewer", "reviewer", "admin"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ROLES: tuple[Role, ...] = get_args(Role)
"""Roles; each may do what those before it may."""

MB = 2**20
EVERYBODY = "*"


def _setting(variable: str, default: object, read: Callable[[str, str], object]) -> Any:
    return field(default=default, metadata={"variable": variable, "read": read})


def _text(_variable: str, text: str) -> str:
    return text


def _lower(name: str) -> str:
    # ASCII alone: str.lower makes a k of the Kelvin sign, so that another person would pass for ada@k.example.
    return name.translate(_TO_LOWER)


_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _names(_variable: str, text: str) -> tuple[str, ...]:
    return tuple(_lower(name) for name in text.replace(",", " ").split())


def _switch(variable: str, text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise SettingRefused(variable, repr(text), deferred("1 or 0"))
    return known[text.lower()]


def _number(variable: str, text: str) -> int:
    # int() would also take "1_000" and digits of other scripts.
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 12 and int(text) > 0):
        raise SettingRefused(variable, repr(text), deferred("a whole number above 0"))
    return int(text)


def _one_of(*known: str) -> Callable[[str, str], str]:
    def read(variable: str, text: str) -> str:
        if text not in known:
            expected = chained(mark("{first} or {rest}"), [word or deferred("nothing") for word in known])
            raise SettingRefused(variable, repr(text), expected)
        return text

    return read


_read_sign_in = _one_of("", "oidc", "header")
_read_log = _one_of("text", "json")


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""Name of a header (RFC 9110). One with other characters is in no request."""


def _header(variable: str, text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise SettingRefused(variable, repr(text), deferred("the name of a header, such as X-Forwarded-Email"))
    return text


def _networks(variable: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
    except ValueError as fault:
        expected = deferred("addresses such as 127.0.0.1 or 10.0.0.0/8 ({fault})", fault=fault)
        raise SettingRefused(variable, repr(text), expected) from None


def _address(variable: str, text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    number = _number(variable, port)
    if number > _LAST_PORT:
        raise SettingRefused(variable, repr(text), deferred("a port of at most {number}", number=_LAST_PORT))
    return (host.strip("[]") or "127.0.0.1", number)


_LAST_PORT = 65_535


def _cluster(variable: str, text: str) -> str:
    host, _, port = text.rpartition(":")
    if text not in ("local", "auto") and not (host and port.isascii() and port.isdigit() and int(port) <= _LAST_PORT):
        raise SettingRefused(variable, repr(text), deferred("local, auto or HOST:PORT"))
    return text


def _share(variable: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 0 < found <= _MOST_GPUS:
        raise SettingRefused(variable, repr(text), deferred("a number of GPUs for each worker, such as 1 or 0.5"))
    return found


_MOST_GPUS = 64


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of a server.

    Attributes
    ----------
    sign_in
        "" for none, "oidc" for a provider of OpenID Connect, "header" for a proxy that sends the name in a header.
    claim
        Claim of the provider that is the visitor's name.
    hours
        Hours after which a visitor has to sign in again.
    header, proxies
        Header with the visitor's name, and the networks of the proxies that may send it.
    viewers, reviewers, admins
        Names, "@domain" for all names of a domain, or "*" for everybody who is signed in.
    read_only
        True if nothing is written but explanations.
    uploads
        False if pictures cannot be uploaded.
    visitor_jobs, jobs, visitor_evaluations, evaluations
        See `Limits`.
    visitor_store_mb, store_mb
        Megabytes that the answers to one visitor may take within an hour, and that the explanations of all studies may
        take.
    visitor_uploads_mb, uploads_mb
        Megabytes of uploaded pictures that are held for one visitor and for all.
    visitor_exports, exports
        Files such as reports and slides that are made, or wait for that, for one visitor and for all.
    visitor_export_s
        Seconds that the files of one visitor may take within an hour.
    log
        Format of the log.
    metrics
        Host and port of the metrics for Prometheus; None for none.
    ray
        Where pictures are evaluated: "" for this process, "local" for workers on this machine, "auto" or an address for
        those of a cluster of Ray.
    ray_workers
        Largest number of workers; None for all that there is room for.
    ray_gpus
        GPUs of each worker.
    ray_ship
        True to send the models to the workers.
    """

    sign_in: Literal["", "oidc", "header"] = _setting("XAI_SIGN_IN", "", _read_sign_in)
    claim: str = _setting("XAI_SIGN_IN_CLAIM", "email", _text)
    hours: int = _setting("XAI_SIGN_IN_HOURS", 12, _number)
    header: str = _setting("XAI_SIGN_IN_HEADER", "", _header)
    proxies: tuple[Network, ...] = _setting("XAI_TRUSTED_PROXIES", (), _networks)
    viewers: tuple[str, ...] = _setting("XAI_VIEWERS", (), _names)
    reviewers: tuple[str, ...] = _setting("XAI_REVIEWERS", (), _names)
    admins: tuple[str, ...] = _setting("XAI_ADMINS", (), _names)
    read_only: bool = _setting("XAI_READ_ONLY", default=False, read=_switch)
    uploads: bool = _setting("XAI_UPLOADS", default=True, read=_switch)
    visitor_jobs: int = _setting("XAI_VISITOR_JOBS", 500, _number)
    jobs: int = _setting("XAI_JOBS", 5_000, _number)
    visitor_evaluations: int = _setting("XAI_VISITOR_EVALUATIONS", 1_000_000, _number)
    evaluations: int = _setting("XAI_EVALUATIONS", 10_000_000, _number)
    visitor_store_mb: int = _setting("XAI_VISITOR_STORE_MB", 1_024, _number)
    store_mb: int = _setting("XAI_STORE_MB", 16_384, _number)
    visitor_uploads_mb: int = _setting("XAI_VISITOR_UPLOADS_MB", 100, _number)
    uploads_mb: int = _setting("XAI_UPLOADS_MB", 1_000, _number)
    visitor_exports: int = _setting("XAI_VISITOR_EXPORTS", 4, _number)
    exports: int = _setting("XAI_EXPORTS", 40, _number)
    visitor_export_s: int = _setting("XAI_VISITOR_EXPORT_S", 900, _number)
    log: Literal["text", "json"] = _setting("XAI_LOG", "text", _read_log)
    metrics: tuple[str, int] | None = _setting("XAI_METRICS", None, _address)
    ray: str = _setting("XAI_RAY", "", _cluster)
    ray_workers: int | None = _setting("XAI_RAY_WORKERS", None, _number)
    ray_gpus: float = _setting("XAI_RAY_GPUS", 0.0, _share)
    ray_ship: bool = _setting("XAI_RAY_SHIP", default=False, read=_switch)

    def __post_init__(self) -> None:
        """Check what the settings need of one another."""
        if self.sign_in == "header" and not (self.header and self.proxies):
            expected = deferred("the name of the header, and the address of the proxy that may send it")
            raise SettingRefused(deferred("XAI_SIGN_IN_HEADER or XAI_TRUSTED_PROXIES"), deferred("empty"), expected)
        if self.sign_in and not (self.viewers or self.reviewers or self.admins):
            expected = deferred(
                "names in one of the three, @example.com for a domain, or * for everybody who is signed in"
            )
            raise SettingRefused(
                deferred("Each of XAI_VIEWERS, XAI_REVIEWERS and XAI_ADMINS"), deferred("empty"), expected
            )
        if not self.sign_in and (self.viewers or self.reviewers or self.admins):
            # Somebody who lists people expects that others are kept out.
            expected = deferred("oidc or header, because roles are given to names")
            raise SettingRefused("XAI_SIGN_IN", deferred("empty"), expected)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ServerSettings":
        """Return the settings in the variables of a process.

        Raises
        ------
        SettingRefused
            If one of them has an unknown value, or needs another one, or if a variable is almost called like one.
        """
        for name, text in environment.items():
            # A slip such as XAI_READONLY would open what somebody meant to close. Others' variables, such as
            # XAI_API_KEY, are let alone.
            meant = difflib.get_close_matches(name, VARIABLES, 1, _ALIKE) if name.startswith("XAI_") else []
            if meant and name not in VARIABLES and text.strip():
                raise SettingRefused(name, deferred("no setting"), meant[0])
        found: dict[str, Any] = {}
        for each in fields(cls):
            text = environment.get(each.metadata["variable"], "").strip()
            if text:
                found[each.name] = each.metadata["read"](each.metadata["variable"], text)
        return cls(**found)

    def role_of(self, name: str) -> Role | None:
        """Return the highest role of a name, None if nobody has given it one.

        >>> ServerSettings(sign_in="oidc", viewers=("*",), admins=("@ops.example",)).role_of("Ada@ops.example")
        'admin'
        """
        lists: dict[Role, tuple[str, ...]] = {
            "admin": self.admins,
            "reviewer": self.reviewers,
            "viewer": self.viewers,
        }
        name = _lower(name)
        local, at, domain = name.rpartition("@")
        # Without a part before the @, the name itself would look like the entry of a domain.
        known = {EVERYBODY, name, f"@{domain}"} if local and at else {EVERYBODY, name.lstrip("@")}
        return next((role for role, names in lists.items() if known.intersection(names)), None)

    def is_trusted(self, address: str | None) -> bool:
        """Return True if a proxy at this address may say who a visitor is."""
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        # A server that listens on IPv6 sees ::ffff:10.0.0.1 for 10.0.0.1.
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in network for network in self.proxies)

    @property
    def limits(self) -> Limits:
        """Limits of the queue."""
        return Limits(
            visitor_jobs=self.visitor_jobs,
            jobs=self.jobs,
            visitor_evaluations=self.visitor_evaluations,
            evaluations=self.evaluations,
            visitor_stored_bytes=self.visitor_store_mb * MB,
        )


VARIABLES: tuple[str, ...] = tuple(cast("str", each.metadata["variable"]) for each in fields(ServerSettings))
"""Names of all variables."""

_ALIKE = 0.85
"""Likeness of two names from which on one is taken for a slip of the other, as `difflib` measures it."""
