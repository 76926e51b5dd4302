"""What stands in the way of an export, or should be known before it: counted, and the first of each named.

The number of statements does not depend on how much there is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, false, func, null, or_, select, true
from sqlalchemy.orm import Session

from diarium.archive.models import MADE, Export, ExportItem, ExportPart
from diarium.archive.selection import ROWS_AT_ONCE, Chosen, has_protected
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState
from diarium.files.identification import preservation_puids
from diarium.files.models import Blob
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.register.models import Case, Deadline, Document, Party, Record
from diarium.register.vocabulary import DeadlineState, Medium, RecordStatus
from diarium.secrecy.models import Restriction
from diarium.secrecy.work_models import RestrictionReview

NAMED_AT_MOST = 50
"""Problems of a kind that are told one by one; the rest are counted."""
FILES_LOOKED_FOR = 100_000
_ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN, MessageState.FAILED)


class ProblemKind(StrEnum):
    """What kind of thing stands in the way, or should be known before the export."""

    FILE_MISSING = "file_missing"
    FILE_UNREAD = "file_unread"
    FORMAT_UNKNOWN = "format_unknown"
    FORMAT_UNSUITABLE = "format_unsuitable"
    RECORD_WITHOUT_FILE = "record_without_file"
    NO_CLASS = "no_class"
    NO_RETENTION_RULE = "no_retention_rule"
    TO_BE_DISPOSED = "to_be_disposed"
    OPEN_DEADLINE = "open_deadline"
    DISPATCH_UNFINISHED = "dispatch_unfinished"
    NOT_REVIEWED = "not_reviewed"
    RESTRICTED = "restricted"
    PROTECTED_IDENTITY = "protected_identity"
    CLOSED_CIRCLE = "closed_circle"
    PACKED_BEFORE = "packed_before"


PROBLEM_LABELS: Mapping[ProblemKind, str] = {
    ProblemKind.FILE_MISSING: _l("Filer som saknas"),
    ProblemKind.FILE_UNREAD: _l("Filer som inte är undersökta än"),
    ProblemKind.FORMAT_UNKNOWN: _l("Filer i okänt format"),
    ProblemKind.FORMAT_UNSUITABLE: _l("Filer i format som inte är valda för bevarande"),
    ProblemKind.RECORD_WITHOUT_FILE: _l("Handlingar utan fil"),
    ProblemKind.NO_CLASS: _l("Ärenden utan klass"),
    ProblemKind.NO_RETENTION_RULE: _l("Ärenden utan gallringsregel"),
    ProblemKind.TO_BE_DISPOSED: _l("Ärenden som ska gallras"),
    ProblemKind.OPEN_DEADLINE: _l("Ärenden där något fortfarande bevakas"),
    ProblemKind.DISPATCH_UNFINISHED: _l("Handlingar med utskick som inte är klara"),
    ProblemKind.NOT_REVIEWED: _l("Sekretessmarkeringar som inte är omprövade"),
    ProblemKind.RESTRICTED: _l("Ärenden och handlingar med sekretessmarkering"),
    ProblemKind.PROTECTED_IDENTITY: _l("Ärenden med skyddade personuppgifter"),
    ProblemKind.CLOSED_CIRCLE: _l("Ärenden med begränsad krets, som lämnas utanför"),
    ProblemKind.PACKED_BEFORE: _l("Ärenden som redan finns i ett tidigare paket"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to know. `number` names the case or record where it is mended; the uids lead there."""

    message: str
    number: str
    case_uid: uuid.UUID
    record_uid: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All of a kind: how many, and the first of them. `is_blocking`: no package can be made."""

    kind: ProblemKind
    count: int
    named: tuple[Problem, ...]
    is_blocking: bool = False

    @property
    def unnamed(self) -> int:
        """How many are only counted."""
        return self.count - len(self.named)


Tell = Callable[[Row[Any], str], str]
_Rows = Select[*tuple[Any, ...]]


def groups(session: Session, chosen: Chosen, store: BlobStore | None) -> Iterator[ProblemGroup]:
    """What blocks first, then what should be mended, then what should be known. Kinds without any are left out."""
    found = [
        *([_missing_files(session, chosen.taken, store)] if store is not None else []),
        *_of_files(session, chosen.taken),
        *_of_records(session, chosen.taken),
        *_of_cases(session, chosen),
    ]
    order = list(ProblemKind)
    yield from sorted((group for group in found if group.count), key=lambda group: order.index(group.kind))


def _of_cases(session: Session, chosen: Chosen) -> Iterator[ProblemGroup]:
    rule = select(Classification.id).where(Classification.retention_rule_id.is_(None))
    disposed = (
        select(Classification.id)
        .join(RetentionRule, RetentionRule.id == Classification.retention_rule_id)
        .where(RetentionRule.retention == Retention.DISPOSE)
    )
    is_open = exists().where(Deadline.case_id == Case.id, Deadline.state == DeadlineState.OPEN)
    packed = (
        exists()
        .where(ExportItem.case_id == Case.id, ExportItem.part_id == ExportPart.id)
        .where(ExportPart.state.in_(MADE), ExportPart.export_id == Export.id, Export.record_status != "TEST")
    )
    kinds: list[tuple[ProblemKind, ColumnElement[bool], str]] = [
        (ProblemKind.NO_CLASS, Case.classification_id.is_(None), _("Ärende %(number)s har ingen klass.")),
        (
            ProblemKind.NO_RETENTION_RULE,
            Case.classification_id.in_(rule),
            _("Ärende %(number)s har ingen bevarande- eller gallringsregel."),
        ),
        (
            ProblemKind.TO_BE_DISPOSED,
            Case.classification_id.in_(disposed),
            _("Ärende %(number)s ska gallras enligt sin regel."),
        ),
        (
            ProblemKind.OPEN_DEADLINE,
            is_open,
            _("I ärende %(number)s bevakas fortfarande något. Avsluta bevakningen innan ärendet levereras."),
        ),
        (ProblemKind.RESTRICTED, _marked(true()), _("Ärende %(number)s har sekretessmarkerade uppgifter.")),
        (
            ProblemKind.NOT_REVIEWED,
            _marked(_unreviewed()),
            _("Ärende %(number)s har sekretessmarkeringar som borde omprövas innan ärendet levereras."),
        ),
        (
            ProblemKind.PROTECTED_IDENTITY,
            has_protected(),
            _("Ärende %(number)s har parter med skyddade personuppgifter."),
        ),
        (ProblemKind.PACKED_BEFORE, packed, _("Ärende %(number)s finns redan i ett färdigt paket.")),
    ]
    for kind, clause, text in kinds:
        yield _cases(session, kind, chosen.taken & clause, text)
    left_out = _("Ärende %(number)s har begränsad krets och följer inte med. Kretsen måste öppnas först.")
    yield _cases(session, ProblemKind.CLOSED_CIRCLE, chosen.left_out, left_out)


def _of_records(session: Session, taken: ColumnElement[bool]) -> Iterator[ProblemGroup]:
    without = (
        (Record.medium != Medium.PAPER)
        & (Record.status == RecordStatus.REGISTERED)
        & ~exists().where(Document.record_id == Record.id).correlate(Record)
    )
    unsent = exists().where(
        OutgoingMessage.record_id == Record.id,
        OutgoingMessage.state.in_(_ON_ITS_WAY),
        OutgoingMessage.is_settled.is_(false()),
    )
    kinds = [
        (ProblemKind.RECORD_WITHOUT_FILE, without, _("Handling %(number)s är digital men saknar fil.")),
        (
            ProblemKind.DISPATCH_UNFINISHED,
            unsent.correlate(Record),
            _("Handling %(number)s har ett utskick som väntar eller misslyckades."),
        ),
    ]
    for kind, clause, text in kinds:
        query = _record_rows().where(taken, clause)
        yield _group(session, kind, query, _told(text))


def _of_files(session: Session, taken: ColumnElement[bool]) -> Iterator[ProblemGroup]:
    kinds = [
        (
            ProblemKind.FILE_UNREAD,
            Blob.examined_at.is_(None),
            _("Filen ”%(file)s” i handling %(number)s är inte undersökt än. Vänta en stund."),
        ),
        (
            ProblemKind.FORMAT_UNKNOWN,
            Blob.examined_at.is_not(None) & Blob.puid.is_(None),
            _("Formatet hos filen ”%(file)s” i handling %(number)s är inte bestämt."),
        ),
        (
            ProblemKind.FORMAT_UNSUITABLE,
            Blob.puid.not_in(sorted(preservation_puids())),
            _(
                "Filen ”%(file)s” i handling %(number)s har formatet %(format)s, "
                "som inte är lämpligt för bevarande."
            ),
        ),
    ]
    for kind, clause, text in kinds:
        query = _file_rows().where(taken, clause)
        yield _group(session, kind, query, _told(text))


def _missing_files(session: Session, taken: ColumnElement[bool], store: BlobStore) -> ProblemGroup:
    """Looks for each file of the first `FILES_LOOKED_FOR` on the disk; it is not read."""
    text = _("Filen ”%(file)s” i handling %(number)s saknas i fillagret. Återställ den från säkerhetskopian.")
    tell = _told(text)
    query = _ordered(_file_rows().where(taken)).limit(FILES_LOOKED_FOR)
    named: list[Problem] = []
    count = 0
    for row in session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        if not store.exists(row.sha256):
            count += 1
            if len(named) < NAMED_AT_MOST:
                named.append(_problem(row, tell))
    return ProblemGroup(ProblemKind.FILE_MISSING, count, tuple(named), is_blocking=count > 0)


def _cases(session: Session, kind: ProblemKind, clause: ColumnElement[bool], text: str) -> ProblemGroup:
    query = select(
        Case.uid.label("case_uid"), Case.number_text, null().label("record_uid"), null().label("running_number")
    ).where(clause)
    return _group(session, kind, query, _told(text), in_record=False)


def _group(
    session: Session, kind: ProblemKind, query: _Rows, tell: Tell, *, in_record: bool = True
) -> ProblemGroup:
    """One statement for what is named, with the number of all beside each row."""
    counted = _ordered(query.add_columns(func.count().over().label("how_many")), in_record=in_record)
    rows = session.execute(counted.limit(NAMED_AT_MOST)).all()
    return ProblemGroup(kind, rows[0].how_many if rows else 0, tuple(_problem(row, tell) for row in rows))


def _problem(row: Row[Any], tell: Tell) -> Problem:
    number = row.number_text if row.running_number is None else f"{row.number_text}-{row.running_number}"
    return Problem(tell(row, number), number, row.case_uid, row.record_uid)


def _told(text: str) -> Tell:
    def tell(row: Row[Any], number: str) -> str:
        values = {"number": number}
        if "%(file)s" in text:
            values["file"] = row.file_name or _("skyddad uppgift")
            values["format"] = row.format_name or row.puid or ""
        return text % values

    return tell


def _record_rows() -> _Rows:
    return select(
        Case.uid.label("case_uid"), Case.number_text, Record.uid.label("record_uid"), Record.running_number
    ).join(Record.case)


def _file_rows() -> _Rows:
    query = _record_rows().join(Document, Document.record_id == Record.id)
    query = query.join(Blob, Blob.sha256 == Document.sha256)
    return query.add_columns(_told_name(), Document.sha256, Blob.puid, Blob.format_name)


def _ordered(query: _Rows, *, in_record: bool = True) -> _Rows:
    order = (Case.year, Case.series_id, Case.number)
    return query.order_by(*order, Record.running_number) if in_record else query.order_by(*order)


def _told_name() -> ColumnElement[str | None]:
    """The file's name, but not of a protected person's record: whoever exports may not see it."""
    of_record = exists().where(Party.record_id == Record.id, Party.is_protected).correlate(Record)
    of_case = exists().where(Party.case_id == Case.id, Party.is_protected).correlate(Case)
    return case((or_(of_record, of_case), null()), else_=Document.file_name).label("file_name")


def _marked(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a marking that stands, and for which `clause` is true, lies on the case or on one of its records."""
    in_force = Restriction.lifted_at.is_(None) & clause
    in_records = select(Record.case_id).join(Restriction, Restriction.record_id == Record.id).where(in_force)
    in_cases = select(Restriction.case_id).where(in_force, Restriction.case_id.is_not(None))
    return or_(Case.id.in_(in_records), Case.id.in_(in_cases))


def _unreviewed() -> ColumnElement[bool]:
    """The day for looking at it anew has passed, or nobody has set one and nobody has looked."""
    looked_at = exists().where(RestrictionReview.restriction_id == Restriction.id).correlate(Restriction)
    return or_(Restriction.review_on <= today(), Restriction.review_on.is_(None) & ~looked_at)
