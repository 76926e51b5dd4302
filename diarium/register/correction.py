"""Correcting facts (*rättelse*): the former value, who, when and why are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup, rules
from diarium.register.closing import required_reason
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Case, Document, Record
from diarium.register.vocabulary import CaseStatus, Direction


class _Unchanged:
    """Stands where a fact is left as it is (None is a value of its own)."""


UNCHANGED = _Unchanged()


@dataclass(frozen=True, slots=True)
class CaseCorrection:
    """The facts of a case that shall read otherwise."""

    title: str | _Unchanged = UNCHANGED
    public_title: str | _Unchanged | None = UNCHANGED
    case_type: str | _Unchanged | None = UNCHANGED
    classification: str | _Unchanged | None = UNCHANGED
    physical_location: str | _Unchanged | None = UNCHANGED


@dataclass(frozen=True, slots=True)
class RecordCorrection:
    """The facts of a record that shall read otherwise."""

    title: str | _Unchanged = UNCHANGED
    public_title: str | _Unchanged | None = UNCHANGED
    record_type: str | _Unchanged | None = UNCHANGED
    direction: Direction | _Unchanged = UNCHANGED
    official_on: dt.date | _Unchanged = UNCHANGED
    document_date: dt.date | _Unchanged | None = UNCHANGED
    physical_location: str | _Unchanged | None = UNCHANGED


def correct_case(
    session: Session, actor: Actor, case: Case, wanted: CaseCorrection, reason: str, *, version: int
) -> None:
    """Corrects a case that the actor saw in `version`.

    Raises: NotAllowed; InvalidFact; EditConflict if somebody changed it meanwhile; StatusConflict if archived.
    """
    actor.require(Permission.CORRECT, case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, case)
    _check_editable(case, case.version, version)
    values = _given(wanted)
    if "classification" in values:
        code = values.pop("classification")
        found = lookup.classification(session, code if isinstance(code, str) else None)
        before, after = _replace(case, values)
        old = case.classification.code if case.classification else None
        if (found.code if found else None) != old:
            before["classification"], after["classification"] = old, found.code if found else None
            case.classification = found
    else:
        before, after = _replace(case, values)
    if after:
        case.version += 1
        journal.case_changed(session, actor, case, "case.corrected", before=before, after=after, reason=reason)


def correct_record(
    session: Session, actor: Actor, record: Record, wanted: RecordCorrection, reason: str, *, version: int
) -> None:
    """Corrects a record that the actor saw in `version`.

    Raises: NotAllowed; InvalidFact; EditConflict if somebody changed it meanwhile; StatusConflict if archived.
    """
    actor.require(Permission.CORRECT, record.case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, record)
    _check_editable(record.case, record.version, version)
    before, after = _replace(record, _given(wanted))
    if after:
        record.version += 1
        journal.record_changed(
            session, actor, record, "record.corrected", before=before, after=after, reason=reason
        )


def release_document(session: Session, actor: Actor, document: Document, *, released: bool) -> None:
    """Releases a file for the open register after it was looked through, or takes it back.

    Raises: NotAllowed.
    """
    record = document.record
    actor.require(Permission.CORRECT, record.case.authority.code)
    journal.lock(session, record)
    if document.is_released == released:
        return
    document.is_released = released
    journal.record_changed(
        session,
        actor,
        record,
        "record.document_released" if released else "record.document_withdrawn",
        before={"file_name": document.file_name, "is_released": not released},
        after={"file_name": document.file_name, "is_released": released},
    )


def _given(wanted: CaseCorrection | RecordCorrection) -> dict[str, object]:
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    return {name: value for name, value in values.items() if not isinstance(value, _Unchanged)}


def _replace(target: Case | Record, values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for name, value in values.items():
        wanted = rules.short_text(value, 500, name) if isinstance(value, str) and name != "direction" else value
        if name in ("title", "official_on", "direction") and wanted is None:
            raise InvalidFact(_("Uppgiften får inte lämnas tom."), field=name)
        old = getattr(target, name)
        if old != wanted:
            before[name], after[name] = old, wanted
            setattr(target, name, wanted)
    return before, after


def _check_editable(case: Case, current: int, seen: int) -> None:
    if case.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))
    if current != seen:
        raise EditConflict(
            _("Någon annan har ändrat uppgifterna sedan du öppnade sidan. Läs igenom och ändra igen.")
        )
