"""What operators see of the web process: a log line and a measure of each answer, and whether it is ready.

No line holds an address or what was asked for: the endpoint's name says which page it was.
"""

from __future__ import annotations

import shutil
import time
from http import HTTPStatus
from typing import Final

import structlog
from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from diarium import metrics
from diarium.audit import service as audit
from diarium.composition import Diarium
from diarium.db import migrate
from diarium.settings import Role

LEAST_FREE_BYTES: Final = 200 * 1024 * 1024
log = structlog.get_logger()


def observe(app: Flask, services: Diarium) -> None:
    """Adds `/healthz` (the process lives) and `/readyz` (it can answer), and watches every request."""
    app.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok"))
    app.add_url_rule("/readyz", "readyz", lambda: _ready(services))

    @app.before_request
    def begin() -> None:
        g.begun = time.monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.monotonic() - g.get("begun", time.monotonic())
        endpoint = request.endpoint or "none"
        metrics.ANSWERS.labels(endpoint, request.method, str(response.status_code)).observe(seconds)
        if endpoint not in ("static", "healthz", "readyz"):
            log.info(
                "answered",
                endpoint=endpoint,
                method=request.method,
                status=response.status_code,
                seconds=round(seconds, 4),
                request_id=audit.request_id.get(),
            )
        return response


def _ready(services: Diarium) -> ResponseReturnValue:
    """Which of the things that this process needs are there. 503 if one is not: a balancer then asks others."""
    found = {"database": _has_database(services), "disk": _has_room(services)}
    is_ready = all(found.values())
    answer = jsonify(status="ready" if is_ready else "not ready", **found)
    answer.headers["Cache-Control"] = "no-store"
    return answer, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE


def _has_database(services: Diarium) -> bool:
    try:
        if services.settings.role is not Role.PUBLIC and not migrate.is_current(services.database):
            return False
        if services.settings.role is not Role.STAFF:
            with services.public.database.reading() as session:
                session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("not ready: no database")
        return False
    return True


def _has_room(services: Diarium) -> bool:
    """Whether something can still be kept. A public process keeps nothing."""
    settings = services.settings
    return settings.role is Role.PUBLIC or shutil.disk_usage(settings.data).free >= LEAST_FREE_BYTES
