"""Brings the public diary of a real authority into the register, as somebody would who moves to diarium."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from diarium.classification.importing import import_scheme
from diarium.identity.permissions import Actor
from diarium.register import closing, registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.models import Authority, Case, DiarySeries, Record
from diarium.register.vocabulary import Direction, PartyKind, PartyRole

DIRECTIONS = {
    "Inkommande": Direction.INCOMING,
    "Utgående": Direction.OUTGOING,
    "Upprättad": Direction.DRAWN_UP,
}
CLASSES = {"Hantera tillstånd": "1", "Bedriva inspektion": "2", "Hantera avgiftsutdömande": "3"}
REPORT_DAY = dt.date(2024, 6, 3)


@dataclass(frozen=True)
class RealCase:
    """A case as the authority published it, and as it was registered."""

    published: dict[str, Any]
    number: str

    @property
    def is_closed(self) -> bool:
        return bool(self.published["status"] == "Avslutat")


def published_cases(shared_material: Path) -> list[dict[str, Any]]:
    """The authority's cases with their records."""
    lines = (shared_material / "real" / "av-diarium.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def add_authority(session: Session) -> None:
    """The authority, its series of numbers, and the classes that its diary names."""
    session.add(
        Authority(
            code="AV",
            name="Arbetsmiljöverket",
            organisation_number="202100-2114",
            active_from=dt.date(2001, 1, 1),
            series=[DiarySeries(code="AV", name="Diarium", number_format="{year}/{number:06}")],
        )
    )
    rows = [
        {"code": code, "title": title, "publishing": "metadata", "retention": "preserve"}
        for title, code in CLASSES.items()
    ]
    import_scheme(session, rows, name="Arbetsmiljöverket", version="1", valid_from=dt.date(2001, 1, 1))


def bring_in(session: Session, actor: Actor, cases: list[dict[str, Any]]) -> Iterator[RealCase]:
    """Registers the cases with their records, and closes those that are closed."""
    for published in cases:
        case = _open(session, actor, published)
        for record in published["records"]:
            registration.register(session, actor, _record(case, published, record))
        if published["status"] == "Avslutat":
            last = max(dt.date.fromisoformat(record["date"]) for record in published["records"])
            closing.close(session, actor, case, day=last)
        yield RealCase(published, case.number_text)


def register_report(session: Session, actor: Actor, sha256: str) -> Record:
    """The municipal report, received in a case of its own."""
    sender = PartyFacts("Ale kommun", PartyKind.AUTHORITY, identity_number="212000-1439")
    return registration.register(
        session,
        actor,
        NewRecord(
            direction=Direction.INCOMING,
            official_on=REPORT_DAY,
            title="Rapport från kommunen",
            parties=(sender,),
            documents=(DocumentFacts(sha256, "Nulägesanalys 2023–2024.txt"),),
            new_case=NewCase(
                "AV", "Tillsyn av en kommun", classification="2", opened_on=REPORT_DAY, register_year=2024
            ),
        ),
    )


def _open(session: Session, actor: Actor, published: dict[str, Any]) -> Case:
    return registration.open_case(
        session,
        actor,
        NewCase(
            authority="AV",
            title=published["title"],
            opened_on=min(dt.date.fromisoformat(record["date"]) for record in published["records"]),
            classification=CLASSES[published["subject_area"]],
            foreign_number=published["case_number"],
            register_year=int(published["case_number"][:4]),
            parties=_parties(published, PartyRole.PARTY),
        ),
    )


def _record(case: Case, published: dict[str, Any], record: dict[str, Any]) -> NewRecord:
    direction = DIRECTIONS[record["direction"]]
    other_side = direction is not Direction.DRAWN_UP
    return NewRecord(
        case_uid=case.uid,
        direction=direction,
        official_on=dt.date.fromisoformat(record["date"]),
        title=record["record_type"],
        record_type=record["record_type"],
        note=f"Nummer i det tidigare diariet: {record['record_number']}",
        parties=_parties(published, registration.default_party_role(direction)) if other_side else (),
    )


def _parties(published: dict[str, Any], role: PartyRole) -> tuple[PartyFacts, ...]:
    if published["organisation"] is None:
        return ()
    kind = PartyKind.AUTHORITY if published["organisation_number"].startswith("2") else PartyKind.ORGANISATION
    return (PartyFacts(published["organisation"], kind, role, published["organisation_number"]),)
