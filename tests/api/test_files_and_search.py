"""Files out and the search, through the caller's eyes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from tests.api.conftest import MAX_UPLOAD, Call


def _with_file(call: Call, content: bytes, name: str, **facts: object) -> str:
    registrar = call("rut")
    record = registrar.register(documents=[{"ticket": registrar.upload(content, name)}], **facts)
    uid: str = record["documents"][0]["uid"]
    return uid


def test_file_comes_back_as_an_attachment_that_no_browser_runs(call: Call) -> None:
    uid = _with_file(call, b"<script>alert(1)</script>", "sida.html")
    answer = call("rut").get(f"/documents/{uid}/content")
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=sida.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("username", ["hans", "siv"])
def test_file_of_a_restricted_record_is_not_there_for_those_without_need(call: Call, username: str) -> None:
    uid = _with_file(call, b"hemligt", "a.txt", restrictions=[{"provision": "26:1", "scope": "files"}])
    answer = call(username).get(f"/documents/{uid}/content")
    assert answer.status_code == 404
    assert b"hemligt" not in answer.data


def test_fetching_a_file_of_a_restricted_record_is_noted(call: Call, services: Diarium) -> None:
    uid = _with_file(call, b"hemligt", "a.txt", restrictions=[{"provision": "26:1"}])
    assert call("arja").get(f"/documents/{uid}/content").data == b"hemligt"
    with services.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.read")).all()
        assert [event.actor_name for event in events] == ["Arja Arkivarie"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"file": (io.BytesIO(b""), "tom.txt")}, 422),
        ({"file": (io.BytesIO(b"x" * (MAX_UPLOAD + 1)), "stor.bin")}, 413),
        ({"file": (io.BytesIO(b"x" * (2 * MAX_UPLOAD)), "större.bin")}, 413),
        ({"other": (io.BytesIO(b"x"), "a.txt")}, 422),
        ({}, 415),
    ],
)
def test_upload_that_can_not_be_used_is_a_problem(call: Call, data: dict[str, Any], status: int) -> None:
    answer = call("rut").post("/files", data=data)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_administrator_may_not_upload(call: Call) -> None:
    assert call("adam").post("/files", data={"file": (io.BytesIO(b"x"), "a.txt")}).status_code == 403


def _titles(call: Call, username: str, query: str) -> list[str | None]:
    answer = call(username).get("/search", query_string={"q": query})
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [hit["title"] for hit in answer.json["hits"]]


def test_search_finds_titles_and_text_of_files(call: Call, services: Diarium) -> None:
    _with_file(call, b"En utredning om vildsvin", "a.txt", title="Skrivelse")
    with services.worker() as worker:
        worker.drain()
    assert _titles(call, "hans", "vildsvin") == ["Skrivelse"]
    assert _titles(call, "siv", "vildsvin") == []


def test_search_finds_nothing_restricted_without_need(call: Call, services: Diarium) -> None:
    call("rut").register(title="Vildsvin i trädgården", restrictions=[{"provision": "26:1"}])
    with services.worker() as worker:
        worker.drain()
    assert _titles(call, "rut", "vildsvin") == ["Vildsvin i trädgården"]
    assert _titles(call, "hans", "vildsvin") == []


def test_marking_hides_a_hit_before_the_index_knows(call: Call, services: Diarium) -> None:
    record = call("rut").register(title="Vildsvin i trädgården")
    with services.worker() as worker:
        worker.drain()
    call("rut").post(f"/records/{record['uid']}/restrictions", {"provision": "26:1"})
    answer = call("hans").get("/search?q=vildsvin")
    assert answer.json is not None
    assert [(hit["number"], hit["title"], hit["snippet"]) for hit in answer.json["hits"]] == [
        (record["number"], None, None)
    ]
    assert "Vildsvin i trädgården" not in answer.text


def test_search_is_narrowed_by_filters_and_days(call: Call, services: Diarium) -> None:
    call("rut").register(title="Vildsvin", official_on="2023-01-01")
    call("rut").register(title="Vildsvin igen", official_on="2024-01-01", record_type="Ansökan")
    with services.worker() as worker:
        worker.drain()
    answer = call("rut").get(
        "/search?q=vildsvin&kind=record&year=2024&record_type=Ansökan&date_from=2024-01-01&limit=5"
    )
    assert answer.json is not None
    assert [hit["title"] for hit in answer.json["hits"]] == ["Vildsvin igen"]
    assert answer.json["limit"] == 5
    later = call("rut").get("/search?q=vildsvin&year=2024").json
    assert later is not None
    assert {"value": "2023", "count": 1} in later["facets"]["year"]
