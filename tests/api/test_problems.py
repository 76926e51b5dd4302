"""What comes in is not trusted; what goes wrong has one form."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from diarium.api.reading import MAX_JSON_BYTES
from diarium.app import create_app
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.identity.models import AccessToken
from tests.api.conftest import Call

GOOD: dict[str, Any] = {
    "direction": "incoming",
    "official_on": "2024-05-01",
    "title": "Brev",
    "new_case": {"authority": "KS", "title": "Nytt"},
}


def _check(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.json
    assert {"type", "title", "status", "detail", "instance"} <= set(body)
    assert body["status"] == status
    return body


def test_without_a_token_nothing_is_told(call: Call) -> None:
    record = call("rut").register()
    for path in ("/cases", f"/records/{record['uid']}", "/search?q=a"):
        answer = call("").get(path)
        _check(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    _check(call("").post("/records", GOOD), 401)


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": now()}, {"expires_at": now() - dt.timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
def test_token_that_no_longer_holds_is_refused(call: Call, services: Diarium, change: dict[str, object]) -> None:
    registrar = call("rut")
    assert registrar.get("/cases").status_code == 200
    with services.database.unit_of_work() as session:
        session.execute(update(AccessToken).values(**change))
    _check(registrar.get("/cases"), 401)


@pytest.mark.parametrize("username", ["adam"])
def test_administrator_reads_no_content(call: Call, username: str) -> None:
    record = call("rut").register()
    for path in ("/cases", f"/cases/{record['case_uid']}", f"/records/{record['uid']}", "/search?q=a"):
        _check(call(username).get(path), 403)


def test_every_wrong_field_is_named(still: Call) -> None:
    body = {**GOOD, "official_on": "i går", "direction": "sideways", "colour": "red", "parties": [{"name": ""}]}
    problem = _check(still("rut").post("/records", body), 422)
    fields = {error["field"] for error in problem["errors"]}
    assert fields == {"official_on", "direction", "colour", "parties.0.name"}
    assert all(error["message"] for error in problem["errors"])


def test_rule_of_the_register_is_told_at_its_field(still: Call) -> None:
    problem = _check(still("rut").post("/records", {**GOOD, "official_on": "2999-01-01"}), 422)
    assert problem["errors"][0]["field"] == "official_on"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 200_000,
        b'{"title":' * 50_000,
        b'{"title": NaN}',
        b'{"title": "\\ud800"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "\xff"}',
        b'{"version": ' + b"9" * 5000 + b"}",
        json.dumps({"title": [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}).encode(),
    ],
    ids=["empty", "cut", "deep", "deep-objects", "nan", "surrogate", "nul", "latin1", "huge-number", "nested"],
)
def test_body_that_is_not_sound_json_is_refused(still: Call, body: bytes) -> None:
    _check(still("rut").post("/records", data=body, content_type="application/json"), 400)


def test_hostile_json_of_the_shared_material_is_refused(still: Call, shared_material: Path) -> None:
    body = (shared_material / "hostile" / "deep.json").read_bytes()
    _check(still("rut").post("/cases", data=body, content_type="application/json"), 400)


def test_body_that_is_no_object_is_refused(still: Call) -> None:
    _check(still("rut").post("/records", [1, 2]), 422)


def test_other_media_types_are_refused(still: Call) -> None:
    _check(still("rut").post("/records", data="title=Brev", content_type="application/x-www-form-urlencoded"), 415)
    _check(still("rut").post("/files", data=b"abc", content_type="application/octet-stream"), 415)


def test_too_large_a_body_is_refused(still: Call) -> None:
    body = b'{"title": "' + b"a" * MAX_JSON_BYTES + b'"}'
    _check(still("rut").post("/records", data=body, content_type="application/json"), 413)


@pytest.mark.parametrize("query", ["limit=0", "cursor=x", "limit=1000", "status=lost", "color=red", "year=99999"])
def test_query_that_can_not_be_used_is_named(still: Call, query: str) -> None:
    problem = _check(still("rut").get(f"/cases?{query}"), 422)
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_query_with_a_nul_is_refused_on_both_databases(call_on_any: Call) -> None:
    _check(call_on_any("rut").get("/cases?authority=%00"), 400)


@pytest.mark.parametrize("path", ["/nowhere", "/records/not-a-uid", "/records/", ""])
def test_address_that_does_not_exist_is_a_problem(still: Call, path: str) -> None:
    _check(still("rut").get(path), 404)


def test_method_that_is_not_there_names_those_that_are(still: Call) -> None:
    answer = still("rut").post("/search", {})
    _check(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_description_names_every_operation_and_the_form_of_errors(still: Call) -> None:
    spec = still("").get("/openapi.json").json
    assert spec is not None
    assert spec["openapi"].startswith("3.1")
    operations = {
        (path, method) for path, methods in spec["paths"].items() for method in methods if method != "parameters"
    }
    assert {path.removeprefix("/api/v1") for path, _method in operations} >= {
        "/cases", "/cases/{uid}", "/records", "/records/{uid}", "/files", "/documents/{uid}/content", "/search",
        "/intake", "/intake/{uid}", "/webhooks", "/webhooks/{uid}/deliveries", "/authorities", "/classes",
        "/record-types", "/api-info", "/token",
    }  # fmt: skip
    assert "application/problem+json" in spec["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert spec["security"] == [{"bearer": []}]


def test_api_tells_of_itself_without_a_token(still: Call) -> None:
    answer = still("").get("/api-info").json
    assert answer is not None
    assert answer["api_status"] == "active"
    assert answer["api_documentation"] == "http://localhost/api/v1/openapi.json"


def test_in_the_whole_application_problems_stay_problems(call: Call, services: Diarium) -> None:
    with services.database.reading() as session:
        assert session.scalars(select(AccessToken)).all() == []
    client = create_app(services.settings).test_client()
    _check(client.get("/api/v1/nowhere"), 404)
    _check(client.get("/api/v1/cases"), 401)
    _check(client.post("/api/v1/records", json={}), 401)
    assert client.get("/nowhere").mimetype == "text/html"
