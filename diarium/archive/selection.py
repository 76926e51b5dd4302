"""Chooses what an export holds: the ended cases of one authority that fit its criteria, frozen when asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, insert, literal, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from diarium.archive.criteria import Criteria, PackageLimits
from diarium.archive.errors import InvalidCriteria, PackagingStopped
from diarium.archive.models import Export, ExportItem, ExportPart
from diarium.archive.selection_splitting import CaseSize, PlannedPart, split
from diarium.classification.models import Classification, RetentionRule
from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.register.models import Authority, Case, DisposalDepth, Document, Party, Record

ROWS_AT_ONCE = 1000
_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """The clauses of one selection: what is `taken`, and what a closed circle keeps out (`left_out`)."""

    taken: ColumnElement[bool]
    left_out: ColumnElement[bool]


def chosen(authority: Authority, criteria: Criteria) -> Chosen:
    """How `criteria` are asked of the table of cases.

    Those that only a closed circle may see are never taken: no archivist need be in it.
    """
    fitting = (
        (Case.authority_id == authority.id)
        & Case.status.in_(criteria.statuses)
        & (Case.closed_on >= criteria.period_from)
        & (Case.closed_on <= criteria.period_to)
        & _of_classes(criteria.class_codes)
        & _of_rules(criteria)
        & ~is_disposed()
    )
    if not criteria.with_protected:
        fitting &= ~has_protected()
    return Chosen(fitting & ~has_closed_circle(), fitting & has_closed_circle())


def check(session: Session, criteria: Criteria) -> None:
    """Raises: InvalidPeriod, InvalidCriteria (also for a class or rule that there is not)."""
    criteria.check()
    for code in criteria.class_codes:
        found = select(Classification.id).where(_of_code(code)).limit(1)
        if session.scalar(found) is None:
            raise InvalidCriteria(
                _("Klassen %(code)s finns inte. Välj en klass ur listan.", code=code), field="class_codes"
            )
    known = set(
        session.scalars(select(RetentionRule.uid).where(RetentionRule.uid.in_(criteria.retention_rule_uids)))
    )
    if known != set(criteria.retention_rule_uids):
        raise InvalidCriteria(_("Gallringsregeln finns inte. Välj ur listan."), field="retention_rules")


def freeze(session: Session, export: Export, criteria: Criteria) -> int:
    """Writes the chosen cases as items of `export`, in the order of their numbers, and parts them into packages.

    Returns how many cases there are.
    """
    taken = chosen(export.authority, criteria).taken
    cases = select(literal(export.id), Case.id).where(taken).order_by(Case.year, Case.series_id, Case.number)
    session.execute(insert(ExportItem).from_select(["export_id", "case_id"], cases))
    return divide(session, export)


def freeze_again(session: Session, export: Export, earlier: Export) -> int:
    """The same cases as `earlier` in the same order, parted by the limits of `export`; returns how many.

    What was disposed of since is left out.
    """
    cases = (
        select(literal(export.id), ExportItem.case_id)
        .join(ExportItem.case)
        .where(ExportItem.export_id == earlier.id, ~is_disposed())
        .order_by(ExportItem.id)
    )
    session.execute(insert(ExportItem).from_select(["export_id", "case_id"], cases))
    return divide(session, export)


def divide(session: Session, export: Export) -> int:
    """Parts the items of `export` into packages within its limits; returns how many cases there are."""
    total = 0
    items = (
        CaseSize(*row)
        for row in session.execute(_sizes_of_items(export.id).execution_options(yield_per=ROWS_AT_ONCE))
    )
    # read to the end first: SQLite must not be written to while rows are being fetched
    for planned in list(split(items, export.limits)):
        part = ExportPart(
            export_id=export.id,
            number=planned.number,
            case_count=planned.cases,
            file_count=planned.files,
            byte_count=planned.size,
        )
        session.add(part)
        session.flush()
        of_part = (ExportItem.export_id == export.id) & ExportItem.id.between(planned.first, planned.last)
        session.execute(update(ExportItem).where(of_part).values(part_id=part.id))
        part.has_protected = holds_protected(session, part.id)
        total += planned.cases
    return total


def packages(
    session: Session, authority: Authority, criteria: Criteria, limits: PackageLimits
) -> tuple[PlannedPart, ...]:
    """The packages that an export by `criteria` would become."""
    query = _sizes(Case.id).where(chosen(authority, criteria).taken)
    query = query.group_by(Case.id, Case.year, Case.series_id, Case.number)
    query = query.order_by(Case.year, Case.series_id, Case.number).execution_options(yield_per=ROWS_AT_ONCE)
    return tuple(split((CaseSize(key, files, size) for key, files, size in session.execute(query)), limits))


def require_open_circles(session: Session, part_id: int) -> None:
    """Raises: PackagingStopped if the circle of a chosen case was closed after the cases were chosen."""
    closed = session.scalars(
        select(Case.number_text)
        .join(ExportItem, ExportItem.case_id == Case.id)
        .where(ExportItem.part_id == part_id, has_closed_circle())
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


def holds_protected(session: Session, part_id: int) -> bool:
    """Whether somebody in a case of a part has a protected identity now."""
    query = select(ExportItem.id).join(ExportItem.case).where(ExportItem.part_id == part_id, has_protected())
    return session.scalar(query.limit(1)) is not None


def require_content(session: Session, part_id: int) -> None:
    """Raises: PackagingStopped if a chosen case was disposed of while the export lay stopped."""
    numbers = session.scalars(
        select(Case.number_text)
        .join(ExportItem, ExportItem.case_id == Case.id)
        .where(ExportItem.part_id == part_id, is_disposed())
        .order_by(ExportItem.id)
        .limit(_NAMED_AT_MOST)
    ).all()
    if numbers:
        raise PackagingStopped(f"{', '.join(numbers)}: {_('Ärendet är redan gallrat.')}")


def disposed_of(session: Session, export: Export) -> str | None:
    """The number of a case of the export that has lost files or everything since, if there is any."""
    query = select(Case.number_text).join(ExportItem, ExportItem.case_id == Case.id)
    gone = query.where(ExportItem.export_id == export.id, Case.disposed.is_not(None))
    return session.scalar(gone.order_by(ExportItem.id).limit(1))


def is_disposed() -> ColumnElement[bool]:
    """Whether nothing is left of a case but its number: no archive is to have that."""
    return Case.disposed.is_not(None) & (Case.disposed == DisposalDepth.EVERYTHING)


def has_closed_circle() -> ColumnElement[bool]:
    """Whether only a closed circle may see what is marked in a case or in one of its records."""
    of_record = exists().where(Record.case_id == Case.id, Record.is_closed_circle)
    return or_(Case.is_closed_circle, of_record.correlate(Case))


def has_protected() -> ColumnElement[bool]:
    """Whether somebody in a case has a protected identity."""
    in_records = select(Record.case_id).join(Party, Party.record_id == Record.id).where(Party.is_protected)
    in_cases = select(Party.case_id).where(Party.is_protected, Party.case_id.is_not(None))
    return or_(Case.id.in_(in_records), Case.id.in_(in_cases))


def _sizes(key: InstrumentedAttribute[int]) -> Select[int, int, int]:
    """Key, number of files and bytes of each case that is asked for further on."""
    return (
        select(key, func.count(Document.id), func.coalesce(func.sum(Blob.size), 0))
        .select_from(Case)
        .outerjoin(Record, Record.case_id == Case.id)
        .outerjoin(Document, Document.record_id == Record.id)
        .outerjoin(Blob, Blob.sha256 == Document.sha256)
    )


def _sizes_of_items(export_id: int) -> Select[int, int, int]:
    query = _sizes(ExportItem.id).join(ExportItem, ExportItem.case_id == Case.id)
    return query.where(ExportItem.export_id == export_id).group_by(ExportItem.id).order_by(ExportItem.id)


def _of_classes(codes: tuple[str, ...]) -> ColumnElement[bool]:
    if not codes:
        return true()
    return Case.classification_id.in_(select(Classification.id).where(or_(*(_of_code(code) for code in codes))))


def _of_code(code: str) -> ColumnElement[bool]:
    """The class with this code in any version of the scheme, and its subclasses."""
    return or_(Classification.code == code, Classification.code.startswith(f"{code}.", autoescape=True))


def _of_rules(criteria: Criteria) -> ColumnElement[bool]:
    if not criteria.retention_rule_uids:
        return true()
    rules = select(RetentionRule.id).where(RetentionRule.uid.in_(criteria.retention_rule_uids))
    return Case.classification_id.in_(select(Classification.id).where(Classification.retention_rule_id.in_(rules)))
