"""How good the suggestions are: learned from most of the demo municipality, asked about the rest."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from diarium.assistance import learning, suggestions
from diarium.assistance.suggestions import Clues
from diarium.db.engine import Database
from diarium.demo.content import generate, municipality
from diarium.demo.content.model import DemoCase, DemoRecord
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Actor, Permission, Role
from diarium.reference import load_reference_data
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Authority, DiarySeries, Unit

SEED, CASES, LEARNED = 7, 300, 240
DAY = dt.date(2025, 6, 30)
"""The content differs from day to day: always that of this one."""
FLOORS = {"classification": 0.85, "case_type": 0.85, "record_type": 0.80, "unit": 0.85}
"""The least share of first suggestions that must be right, of those that are made."""
ANSWERED = {"classification": 0.60, "case_type": 0.60, "record_type": 0.70, "unit": 0.60}
"""The least share of registrations for which anything is suggested."""


def test_first_suggestion_is_mostly_right(sqlite_database: Database) -> None:
    cases = list(generate(SEED, CASES, DAY))
    registrar = _set_up(sqlite_database)
    for start in range(0, LEARNED, 60):
        with sqlite_database.unit_of_work() as session:
            for case in cases[start : min(start + 60, LEARNED)]:
                _register(session, case)
    learning.rebuild(sqlite_database)
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    right: Counter[str] = Counter()
    with sqlite_database.reading() as session:
        for clues, truth in _questions(cases[LEARNED:]):
            first: dict[str, str] = {}
            for item in suggestions.suggest(session, registrar, clues):
                first.setdefault(item.field, item.value)
            for field, value in truth.items():
                asked[field] += 1
                answered[field] += field in first
                right[field] += first.get(field) == value
    print({field: (right[field], answered[field], asked[field]) for field in asked})  # noqa: T201 (shown by -s)
    for field, least in FLOORS.items():
        assert answered[field] >= ANSWERED[field] * asked[field], field
        assert right[field] >= least * answered[field], field


def _questions(cases: list[DemoCase]) -> Iterator[tuple[Clues, dict[str, str]]]:
    """What the registrar knows of each record, and what was chosen for it."""
    for case in cases:
        for place, record in enumerate(case.records):
            clues = Clues(
                authority=case.authority,
                direction=record.direction.value,
                title=record.title,
                sender_name=record.sender.name if record.sender else "",
                sender_email=(record.sender.email or "") if record.sender else "",
            )
            truth = {"record_type": record.record_type}
            if place == 0:
                truth |= {"classification": case.class_code, "case_type": case.case_type, "unit": case.unit}
                yield clues, truth
            else:
                yield replace(clues, classification=case.class_code), truth


def _set_up(database: Database) -> Actor:
    content = municipality(SEED)
    with database.unit_of_work() as session:
        load_reference_data(session)
        for authority in content.authorities:
            session.add(
                Authority(
                    code=authority.code,
                    name=authority.name,
                    active_from=dt.date(2000, 1, 1),
                    series=[DiarySeries(code=authority.code, name="Diarium")],
                    units=[Unit(name=unit.name) for unit in content.units if unit.authority == authority.code],
                )
            )
        session.flush()
        for user in content.users:
            identity.create_user(
                session, SYSTEM, user.username, user.name, {c: [user.role] for c in user.authorities}
            )
        everywhere = {authority.code: [Role.REGISTRAR] for authority in content.authorities}
        registrar = identity.actor_of(identity.create_user(session, SYSTEM, "prov", "Prov", everywhere))
    assert registrar.authorities(Permission.REGISTER)
    return registrar


def _register(session: Session, content: DemoCase) -> None:
    case = registration.open_case(
        session,
        SYSTEM,
        NewCase(
            authority=content.authority,
            title=content.title,
            opened_on=content.opened,
            register_year=content.opened.year,
            case_type=content.case_type,
            classification=content.class_code,
            responsible=content.officer,
            unit=content.unit,
            restrictions=_marks(content),
        ),
    )
    for record in content.records:
        senders = [record.sender] if record.sender else []
        facts = NewRecord(
            direction=record.direction,
            official_on=record.date,
            title=record.title,
            case_uid=case.uid,
            record_type=record.record_type,
            parties=tuple(PartyFacts(p.name, p.kind, email=p.email, is_protected=p.protected) for p in senders),
            restrictions=_marks(record),
        )
        registration.register(session, SYSTEM, facts)


def _marks(content: DemoCase | DemoRecord) -> tuple[RestrictionFacts, ...]:
    mark = content.restriction
    return () if mark is None else (RestrictionFacts(mark.provision, mark.scope),)
