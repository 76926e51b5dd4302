"""Translations without a web framework.

The source language of all user-facing text is Swedish: a message id *is* the Swedish text, and each other language
is a gettext catalogue in `diarium/translations/<locale>/LC_MESSAGES/diarium.po`, read as it is (no compile step).
The locale of the running request, command or job stands in a context variable.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext as std_gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import LazyProxy

SOURCE_LOCALE = "sv"
LOCALES = ("sv", "en")
STOCKHOLM = ZoneInfo("Europe/Stockholm")

_TRANSLATIONS = Path(__file__).parent / "translations"
_current: ContextVar[str] = ContextVar("diarium_locale", default=SOURCE_LOCALE)


def current_locale() -> str:
    """The locale of the running request, command or job: one of `LOCALES`."""
    return _current.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Runs the block in `locale`; an unknown one falls back to Swedish."""
    token = _current.set(locale if locale in LOCALES else SOURCE_LOCALE)
    try:
        yield
    finally:
        _current.reset(token)


def gettext(message: str, **values: object) -> str:
    """`message` (Swedish) in the current language, with `%(name)s` replaced from `values`."""
    text = _catalogue(current_locale()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The form of the message for `count`; `%(num)s` holds the count."""
    text = _catalogue(current_locale()).ngettext(singular, plural, count)
    return text % {"num": count, **values}


def template_ngettext(singular: str, plural: str, count: int) -> str:
    """Like `ngettext`, but unformatted: templates fill in the values themselves."""
    return _catalogue(current_locale()).ngettext(singular, plural, count)


def lazy_gettext(message: str) -> str:
    """Like `gettext`, but translated when shown: for labels at module level."""
    proxy: str = LazyProxy(gettext, message, enable_cache=False)  # type: ignore[assignment]
    return proxy


def show_date(value: dt.date | None, style: str = "iso") -> str:
    """A law day as text: `iso` gives 2024-05-01, `long` gives 1 maj 2024 in the current language."""
    if value is None:
        return ""
    return value.isoformat() if style == "iso" else format_date(value, "d MMMM y", locale=current_locale())


def show_time(value: dt.datetime | None) -> str:
    """A UTC moment as Swedish local time, 2024-05-01 13:05."""
    if value is None:
        return ""
    return format_datetime(value, "yyyy-MM-dd HH:mm", tzinfo=STOCKHOLM, locale=current_locale())


def show_size(size: int) -> str:
    """Bytes in the unit that reads best: 12 kB, 3,4 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)) if size else 0} kB"
    return f"{format_decimal(size / 1_000_000, '#,##0.0', locale=current_locale())} MB"


def local_date(moment: dt.datetime) -> dt.date:
    """The law day on which `moment` falls in Sweden."""
    return moment.astimezone(STOCKHOLM).date()


def today() -> dt.date:
    """Today in Sweden."""
    return dt.datetime.now(STOCKHOLM).date()


@functools.cache
def _catalogue(locale: str) -> std_gettext.NullTranslations:
    path = _TRANSLATIONS / locale / "LC_MESSAGES" / "diarium.po"
    if locale == SOURCE_LOCALE or not path.exists():
        return std_gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return std_gettext.GNUTranslations(compiled)
