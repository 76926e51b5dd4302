"""The command line, the API and the browser's form register the same thing in the same way."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.app import create_app
from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.db.base import Base
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM
from diarium.register.models import Case, Record
from tests.endtoend.conftest import House
from tests.web.conftest import send

CONTENT = "Bolaget har inget att erinra mot förslaget.".encode()
TITLE, CASE_TITLE = "Yttrande över  remiss", "Remiss om kollektivtrafik"
# Told apart only by who made them and when, or pointing at rows that are.
OWN_OF_EACH = {
    "id",
    "uid",
    "number",
    "number_text",
    "case_id",
    "record_id",
    "registered_at",
    "added_at",
    "made_at",
}

Door = Callable[[House, str], str]


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house.services.settings)


@pytest.fixture
def doors(house: House, app: Flask, tmp_path: Path) -> dict[str, Door]:
    """Each registers an incoming or outgoing record of Rut's in a new case, and gives the record's number."""
    return {
        "command": lambda house, direction: _by_command(house, tmp_path, direction),
        "api": lambda house, direction: _by_api(house, app, direction),
        "form": lambda house, direction: _by_form(app, direction),
    }


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
def test_same_facts_give_the_same_rows_events_and_changes(
    house: House, doors: dict[str, Door], direction: str
) -> None:
    written = {}
    for position, (name, door) in enumerate(doors.items(), start=1):
        events, changes = _last(house, AuditEvent), _last(house, Change)
        assert door(house, direction) == f"KS {today().year}/{position}-1"
        written[name] = (_rows(house, position), _events(house, events), _changes(house, changes))
    assert written["command"][1] == [("case.opened", "Rut Registrator"), ("record.registered", "Rut Registrator")]
    assert written["command"][2] == [("case", "case.opened"), ("record", "record.registered")]
    assert written["command"] == written["api"] == written["form"]


def test_facts_are_those_that_were_given(house: House, doors: dict[str, Door]) -> None:
    doors["api"](house, "incoming")
    rows = _rows(house, 1)
    wanted: dict[str, dict[str, str]] = {
        "case": {"title": CASE_TITLE, "opened_on": "2024-05-02", "initiative": "received", "classification": "1"},
        "record": {"title": "Yttrande över remiss", "official_on": "2024-05-02", "direction": "incoming"},
        "documents": {"file_name": "Yttrande.txt", "position": "1"},
        "parties": {"name": "Trafikbolaget AB", "kind": "organisation", "role": "sender"},
        "restrictions": {"scope": "parties", "made_by_name": "Rut Registrator"},
    }
    for name, facts in wanted.items():
        (row,) = rows[name]
        assert {key: row[key] for key in facts} == facts


def _by_command(house: House, folder: Path, direction: str) -> str:
    file = folder / "Yttrande.txt"
    file.write_bytes(CONTENT)
    result = house.run(
        *("register", "--authority", "KS", "--direction", direction, "--received", "2024-05-02"),
        *("--title", TITLE, "--sender", "Trafikbolaget AB", "--sender-kind", "organisation", "--file", file),
        *("--new-case-title", CASE_TITLE, "--class", "1", "--type", "Yttrande", "--user", "rut"),
        *("--restrict", "31:16", "--restrict-scope", "parties"),
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def _by_api(house: House, app: Flask, direction: str) -> str:
    with house.services.database.unit_of_work() as session:
        rut = session.scalars(select(User).where(User.username == "rut")).one()
        headers = {"Authorization": f"Bearer {identity.create_token(session, SYSTEM, rut, 'prov')}"}
    # The token is an event of its own: what is counted begins after it.
    client = app.test_client()
    file = {"file": (io.BytesIO(CONTENT), "Yttrande.txt")}
    ticket = client.post("/api/v1/files", data=file, headers=headers).get_json()["ticket"]
    role = "sender" if direction == "incoming" else "recipient"
    body = {
        "direction": direction,
        "official_on": "2024-05-02",
        "title": TITLE,
        "record_type": "Yttrande",
        "parties": [{"name": "Trafikbolaget AB", "kind": "organisation", "role": role}],
        "restrictions": [{"provision": "31:16", "scope": "parties"}],
        "documents": [{"ticket": ticket}],
        "new_case": {"authority": "KS", "title": CASE_TITLE, "classification": "1"},
    }
    answer = client.post("/api/v1/records", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["number"])


def _by_form(app: Flask, direction: str) -> str:
    client = app.test_client()
    send(client, "/intern/login", {"username": "rut", "password": "rut-hemligt-lösen"})
    form: dict[str, object] = {
        "case_choice": "new",
        "authority": "KS",
        "case_title": CASE_TITLE,
        "classification": "1",
        "direction": direction,
        "official_on": "2024-05-02",
        "title": TITLE,
        "record_type": "Yttrande",
        "party-0-name": "Trafikbolaget AB",
        "party-0-kind": "organisation",
        "secrecy": "marked",
        "provision": "31:16",
        "scope": "parties",
        "files": (io.BytesIO(CONTENT), "Yttrande.txt"),
    }
    answer = send(client, "/intern/registrera", form)
    assert answer.status_code == 302, answer.text
    return _number_on(client, answer.headers["Location"])


def _number_on(client: FlaskClient, address: str) -> str:
    text = "".join(map(str, html.fromstring(client.get(address).text).itertext()))
    flashed = text.partition("Handlingen är registrerad med numret ")[2]
    return str(flashed.partition(".")[0])


def _rows(house: House, number: int) -> dict[str, list[dict[str, str]]]:
    with house.services.database.reading() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        record = session.scalars(select(Record).where(Record.case_id == case.id)).one()
        classification = case.classification.code if case.classification else ""
        return {
            "case": [_plain(case) | {"classification": classification}],
            "record": [_plain(record)],
            "parties": [_plain(party) for party in [*case.parties, *record.parties]],
            "documents": [_plain(document) for document in record.documents],
            "restrictions": [_plain(item) for item in [*case.restrictions, *record.restrictions]],
        }


def _plain(row: Base) -> dict[str, str]:
    names = [column.key for column in row.__mapper__.column_attrs if column.key not in OWN_OF_EACH]
    return {name: str(getattr(row, name)) for name in names}


def _last(house: House, table: type[AuditEvent] | type[Change]) -> int:
    with house.services.database.reading() as session:
        return session.scalars(select(table.id).order_by(table.id.desc()).limit(1)).one_or_none() or 0


def _events(house: House, after: int) -> list[tuple[str, str]]:
    about = AuditEvent.entity_type.in_(["case", "record"])
    # The browser goes on to the case's page, and looking at something marked is an event too.
    changed = AuditEvent.action != "case.read"
    with house.services.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.id > after, about, changed).order_by(AuditEvent.id)
        return [(event.action, event.actor_name) for event in session.scalars(query)]


def _changes(house: House, after: int) -> list[tuple[str, str]]:
    with house.services.database.reading() as session:
        query = select(Change).where(Change.id > after).order_by(Change.id)
        return [(change.entity_type, change.kind) for change in session.scalars(query)]
