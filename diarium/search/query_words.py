"""The first reading of a query: from characters to words, signs and field names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from diarium.search.analysis import fold
from diarium.search.numbers import NumberMatch, match_number
from diarium.search.query_tree import Field

DATE_FIELD = "date"
YEAR_FIELD = "year"


class Sign(Enum):
    """What a part of the query is."""

    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    FIELD = auto()
    PHRASE = auto()
    WORD = auto()
    NUMBER = auto()
    UNCLOSED_QUOTE = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the query. `text`: the word, the phrase without quotes, or the name of the field."""

    sign: Sign
    text: str = ""
    number: NumberMatch | None = None


FIELD_NAMES = {
    "dnr": Field.NUMBER, "diarienummer": Field.NUMBER, "number": Field.NUMBER,
    "avsändare": Field.SENDER, "från": Field.SENDER, "sender": Field.SENDER,
    "mottagare": Field.RECIPIENT, "till": Field.RECIPIENT, "recipient": Field.RECIPIENT,
    "part": Field.PARTY, "party": Field.PARTY,
    "titel": Field.TITLE, "rubrik": Field.TITLE, "title": Field.TITLE,
    "typ": Field.RECORD_TYPE, "type": Field.RECORD_TYPE,
    "handläggare": Field.OFFICER, "officer": Field.OFFICER,
    "klass": Field.CLASSIFICATION, "class": Field.CLASSIFICATION,
    "datum": DATE_FIELD, "date": DATE_FIELD,
    "år": YEAR_FIELD, "year": YEAR_FIELD,
}  # fmt: skip

_OPERATORS = {
    "AND": Sign.AND, "OCH": Sign.AND, "OR": Sign.OR, "ELLER": Sign.OR, "NOT": Sign.NOT, "INTE": Sign.NOT,
}  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("”“„‟»«″", '"') | dict.fromkeys("’‘‛′´`", "'") | dict.fromkeys("‐‑–—−", "-"))
_FIELD = re.compile(r"([^\W\d_]{2,20}):(?=\S)")
# As people write it, "dnr 2024/5" and "Dnr: KS 2024/5": the word before a number is no word to look for.
_NUMBER_LEAD = re.compile(r"(?:dnr|diarienr|diarienummer)[.:]?\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\s()\"]+")


def clean(text: str) -> str:
    """Composed letters, plain quotes and dashes, blanks instead of control characters."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Cs", "Co", "Zl", "Zp") else letter for letter in text
    )


def parts(text: str) -> Iterator[Part]:
    """The parts of a cleaned query, from left to right."""
    position = 0
    field = ""
    while position < len(text):
        letter = text[position]
        if letter.isspace():
            position, field = position + 1, ""
        elif letter in "()":
            yield Part(Sign.OPEN if letter == "(" else Sign.CLOSE)
            position += 1
        elif letter == '"':
            part, position = _phrase(text, position)
            yield part
        elif letter in "-+" and _stands_alone(text, position):
            if letter == "-" and position + 1 < len(text) and not text[position + 1].isspace():
                yield Part(Sign.NOT)
            position += 1
        elif (lead := _NUMBER_LEAD.match(text, position)) and match_number(text, lead.end()):
            position = lead.end()
            continue
        elif named := _FIELD.match(text, position):
            field = fold(named[1])
            yield Part(Sign.FIELD if field in FIELD_NAMES else Sign.WORD, field)
            position = named.end()
            continue
        else:
            part, position = _word(text, position, field)
            yield part
        field = ""


def _stands_alone(text: str, position: int) -> bool:
    return position == 0 or text[position - 1].isspace() or text[position - 1] in '("'


def _phrase(text: str, position: int) -> tuple[Part, int]:
    end = text.find('"', position + 1)
    if end < 0:
        return Part(Sign.UNCLOSED_QUOTE), position + 1
    return Part(Sign.PHRASE, text[position + 1 : end]), end + 1


def _word(text: str, position: int, field: str) -> tuple[Part, int]:
    is_date = FIELD_NAMES.get(field) in (DATE_FIELD, YEAR_FIELD, Field.CLASSIFICATION)
    if not is_date and (number := match_number(text, position)):
        return Part(Sign.NUMBER, text[position : number.end], number), number.end
    match = _WORD.match(text, position)
    word = match[0] if match else text[position]
    return Part(_OPERATORS.get(word, Sign.WORD), word), position + len(word)
