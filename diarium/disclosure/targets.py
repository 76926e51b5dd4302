"""What somebody means who asks for "KS 2026/12-3": a record, a whole case, or something to be found by hand."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import following, lookup, numbering
from diarium.register.errors import CaseNotFound
from diarium.register.models import Authority, Case, Record

_PRINTED = re.compile(r"(?P<case>.+)-(?P<record>[0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Target:
    """A record, or a whole case, of one authority."""

    case: Case
    record: Record | None = None


def find(session: Session, actor: Actor, authority: Authority, text: str) -> Target:
    """The record or case of the authority that the number names, however it is written.

    A record that was moved is found as what it has become. Raises: CaseNotFound, InvalidFact if several fit.
    """
    printed = _PRINTED.fullmatch(text.strip())
    if printed:
        found = _record(session, authority, printed["case"], int(printed["record"]))
        if found is not None:
            return _as_it_is(found)
    case = lookup.case_by_number(session, actor, text, authority_code=authority.code)
    running = _running_number(text, case)
    if running is None:
        return Target(case)
    record = session.scalar(select(Record).where(Record.case_id == case.id, Record.running_number == running))
    if record is None:
        raise CaseNotFound(_("Det finns ingen handling med numret ”%(text)s”.", text=text), field="case")
    return _as_it_is(record)


def find_ordered(
    session: Session, actor: Actor, authority: Authority, number: str, uid: uuid.UUID | None
) -> Target | None:
    """Like `find` for what was ordered in the open register; nothing where it can't be told what is meant."""
    if uid is not None:
        record = session.scalar(select(Record).where(Record.uid == uid))
        if record is not None and record.case.authority_id == authority.id:
            return _as_it_is(record)
    try:
        return find(session, actor, authority, number)
    except DomainError:
        return None


def _record(session: Session, authority: Authority, case_number: str, running: int) -> Record | None:
    return session.scalar(
        select(Record)
        .join(Record.case)
        .where(Case.authority_id == authority.id, Case.number_text == case_number.strip())
        .where(Record.running_number == running)
    )


def _running_number(text: str, case: Case) -> int | None:
    if text.strip() == case.number_text:
        return None
    for parts in numbering.read(text):
        if (parts.year, parts.number) == (case.year, case.number):
            return parts.record
    return None


def _as_it_is(record: Record) -> Target:
    *_former, present = following.chain(record)
    if present.case.authority_id != record.case.authority_id:
        present = record
    return Target(present.case, present)
