"""Slow statements are logged without values, endless ones are ended."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from diarium.db import watching
from diarium.db.engine import Database, open_database

_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0"


def test_a_slow_statement_is_logged_with_its_text_and_without_its_values(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger that was used before keeps its ways: a new one can be listened to.
    monkeypatch.setattr(watching, "log", structlog.get_logger())
    watching.time_statements(sqlite_database, slow_seconds=0.0)
    with capture_logs() as lines, sqlite_database.reading() as session:
        session.execute(text("SELECT :secret"), {"secret": "Hemligkanin"})
    (line,) = [line for line in lines if line["event"] == "slow statement" and "SELECT" in line["statement"]]
    assert line["statement"] == "SELECT ?"
    assert line["seconds"] >= 0
    assert "Hemligkanin" not in str(lines)


def test_an_endless_statement_is_ended_and_the_connection_goes_on(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    limited = open_database(url)
    watching.end_statements_after(limited, 1)
    with limited.reading() as session, pytest.raises(DBAPIError) as told:
        session.execute(text(_ENDLESS))
    assert watching.took_too_long(told.value)
    with limited.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
    limited.close()


def test_another_fault_is_no_slow_statement(tmp_path: Path) -> None:
    plain = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with plain.reading() as session, pytest.raises(DBAPIError) as told:
        session.execute(text("SELECT * FROM there_is_none"))
    assert not watching.took_too_long(told.value)
    plain.close()
