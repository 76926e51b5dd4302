"""Protected identity: whoever may not see it finds no trace of it on any page, in any file, in any answer.

Words that stand nowhere else are planted in everything that tells of a protected person. Then every address of the
staff side and of the API is fetched, as somebody who handles the cases but may not see protected identities.
"""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Uuid, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from diarium.app import create_app
from diarium.assistance import drafts
from diarium.composition import Diarium
from diarium.contacts import service as contacts
from diarium.contacts.service import ContactFacts
from diarium.correspondence import noting
from diarium.correspondence.noting import Note
from diarium.correspondence.vocabulary import Means
from diarium.disclosure import receiving as requests
from diarium.disclosure.receiving import NewRequest
from diarium.disclosure.vocabulary import Channel
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import POLICY, SYSTEM, Permission, Role
from diarium.intake import lookup as inbox
from diarium.intake import triage
from diarium.lists import catalogue
from diarium.register import correction, deadlines, decisions, moving, notes, registration, relating
from diarium.register.commands import DocumentFacts, NewRecord, PartyFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.models import Case, Record
from diarium.register.timeline import EntryKind
from diarium.register.vocabulary import DecisionKind, Direction, PartyKind, PartyRole, RelationKind
from diarium.settings import from_environment
from diarium.tables import metadata
from tests import patterns
from tests.conftest import Municipality
from tests.web.desk import arrive

LogIn = Callable[[str], FlaskClient]
NAME, COMPANY, STREET, CITY = "Qvaxblom", "Qvistbolag", "Qvickgatan", "Qvinsta"
EMAIL, PHONE, NUMBER, POSTAL = "qvarnpost", "0709-876543", "19811218", "98147"
FORMER, IN_FILE, FILE_NAME, NOTED = "Qvalmsson", "qvadratrot", "qvastkvist", "qvittobrev"
WORDS = (NAME, COMPANY, STREET, CITY, EMAIL, PHONE, NUMBER, POSTAL, FORMER, IN_FILE, FILE_NAME, NOTED)
# Digits may stand in an identifier or a signed value by chance: there they are no part of a longer word.
_ANY = re.compile("|".join(rf"(?<![\w.-]){word}" if word.isdigit() else word for word in WORDS), re.IGNORECASE)
PERSON = PartyFacts(
    f"{NAME} Testsson",
    PartyKind.PERSON,
    PartyRole.SENDER,
    identity_number="198112189876",
    organisation=f"{COMPANY} AB",
    address=f"{STREET} 7",
    postal_code=POSTAL,
    city=CITY,
    email=f"{EMAIL}@example.org",
    phone=PHONE,
    is_protected=True,
)
# What stands behind an address's first word, by table; `uid` of anything else is tried with everything there is.
TABLES = {
    "arende": "case_file", "handling": "record", "part": "party", "bevakning": "deadline", "beslut": "decision",
    "anteckning": "case_note", "fil": "document", "utskick": "outgoing_message", "inkorg": "intake_item",
    "kontakt": "contact", "utlamnande": "disclosure_request", "cases": "case_file", "records": "record",
    "documents": "document", "intake": "intake_item",
}  # fmt: skip
OTHER_ARGUMENTS = {
    "restriction": "restriction", "file": "intake_file", "item_uid": "requested_item",
    "decision_uid": "disclosure_decision",
}  # fmt: skip
FIXED = {
    "code": ["KS"], "year": [str(today().year)], "type_id": ["1"], "name": list(catalogue.LISTS),
    "form": ["csv", "xlsx"], "kind": ["notice", "refusal"],
    "step": ["assign", "relate", "pause", "resume", "close", "reopen", "cancel"],
}  # fmt: skip


def plant(services: Diarium) -> None:
    """The protected person in every place where they may stand."""
    m = Municipality(services.database, services.blobs)
    with services.database.unit_of_work() as session:
        case = m.case(session, title="Bostad", responsible="hans", parties=(PERSON,), note=f"{NOTED} i ärendet")
        record = _with_file(m, session, m.record(session, case, parties=(PERSON,), note=f"{NOTED} i handlingen"))
        notes.add(session, m.registrar, case, f"{NOTED}: ring {NAME}")
        watched = DeadlineFacts(today(), f"{NOTED} till {NAME}", responsible="rut", record_uid=record.uid)
        deadlines.add(session, m.registrar, case, watched)
        decided = DecisionFacts(DecisionKind.DELEGATION, today(), "Chefen", f"{NOTED} om {NAME}")
        decisions.record_decision(session, m.registrar, case, decided)
        letter = m.record(session, case, direction=Direction.OUTGOING, parties=(_as(PartyRole.RECIPIENT),))
        noting.note(session, m.registrar, letter.uid, Note(Means.POST, today(), note=NOTED))
        relating.relate(session, m.registrar, case, m.case(session).number_text, RelationKind.REFERS_TO)
        _corrected(m, session)
        _moved(m, session, case)
        contact = contacts.add(session, m.registrar, "KS", _contact())
        contacts.protect(session, m.registrar, contact.uid, version=contact.version)
        drafts.save(session, m.registrar, "k", {"title": NOTED, "party-0-name": PERSON.name}, [])
        wanted = NewRequest("KS", Channel.VISIT, message="En kopia", wanted=(record.number_text,))
        requests.register_request(session, m.registrar, wanted)
    _registered_item(services, m)
    with services.worker() as worker:
        worker.drain()


