"""What may stand in a cell: no formula, nothing that XML or a spreadsheet can't take."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from diarium.i18n import STOCKHOLM

MOST_CHARACTERS = 32_000
"""A spreadsheet takes 32,767 in a cell."""
# What is no character of XML 1.0, and carriage returns, which would end a row for some readers.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Programs take these for the beginning of a formula; "Fullwidth" forms are folded to them when read.
_FORMULA = frozenset("=+-@\t\r\n")


def text_of(value: str) -> str:
    """`value` without control characters, cut to what a cell holds; line breaks stay."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text)[:MOST_CHARACTERS]


def looks_like_formula(text: str) -> bool:
    """Whether a program might take `text` for a formula, also behind blanks and signs that can't be seen."""
    if not text:
        return False
    if text[0] in _FORMULA:
        return True
    first = next((char for char in text if not _is_blank(char)), "")
    return unicodedata.normalize("NFKC", first)[:1] in _FORMULA if first else False


def local(moment: dt.datetime) -> dt.datetime:
    """The moment by the Swedish clock, without a zone and to the second, as spreadsheets write it."""
    return moment.astimezone(STOCKHOLM).replace(tzinfo=None, microsecond=0)


def _is_blank(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn")
