"""Moving a record that was registered in the wrong case: a new number in the right one, a trace in the old.

The old record keeps its number, title, dates and parties and is cancelled; the new one takes over everything. The
files move: they are of the record that counts. Nothing is deleted. Source: OSL 5 kap. 1–2 §§; JO 3579-2005 (data
that vanished when a document was moved between registers).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import closed_circles, journal, lookup
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Deadline, Party, Record, Withdrawal
from diarium.register.rules import required_reason
from diarium.register.views import require_insight
from diarium.register.vocabulary import (
    FINISHED,
    STATUS_LABELS,
    CaseStatus,
    DeadlineState,
    RecordStatus,
)
from diarium.secrecy.models import Restriction

_FACTS = (
    "direction",
    "title",
    "public_title",
    "record_type",
    "official_on",
    "received_at",
    "document_date",
    "medium",
    "physical_location",
    "note",
)
_PARTY_FACTS = (
    "role",
    "kind",
    "name",
    "identity_number",
    "organisation",
    "address",
    "postal_code",
    "city",
    "country",
    "email",
    "phone",
    "is_protected",
)
_MARK_FACTS = (
    "scope",
    "provision",
    "made_on",
    "made_at",
    "authority_code",
    "made_by_id",
    "made_by_name",
    "review_on",
    "document_id",
)


def move_record(
    session: Session,
    actor: Actor,
    record: Record,
    to_case_number: str,
    reason: str,
    *,
    version: int | None = None,
) -> Record:
    """Moves `record` to the case with `to_case_number`, however it is written, and returns the new record.

    Markings in force on the record or on its old case go along, so that nothing is shown that was not shown
    before; what need not be marked in the new case is lifted there. So does a closed circle, with those in it.
    `version`: the record's, as the actor saw it.

    Raises: NotAllowed; CaseNotFound; InvalidFact for another authority's case, the same case or no reason;
    EditConflict; StatusConflict where a case takes no change or the record was cancelled or moved before.
    """
    source = record.case
    actor.require(Permission.CORRECT, source.authority.code)
    reason = required_reason(reason)
    target = lookup.case_by_number(session, actor, to_case_number)
    _check_same_authority(source, target)
    actor.require(Permission.CORRECT, target.authority.code)
    _lock(session, record, source, target)
    require_insight(actor, record)
    require_insight(actor, target)
    journal.check_version(record.version, version)
    for case in (source, target):
        journal.require_kept(case)
    _check_movable(record, source)
    _check_open(target)
    moved = _new_record(actor, record, target)
    session.add(moved)
    session.flush()
    closed_circles.follow(session, actor, record, moved)
    _move_deadlines(session, actor, record, moved)
    withdrawn = _move_documents(session, record, moved)
    _leave_trace(record, moved, reason)
    _note(session, actor, record, moved, withdrawn, reason)
    return moved


def _lock(session: Session, record: Record, source: Case, target: Case) -> None:
    """Cases before records, lower keys first: two who move at once queue instead of waiting for each other."""
    session.flush()
    ids = sorted((source.id, target.id))
    query = select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).all()
    session.refresh(record, with_for_update=True)


def _check_same_authority(source: Case, target: Case) -> None:
    if target.id == source.id:
        raise InvalidFact(
            _("Handlingen finns redan i ärendet %(number)s.", number=source.number_text), field="case"
        )
    if target.authority_id != source.authority_id:
        raise InvalidFact(
            _(
                "Handlingen kan bara flyttas inom samma myndighet. Lämna över den till %(name)s i stället, och "
                "registrera den där.",
                name=target.authority.name,
            ),
            field="case",
        )


def _check_movable(record: Record, source: Case) -> None:
    if record.moved_to is not None:
        raise StatusConflict(_("Handlingen är redan flyttad till %(number)s.", number=record.moved_to.number_text))
    if record.status is RecordStatus.CANCELLED:
        raise StatusConflict(_("Handlingen är makulerad och kan inte flyttas."))
    if source.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))


def _check_open(target: Case) -> None:
    if target.status in FINISHED:
        raise StatusConflict(
            _(
                "Ärendet %(number)s är %(status)s. Öppna det igen eller välj ett annat ärende.",
                number=target.number_text,
                status=STATUS_LABELS[target.status].lower(),
            ),
            field="case",
        )


def _new_record(actor: Actor, record: Record, target: Case) -> Record:
    target.record_count += 1
    return Record(
        case=target,
        running_number=target.record_count,
        registered_by_id=actor.user_id,
        parties=[Party(**{name: getattr(party, name) for name in _PARTY_FACTS}) for party in record.parties],
        restrictions=_markings(record),
        is_closed_circle=record.is_closed_circle or record.case.is_closed_circle,
        withdrawals=_withdrawals(record),
        **{name: getattr(record, name) for name in _FACTS},
    )


def _markings(record: Record) -> list[Restriction]:
    """The markings in force on the record and on the case it leaves, as they were made, with their origin."""
    found: dict[tuple[int, str, int | None], Restriction] = {}
    for mark, origin in [
        *((mark, record.number_text) for mark in record.restrictions),
        *((mark, record.case.number_text) for mark in record.case.restrictions),
    ]:
        key = (mark.provision_id, mark.scope.value, mark.document_id)
        if mark.is_in_force and key not in found:
            note = _("Följde med från %(number)s när handlingen flyttades.", number=origin)
            facts = {name: getattr(mark, name) for name in _MARK_FACTS}
            found[key] = Restriction(note=f"{mark.note}\n{note}" if mark.note else note, **facts)
    return list(found.values())


def _withdrawals(record: Record) -> list[Withdrawal]:
    """What kept the record from the web, by itself or with its case, goes on keeping it."""
    found = [item for item in (*record.withdrawals, *record.case.withdrawals) if item.is_in_force]
    return [
        Withdrawal(
            reason=item.reason, made_at=item.made_at, made_by_id=item.made_by_id, made_by_name=item.made_by_name
        )
        for item in found[:1]
    ]


def _move_deadlines(session: Session, actor: Actor, record: Record, moved: Record) -> None:
    """What is watched because of the record goes with it; one that is settled at the same moment stays."""
    query = select(Deadline).where(Deadline.record_id == record.id, Deadline.state == DeadlineState.OPEN)
    locked = query.order_by(Deadline.id).with_for_update(of=Deadline)
    for deadline in session.scalars(locked.execution_options(populate_existing=True)).all():
        deadline.case, deadline.record = moved.case, moved
        deadline.version += 1
        numbers = {"moved_from": record.number_text, "moved_to": moved.number_text}
        after = {"deadline": deadline.uid, "due_on": deadline.due_on, "text": deadline.text, **numbers}
        for case in (record.case, moved.case):
            journal.case_changed(session, actor, case, "case.deadline_moved", after=after)


def _move_documents(session: Session, record: Record, moved: Record) -> list[str]:
    """Gives the files to the new record; returns the names of those that are no longer released.

    A release was given while somebody with protected identity kept the files back in the old case: nobody has
    judged what becomes public without that.
    """
    kept_back = any(party.is_protected for party in record.case.parties)
    session.refresh(record, ["documents"])
    withdrawn = []
    for document in list(record.documents):
        if document.is_released and kept_back:
            document.is_released = False
            withdrawn.append(document.file_name)
        document.record = moved
    session.flush()
    return withdrawn


def _leave_trace(record: Record, moved: Record, reason: str) -> None:
    record.status = RecordStatus.CANCELLED
    record.cancel_reason = _("Flyttad till %(number)s: %(reason)s", number=moved.number_text, reason=reason)
    record.moved_to = moved
    record.version += 1


def _note(
    session: Session, actor: Actor, record: Record, moved: Record, withdrawn: list[str], reason: str
) -> None:
    files = [
        {"file_name": item.file_name, "sha256": item.sha256, "is_released": item.is_released}
        for item in moved.documents
    ]
    journal.record_changed(
        session,
        actor,
        record,
        "record.moved",
        before={"status": RecordStatus.REGISTERED, "documents": files},
        after={"status": RecordStatus.CANCELLED, "moved_to": moved.number_text},
        reason=reason,
    )
    facts = {name: getattr(moved, name) for name in _FACTS}
    after = {
        "number": moved.number_text,
        "moved_from": record.number_text,
        **facts,
        "documents": files,
        "withdrawn": withdrawn,
        "parties": [{"role": party.role, "name": party.name} for party in moved.parties],
        "restrictions": [f"{mark.provision.citation} ({mark.scope})" for mark in moved.restrictions],
    }
    journal.record_changed(session, actor, moved, "record.moved_here", after=after, reason=reason)
    numbers = {"moved_from": record.number_text, "moved_to": moved.number_text}
    journal.case_changed(session, actor, record.case, "case.record_moved_away", after=numbers)
    journal.case_changed(session, actor, moved.case, "case.record_moved_here", after=numbers)
