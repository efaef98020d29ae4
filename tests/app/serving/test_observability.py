"""Log, health and metrics tell what the server does, and nothing about people and pictures."""

import io
import json
import logging
import urllib.request

import pytest
from starlette.websockets import WebSocketDisconnected

from pages.ui.loaders import explanations
from pages.ui.serving import health, log, metrics, requests
from pages.ui.serving.health import Health
from pages.ui.serving.log import JsonFormatter
from pages.ui.serving.requests import RequestLog, kind_of


@pytest.fixture
def lines():
    """Function that returns the lines of the log so far."""
    out, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(out), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_request_has_an_id_in_the_answer_for_the_pages_and_in_the_log(ask, lines):
    answer = ask(RequestLog, "/media/secret-name.jpg?picture=pork", headers=[("X-Request-Id", "of-the-proxy-1")])
    assert answer.headers["x-request-id"] == answer.behind[0]["x-request-id"] == "of-the-proxy-1"
    (line,) = lines()
    assert (line["request"], line["kind"], line["status"], line["method"]) == ("of-the-proxy-1", "media", 200, "GET")
    assert "secret" not in json.dumps(line)
    assert "pork" not in json.dumps(line)
    own = ask(RequestLog, headers=[("X-Request-Id", 'an id with "quotes"\n')]).headers["x-request-id"]
    assert len(own) == 16
    assert requests.counts["media", "200"] >= 1
    assert (kind_of("/_stcore/stream"), kind_of("/explain")) == ("websocket", "page")


def test_a_visitor_who_leaves_while_a_page_is_sent_is_no_error(finish, lines):
    async def run(accepts):
        async def app(_scope, _receive, send):
            if accepts:
                await send({"type": "websocket.accept"})
            raise WebSocketDisconnected("Cannot call send")

        async def send(_message):
            pass

        await RequestLog(app)({"type": "websocket", "path": "/_stcore/stream", "headers": []}, None, send)

    finish(run(accepts=True))
    assert [line["status"] for line in lines()] == [101]
    with pytest.raises(WebSocketDisconnected):
        finish(run(accepts=False))


def test_an_error_is_logged_without_what_it_quotes(lines):
    try:
        int("a note of Ann")
    except ValueError:
        logging.getLogger("xai_core.test").exception("It failed.")
    logging.getLogger("somebody.else").warning("Refused %s", "Ann")
    first, second = lines()
    assert (first["exception"], first["level"], second["message"]) == ("ValueError", "error", "Refused %s")
    assert "test_an_error_is_logged" in first["trace"][0]
    assert "Ann" not in json.dumps([first, second])


def test_jobs_are_logged_with_ids_and_without_names(lines, model, open_at, explained):
    at = explained(open_at("explain", picture="pork_chop/4", engine="partition", evals="100"))
    assert not at.exception
    events = lines()
    (submitted,) = (line for line in events if line.get("event") == "job_submitted" and line["planned"] == 100)
    (ended,) = (line for line in events if line.get("event") == "job_ended" and submitted["job"] in line["jobs"])
    assert (ended["state"], ended["evaluations"]) == ("done", 100)
    for name in ("pork_chop", "ravioli"):
        assert name not in json.dumps([submitted, ended])


@pytest.mark.parametrize(
    ("runs", "check", "failed"),
    [
        (True, lambda: "", ()),
        (False, lambda: "", ("page",)),
        (True, lambda: "gone", ("queue",)),
        (True, lambda: 1 / 0, ("queue",)),
    ],
)
def test_health_names_what_fails(runs, check, failed, finish):
    async def page():
        return runs

    checks = Health(page, {"queue": check})
    answer = finish(checks.answer(None))
    assert (answer.status_code, tuple(json.loads(answer.body)["failed"])) == (503 if failed else 200, failed)


def test_health_is_asked_once_in_ten_seconds(finish):
    asked, now = [], [0.0]

    async def page():
        asked.append(now[0])
        return True

    checks = Health(page, {}, lambda: now[0])
    for now[0] in (0.0, 9.0, 10.0):
        finish(checks.failed())
    assert asked == [0.0, 10.0]


def test_the_checks_see_a_worker_that_died_and_a_study_that_cannot_be_opened(study):
    assert (health.queue_trouble(), health.studies_trouble(), health.model_trouble()) == ("", "", "")
    explanations.service().close()
    assert health.queue_trouble() == "the worker has ended"
    (study.folder / "study.toml").write_text("damaged", "utf-8")
    with pytest.raises(Exception, match=r"study\.toml|tiny"):
        health.studies_trouble()


def test_metrics_have_a_port_of_their_own_that_is_freed(study, model, open_at, explained):
    pytest.importorskip("prometheus_client", reason="metrics need prometheus_client")
    server = metrics.Server("127.0.0.1", 0)
    try:
        explained(open_at("explain", picture="pork_chop/4", engine="partition", evals="100"))
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    finally:
        server.close()
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures["xai_evaluations_total"]) == 100
    assert float(figures['xai_tasks_ended_total{state="done"}']) == 1
    assert float(figures["xai_store_bytes"]) > 0
    assert float(figures["process_resident_memory_bytes"]) > 1e7
    assert (figures["xai_jobs_open"], figures["xai_queue_works"]) == ("0.0", "1.0")
    metrics.Server("127.0.0.1", server.port).close()


def test_caches_that_are_made_before_the_server_runs_are_not_warned_of():
    logger = logging.getLogger("streamlit.runtime.caching.cache_data_api")
    before = list(logger.filters)
    log.start()
    try:
        told = [
            bool(logger.filter(logger.makeRecord(logger.name, logging.WARNING, "", 0, text, (), None)))
            for text in ("No runtime found, using MemoryCacheStorageManager", "Another warning")
        ]
    finally:
        logger.filters[:] = before
    assert told == [False, True]
