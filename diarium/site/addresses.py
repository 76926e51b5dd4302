"""The permanent addresses of cases and records. They are part of what citizens link to: never change them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import g, request, url_for

from diarium.i18n import gettext as _
from diarium.public.models import PublicCase, PublicRecord


def of_case(case: PublicCase, *, page: int | None = None) -> str:
    """/arende/KS/2024/123, with the series in it where it is not the authority's own."""
    return url_for("site.case", sida=page, **_number(case))


def of_record(record: PublicRecord, case: PublicCase) -> str:
    """/handling/KS/2024/123/4"""
    return of_running_number(case, record.running_number)


def of_running_number(case: PublicCase, running_number: int) -> str:
    """The address of the record with a running number in `case`."""
    return url_for("site.record", running=running_number, **_number(case))


def of_entry(found: PublicCase | PublicRecord) -> str:
    """The address of a case, or of a record whose case is loaded."""
    return of_case(found) if isinstance(found, PublicCase) else of_record(found, found.case)


def of_case_feed(case: PublicCase) -> str:
    """The Atom feed of a case."""
    return url_for("site.case_feed", **_number(case))


def of_series(authority: str, year: int, series: str | None = None, *, page: int | None = None) -> str:
    """/diarium/KS/2024"""
    other = series if series != authority else None
    return url_for("site.series", authority=authority, year=year, serie=other, sida=page)


def of_day(authority: str | None, day: dt.date, *, page: int | None = None) -> str:
    """The daily list of a day."""
    return url_for("site.postlista", myndighet=authority, dag=day.isoformat(), sida=page)


def of_week(authority: str | None, day: dt.date, *, page: int | None = None) -> str:
    """The daily list of the week in which `day` is, such as 2026-W47."""
    return url_for("site.postlista", myndighet=authority, vecka=week_text(day), sida=page)


def week_text(day: dt.date) -> str:
    """The week of a day as ISO 8601 writes it: 2026-W47."""
    year, week, _weekday = day.isocalendar()
    return f"{year:04}-W{week:02}"


def week_label(day: dt.date) -> str:
    """The week of a day as people say it: vecka 47, 2026."""
    year, week, _weekday = day.isocalendar()
    return _("vecka %(week)s, %(year)s", week=week, year=year)


def permanent(found: PublicCase | PublicRecord, case: PublicCase) -> str:
    """The whole permanent address, in no particular language."""
    numbers = _number(case)
    if isinstance(found, PublicCase):
        return whole("site.case", **numbers)
    return whole("site.record", running=found.running_number, **numbers)


def of_uid(uid: uuid.UUID) -> str:
    """The whole address that stays even if a number should change."""
    return whole("site.entry", uid=uid)


def whole(endpoint: str, **values: Any) -> str:
    """The whole address of a page in no particular language, for other programs and other media."""
    return absolute(url_for(endpoint, **{"lang": None, **values}))


def absolute(path: str) -> str:
    """`path` with the name of the site, as the settings have it or else as it was asked for."""
    return (g.get("public_url") or request.host_url.rstrip("/")) + path


def _number(case: PublicCase) -> dict[str, Any]:
    found: dict[str, Any] = {"authority": case.authority_code, "year": case.year, "number": case.number}
    if case.series_code != case.authority_code:
        found["series"] = case.series_code
    return found
