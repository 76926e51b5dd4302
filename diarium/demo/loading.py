"""Fills an empty register with the demo municipality, through the use cases that everybody else goes through."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.db.engine import Database
from diarium.demo.content import generate, municipality, render_file
from diarium.demo.content.model import (
    DemoCase,
    DemoFile,
    DemoMunicipality,
    DemoParty,
    DemoRecord,
    DemoRestriction,
)
from diarium.errors import Conflict
from diarium.files import service as intake
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor
from diarium.register import closing, registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Authority, Case, DiarySeries, Unit
from diarium.register.vocabulary import Medium, PartyRole

PASSWORD = "demo-ekdala-2026"  # noqa: S105 (printed for everybody: a demonstration has no secrets)
LOGINS = ("registrator", "handlaggare", "arkivarie", "administrator")
_REGISTRAR = LOGINS[0]
_BATCH = 50
_MAX_FILE_BYTES = 50 * 1024 * 1024
_BEFORE_ALL_CASES = dt.date(2000, 1, 1)


class NotEmpty(Conflict):
    """The register holds something already; a demonstration must not mix with it."""


@dataclass(slots=True)
class Outcome:
    """What was added."""

    cases: int = 0
    records: int = 0
    files: int = 0
    seconds: float = 0.0


def is_empty(database: Database) -> bool:
    """Whether the register has neither authorities nor users."""
    with database.reading() as session:
        tables = (Authority.id, User.id)
        return all(session.scalar(select(column).limit(1)) is None for column in tables)


def load(
    database: Database,
    store: BlobStore,
    *,
    seed: int,
    cases: int,
    on_case: Callable[[], None] = lambda: None,
) -> Outcome:
    """Adds authorities, users, and `cases` cases with their records and files. The worker does the rest later.

    The same `seed` gives the same content on the same day. `on_case` is called for each case done.
    Raises: NotEmpty.
    """
    if not is_empty(database):
        raise NotEmpty(_("Diariet har redan innehåll. Demonstrationen behöver ett tomt diarium."))
    started = time.monotonic()
    outcome = Outcome()
    with database.unit_of_work() as session:
        registrar = _add_organisation(session, municipality(seed))
    for batch in _batches(generate(seed, cases, today())):
        with database.unit_of_work() as session:
            for case in batch:
                _add_case(session, store, registrar, case, outcome)
                on_case()
    outcome.seconds = time.monotonic() - started
    return outcome


def _batches(cases: Iterator[DemoCase]) -> Iterator[list[DemoCase]]:
    while batch := list(islice(cases, _BATCH)):
        yield batch


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


def _add_case(session: Session, store: BlobStore, registrar: Actor, content: DemoCase, outcome: Outcome) -> None:
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
            responsible=content.officer,
            unit=content.unit,
            parties=tuple(_party(party, party.role) for party in content.parties),
            restrictions=_restrictions(content.restriction),
        ),
    )
    for record in content.records:
        _add_record(session, store, registrar, case, record)
        outcome.records += 1
        outcome.files += len(record.files)
    if content.decided is not None:
        closing.decide(session, registrar, case, content.decided)
    if content.closed is not None:
        closing.close(session, registrar, case, day=content.closed)
    outcome.cases += 1


def _add_record(session: Session, store: BlobStore, registrar: Actor, case: Case, content: DemoRecord) -> None:
    senders = [content.sender] if content.sender is not None else []
    registration.register(
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
            documents=tuple(_documents(session, store, content.files, is_released=content.released_files)),
        ),
    )


def _documents(
    session: Session, store: BlobStore, files: Iterable[DemoFile], *, is_released: bool
) -> Iterator[DocumentFacts]:
    for file in files:
        stream = io.BytesIO(render_file(file))
        sha256 = intake.take_in(session, store, stream, max_bytes=_MAX_FILE_BYTES)
        yield DocumentFacts(sha256, file.name, is_released=is_released)


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