def _as(role: PartyRole) -> PartyFacts:
    return PartyFacts(PERSON.name, PERSON.kind, role, address=PERSON.address, is_protected=True)


def _contact() -> ContactFacts:
    return ContactFacts(PERSON.name, PERSON.kind, address=PERSON.address, email=PERSON.email, phone=PERSON.phone)


def _with_file(m: Municipality, session: Session, record: Record) -> Record:
    sha256 = m.store(session, f"{IN_FILE} {STREET} 7, {NAME}".encode())
    registration.add_documents(session, m.registrar, record, (DocumentFacts(sha256, f"{FILE_NAME}.txt"),))
    return record


def _corrected(m: Municipality, session: Session) -> None:
    """Somebody whose former name and address stand in the history, from before they were protected."""
    former = PartyFacts(f"{FORMER} Ek", PartyKind.PERSON, address=f"{STREET} 9", phone=PERSON.phone)
    record = m.record(session, m.case(session, title="Rättat", responsible="hans"), parties=(former,))
    _with_file(m, session, record)
    (party,) = record.parties
    correction.correct_party(session, m.registrar, party.uid, PERSON, "Skyddad", version=record.version)


def _moved(m: Municipality, session: Session, case: Case) -> None:
    """Somebody who got protected after their record had been moved: the name was left behind openly."""
    open_facts = PartyFacts(f"{FORMER} Al", PartyKind.PERSON, address=f"{STREET} 3")
    old = m.record(session, m.case(session, title="Flyttat", responsible="hans"), parties=(open_facts,))
    moved = moving.move_record(session, m.registrar, old, case.number_text, "Hörde hit")
    (party,) = moved.parties
    guarded = PartyFacts(open_facts.name, open_facts.kind, is_protected=True)
    correction.correct_party(session, m.registrar, party.uid, guarded, "Skyddad", version=moved.version)


def _registered_item(services: Diarium, m: Municipality) -> None:
    """An e-mail that was given to the officer and became a record whose sender is protected."""
    uid = arrive(
        services, with_files=1, sender_name=PERSON.name, sender_email=PERSON.email, subject="Flytt",
        body=f"{IN_FILE}: jag bor på {STREET} 7",
    )  # fmt: skip
    with services.database.unit_of_work() as session:
        item = inbox.item(session, m.registrar, uid)
        triage.assign(session, m.registrar, uid, "hans", version=item.version)
        command = NewRecord(
            Direction.INCOMING, today(), "Flyttanmälan", parties=(PERSON,),
            case_uid=m.case(session, title="Flytt", responsible="hans").uid,
        )  # fmt: skip
        triage.register_item(session, m.registrar, uid, command, version=item.version)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with the person planted, only to be read."""
    folder = tmp_path_factory.mktemp("planted")
    settings = replace(from_environment({"DIARIUM_DATA": str(folder)}), secret_key="prov" * 8)
    patterns.town(settings.database_url)
    services = Diarium(settings)
    services.prepare()
    plant(services)
    services.close()
    made = create_app(settings)
    made.testing = True
    yield made
    made.extensions["diarium"].close()


@pytest.fixture
def planted(app: Flask) -> Diarium:
    """The services of the application."""
    found: Diarium = app.extensions["diarium"]
    return found


def uids(services: Diarium) -> dict[str, list[str]]:
    """Every identifier there is, by table."""
    found = {}
    with services.database.reading() as session:
        for name, table in metadata.tables.items():
            if "uid" in table.columns and isinstance(table.columns["uid"].type, Uuid):
                rows = session.scalars(select(table.columns["uid"]).order_by(table.columns["uid"])).all()
                found[name] = [str(uid) for uid in rows]
    return found


def addresses(
    app: Flask, known: dict[str, list[str]], beginning: str, held: Collection[Permission]
) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of all below `beginning` that can be looked at, filled with everything that fits.

    Of pages that ask for permissions that are not among those `held`, one address each.
    """
    adapter = app.url_map.bind("localhost")
    everything = [some[0] for some in known.values() if some]
    for rule in sorted(app.url_map.iter_rules(), key=lambda item: item.rule):
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith(beginning):
            continue
        names = sorted(rule.arguments)
        choices = [_choices(rule, name, known, everything) for name in names]
        asked = getattr(app.view_functions[rule.endpoint], "permissions", ())
        most = None if not asked or set(asked) & set(held) else 1
        for values in islice(product(*choices), most):
            yield rule.endpoint, adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method="GET")


