"""Fills an empty register with the demo municipality, through the use cases that everybody else goes through."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.demo import arrivals, asking, desk
from diarium.demo.content import OpenCase, generate, inbox, municipality
from diarium.demo.content.model import (
    DemoCase,
    DemoFile,
    DemoMunicipality,
    DemoParty,
    DemoRecord,
    DemoRestriction,
    DemoUser,
)
from diarium.demo.press import Printed, open_press
from diarium.errors import Conflict
from diarium.files.models import Blob
from diarium.files.store import LocalBlobStore, StoredBlob
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor
from diarium.register import closing, decisions, registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.models import Authority, Case, DiarySeries, Record, Unit
from diarium.register.vocabulary import FINISHED, DecisionKind, Medium, PartyRole

PASSWORD = "demo-ekdala-2026"  # noqa: S105 (printed for everybody: a demonstration has no secrets)
LOGINS = ("registrator", "handlaggare", "arkivarie", "administrator")
_REGISTRAR, _OFFICER = LOGINS[:2]
_STANDS_IN_FOR = "kansli"
_BATCH = 50
_BEFORE_ALL_CASES = dt.date(2000, 1, 1)


class NotEmpty(Conflict):
    """The register holds something already; a demonstration must not mix with it."""


@dataclass(slots=True)
class Outcome:
    """What was added."""

    cases: int = 0
    records: int = 0
    files: int = 0
    items: int = 0
    seconds: float = 0.0


def has_logins(database: Database) -> bool:
    """Whether this is the demo municipality: its users are there (a register of one's own has none of them)."""
    with database.reading() as session:
        found = session.scalars(select(User.username).where(User.username.in_(LOGINS))).all()
    return len(found) == len(LOGINS)


def is_empty(database: Database) -> bool:
    """Whether the register has neither authorities nor users."""
    with database.reading() as session:
        tables = (Authority.id, User.id)
        return all(session.scalar(select(column).limit(1)) is None for column in tables)


def load(
    database: Database,
    store: LocalBlobStore,
    *,
    seed: int,
    cases: int,
    on_case: Callable[[], None] = lambda: None,
) -> Outcome:
    """Adds authorities, users, `cases` cases with their records and files, and an inbox. The worker does the rest.

    The same `seed` gives the same content on the same day. `on_case` is called for each case done.
    Raises: NotEmpty.
    """
    if not is_empty(database):
        raise NotEmpty(_("Diariet har redan innehåll. Demonstrationen behöver ett tomt diarium."))
    started = time.monotonic()
    outcome = Outcome()
    with database.unit_of_work() as session:
        content = municipality(seed)
        content = replace(content, users=(*content.users, _officer(content)))
        registrar = _add_organisation(session, content)
        desk.furnish(session, registrar, content, seed)
    with open_press(store, cases) as press:
        printed = press.run(generate(seed, cases, today()))
        while batch := list(islice(printed, _BATCH)):
            with database.unit_of_work() as session:
                for case, contents in batch:
                    _add_case(session, registrar, case, contents, outcome)
                    on_case()
    outcome.items = _fill_inbox(database, store, registrar, seed)
    outcome.seconds = time.monotonic() - started
    return outcome


def _fill_inbox(database: Database, store: LocalBlobStore, registrar: Actor, seed: int) -> int:
    """Works in the open cases, and brings in what came overnight; gives how much."""
    with database.unit_of_work() as session:
        query = select(Case).where(Case.status.not_in(FINISHED)).order_by(Case.opened_on, Case.id)
        still_open = session.scalars(query).all()
        desk.work(session, registrar, still_open, seed, today())
        asking.ask(session, store, registrar, still_open, today())
        known = [_as_known(case) for case in still_open]
    items = inbox(seed, today(), known)
    arrivals.deliver(database, store, registrar, items)
    return len(items)


def _as_known(case: Case) -> OpenCase:
    officer = case.responsible.name if case.responsible else ""
    return OpenCase(case.number_text, case.authority.code, case.case_type or "", case.title, officer)


def _add_organisation(session: Session, content: DemoMunicipality) -> Actor:
    """Authorities with a series each, their units and users. Returns the registrar."""
    for authority in content.authorities:
        session.add(
            Authority(
                code=authority.code,
                name=authority.name,
                organisation_number=authority.organisation_number,
                email=authority.email,
                phone=authority.phone,
                active_from=_BEFORE_ALL_CASES,
                series=[DiarySeries(code=authority.code, name=_("Diarium"))],
                units=[Unit(name=unit.name) for unit in content.units if unit.authority == authority.code],
            )
        )
    session.flush()
    actors = {}
    for user in content.users:
        added = identity.create_user(
            session,
            SYSTEM,
            user.username,
            user.name,
            {code: [user.role] for code in user.authorities},
            password=PASSWORD if user.username in LOGINS else None,
            email=user.email,
        )
        actors[user.username] = identity.actor_of(added)
    return actors[_REGISTRAR]


def _officer(content: DemoMunicipality) -> DemoUser:
    """The officer that visitors log in as: at every authority, with the cases of `_STANDS_IN_FOR` as their own."""
    model = next(user for user in content.users if user.username == _STANDS_IN_FOR)
    codes = tuple(authority.code for authority in content.authorities)
    return replace(
        model, username=_OFFICER, name="Sune Handlén", email="sune.handlen@ekdala.example", authorities=codes
    )


def _add_case(session: Session, registrar: Actor, content: DemoCase, contents: Printed, outcome: Outcome) -> None:
    case = registration.open_case(
        session,
        SYSTEM,  # only the system may give a number of another year
        NewCase(
            authority=content.authority,
            title=content.title,
            opened_on=content.opened,
            register_year=content.opened.year,
            public_title=content.public_title,
            case_type=content.case_type,
            classification=content.class_code,
            initiative=content.initiative,
            responsible=_OFFICER if content.officer == _STANDS_IN_FOR else content.officer,
            unit=content.unit,
            parties=tuple(_party(party, party.role) for party in content.parties),
            restrictions=_restrictions(content.restriction),
        ),
    )
    for record in content.records:
        added = _add_record(session, registrar, case, record, contents)
        outcome.records += 1
        outcome.files += len(record.files)
        if record.date == content.decided and case.decided_on is None:
            decisions.record_decision(session, registrar, case, _decision(case, content, added))
    if content.closed is not None:
        closing.close(session, registrar, case, day=content.closed)
    outcome.cases += 1


def _decision(case: Case, content: DemoCase, record: Record) -> DecisionFacts:
    return DecisionFacts(
        kind=DecisionKind.BOARD,
        decided_on=record.official_on,
        body=case.authority.name,
        outcome=record.title,
        is_final=True,
        record_uid=record.uid,
    )


def _add_record(session: Session, registrar: Actor, case: Case, content: DemoRecord, contents: Printed) -> Record:
    senders = [content.sender] if content.sender is not None else []
    return registration.register(
        session,
        registrar,
        NewRecord(
            direction=content.direction,
            official_on=content.date,
            title=content.title,
            case_uid=case.uid,
            public_title=content.public_title,
            record_type=content.record_type,
            document_date=content.date,
            medium=Medium.DIGITAL if content.files else Medium.PAPER,
            physical_location=content.paper_location,
            parties=(
                *(_party(party, PartyRole.SENDER) for party in senders),
                *(_party(party, PartyRole.RECIPIENT) for party in content.recipients),
            ),
            restrictions=_restrictions(content.restriction),
            documents=tuple(_document(session, file, next(contents), content) for file in content.files),
        ),
    )


def _document(session: Session, file: DemoFile, content: StoredBlob, record: DemoRecord) -> DocumentFacts:
    if session.get(Blob, content.sha256) is None:
        session.add(Blob(sha256=content.sha256, size=content.size))
    return DocumentFacts(content.sha256, file.name, is_released=record.released_files)


def _party(party: DemoParty, role: PartyRole) -> PartyFacts:
    return PartyFacts(
        name=party.name,
        kind=party.kind,
        role=role,
        identity_number=party.number,
        address=party.address,
        postal_code=party.postal_code,
        city=party.city,
        email=party.email,
        phone=party.phone,
        is_protected=party.protected,
    )


def _restrictions(restriction: DemoRestriction | None) -> tuple[RestrictionFacts, ...]:
    return () if restriction is None else (RestrictionFacts(restriction.provision, restriction.scope),)
