"""A register with very many cases and records, written past the use cases: for measuring pages, nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from benchmarks.ground import SEED
from diarium.classification.models import Classification
from diarium.db.base import Base, now
from diarium.db.engine import Database
from diarium.db.swedish import sort_key
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import Channel, ItemState
from diarium.register.models import Authority, Case, Deadline, DiarySeries, Party, Record, Unit
from diarium.register.vocabulary import (
    CaseStatus,
    Direction,
    Initiative,
    Medium,
    PartyKind,
    PartyRole,
    RecordStatus,
)
from diarium.workdays import next_workday

RECORDS_PER_CASE = 4
ITEMS = 500
_BATCH = 5000
_VOCABULARY = """\
ansökan bygglov remiss yttrande detaljplan skola vatten avlopp cykelväg åtgärdsprogram översiktsplan äldreomsorg
budget årsredovisning ersättning avtal upphandling tillsyn buller strandskydd överklagande medborgarförslag
kollektivtrafik förskola lokaler bidrag förening park lekplats gatubelysning snöröjning"""
_WORDS = _VOCABULARY.split()
_PLACES = ("Ekdala", "Åsen", "Älvbyn", "Östra Näs", "Vik", "Wallinge", "Zinkgruvan")
Row = dict[str, object]


def fill(database: Database, records: int) -> None:
    """Adds `records` records in a quarter as many cases, each with a party, and an inbox with `ITEMS` items."""
    chance = Random(SEED)  # noqa: S311 (content, no secret)
    with database.unit_of_work() as session:
        ground = _Ground(session)
        first_case = (session.scalar(select(Case.id).order_by(Case.id.desc()).limit(1)) or 0) + 1
        first_record = (session.scalar(select(Record.id).order_by(Record.id.desc()).limit(1)) or 0) + 1
        cases = records // RECORDS_PER_CASE
        _insert(session, Case, _cases(chance, ground, first_case, cases))
        _insert(session, Record, _records(chance, first_case, first_record, records))
        _insert(session, Party, _parties(chance, first_record, records))
        _insert(session, Deadline, _deadlines(chance, ground, first_case, cases // 10))
        _insert(session, IntakeItem, _items(chance, ground))
        if database.is_postgresql:
            for table in ("case_file", "record"):
                highest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608 (our names)
                session.execute(text(highest))
    with database.unit_of_work() as session:
        session.execute(text("ANALYZE"))


class _Ground:
    """Whom and what the rows point to."""

    def __init__(self, session: Session) -> None:
        self.authorities = session.scalars(select(Authority).order_by(Authority.id)).all()
        self.series = {row.authority_id: row for row in session.scalars(select(DiarySeries))}
        self.units = {row.authority_id: row.id for row in session.scalars(select(Unit))}
        codes = {authority.id: authority.code for authority in self.authorities}
        members = session.execute(select(Membership.authority_code, User.id).join(Membership.user)).all()
        self.officers: dict[int, list[int]] = {
            key: [user for owner, user in members if owner == code] for key, code in codes.items()
        }
        self.classes = session.scalars(select(Classification.id).order_by(Classification.id)).all()


def _officer(chance: Random, ground: _Ground, authority_id: int) -> int | None:
    officers = ground.officers[authority_id]
    return chance.choice(officers) if officers else None


def _title(chance: Random) -> str:
    words = " ".join(chance.sample(_WORDS, 4))
    return f"{words.capitalize()} i {chance.choice(_PLACES)}"


def _day(chance: Random) -> dt.date:
    return today() - dt.timedelta(days=chance.randrange(1, 3650))


def _cases(chance: Random, ground: _Ground, first: int, count: int) -> Iterator[Row]:
    statuses = [CaseStatus.CLOSED] * 6 + [CaseStatus.IN_PROGRESS] * 3 + [CaseStatus.OPEN]
    for place in range(count):
        owner = ground.authorities[place % len(ground.authorities)]
        title, day, status = _title(chance), _day(chance), chance.choice(statuses)
        number = 100_000 + place
        yield {
            "id": first + place,
            "uid": uuid.UUID(int=chance.getrandbits(128), version=4),
            "authority_id": owner.id,
            "series_id": ground.series[owner.id].id,
            "year": day.year,
            "number": number,
            "number_text": f"{owner.code} {day.year}/{number}",
            "title": title,
            "title_key": sort_key(title),
            "status": status,
            "initiative": Initiative.RECEIVED,
            "opened_on": day,
            "closed_on": day if status is CaseStatus.CLOSED else None,
            "responsible_id": _officer(chance, ground, owner.id),
            "unit_id": ground.units.get(owner.id),
            "classification_id": chance.choice(ground.classes),
            "record_count": RECORDS_PER_CASE,
        }


def _records(chance: Random, first_case: int, first: int, count: int) -> Iterator[Row]:
    for place in range(count):
        title, day = _title(chance), _day(chance)
        yield {
            "id": first + place,
            "uid": uuid.UUID(int=chance.getrandbits(128), version=4),
            "case_id": first_case + place // RECORDS_PER_CASE,
            "running_number": place % RECORDS_PER_CASE + 1,
            "direction": chance.choice(list(Direction)),
            "title": title,
            "title_key": sort_key(title),
            "record_type": chance.choice(("Ansökan", "Yttrande", "Beslut", "Remiss", None)),
            "official_on": day,
            "registered_at": dt.datetime.combine(day, dt.time(9), dt.UTC),
            "medium": Medium.DIGITAL,
            "status": RecordStatus.REGISTERED,
        }


def _parties(chance: Random, first_record: int, count: int) -> Iterator[Row]:
    for place in range(count):
        name = f"{chance.choice(_PLACES)} {chance.choice(_WORDS)} AB"
        yield {
            "record_id": first_record + place,
            "role": PartyRole.SENDER,
            "kind": PartyKind.ORGANISATION,
            "name": name,
            "name_key": sort_key(name),
            "email": f"post{place % 5000}@foretag.example",
            "email_key": f"post{place % 5000}@foretag.example",
        }


def _deadlines(chance: Random, ground: _Ground, first_case: int, count: int) -> Iterator[Row]:
    for place in range(count):
        owner = ground.authorities[place * 10 % len(ground.authorities)]
        yield {
            "case_id": first_case + place * 10,
            "due_on": today() + dt.timedelta(days=chance.randrange(-30, 90)),
            "text": f"Bevaka svar om {chance.choice(_WORDS)}",
            "responsible_id": _officer(chance, ground, owner.id),
            "made_by_name": "Prov",
        }


def _items(chance: Random, ground: _Ground) -> Iterator[Row]:
    for place in range(ITEMS):
        moment = now() - dt.timedelta(hours=chance.randrange(1, 200))
        yield {
            "authority_id": ground.authorities[place % len(ground.authorities)].id,
            "channel": Channel.EMAIL,
            "state": ItemState.NEW,
            "received_at": moment,
            "official_on": moment.date(),
            "deadline_on": next_workday(moment.date()),
            "subject": _title(chance),
            "sender_name": "Prov",
            "sender_email": f"post{place}@foretag.example",
            "sender_email_key": f"post{place}@foretag.example",
            "body": "Se bilagan.",
            "message_id": f"<{place}@foretag.example>",
        }


def _insert(session: Session, kind: type[Base], rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, _BATCH)):
        session.execute(insert(kind), _with_all_keys(batch))


def _with_all_keys(rows: Sequence[Mapping[str, object]]) -> list[Row]:
    names = {name for row in rows for name in row}
    return [{name: row.get(name) for name in names} for row in rows]
