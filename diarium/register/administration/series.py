"""Number series of an authority: added, changed, closed and opened, with the numbers that they will give."""

from __future__ import annotations

import datetime as dt
import re
import string
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register import numbering
from diarium.register.administration.authorities import administered, checked_code
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority, Case, DiarySeries, SeriesCounter

EXAMPLES = 3
_CHECKED_AHEAD = 300
_LONGEST = 60
_TRIED = (1, 12, 123, 1234, 98765)


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What can be changed of a series. `closes_on` is the last day on which it gives numbers."""

    name: str
    number_format: str
    is_restricted: bool = False
    opens_on: dt.date | None = None
    closes_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A further series of an authority."""

    code: str
    facts: SeriesFacts
    restarts_yearly: bool = True


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series in a list, with the number that comes next."""

    uid: uuid.UUID
    code: str
    name: str
    number_format: str
    next_number: str
    restarts_yearly: bool
    is_restricted: bool
    is_active: bool
    is_open: bool
    opens_on: dt.date | None
    closes_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Numbers that a pattern gives. `is_found_freely`: also if it is typed in another way than it is written."""

    numbers: tuple[str, ...]
    is_found_freely: bool


def add_series(session: Session, actor: Actor, authority_code: str, command: NewSeries) -> DiarySeries:
    """Adds a number series. Raises: NotFound; InvalidFact and InvalidText with the field's name."""
    authority = administered(session, actor, authority_code, lock=True)
    code = checked_code(command.code)
    if any(item.code == code for item in authority.series):
        raise InvalidFact(_("Koden %(code)s är upptagen.", code=code), field="code")
    series = DiarySeries(code=code, restarts_yearly=command.restarts_yearly)
    _write(session, authority, series, command.facts)
    authority.series.append(series)
    session.flush()
    after = {"code": code, "restarts_yearly": series.restarts_yearly, **facts_of(series)}
    audit.write(session, actor, "series.added", subject(series), after=after)
    return series


def change_series(
    session: Session, actor: Actor, authority_code: str, uid: uuid.UUID, facts: SeriesFacts, *, seen: str
) -> DiarySeries:
    """Changes a series; numbers that were given stay as they were written.

    Whether only numbers are shown to the public is brought to the open register after the commit, case by case.
    Raises: NotFound; InvalidFact and InvalidText with the field's name; Stale. Source: OSF 2009:641 3 §.
    """
    series = series_of(session, actor, authority_code, uid, lock=True)
    before = facts_of(series)
    revision.require_seen(before, seen)
    _write(session, series.authority, series, facts)
    changed = revision.note(session, actor, "series.changed", subject(series), before, facts_of(series))
    if "is_restricted" in changed:
        feed.publish(session, "series", series.uid, "series.changed")
    return series


def close_series(session: Session, actor: Actor, authority_code: str, uid: uuid.UUID) -> None:
    """No new cases from now on; those that have a number of it go on. Raises: NotFound."""
    _set_active(session, actor, series_of(session, actor, authority_code, uid, lock=True), False)


def open_series(session: Session, actor: Actor, authority_code: str, uid: uuid.UUID) -> None:
    """Takes a closed series into use again. Raises: NotFound."""
    _set_active(session, actor, series_of(session, actor, authority_code, uid, lock=True), True)


def listing(session: Session, actor: Actor, authority_code: str) -> tuple[SeriesRow, ...]:
    """The series of the authority in the order in which they were added. Raises: NotFound."""
    authority = administered(session, actor, authority_code)
    counters = _counters(session, authority)
    return tuple(_row(series, counters) for series in authority.series)


def preview(
    session: Session, authority: Authority, pattern: str, code: str, series: DiarySeries | None
) -> Preview:
    """The next numbers of `series` (a new one, if None) if its pattern were `pattern`.

    Raises: InvalidFact if numbers could not be told from each other or from those of another series.
    """
    _check_pattern(session, authority, pattern, code, series)
    year = today().year
    first = _next_number(session, series) if series is not None and series.id is not None else 1
    numbers = tuple(numbering.write(pattern, code, year, first + step) for step in range(EXAMPLES))
    readings = numbering.read(numbers[0])
    is_found = any((item.year, item.number) == (year, first) and item.series in (None, code) for item in readings)
    return Preview(numbers, is_found)


def series_of(
    session: Session, actor: Actor, authority_code: str, uid: uuid.UUID, *, lock: bool = False
) -> DiarySeries:
    """The series with `uid` of the authority. Raises: NotFound."""
    authority = administered(session, actor, authority_code, lock=lock)
    found = session.scalar(
        select(DiarySeries).where(DiarySeries.uid == uid, DiarySeries.authority_id == authority.id)
    )
    if found is None:
        raise NotFound(_("Diarieserien finns inte."))
    if lock:
        session.refresh(found, with_for_update=True)
    return found


