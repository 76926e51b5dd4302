"""Turn of the year: what happens by itself, what must be looked after, series that end or begin with the year."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import workdays
from diarium.audit import service as audit
from diarium.classification import queries as classes
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.register import numbering
from diarium.register.administration import series as numbers
from diarium.register.administration.authorities import administered
from diarium.register.administration.series import NewSeries
from diarium.register.errors import StatusConflict
from diarium.register.models import Authority, Case, Deadline, DiarySeries, SeriesCounter, YearSetUp
from diarium.register.vocabulary import FINISHED, DeadlineState

_AROUND = (dt.timedelta(days=12), dt.timedelta(days=12))


@dataclass(frozen=True, slots=True)
class YearSeries:
    """A series at the turn of the year: its last number of the old year and its first of the new one."""

    uid: uuid.UUID
    code: str
    name: str
    last_number: str
    first_number: str | None
    restarts_yearly: bool


@dataclass(frozen=True, slots=True)
class Absent:
    """An officer whose account is closed and who has open cases."""

    name: str
    username: str
    cases: int


@dataclass(frozen=True, slots=True)
class YearChecklist:
    """What to look after before `year`; `scheme`: the version that is in force on its first day."""

    code: str
    name: str
    year: int
    prepared_by: str | None
    prepared_at: dt.datetime | None
    series: tuple[YearSeries, ...]
    scheme: str | None
    is_scheme_new: bool
    open_by_year: tuple[tuple[int, int], ...]
    absent: tuple[Absent, ...]
    deadlines_on_closed_days: tuple[dt.date, ...]
    first_workday: dt.date


def checklist(session: Session, actor: Actor, code: str, year: int) -> YearChecklist:
    """What to look after before `year`. Constant number of queries. Raises: NotFound, also for a year far away."""
    authority = administered(session, actor, code)
    require_near(year)
    first = dt.date(year, 1, 1)
    scheme = classes.scheme_on(session, first)
    done = session.get(YearSetUp, (authority.id, year))
    return YearChecklist(
        code=authority.code,
        name=authority.name,
        year=year,
        prepared_by=done.done_by_name if done else None,
        prepared_at=done.done_at if done else None,
        series=_series(session, authority, year),
        scheme=f"{scheme.name} {scheme.version}" if scheme else None,
        is_scheme_new=scheme is not None and scheme.valid_from == first,
        open_by_year=_open_by_year(session, authority, year),
        absent=_absent(session, authority),
        deadlines_on_closed_days=_deadlines(session, authority, first),
        first_workday=workdays.next_workday(first - dt.timedelta(days=1)),
    )


def prepare(
    session: Session,
    actor: Actor,
    code: str,
    year: int,
    *,
    ends: Collection[uuid.UUID] = (),
    begins: NewSeries | None = None,
) -> None:
    """Notes that the authority is prepared: the series in `ends` give their last number on 31 December, and the
    series `begins` its first on 1 January. Can be done again.

    Raises: NotFound; StatusConflict if no series would give numbers on 1 January; InvalidFact and InvalidText with
    the field's name.
    """
    authority = administered(session, actor, code, lock=True)
    require_near(year)
    first = dt.date(year, 1, 1)
    known = {item.uid: item for item in authority.series}
    if strangers := set(ends) - known.keys():
        raise NotFound(_("Diarieserien finns inte: %(uid)s", uid=min(map(str, strangers))))
    ended = [known[uid] for uid in ends]
    for series in ended:
        series.closes_on = first - dt.timedelta(days=1)
    if begins is not None:
        facts = replace(begins.facts, opens_on=first)
        numbers.add_series(session, actor, code, replace(begins, facts=facts))
        session.refresh(authority, ["series"])
    if not any(item.gives_numbers_on(first) for item in authority.series):
        raise StatusConflict(_("Ingen serie skulle ge nummer den 1 januari. Låt en vara öppen."), field="ends")
    _note_done(session, actor, authority, year)
    after = {
        "year": year,
        "series_ended": [item.code for item in ended],
        "series_begun": begins.code.strip().upper() if begins else None,
    }
    about = audit.Subject("set_up", authority.uid, f"{authority.code} {year}", authority.code)
    audit.write(session, actor, "set_up.year_prepared", about, after=after)


def require_near(year: int) -> None:
    """Raises: NotFound for a year that is neither this one nor the next."""
    if year not in (today().year, today().year + 1):
        raise NotFound(_("Bara det här året och nästa kan förberedas."))


def _note_done(session: Session, actor: Actor, authority: Authority, year: int) -> None:
    done = session.get(YearSetUp, (authority.id, year))
    if done is not None:
        session.delete(done)
        session.flush()
    session.add(YearSetUp(authority_id=authority.id, year=year, done_by_name=actor.name))
    session.flush()


def _series(session: Session, authority: Authority, year: int) -> tuple[YearSeries, ...]:
    rows = session.execute(
        select(SeriesCounter.series_id, SeriesCounter.year, SeriesCounter.last_number)
        .join(DiarySeries, DiarySeries.id == SeriesCounter.series_id)
        .where(DiarySeries.authority_id == authority.id, SeriesCounter.year.in_((0, year - 1, year)))
    )
    last = {(row.series_id, row.year): row.last_number for row in rows}
    found = []
    for item in authority.series:
        if not item.is_active:
            continue
        before = last.get((item.id, year - 1 if item.restarts_yearly else 0), 0)
        after = last.get((item.id, year), 0) if item.restarts_yearly else before
        goes_on = item.gives_numbers_on(dt.date(year, 1, 1))
        found.append(
            YearSeries(
                uid=item.uid,
                code=item.code,
                name=item.name,
                last_number=_written(item, year - 1, before) if before else "",
                first_number=_written(item, year, after + 1) if goes_on else None,
                restarts_yearly=item.restarts_yearly,
            )
        )
    return tuple(found)


def _written(series: DiarySeries, year: int, number: int) -> str:
    return numbering.write(series.number_format, series.code, year, number)


def _open_by_year(session: Session, authority: Authority, year: int) -> tuple[tuple[int, int], ...]:
    rows = session.execute(
        select(Case.year, func.count())
        .where(Case.authority_id == authority.id, Case.status.not_in(FINISHED), Case.year < year)
        .group_by(Case.year)
        .order_by(Case.year)
    )
    return tuple((row[0], row[1]) for row in rows)


def _absent(session: Session, authority: Authority) -> tuple[Absent, ...]:
    rows = session.execute(
        select(User.name, User.username, func.count())
        .join(Case, Case.responsible_id == User.id)
        .where(Case.authority_id == authority.id, Case.status.not_in(FINISHED), User.is_active.is_(False))
        .group_by(User.id, User.name, User.username, User.name_key)
        .order_by(User.name_key)
    )
    return tuple(Absent(*row) for row in rows)


def _deadlines(session: Session, authority: Authority, first: dt.date) -> tuple[dt.date, ...]:
    """The closed days around the turn of the year on which something is watched."""
    before, after = _AROUND
    days = session.scalars(
        select(Deadline.due_on)
        .join(Deadline.case)
        .where(Case.authority_id == authority.id, Deadline.state == DeadlineState.OPEN)
        .where(Deadline.due_on.between(first - before, first + after))
        .distinct()
        .order_by(Deadline.due_on)
    )
    return tuple(day for day in days if not workdays.is_workday(day))
