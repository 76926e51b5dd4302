"""Placeholders of letters: a closed list, checked on saving and filled in by plain replacement.

Texts come from users, so they are never given to `str.format` or to a template engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from diarium.correspondence.errors import InvalidLetter
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l

_WRITTEN = re.compile(r"\{([^{}\n]{0,60})\}")


class Placeholder(StrEnum):
    """What a letter can have filled in. The value is what stands between the braces."""

    CASE_NUMBER = "arendenummer"
    CASE_TITLE = "arendemening"
    RECORD_NUMBER = "handlingsnummer"
    RECORD_TITLE = "handling"
    RECEIVED_ON = "inkom"
    SENDER = "avsandare"
    TODAY = "datum"
    OFFICER = "handlaggare"
    AUTHORITY = "myndighet"
    CONTACT = "kontakt"
    ANSWER_BY = "svar_senast"
    APPEAL = "overklagande"


PLACEHOLDER_LABELS: Mapping[Placeholder, str] = {
    Placeholder.CASE_NUMBER: _l("ärendets nummer"),
    Placeholder.CASE_TITLE: _l("vad ärendet gäller"),
    Placeholder.RECORD_NUMBER: _l("handlingens nummer"),
    Placeholder.RECORD_TITLE: _l("vad handlingen rör"),
    Placeholder.RECEIVED_ON: _l("dagen då handlingen kom in"),
    Placeholder.SENDER: _l("handlingens avsändare"),
    Placeholder.TODAY: _l("dagens datum"),
    Placeholder.OFFICER: _l("handläggarens namn"),
    Placeholder.AUTHORITY: _l("myndighetens namn"),
    Placeholder.CONTACT: _l("myndighetens e-post och telefon"),
    Placeholder.ANSWER_BY: _l("sista dag att svara, som anges när brevet skickas"),
    Placeholder.APPEAL: _l("hur beslutet överklagas, som anges när brevet skickas"),
}
# Given in the form where a letter is sent, and filled in at last.
GIVEN_AT_SENDING = frozenset({Placeholder.ANSWER_BY, Placeholder.APPEAL})


def check(text: str, field: str) -> None:
    """Raises: InvalidLetter at `field` if `text` holds a placeholder that there is none of."""
    for name in _WRITTEN.findall(text):
        if name.strip() not in list(Placeholder):
            raise InvalidLetter(
                _("Platshållaren {%(name)s} finns inte. De som finns är: %(all)s.",
                  name=name, all=", ".join(f"{{{known}}}" for known in Placeholder)),
                field=field,
            )  # fmt: skip


def fill(text: str, values: Mapping[Placeholder, str]) -> str:
    """`text` with each placeholder that has a value replaced by it; the others stay as they stand.

    A value that itself looks like a placeholder is not filled in again.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        known = Placeholder(name) if name in list(Placeholder) else None
        return values.get(known, found[0]) if known else found[0]

    return _WRITTEN.sub(value, text)


def used(text: str) -> frozenset[Placeholder]:
    """The placeholders that stand in `text`."""
    return frozenset(
        Placeholder(name.strip()) for name in _WRITTEN.findall(text) if name.strip() in list(Placeholder)
    )


def require_filled(text: str, field: str) -> None:
    """Raises: InvalidLetter at `field` if a placeholder is left in what is to be sent."""
    left = used(text)
    if left:
        names = ", ".join(f"{{{name}}}" for name in Placeholder if name in left)
        raise InvalidLetter(
            _("Här står fortfarande %(names)s. Skriv uppgiften i stället, eller ta bort den.", names=names),
            field=field,
        )
