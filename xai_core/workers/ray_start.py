"""Start of Ray on this machine, connection to a cluster, and what its errors mean."""

import contextlib
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import secrets
import socket
import sys
import time
from typing import Any

import xai_core
from xai_core.errors import WorkersRefused
from xai_core.language import deferred
from xai_core.paths import import_path
from xai_core.texts import CLAUSES, chained, counted

ANSWER_S = 5.0
"""Seconds after which an address that does not answer is given up."""

FREE_S = 5.0
"""Seconds to wait for a free core or GPU: those of workers that have just ended are free a little later."""

INSTALL = deferred("Install it: {command}", command="pip install -r requirements-ray.txt")

# What decides the numbers: another version may decode, resize, mask or run a picture otherwise.
_LIBRARIES = ("numpy", "pillow", "scipy", "onnxruntime")

_ENVIRONMENT = {
    # Nothing leaves this machine unasked.
    "RAY_USAGE_STATS_ENABLED": "0",
    # The default of 30 s is not enough on a busy machine.
    "RAY_raylet_start_wait_time_s": "120",
    # Ray writes a remark on each killed worker to stdout, where the answers go; the pool notes it in a sentence.
    "RAY_DEDUP_LOGS_SKIP_REGEX": "worker died|node.* died|Raylet is terminated|state-dump|PYTHON worker processes",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def connect(address: str | None, workers: int | None) -> Any:
    """Start Ray on this machine, or connect to a cluster, and return the module.

    Parameters
    ----------
    address
        See `RayPool`.
    workers
        Number of workers on this machine; None takes the cores.

    Raises
    ------
    WorkersRefused
        If Ray is not installed, the number is below 1, or the address does not answer.
    """
    if workers is not None and workers < 1:
        raise WorkersRefused(
            deferred("The number of workers is {number}.", number=workers), deferred("Give at least 1."), "workers"
        )
    if importlib.util.find_spec("ray") is None:
        raise WorkersRefused(deferred("Workers need Ray, which is not installed here."), INSTALL)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    ray = importlib.import_module("ray")
    if address is None:
        _start_here(ray, workers)
    else:
        _join(ray, address)
    return ray


def places_for(ray: Any, gpus: float) -> int:
    """Return the number of workers that a cluster has room for.

    Raises
    ------
    WorkersRefused
        If it has none.
    """
    found = ray.cluster_resources()
    places = int(found.get("GPU", 0) / gpus) if gpus else int(found.get("CPU", 0))
    if places < 1:
        raise WorkersRefused(
            deferred("The cluster has no room for a worker: {resources}.", resources=describe_resources(ray)),
            deferred("Add a node with cores or GPUs."),
        )
    return places


def free_places_for(ray: Any, gpus: float) -> int:
    """Return the number of workers that a cluster has room for beside what runs there.

    Raises
    ------
    WorkersRefused
        If it has none.
    """
    kind, share = ("GPU", gpus) if gpus else ("CPU", 1.0)
    deadline = time.monotonic() + FREE_S
    while (places := int(ray.available_resources().get(kind, 0) / share)) < 1:
        if time.monotonic() > deadline:
            raise WorkersRefused(
                deferred("The cluster has no room for a worker: {resources}.", resources=describe_resources(ray)),
                deferred("Add a node with cores or GPUs, or wait until others have ended."),
            )
        time.sleep(0.2)
    return places


def disconnect() -> None:
    """End the connection, and Ray itself where this process started it."""
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


def describe_resources(ray: Any) -> str:
    """Return how many cores and GPUs the nodes have, as a phrase."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    found, left = ray.cluster_resources(), ray.available_resources()
    return deferred(
        "{nodes}, {cpus:g} of {all_cpus:g} CPUs are free, {gpus:g} of {all_gpus:g} GPUs are free",
        nodes=counted(len(nodes), "node"),
        cpus=left.get("CPU", 0),
        all_cpus=found.get("CPU", 0),
        gpus=left.get("GPU", 0),
        all_gpus=found.get("GPU", 0),
    )


def versions() -> dict[str, str]:
    """Return the versions that must be the same on every node."""
    found = {"python": ".".join(platform.python_version_tuple()[:2]), "confusion-explainer": xai_core.__version__}
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def check_versions(expected: dict[str, str]) -> None:
    """Refuse to work on a node with other versions than those of the machine that gives the work.

    Raises
    ------
    WorkersRefused
        With the versions that differ.
    """
    here = versions()
    differing = [
        deferred("{name} {version}, expected {expected}", name=name, version=here[name], expected=version)
        if name in here
        else deferred("{name} is missing, expected {expected}", name=name, expected=version)
        for name, version in expected.items()
        if here.get(name) != version
    ]
    if differing:
        versions_here = chained(CLAUSES, differing)
        raise WorkersRefused(
            deferred("It has other versions: {versions}.", versions=versions_here),
            deferred("Install the same requirements on every node, so that all maps are alike."),
        )


def deaths(ray: Any) -> tuple[type[Exception], ...]:
    """Return the errors that say that a worker is gone."""
    names = ("RayActorError", "ActorUnavailableError", "NodeDiedError", "OutOfMemoryError", "WorkerCrashedError")
    return tuple(getattr(ray.exceptions, name) for name in names if hasattr(ray.exceptions, name))


def is_of_node(died: Exception) -> bool:
    """Return True if a whole node went away, or the connection to it."""
    text = str(died)
    if type(died).__name__ == "ActorUnavailableError":
        return True
    return "node has died" in text or "node was terminated" in text or type(died).__name__ == "NodeDiedError"


def reason(died: Exception) -> str:
    """Return the last sentence of Ray's report that says what happened."""
    text = str(died)
    if "OOM" in type(died).__name__ or "memory usage threshold" in text or "OutOfMemory" in type(died).__name__:
        return deferred("its machine ran out of memory")
    if is_of_node(died):
        return deferred("its node went away, or cannot be reached")
    if "Worker unexpectedly exits" in text:
        return deferred("it was killed or crashed")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else type(died).__name__).rstrip(".")


