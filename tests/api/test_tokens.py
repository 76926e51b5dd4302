"""What a token may be used for: its scopes, within its user's rights, until its last day."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update

from diarium.api.application import RESOURCES, register_api
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.identity import service as identity
from diarium.identity import tokens
from diarium.identity.errors import InvalidUser
from diarium.identity.models import AccessToken, User
from diarium.identity.permissions import SYSTEM
from diarium.identity.scopes import TokenScope
from tests.api.conftest import Call

RECORD = {
    "direction": "incoming",
    "official_on": "2024-05-01",
    "title": "Brev",
    "new_case": {"authority": "KS", "title": "Nytt"},
}


def test_every_operation_names_its_scopes(services: Diarium) -> None:
    app = Flask("api")
    register_api(app, services)
    spec = app.test_client().get("/api/v1/openapi.json").json
    assert spec is not None
    described = {
        (path, method): operation
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in {r.name for r in RESOURCES}
    ]
    assert len(described) == sum(len(rule.methods - {"HEAD", "OPTIONS"}) for rule in rules if rule.methods)
    for (path, method), operation in described.items():
        if path == "/api/v1/api-info":
            assert operation["security"] == []
            continue
        assert operation["x-scopes"], (path, method)
        assert set(operation["x-scopes"]) <= set(TokenScope), (path, method)
        assert operation["security"] == [{"bearer": [scope]} for scope in operation["x-scopes"]]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (TokenScope.REGISTER_READ, {"read"}),
        (TokenScope.REGISTER_WRITE, {"write"}),
        (TokenScope.SEARCH_READ, {"search"}),
        (TokenScope.INTAKE_WRITE, {"intake"}),
    ],
)
def test_token_may_only_what_its_scopes_say(call: Call, scope: TokenScope, allowed: set[str]) -> None:
    program = call("rut", {scope})
    item = {"authority": "KS", "reference": "1", "title": "Ansökan"}
    statuses = {
        "read": program.get("/cases").status_code,
        "write": program.post("/records", RECORD).status_code,
        "search": program.get("/search?q=brev").status_code,
        "intake": program.post("/intake", item).status_code,
        "mark": program.post("/records/8e03978e-40d5-43e8-bc93-6894a57f9324/restrictions", {}).status_code,
    }
    assert {name for name, status in statuses.items() if status < 300} == allowed
    assert {status for name, status in statuses.items() if name not in allowed} == {403}
    assert scope in (program.get("/token").json or {})["scopes"]


def test_what_the_user_may_not_the_token_may_not_either(call: Call) -> None:
    archivist = call("arja", set(TokenScope))
    assert archivist.get("/cases").status_code == 200
    assert archivist.post("/records", RECORD).status_code == 403
    assert archivist.get("/webhooks").status_code == 403
    assert call("siv", set(TokenScope)).post("/records", RECORD).status_code == 403


def test_refusal_names_the_scope_that_is_missing(call: Call) -> None:
    answer = call("rut", {TokenScope.SEARCH_READ}).get("/cases")
    assert answer.json is not None
    assert "register:read" in answer.json["detail"]


def test_file_may_be_uploaded_for_either_use(call: Call) -> None:
    for scope in (TokenScope.REGISTER_WRITE, TokenScope.INTAKE_WRITE):
        assert call("rut", {scope}).upload(b"abc")


def test_token_without_scopes_is_not_made(services: Diarium) -> None:
    with services.database.unit_of_work() as session:
        user = session.scalars(select(User).where(User.username == "rut")).one()
        with pytest.raises(InvalidUser) as failure:
            identity.create_token(session, SYSTEM, user, "Tom", scopes=())
    assert failure.value.field == "scopes"


def test_scopes_that_are_not_named_are_those_the_user_has_a_use_for(services: Diarium) -> None:
    with services.database.unit_of_work() as session:
        archivist = {"register:read", "search:read", "packages:validate"}
        for name, wanted in (("arja", archivist), ("adam", {"webhooks:manage"})):
            user = session.scalars(select(User).where(User.username == name)).one()
            token = tokens.holder(session, identity.create_token(session, SYSTEM, user, "Prov"))
            assert token is not None
            assert set(token.scopes) == wanted


def test_last_use_is_noted_now_and_then(call: Call, services: Diarium) -> None:
    program = call("rut")

    def last_used() -> dt.datetime | None:
        with services.database.reading() as session:
            return session.scalars(select(AccessToken.last_used_at)).one()

    assert last_used() is None
    program.get("/cases")
    first = last_used()
    assert first is not None
    program.get("/cases")
    assert last_used() == first
    with services.database.unit_of_work() as session:
        session.execute(update(AccessToken).values(last_used_at=now() - dt.timedelta(hours=1)))
    program.get("/cases")
    assert (last_used() or first) >= first