def facts_of(series: DiarySeries) -> dict[str, object]:
    """What `change_series` changes, as pages show and events keep it."""
    return {name: getattr(series, name) for name in SeriesFacts.__dataclass_fields__}


def subject(series: DiarySeries) -> audit.Subject:
    """The series as audit events name it."""
    return audit.Subject("series", series.uid, series.code, series.authority.code)


def _write(session: Session, authority: Authority, series: DiarySeries, facts: SeriesFacts) -> None:
    checked = asdict(facts) | {
        "name": texts.required_line(facts.name, 200, "name", _("Skriv seriens namn.")),
        "number_format": facts.number_format.strip(),
    }
    if facts.opens_on and facts.closes_on and facts.closes_on < facts.opens_on:
        raise InvalidFact(_("Sista dagen kan inte ligga före den första."), field="closes_on")
    if series.number_format != checked["number_format"]:
        known = series if series.id is not None else None
        _check_pattern(session, authority, str(checked["number_format"]), series.code, known)
    for name, value in checked.items():
        setattr(series, name, value)


def _check_pattern(
    session: Session, authority: Authority, pattern: str, code: str, series: DiarySeries | None
) -> None:
    numbering.check_format(pattern)
    year = today().year
    written = [numbering.write(pattern, code, year, number) for number in _TRIED]
    if len(written[-1]) > _LONGEST:
        raise InvalidFact(
            _("Numret blir längre än %(most)s tecken. Välj ett kortare format.", most=_LONGEST),
            field="number_format",
        )
    others = (item for item in authority.series if series is None or item.id != series.id)
    for other in others:
        if other.code != code and _could_be_of(other, written):
            raise InvalidFact(
                _("Numren går inte att skilja från dem i serien %(code)s. Ta med {series}.", code=other.code),
                field="number_format",
            )
    first = _next_number(session, series) if series is not None else 1
    ahead = [numbering.write(pattern, code, year, first + step) for step in range(_CHECKED_AHEAD)]
    taken = session.scalar(
        select(Case.number_text).where(Case.authority_id == authority.id, Case.number_text.in_(ahead)).limit(1)
    )
    if taken is not None:
        raise InvalidFact(
            _("Numret %(number)s finns redan. Välj ett annat format.", number=taken), field="number_format"
        )


def _could_be_of(other: DiarySeries, numbers: Iterable[str]) -> bool:
    """Whether the other series could write any of `numbers` itself."""
    shapes = {"series": re.escape(other.code), "year": "[0-9]{4}", "year2": "[0-9]{2}", "number": "[0-9]+"}
    shape = "".join(
        re.escape(literal) + (shapes[name] if name else "")
        for literal, name, _specification, _conversion in string.Formatter().parse(other.number_format)
    )
    return any(re.fullmatch(shape, number) for number in numbers)


def _next_number(session: Session, series: DiarySeries) -> int:
    key = today().year if series.restarts_yearly else 0
    counter = session.get(SeriesCounter, (series.id, key))
    return (counter.last_number if counter else 0) + 1


def _counters(session: Session, authority: Authority) -> dict[tuple[int, int], int]:
    rows = session.execute(
        select(SeriesCounter.series_id, SeriesCounter.year, SeriesCounter.last_number)
        .join(DiarySeries, DiarySeries.id == SeriesCounter.series_id)
        .where(DiarySeries.authority_id == authority.id, SeriesCounter.year.in_((0, today().year)))
    )
    return {(row.series_id, row.year): row.last_number for row in rows}


def _row(series: DiarySeries, counters: dict[tuple[int, int], int]) -> SeriesRow:
    day = today()
    last = counters.get((series.id, day.year if series.restarts_yearly else 0), 0)
    return SeriesRow(
        uid=series.uid,
        code=series.code,
        name=series.name,
        number_format=series.number_format,
        next_number=numbering.write(series.number_format, series.code, day.year, last + 1),
        restarts_yearly=series.restarts_yearly,
        is_restricted=series.is_restricted,
        is_active=series.is_active,
        is_open=series.gives_numbers_on(day),
        opens_on=series.opens_on,
        closes_on=series.closes_on,
    )


def _set_active(session: Session, actor: Actor, series: DiarySeries, is_active: bool) -> None:
    if series.is_active == is_active:
        return
    series.is_active = is_active
    before, after = {"is_active": not is_active}, {"is_active": is_active}
    action = "series.opened" if is_active else "series.closed"
    audit.write(session, actor, action, subject(series), before=before, after=after)
