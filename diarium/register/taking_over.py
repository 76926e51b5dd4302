"""Takes cases over from a package with their own identifiers, numbers and moments: the only door for that.

Everywhere else the register gives these itself. What is marked or protected comes in the transaction that brings
the case: there is no moment at which anybody sees it without its marking.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.changes import feed
from diarium.classification.models import ClassificationScheme
from diarium.db.base import now
from diarium.errors import Conflict, NotAllowed
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, loose_references, series
from diarium.register.loose_references import LooseReference
from diarium.register.models import (
    Authority,
    Case,
    CaseNote,
    CaseOrigin,
    Deadline,
    Decision,
    DiarySeries,
    Document,
    Record,
    Unit,
    Withdrawal,
)
from diarium.register.vocabulary import CaseStatus, DeadlineState
from diarium.secrecy.models import Provision, Restriction
from diarium.secrecy.work_models import CaseShare, RestrictionReview

TAKEN_OVER = "case.taken_over"
Basis = Authority | DiarySeries | Unit | ClassificationScheme | User | Provision
"""What cases rest on and a package brings along where it is not here."""


class NumberTaken(Conflict):
    """Another case has the number."""


class AlreadyHere(Conflict):
    """The case, or something in it, is here already."""


@dataclass(frozen=True, slots=True)
class TakenReview:
    """A marking was looked at anew. `document`: the one file that it was narrowed to."""

    review: RestrictionReview
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class TakenMark:
    """A marking of the case, or of `record`; `document`: the one file that it covers."""

    mark: Restriction
    record: Record | None = None
    document: Document | None = None
    reviews: tuple[TakenReview, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The package that a case comes from, and how it is taken over.

    `is_read_only`: as an archive that nobody changes; then it is kept from the web unless `is_published`.
    """

    import_uid: uuid.UUID
    package_id: str
    creator: str
    system: str
    is_read_only: bool
    is_published: bool


@dataclass(frozen=True, slots=True)
class TakenCase:
    """A case as new rows, not yet of any session, with what stands about it in other tables.

    `status`: the case's where it comes from; the row has the one that it gets here. `earlier`: where it came from
    before, if it was taken over there too.
    """

    case: Case
    status: CaseStatus
    fingerprint: str
    marks: Sequence[TakenMark] = ()
    notes: Sequence[CaseNote] = ()
    deadlines: Sequence[Deadline] = ()
    decisions: Sequence[Decision] = ()
    shares: Sequence[CaseShare] = ()
    references: Sequence[LooseReference] = ()
    earlier: Sequence[Mapping[str, str]] = ()


def require_right(actor: Actor, authority_code: str | None, *, is_read_only: bool) -> None:
    """Raises: NotAllowed unless the actor may take cases over to the authority; None: to one made for them.

    An archive to read is the archivist's. Cases that go on living here are a migration: what somebody else has
    registered sets numbers, series and classes of the authority, so it also takes its administrator.
    """
    if authority_code is None:
        identity.require_administrator(actor)
        if not actor.is_system and not actor.authorities(Permission.EXPORT):
            raise NotAllowed(_("Bara en arkivarie får göra detta."))
        return
    actor.require(Permission.EXPORT, authority_code)
    if not is_read_only:
        actor.require(Permission.ADMINISTER, authority_code)


def set_up(session: Session, actor: Actor, rows: Iterable[Basis]) -> None:
    """Adds what cases of a package rest on and is not here; each is noted."""
    for row in rows:
        session.add(row)
        session.flush()
        audit.write(session, actor, f"{_kind(row)}.taken_over", audit.Subject(_kind(row), row.uid, _label(row)))


