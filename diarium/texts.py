"""Texts that people typed, made fit to be kept: one Unicode form, nothing invisible, no longer than allowed."""

from __future__ import annotations

import re
import unicodedata

from diarium.errors import DomainError
from diarium.i18n import gettext as _

# Control characters and those that turn the reading direction have no place in a register's texts.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


class InvalidText(DomainError):
    """A text that is missing or too long; `field` names it."""


def clean(value: str) -> str:
    """`value` in Unicode form NFC, without control and direction characters, blanks folded per line."""
    text = _UNWANTED.sub("", unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")))
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def line(value: str | None, most: int, field: str) -> str:
    """`value` in one line; empty if nothing was written. Raises: InvalidText if longer than `most` characters."""
    return _fitting(" ".join(clean(value or "").split()), most, field)


def required_line(value: str | None, most: int, field: str, message: str | None = None) -> str:
    """Like `line`, but not empty. Raises: InvalidText, with `message` if nothing was written."""
    text = line(value, most, field)
    if not text:
        raise InvalidText(message or _("Fyll i uppgiften."), field=field)
    return text


def lines(value: str | None, most: int, field: str) -> str:
    """`value` in as many lines as it has. Raises: InvalidText if longer than `most` characters."""
    return _fitting(clean(value or ""), most, field)


def _fitting(text: str, most: int, field: str) -> str:
    if len(text) > most:
        message = _(
            "Texten är %(length)s tecken lång. Korta den till högst %(most)s.", length=len(text), most=most
        )
        raise InvalidText(message, field=field)
    return text
