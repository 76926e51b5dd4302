"""Chooses what an export holds: the closed cases of one authority in a period, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from sqlalchemy import ColumnElement, case, exists, func, insert, literal, null, or_, select
from sqlalchemy.orm import Session

from diarium.archive.errors import InvalidPeriod, PackagingStopped
from diarium.archive.models import Export, ExportItem
from diarium.classification.models import Classification
from diarium.files.identification import is_suitable_for_preservation
from diarium.files.models import Blob
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import ngettext
from diarium.register.models import Authority, Case, Deadline, Document, Party, Record
from diarium.register.vocabulary import CaseStatus, DeadlineState, Medium, RecordStatus
from diarium.secrecy.models import Restriction

MOST_PROBLEMS = 200
"""Problems told one by one; the rest are counted."""
_ROWS_AT_ONCE = 500
_NAMED_AT_MOST = 5


class ProblemKind(StrEnum):
    """What kind of thing stands in the way, or should be known before the export."""

    FILE_MISSING = "file_missing"
    FORMAT_UNKNOWN = "format_unknown"
    FORMAT_UNSUITABLE = "format_unsuitable"
    RECORD_WITHOUT_FILE = "record_without_file"
    NO_RETENTION_RULE = "no_retention_rule"
    OPEN_DEADLINE = "open_deadline"
    PROTECTED_IDENTITY = "protected_identity"
    CLOSED_CIRCLE = "closed_circle"
    RESTRICTED = "restricted"
    MORE = "more"


PROBLEM_LABELS: Mapping[ProblemKind, str] = {
    ProblemKind.FILE_MISSING: _l("Filer som saknas"),
    ProblemKind.FORMAT_UNKNOWN: _l("Filer i okänt format"),
    ProblemKind.FORMAT_UNSUITABLE: _l("Filer i format som inte är valda för bevarande"),
    ProblemKind.RECORD_WITHOUT_FILE: _l("Handlingar utan fil"),
    ProblemKind.NO_RETENTION_RULE: _l("Ärenden utan gallringsregel"),
    ProblemKind.OPEN_DEADLINE: _l("Ärenden där något fortfarande bevakas"),
    ProblemKind.PROTECTED_IDENTITY: _l("Ärenden med skyddade personuppgifter"),
    ProblemKind.CLOSED_CIRCLE: _l("Ärenden med begränsad krets, som lämnas utanför"),
    ProblemKind.RESTRICTED: _l("Ärenden och handlingar med sekretessmarkering"),
    ProblemKind.MORE: _l("Ytterligare anmärkningar"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to know before the export. `number` names the case or record; `is_blocking`: it can't be made."""

    kind: ProblemKind
    message: str
    number: str | None = None
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would hold. `size` in bytes, each file counted as often as it is used."""

    cases: int
    records: int
    documents: int
    size: int
    problems: tuple[Problem, ...]

    @property
    def is_possible(self) -> bool:
        """Whether there is something to export and nothing stands in the way."""
        return self.cases > 0 and not any(problem.is_blocking for problem in self.problems)


def preview(
    session: Session,
    authority: Authority,
    period_from: dt.date,
    period_to: dt.date,
    *,
    store: BlobStore | None = None,
) -> Preview:
    """What an export of the period would hold. With `store`, each file is looked for on disk (not read).

    Raises: InvalidPeriod.
    """
    check_period(period_from, period_to)
    chosen = _chosen(authority, period_from, period_to)
    cases = session.scalar(select(func.count()).select_from(Case).where(chosen)) or 0
    records = session.scalar(select(func.count()).select_from(Record).join(Record.case).where(chosen)) or 0
    documents, size = session.execute(
        select(func.count(), func.coalesce(func.sum(Blob.size), 0))
        .select_from(Document)
        .join(Document.record)
        .join(Record.case)
        .join(Document.blob)
        .where(chosen)
    ).one()
    left_out = _closed(authority, period_from, period_to) & _has_closed_circle()
    problems = chain(_problems(session, chosen, store), _left_out(session, left_out))
    return Preview(cases, records, documents, int(size), tuple(_limited(problems)))


def freeze(session: Session, export: Export) -> int:
    """Writes the chosen cases as items of `export`, in the order of their numbers; returns how many there are."""
    chosen = (
        select(literal(export.id), Case.id)
        .where(_chosen(export.authority, export.period_from, export.period_to))
        .order_by(Case.year, Case.series_id, Case.number)
    )
    session.execute(insert(ExportItem).from_select(["export_id", "case_id"], chosen))
    count = select(func.count()).select_from(ExportItem).where(ExportItem.export_id == export.id)
    return session.scalar(count) or 0


def require_open_circles(session: Session, export_id: int) -> None:
    """Raises: PackagingStopped if the circle of a chosen case was closed after the cases were chosen."""
    closed = session.scalars(
        select(Case.number_text)
        .join(ExportItem, ExportItem.case_id == Case.id)
        .where(ExportItem.export_id == export_id, _has_closed_circle())
        .order_by(ExportItem.id)
        .limit(_NAMED_AT_MOST)
    ).all()
    if closed:
        raise PackagingStopped(
            _(
                "Kretsen har begränsats sedan uttaget begärdes: %(numbers)s. Begär uttaget på nytt, så lämnas "
                "ärendet utanför, eller öppna kretsen först.",
                numbers=", ".join(closed),
            )
        )


def check_period(period_from: dt.date, period_to: dt.date) -> None:
    """Raises: InvalidPeriod if the period ends before it begins."""
    if period_to < period_from:
        raise InvalidPeriod(
            _(
                "Perioden slutar (%(end)s) innan den börjar (%(start)s). Byt plats på datumen.",
                start=period_from.isoformat(),
                end=period_to.isoformat(),
            ),
            field="period_to",
        )


def _chosen(authority: Authority, period_from: dt.date, period_to: dt.date) -> ColumnElement[bool]:
    """The closed cases of the period, but those that only a closed circle may see: no archivist need be in it."""
    return _closed(authority, period_from, period_to) & ~_has_closed_circle()


def _has_closed_circle() -> ColumnElement[bool]:
    of_record = exists().where(Record.case_id == Case.id, Record.is_closed_circle)
    return or_(Case.is_closed_circle, of_record.correlate(Case))


def _left_out(session: Session, left_out: ColumnElement[bool]) -> Iterator[Problem]:
    query = select(Case.number_text).where(left_out).order_by(Case.year, Case.number)
    for number in session.scalars(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        message = _(
            "Ärende %(number)s har begränsad krets och följer inte med. Kretsen måste öppnas först.", number=number
        )
        yield Problem(ProblemKind.CLOSED_CIRCLE, message, number)


def _told_name() -> ColumnElement[str | None]:
    """The file's name, but not of a protected person's record: whoever exports may not see it."""
    of_record = exists().where(Party.record_id == Record.id, Party.is_protected).correlate(Record)
    of_case = exists().where(Party.case_id == Case.id, Party.is_protected).correlate(Case)
    return case((or_(of_record, of_case), null()), else_=Document.file_name).label("file_name")


def _closed(authority: Authority, period_from: dt.date, period_to: dt.date) -> ColumnElement[bool]:
    return (
        (Case.authority_id == authority.id)
        & (Case.status == CaseStatus.CLOSED)
        & (Case.closed_on >= period_from)
        & (Case.closed_on <= period_to)
    )


def _limited(problems: Iterator[Problem]) -> Iterator[Problem]:
    """At most `MOST_PROBLEMS`, and how many more there are. What is blocking is never left out of sight."""
    more = blocking = 0
    for told, problem in enumerate(problems):
        if told < MOST_PROBLEMS:
            yield problem
        else:
            more += 1
            blocking += problem.is_blocking
    if more:
        message = ngettext("Ytterligare %(num)d sak att veta.", "Ytterligare %(num)d saker att veta.", more)
        yield Problem(ProblemKind.MORE, message, is_blocking=blocking > 0)


def _problems(session: Session, chosen: ColumnElement[bool], store: BlobStore | None) -> Iterator[Problem]:
    """What blocks first, then what should be mended, then what should be known."""
    if store is not None:
        yield from _missing_files(session, chosen, store)
    yield from _formats(session, chosen)
    yield from _records_without_file(session, chosen)
    yield from _without_retention_rule(session, chosen)
    yield from _still_watched(session, chosen)
    yield from _protected(session, chosen)
    yield from _restricted(session, chosen)


def _missing_files(session: Session, chosen: ColumnElement[bool], store: BlobStore) -> Iterator[Problem]:
    query = (
        select(_told_name(), Document.sha256, Case.number_text, Record.running_number)
        .join(Document.record)
        .join(Record.case)
        .where(chosen)
        .order_by(Case.year, Case.number, Record.running_number, Document.position)
    )
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        if not store.exists(row.sha256):
            number = f"{row.number_text}-{row.running_number}"
            message = _(
                "Filen ”%(file)s” i handling %(number)s saknas i fillagret. Återställ den från säkerhetskopian.",
                file=row.file_name or _("skyddad uppgift"),
                number=number,
            )
            yield Problem(ProblemKind.FILE_MISSING, message, number, is_blocking=True)


def _formats(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    query = (
        select(_told_name(), Case.number_text, Record.running_number, Blob.puid, Blob.format_name)
        .join(Document.record)
        .join(Record.case)
        .join(Document.blob)
        .where(chosen)
        .order_by(Case.year, Case.number, Record.running_number, Document.position)
    )
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        if is_suitable_for_preservation(row.puid):
            continue
        number = f"{row.number_text}-{row.running_number}"
        if row.puid is None:
            message = _(
                "Formatet hos filen ”%(file)s” i handling %(number)s är inte bestämt.",
                file=row.file_name or _("skyddad uppgift"),
                number=number,
            )
            yield Problem(ProblemKind.FORMAT_UNKNOWN, message, number)
        else:
            message = _(
                "Filen ”%(file)s” i handling %(number)s har formatet %(format)s, "
                "som inte är lämpligt för bevarande.",
                file=row.file_name or _("skyddad uppgift"),
                number=number,
                format=row.format_name or row.puid,
            )
            yield Problem(ProblemKind.FORMAT_UNSUITABLE, message, number)


def _records_without_file(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    query = (
        select(Case.number_text, Record.running_number)
        .join(Record.case)
        .where(chosen, Record.medium != Medium.PAPER, Record.status == RecordStatus.REGISTERED)
        .where(~exists().where(Document.record_id == Record.id))
        .order_by(Case.year, Case.number, Record.running_number)
    )
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        number = f"{row.number_text}-{row.running_number}"
        yield Problem(
            ProblemKind.RECORD_WITHOUT_FILE,
            _("Handling %(number)s är digital men saknar fil.", number=number),
            number,
        )


def _without_retention_rule(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    query = (
        select(Case.number_text)
        .outerjoin(Case.classification)
        .where(chosen, or_(Case.classification_id.is_(None), Classification.retention_rule_id.is_(None)))
        .order_by(Case.year, Case.number)
    )
    for number in session.scalars(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        message = _("Ärende %(number)s har ingen bevarande- eller gallringsregel.", number=number)
        yield Problem(ProblemKind.NO_RETENTION_RULE, message, number)


def _still_watched(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    is_open = (Deadline.case_id == Case.id) & (Deadline.state == DeadlineState.OPEN)
    query = select(Case.number_text).where(chosen, exists().where(is_open)).order_by(Case.year, Case.number)
    for number in session.scalars(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        message = _(
            "I ärende %(number)s bevakas fortfarande något. Avsluta bevakningen innan ärendet levereras.",
            number=number,
        )
        yield Problem(ProblemKind.OPEN_DEADLINE, message, number)


def _protected(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    in_records = select(Record.case_id).join(Party, Party.record_id == Record.id).where(Party.is_protected)
    in_cases = select(Party.case_id).where(Party.is_protected, Party.case_id.is_not(None))
    query = select(Case.number_text).where(chosen, or_(Case.id.in_(in_records), Case.id.in_(in_cases)))
    for number in session.scalars(query.order_by(Case.year, Case.number)):
        message = _("Ärende %(number)s har parter med skyddade personuppgifter.", number=number)
        yield Problem(ProblemKind.PROTECTED_IDENTITY, message, number)


def _restricted(session: Session, chosen: ColumnElement[bool]) -> Iterator[Problem]:
    in_force = Restriction.lifted_at.is_(None)
    in_records = select(Record.case_id).join(Restriction, Restriction.record_id == Record.id).where(in_force)
    in_cases = select(Restriction.case_id).where(in_force, Restriction.case_id.is_not(None))
    query = select(Case.number_text).where(chosen, or_(Case.id.in_(in_records), Case.id.in_(in_cases)))
    for number in session.scalars(query.order_by(Case.year, Case.number)):
        message = _("Ärende %(number)s har sekretessmarkerade uppgifter.", number=number)
        yield Problem(ProblemKind.RESTRICTED, message, number)
