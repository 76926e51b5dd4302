"""The language of the site: Swedish, English, or easy Swedish (*lättläst*).

It is carried along in links, never in a cookie. Easy Swedish is a way to read the help texts; everything else is
then shown in Swedish.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from diarium.i18n import SOURCE_LOCALE, current_locale
from diarium.i18n import gettext as _

EASY = "lattlast"
MOST_BYTES = 2_000
"""A longer question is not carried along: a page does not grow with what is asked of it."""

_PARAMETER = "lang"


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A language on offer. `code`: of its name, for screen readers. `url`: this page in it."""

    name: str
    code: str
    url: str
    is_chosen: bool


def is_easy() -> bool:
    """Whether easy Swedish is asked for."""
    return current_locale() == SOURCE_LOCALE and request.args.get(_PARAMETER) == EASY


def kept() -> str | None:
    """What links carry along; None for ordinary Swedish."""
    if current_locale() != SOURCE_LOCALE:
        return current_locale()
    return EASY if is_easy() else None


def choices() -> list[LanguageChoice]:
    """This page in each language."""
    now = kept()
    offered = ((None, "sv", "Svenska"), (EASY, "sv", "Lättläst"), ("en", "en", "English"))
    return [LanguageChoice(name, code, _address(value), value == now) for value, code, name in offered]


def label() -> str:
    """What the choice of languages is called."""
    return _("Språk")


def _address(value: str | None) -> str:
    kept_arguments = () if len(request.query_string) > MOST_BYTES else request.args.items(multi=True)
    others = [(name, text) for name, text in kept_arguments if name != _PARAMETER]
    query = urlencode([*others, (_PARAMETER, value)] if value else others)
    return f"?{query}" if query else request.path
