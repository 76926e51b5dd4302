"""What may be disposed of by now, and what will be: found in the database, whatever the size of the register."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, extract, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.models import ExportItem
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.disposal import reckoning
from diarium.disposal.models import Ground, RetentionDay
from diarium.disposal.reckoning import CountedFrom
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority, Case, DisposalDepth
from diarium.register.vocabulary import CaseStatus

ENDED = (CaseStatus.CLOSED, CaseStatus.ARCHIVED)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases are looked for. `class_code` takes its subclasses along; `year`: in which they fall due.

    `day`: what is due by then; `with_files_gone`: also cases whose files alone are disposed of already.
    """

    authority: str
    ground: Ground = Ground.DUE
    class_code: str | None = None
    rule_uid: uuid.UUID | None = None
    year: int | None = None
    day: dt.date | None = None
    with_files_gone: bool = False


@dataclass(frozen=True, slots=True)
class YearRow:
    """How many cases of a class fall due in a year. `is_due`: by now."""

    year: int
    class_code: str
    class_title: str
    rule: RetentionRule
    cases: int
    is_due: bool


def disposable_authorities(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities where the actor disposes."""
    query = select(Authority.code, Authority.name).order_by(Authority.name)
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.DISPOSE)))
    return [(code, name) for code, name in session.execute(query)]


def candidates(session: Session, wanted: Wanted) -> Select[Case]:
    """The cases of which the time is out, or that are delivered; what stands in the way is told apart.

    Ordered by number within the authority.
    """
    query = _of_authority(wanted)
    if wanted.ground is Ground.DELIVERED:
        query = query.where(is_delivered(), Case.status == CaseStatus.ARCHIVED)
    else:
        query = query.where(_is_due(_rules(session, wanted), wanted.day or today(), wanted.year))
    return query.order_by(Case.id)


def page(session: Session, wanted: Wanted, after: int | None = None) -> tuple[Sequence[Case], int | None]:
    """A page of candidates, and where the next begins. Constant number of statements."""
    query = candidates(session, wanted).options(
        joinedload(Case.classification).joinedload(Classification.retention_rule), joinedload(Case.authority)
    )
    if after is not None:
        query = query.where(Case.id > after)
    found = session.scalars(query.limit(PAGE + 1)).unique().all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def calendar(session: Session, authority: str, first: int, last: int) -> tuple[YearRow, ...]:
    """How many cases fall due in each year of `first` to `last`, by class. A constant number of statements.

    What has been due since before `first` stands in `first`.
    """
    rules = {rule.id: rule for rule in _rules(session, Wanted(authority))}
    if not rules:
        return ()
    years = cast(extract("year", _happened_on(rules.values())), Integer)
    rows = session.execute(
        _of_authority(Wanted(authority))
        .with_only_columns(
            Classification.code,
            Classification.title,
            Classification.retention_rule_id,
            years.label("happened"),
            func.count(),
            maintain_column_froms=True,
        )
        .where(Classification.retention_rule_id.in_(rules), _happened_on(rules.values()).is_not(None))
        .group_by(Classification.code, Classification.title, Classification.retention_rule_id, years)
    )
    counted: dict[tuple[int, str, str, int], int] = {}
    for code, title, rule_id, happened, count in rows:
        if rule_id is None or happened is None:
            continue
        year = max(first, happened + (rules[rule_id].years or 0) + 1)
        if year <= last:
            key = (year, code, title, rule_id)
            counted[key] = counted.get(key, 0) + count
    present = today().year
    return tuple(
        YearRow(year, code, title, rules[rule_id], count, year <= present)
        for (year, code, title, rule_id), count in sorted(counted.items())
    )


def happened_days(session: Session, cases: Sequence[Case]) -> dict[int, dt.date | None]:
    """By case, the day that its rule counts from. One statement."""
    noted = session.execute(
        select(RetentionDay.case_id, RetentionDay.happened_on).where(
            RetentionDay.case_id.in_([one.id for one in cases])
        )
    )
    by_case: dict[int, dt.date] = {row.case_id: row.happened_on for row in noted}
    found: dict[int, dt.date | None] = {}
    for one in cases:
        rule = rule_of(one)
        is_noted = rule is not None and reckoning.counted_from(rule) is CountedFrom.NOTED_DAY
        found[one.id] = by_case.get(one.id) if is_noted else one.closed_on
    return found


def rule_of(case: Case) -> RetentionRule | None:
    """The retention rule of the case's class."""
    return case.classification.retention_rule if case.classification else None


def is_delivered() -> ColumnElement[bool]:
    """Whether an archive has confirmed that it holds the case (no test delivery)."""
    return (
        exists()
        .where(
            ExportItem.case_id == Case.id,
            PackageDelivery.part_id == ExportItem.part_id,
            PackageDelivery.state == DeliveryState.CONFIRMED,
            PackageDelivery.record_status != PackageStatus.TEST,
        )
        .correlate(Case)
    )


def not_disposed(*, with_files_gone: bool) -> ColumnElement[bool]:
    """Cases of which something can still be disposed of."""
    untouched = Case.disposed.is_(None)
    return or_(untouched, Case.disposed == DisposalDepth.FILES) if with_files_gone else untouched


def _of_authority(wanted: Wanted) -> Select[Case]:
    query = (
        select(Case)
        .join(Case.authority)
        .outerjoin(Case.classification)
        .outerjoin(RetentionDay, RetentionDay.case_id == Case.id)
        .where(Authority.code == wanted.authority, Case.status.in_(ENDED))
        .where(not_disposed(with_files_gone=wanted.with_files_gone))
    )
    if wanted.class_code:
        within = Classification.code.startswith(f"{wanted.class_code}.", autoescape=True)
        query = query.where(or_(Classification.code == wanted.class_code, within))
    if wanted.rule_uid is not None:
        rule = select(RetentionRule.id).where(RetentionRule.uid == wanted.rule_uid).scalar_subquery()
        query = query.where(Classification.retention_rule_id == rule)
    return query


def _rules(session: Session, wanted: Wanted) -> Sequence[RetentionRule]:
    query = select(RetentionRule).where(
        RetentionRule.retention == Retention.DISPOSE, RetentionRule.years.is_not(None)
    )
    if wanted.rule_uid is not None:
        query = query.where(RetentionRule.uid == wanted.rule_uid)
    return session.scalars(query.order_by(RetentionRule.id)).all()


def _is_due(rules: Sequence[RetentionRule], day: dt.date, year: int | None) -> ColumnElement[bool]:
    return or_(false(), *_each_due(rules, day, year))


def _each_due(rules: Sequence[RetentionRule], day: dt.date, year: int | None) -> Iterator[ColumnElement[bool]]:
    for rule in rules:
        happened = _column(rule)
        conditions = [Classification.retention_rule_id == rule.id, happened < reckoning.cutoff(rule, day)]
        if year is not None:
            of_year = year - (rule.years or 0) - 1
            if not 1 <= of_year <= 9998:
                continue
            conditions += [happened >= dt.date(of_year, 1, 1), happened < dt.date(of_year + 1, 1, 1)]
        yield and_(*conditions)


def _column(rule: RetentionRule) -> InstrumentedAttribute[dt.date] | InstrumentedAttribute[dt.date | None]:
    noted = reckoning.counted_from(rule) is CountedFrom.NOTED_DAY
    return RetentionDay.happened_on if noted else Case.closed_on


def _happened_on(rules: Iterable[RetentionRule]) -> ColumnElement[dt.date | None]:
    noted = [rule.id for rule in rules if reckoning.counted_from(rule) is CountedFrom.NOTED_DAY]
    is_noted = Classification.retention_rule_id.in_(noted)
    return case((is_noted, RetentionDay.happened_on), else_=Case.closed_on)