def take_over(session: Session, actor: Actor, taken: TakenCase, origin: Origin) -> Case:
    """Writes the case with everything about it, moves its series past its number, and notes where it came from.

    Raises: NumberTaken, AlreadyHere; InvalidFact for what no case can be; ValueError for a case that is to be read
    only and has another status than archived.
    """
    case = taken.case
    if origin.is_read_only and case.status is not CaseStatus.ARCHIVED:
        raise ValueError("an archive to read is archived")
    series.pass_number(session, case.series, case.year, case.number)
    _require_free(session, case)
    if origin.is_read_only:
        _lay_to_rest(actor, taken, origin)
    session.add(case)
    session.flush()
    _add_marks(session, case, taken.marks)
    session.add_all([*taken.notes, *taken.deadlines, *taken.decisions])
    for share in taken.shares:
        share.case_id = case.id
        session.add(share)
    row = CaseOrigin(
        case=case,
        import_uid=origin.import_uid,
        package_id=origin.package_id,
        creator=origin.creator,
        system=origin.system,
        fingerprint=taken.fingerprint,
        status=taken.status,
        is_read_only=origin.is_read_only,
        earlier=[dict(item) for item in taken.earlier],
        taken_over_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    loose_references.keep(row, loose_references.tie(session, case, taken.references))
    _note(session, actor, case, row)
    return case


def origin_of(session: Session, case: Case) -> CaseOrigin | None:
    """Where the case comes from, if it was taken over."""
    return session.get(CaseOrigin, case.id)


def _require_free(session: Session, case: Case) -> None:
    if session.scalar(select(Case.id).where(Case.uid == case.uid)) is not None:
        raise AlreadyHere(_("Ärendet finns redan här."))
    number = and_(Case.series_id == case.series.id, Case.year == case.year, Case.number == case.number)
    text = and_(Case.authority_id == case.authority.id, Case.number_text == case.number_text)
    if session.scalar(select(Case.id).where(or_(number, text)).limit(1)) is not None:
        raise NumberTaken(_("Numret %(number)s har redan ett annat ärende.", number=case.number_text))
    uids = [record.uid for record in case.records]
    if uids and session.scalar(select(Record.id).where(Record.uid.in_(uids)).limit(1)) is not None:
        raise AlreadyHere(_("En handling i ärendet %(number)s finns redan i ett annat.", number=case.number_text))


def _lay_to_rest(actor: Actor, taken: TakenCase, origin: Origin) -> None:
    """Nothing is done any more in a case of an archive: nothing is watched; the web shows it only if asked to."""
    case, moment = taken.case, now()
    for deadline in taken.deadlines:
        if deadline.state is DeadlineState.OPEN:
            deadline.state, deadline.settled_at, deadline.settled_by_name = (
                DeadlineState.CANCELLED,
                moment,
                actor.name,
            )
            deadline.outcome = _("Ärendet är övertaget som läsarkiv.")
    if not origin.is_published:
        reason = _("Övertaget som läsarkiv, inte publicerat.")
        case.withdrawals.append(Withdrawal(reason=reason, made_by_id=actor.user_id, made_by_name=actor.name))


def _add_marks(session: Session, case: Case, marks: Sequence[TakenMark]) -> None:
    for item in marks:
        item.mark.document_id = item.document.id if item.document is not None else None
        (item.record or case).restrictions.append(item.mark)
        for looked in item.reviews:
            looked.review.restriction = item.mark
            looked.review.document_id = looked.document.id if looked.document is not None else None
            session.add(looked.review)
    session.flush()


def _note(session: Session, actor: Actor, case: Case, origin: CaseOrigin) -> None:
    """Counts and numbers, no content: the event is read more widely than the case."""
    after = {
        "number": case.number_text,
        "package": origin.package_id,
        "import": origin.import_uid,
        "is_read_only": origin.is_read_only,
        "records": len(case.records),
        "documents": sum(len(record.documents) for record in case.records),
    }
    journal.case_changed(session, actor, case, TAKEN_OVER, after=after)
    for record in case.records:
        feed.publish(session, "record", record.uid, "record.taken_over")


def _kind(row: Basis) -> str:
    return _KINDS[type(row)]


def _label(row: Basis) -> str:
    if isinstance(row, User):
        return row.username
    if isinstance(row, Provision):
        return row.citation
    return f"{row.name} {row.version}" if isinstance(row, ClassificationScheme) else row.name


_KINDS: dict[type[Basis], str] = {
    Authority: "authority",
    DiarySeries: "series",
    Unit: "unit",
    ClassificationScheme: "scheme",
    User: "user",
    Provision: "provision",
}