def _choices(rule: Rule, name: str, known: dict[str, list[str]], everything: list[str]) -> Sequence[object]:
    if name in FIXED:
        return [int(text) if text.isdigit() else text for text in FIXED[name]]
    table = OTHER_ARGUMENTS.get(name)
    if table is None:
        parts = [part for part in rule.rule.split("/") if part in TABLES]
        table = TABLES[parts[0]] if parts else None
    return [uuid.UUID(uid) for uid in (known.get(table, []) if table else everything)]


def content_of(answer: TestResponse) -> str:
    """All that an answer says, its headers and what is packed in it too."""
    body, kind = answer.data, answer.mimetype
    if kind == "application/pdf":
        with pypdfium2.PdfDocument(body) as document:
            text = "\n".join(page.get_textpage().get_text_range() for page in document)
    elif body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            text = "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    else:
        text = body.decode("utf-8", "replace")
    return f"{answer.headers}\n{text}"


def traces(answer: TestResponse) -> set[str]:
    return {found.lower() for found in _ANY.findall(content_of(answer))}


def test_no_page_no_file_and_no_answer_tells_of_a_protected_person(
    app: Flask, planted: Diarium, log_in: LogIn
) -> None:
    """As the cases' own officer, and as an archivist who reads all that is marked."""
    known, found, opened = uids(planted), [], set()
    for username, role in (("hans", Role.CASE_OFFICER), ("arja", Role.ARCHIVIST)):
        client = log_in(username)
        for endpoint, address in addresses(app, known, "/intern", POLICY[role]):
            lines = [f"?visa={kind.value}" for kind in EntryKind] if endpoint == "cases.details" else []
            for url in (address, *(f"{address}{line}" for line in lines)):
                answer = client.get(url)
                assert answer.status_code < 500, url
                opened |= {endpoint} if answer.status_code == 200 else set()
                found += [(username, url, word) for word in traces(answer)]
    assert found == []
    assert {"cases.details", "cases.sheet_pdf", "records.details", "lists.file", "letters.form"} <= opened
    assert len(opened) > 50, opened


@pytest.mark.parametrize("username", ["hans", "arja"])
def test_nobody_is_found_by_what_is_hidden(planted: Diarium, log_in: LogIn, username: str) -> None:
    client = log_in(username)
    lists = [
        f"/intern/listor/{name}?{field}=" for name in ("arenden", "handlingar") for field in ("party", "title")
    ]
    with planted.database.reading() as session:
        own = {str(uid) for uid in (*session.scalars(select(Case.uid)), *session.scalars(select(Record.uid)))}
    for word in WORDS:
        for page in ("/intern/sok?q=", "/intern/kontakter?q=", "/intern/registrera/arenden?q=", *lists):
            answer = client.get(f"{page}{word}")
            assert traces(answer) <= {word.lower()}, (page, word)
            hits = set(re.findall(r"[0-9a-f-]{36}", answer.text)) & own
            assert not hits, (page, word)
    with planted.database.reading() as session:
        records = session.scalars(select(Record.uid)).all()
    for record in records:
        assert traces(client.get(f"/intern/registrera?kopia={record}")) == set()


def test_no_answer_of_the_api_tells_of_a_protected_person(app: Flask, planted: Diarium) -> None:
    client = app.test_client()
    with planted.database.unit_of_work() as session:
        hans = session.scalars(select(User).where(User.username == "hans")).one()
        headers = {"Authorization": f"Bearer {identity.create_token(session, SYSTEM, hans, 'prov')}"}
    found, opened = [], set()
    for endpoint, url in addresses(app, uids(planted), "/api/v1", ()):
        answer = client.get(url, headers=headers)
        found += [(url, word) for word in traces(answer)]
        opened |= {endpoint} if answer.status_code == 200 else set()
    for word in WORDS:
        answer = client.get(f"/api/v1/search?q={word}", headers=headers)
        found += [(word, trace) for trace in traces(answer) - {word.lower()}]
        assert answer.json is not None
        assert '"key"' not in answer.text, answer.text
    assert found == []
    assert {"api_cases.show", "api_records.show", "api_cases.listing", "api_records.listing"} <= opened


def test_the_words_are_there_for_those_who_may_see_them(planted: Diarium, log_in: LogIn) -> None:
    """Else the tests above would prove nothing."""
    client, seen = log_in("rut"), set()
    known = uids(planted)
    for path, table in (("arende", "case_file"), ("handling", "record"), ("inkorg", "intake_item")):
        for uid in known[table]:
            seen |= traces(client.get(f"/intern/{path}/{uid}"))
    for uid in known["document"]:
        seen |= traces(client.get(f"/intern/fil/{uid}"))
    for kind in EntryKind:
        for uid in known["case_file"]:
            seen |= traces(client.get(f"/intern/arende/{uid}?visa={kind.value}"))
    shown_nowhere = {COMPANY.lower()}
    assert {word.lower() for word in WORDS} - seen <= shown_nowhere
