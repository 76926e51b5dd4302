"""Finding a case or record by what a scanner read or somebody typed: an address, an identifier, a number."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, numbering
from diarium.register.models import Case, Record

# A scanner types like a keyboard: where it believes in another layout, dashes come out as other signs.
_UID = re.compile(
    r"([0-9a-f]{8})[^0-9a-f]([0-9a-f]{4})[^0-9a-f]([0-9a-f]{4})[^0-9a-f]([0-9a-f]{4})[^0-9a-f]([0-9a-f]{12})"
)


class FoundKind(StrEnum):
    """What was found."""

    CASE = "case"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Found:
    """A case or record that the actor may know of."""

    kind: FoundKind
    uid: uuid.UUID


def find(session: Session, actor: Actor, code: str) -> Found | None:
    """The one case or record that `code` means: the address on a label, or a number in any spelling.

    None where there is none, several fit, or the actor may not know of it. A day such as 2026-05-01 is no number.
    """
    written = _UID.search(code.casefold())
    if written:
        return _by_uid(session, actor, uuid.UUID("".join(written.groups())))
    # With three numbers the series has to be written, or a day would be the first record of some case.
    if not any(parts.record is None or parts.series for parts in numbering.read(code)):
        return _by_exact_text(session, actor, code)
    try:
        case = lookup.case_by_number(session, actor, code)
    except DomainError:
        return _by_exact_text(session, actor, code)
    return _record_of(session, case, code) or Found(FoundKind.CASE, case.uid)


def names_case(text: str, case: Case) -> bool:
    """Whether `text`, as somebody typed it, is the number of `case`."""
    if text.strip() == case.number_text:
        return True
    return any(
        (parts.year, parts.number) == (case.year, case.number) and parts.series in (None, case.series.code)
        for parts in numbering.read(text)
    )


def _by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> Found | None:
    for kind, look in ((FoundKind.CASE, lookup.case_by_uid), (FoundKind.RECORD, lookup.record_by_uid)):
        try:
            look(session, actor, uid)
        except DomainError:
            continue
        return Found(kind, uid)
    return None


def _by_exact_text(session: Session, actor: Actor, code: str) -> Found | None:
    """A record's number as it is printed, whatever the series' format: the case's number, a dash, a number."""
    case_number, _dash, running = code.strip().rpartition("-")
    if not re.fullmatch(r"[0-9]{1,6}", running):
        return None
    query = select(Record).join(Record.case).where(Case.number_text == case_number)
    rows = session.scalars(query.where(Record.running_number == int(running)).limit(2)).all()
    known = [row for row in rows if actor.may(Permission.READ, row.case.authority.code)]
    return Found(FoundKind.RECORD, known[0].uid) if len(known) == 1 else None


def _record_of(session: Session, case: Case, code: str) -> Found | None:
    """The record of `case` that the number names; a number without such a record means the case."""
    for parts in numbering.read(code):
        if parts.record is not None and (parts.year, parts.number) == (case.year, case.number):
            query = select(Record.uid).where(Record.case_id == case.id, Record.running_number == parts.record)
            uid = session.scalar(query)
            return Found(FoundKind.RECORD, uid) if uid else None
    return None