def _start_here(ray: Any, workers: int | None) -> None:
    # Ray would write a token into the home folder; this one ends with the process.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    known = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = import_path()  # the workers import the package too
    constants = importlib.import_module("ray._private.ray_constants")
    try:
        # On Linux, Ray listens on the network even where it is alone; on other systems this switch is off by default.
        constants.ENABLE_RAY_CLUSTER = False  # type: ignore[attr-defined]
        ray.init(
            num_cpus=workers or os.cpu_count() or 1,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
        )
    except Exception as fault:  # Ray raises RuntimeError, ConnectionError and others
        raise WorkersRefused(
            deferred("Ray cannot start on this machine: {reason}.", reason=_first_line(fault)),
            deferred("See ray's log."),
        ) from fault
    finally:
        constants.ENABLE_RAY_CLUSTER = True  # type: ignore[attr-defined]
        os.environ["PYTHONPATH"] = known


def _join(ray: Any, address: str) -> None:
    cure = deferred("Start the head node (ray start --head --port=6379), and give its HOST:PORT. See docs/cluster.md.")
    if address != "auto":
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise WorkersRefused(
                deferred("The address of the cluster is {address!r}.", address=address),
                deferred("Give auto or HOST:PORT."),
                "ray",
            )
        try:
            answers = _speaks_http2(host.strip("[]"), int(port))
        except OSError as fault:
            sentence = deferred("No cluster answers at {address}: {reason}.", address=address, reason=str(fault))
            raise WorkersRefused(sentence, cure, "ray") from fault
        if not answers:
            sentence = deferred("What answers at {address} is no head node of Ray.", address=address)
            raise WorkersRefused(sentence, cure, "ray")
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as fault:
        line = _first_line(fault)
        sentence = deferred("The cluster {address} cannot be used: {reason}.", address=address, reason=line)
        raise WorkersRefused(sentence, cure, "ray") from fault


def _speaks_http2(host: str, port: int) -> bool:
    """Return True if a server answers as gRPC does: Ray itself waits two minutes for another one, and then exits.

    A client begins with a fixed preface and its settings, and the server answers with its own (RFC 9113, 3.4).
    """
    with socket.create_connection((host, port), ANSWER_S) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS)
        answer = b""
        while len(answer) < len(_SETTINGS) and (more := connection.recv(len(_SETTINGS) - len(answer))):
            answer += more
    return answer[3:4] == _SETTINGS[3:4]


_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""Frame of HTTP/2 with settings, of length 0 and type 4."""


def _first_line(fault: Exception) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return (lines[0] if lines else type(fault).__name__).rstrip(".")
