"""What operators see of the web process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import text
from structlog.testing import capture_logs

from diarium import observing
from diarium.app import create_app
from diarium.cli import upkeep
from diarium.composition import Diarium
from diarium.settings import OperationsSettings, Role, Settings, SettingsError, from_environment
from diarium.web.administration import overview
from tests import patterns

_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"


def test_an_answer_is_logged_by_the_name_of_its_page_and_never_by_what_was_asked(
    app: Flask, log_in: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in("rut")
    # A logger that was used before keeps its ways: a new one can be listened to.
    monkeypatch.setattr(observing, "log", structlog.get_logger())
    before = _answers("search.results")
    with capture_logs() as lines:
        answer = client.get("/intern/sok?q=Hemligkanin", headers={"X-Request-Id": "abcdef0123456789"})
    (line,) = [line for line in lines if line["event"] == "answered"]
    assert line["endpoint"] == "search.results"
    assert line["status"] == answer.status_code == HTTPStatus.OK
    assert line["request_id"] == answer.headers["X-Request-Id"] == "abcdef0123456789"
    assert "Hemligkanin" not in json.dumps(lines, default=str)
    assert _answers("search.results") == before + 1
    assert "Hemligkanin" not in str([metric.samples for metric in REGISTRY.collect()])


def test_it_is_ready_only_when_its_database_can_answer(app: Flask, services: Diarium) -> None:
    client = app.test_client()
    assert client.get("/readyz").get_json() == {"status": "ready", "database": True, "disk": True}
    with services.database.unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/readyz")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.get_json()["database"] is False
    assert client.get("/healthz").status_code == HTTPStatus.OK, "it lives: restarting would mend nothing"


def test_administration_and_status_tell_of_just_those_who_follow_the_feed(services: Diarium) -> None:
    with services.worker() as worker:
        names = {consumer.name for consumer in worker.consumers}
    assert set(overview.CONSUMERS) == set(upkeep.CONSUMERS) == names


def test_the_public_side_alone_is_ready_without_the_register(settings: Settings) -> None:
    patterns.town(settings.database_url)
    prepared = Diarium(settings)
    prepared.prepare()
    prepared.close()
    alone = create_app(replace(settings, role=Role.PUBLIC, database_url="sqlite:////nowhere/at/all.sqlite"))
    assert alone.test_client().get("/readyz").status_code == HTTPStatus.OK
    alone.extensions["diarium"].close()


@pytest.mark.parametrize(("path", "kind"), [("/intern/prov", "text/html"), ("/api/v1/prov", "text/html")])
def test_a_question_that_takes_too_long_is_ended_and_the_asker_told(
    settings: Settings, path: str, kind: str
) -> None:
    patterns.town(settings.database_url)
    hurried = replace(settings, operations=OperationsSettings(statement_seconds=1))
    prepared = Diarium(hurried)
    prepared.prepare()
    prepared.close()
    app = create_app(hurried)
    services: Diarium = app.extensions["diarium"]

    def endless() -> str:
        with services.database.reading() as session:
            return str(session.scalar(text(_ENDLESS)))

    app.add_url_rule(path, "endless", endless)
    answer = app.test_client().get(path)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Frågan tog för lång tid" in answer.text
    assert answer.mimetype == kind
    assert app.test_client().get("/readyz").status_code == HTTPStatus.OK
    services.close()


def test_an_address_for_measures_that_is_none_is_refused_by_name() -> None:
    assert from_environment({"DIARIUM_METRICS": "127.0.0.1:9400"}).operations.metrics == ("127.0.0.1", 9400)
    assert from_environment({"DIARIUM_WORKER_METRICS": "[::1]:9401"}).operations.worker_metrics == ("::1", 9401)
    with pytest.raises(SettingsError, match="DIARIUM_METRICS"):
        from_environment({"DIARIUM_METRICS": "9400"})


def _answers(endpoint: str) -> float:
    labels = {"endpoint": endpoint, "method": "GET", "status": "200"}
    return REGISTRY.get_sample_value("diarium_http_seconds_count", labels) or 0.0
