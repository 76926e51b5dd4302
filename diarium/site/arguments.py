"""Reads what stands in an address, within limits."""

from __future__ import annotations

import datetime as dt
import re

from flask import request

from diarium.i18n import gettext as _

MAX_QUERY = 400
MAX_VALUES = 20
_WEEK = re.compile(r"([0-9]{4})-?[Ww]?([0-9]{1,2})")


def short_text(name: str, most: int = MAX_QUERY) -> str:
    """The value of `name`, at most `most` characters."""
    return _clean(request.args.get(name, ""))[:most]


def values(name: str) -> tuple[str, ...]:
    """All values of `name`, each once."""
    given = [_clean(value)[:100] for value in request.args.getlist(name)[:MAX_VALUES]]
    return tuple(dict.fromkeys(value for value in given if value))


def page_number() -> int:
    """Which page is wanted, from 1."""
    text = request.args.get("sida", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def day(name: str) -> tuple[dt.date | None, str | None]:
    """A day as it was typed (2024-05-01 or 20240501), and what is wrong with it."""
    text = short_text(name, 20)
    if not text:
        return None, None
    try:
        return dt.date.fromisoformat(text), None
    except ValueError:
        return None, _("”%(text)s” är inte ett datum. Skriv till exempel 2024-05-01.", text=text)


def week(name: str) -> tuple[dt.date | None, str | None]:
    """The Monday of a week as it was typed (2026-W47 or 2026-47), and what is wrong with it."""
    text = short_text(name, 20)
    if not text:
        return None, None
    found = _WEEK.fullmatch(text)
    try:
        return (dt.date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None), _no_week(text, found)
    except ValueError:
        return None, _no_week(text, None)


def is_too_long(name: str) -> bool:
    """Whether `short_text` leaves out something of what was typed."""
    return len(_clean(request.args.get(name, ""))) > MAX_QUERY


def _no_week(text: str, found: object) -> str | None:
    if found:
        return None
    return _("”%(text)s” är ingen vecka. Skriv till exempel 2024-W18.", text=text)


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL character."""
    return text.replace("\0", "").strip()
