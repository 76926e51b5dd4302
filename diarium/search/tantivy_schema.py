"""How a document lies in a Tantivy index.

Text is analysed here, as for every engine, and given to Tantivy as words with blanks between them. `text` holds
every term that a plain word is looked for in, repeated by weight: one list of postings for each word, with BM25
over the weights. `phrase` holds the whole words in order. Facets and sort keys are fast fields. Only the document
itself is stored: `shown` and `body` for hits, `hidden` so that it can be written anew.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Final, NamedTuple

from tantivy import Document, Schema, SchemaBuilder

from diarium.db.swedish import KEY_LENGTH, sort_key
from diarium.search.analysis import fold, normalise
from diarium.search.document_terms import (
    MAX_INDEXED,
    MAX_STORED,
    classification_keys,
    column_name,
    date_number,
    facet_values,
    year_number,
)
from diarium.search.hits import Kept
from diarium.search.numbers import index_keys
from diarium.search.port import Facet, IndexDocument
from diarium.search.query_tree import Field
from diarium.search.tantivy_text import Analysed, analyse

VERSION: Final = 1

KEY, READERS, SPELLING, PHRASE, CLASS_PATH = "key", "readers", "spelling", "phrase", "class_path"
TITLE_KEY, DATE, YEAR = "title_key", "date", "year"
_SHOWN, _HIDDEN, _BODY = "shown", "hidden", "body"
# As plain strings: the values of an enumeration take longer to look up than everything else in a short document.
_TEXT, _TITLE, _OFFICER, _RECORD_TYPE = (
    str(field) for field in (Field.TEXT, Field.TITLE, Field.OFFICER, Field.RECORD_TYPE)
)
_PARTIES, _SENDERS, _RECIPIENTS = (str(field) for field in (Field.PARTY, Field.SENDER, Field.RECIPIENT))
_NUMBER, _CLASSIFICATION = str(Field.NUMBER), str(Field.CLASSIFICATION)
_COLUMNS = {facet: column_name(facet) for facet in Facet}

_TITLE_WEIGHT, _NAME_WEIGHT, _OFFICER_WEIGHT, _BODY_WEIGHT = 4, 2, 1, 1
_MOST_OF_BODY = 3


def schema() -> Schema:
    """A new schema object."""
    builder = SchemaBuilder()
    for name in (KEY, READERS, SPELLING, CLASS_PATH, _NUMBER, _CLASSIFICATION):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(_TEXT, tokenizer_name="whitespace", index_option="freq")
    for name in (PHRASE, _TITLE, _PARTIES, _SENDERS, _RECIPIENTS, _OFFICER, _RECORD_TYPE):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in (TITLE_KEY, *_COLUMNS.values()):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in (DATE, YEAR):
        builder.add_unsigned_field(name, fast=True)
    for name in (_SHOWN, _HIDDEN, _BODY):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def row(document: IndexDocument) -> Document:
    """What is given to the writer."""
    title, body = normalise(document.title), normalise(document.body[:MAX_INDEXED])
    heading = analyse(title)
    made = Document()
    made.add_text(KEY, document.key)
    _add_codes(made, document, heading)
    _add_words(made, document, heading, analyse(body))
    for facet, value in facet_values(document).items():
        if value:
            made.add_text(_COLUMNS[facet], value)
    if title:
        made.add_text(TITLE_KEY, _title_key(title))
    if document.date:
        made.add_unsigned(DATE, document.date.toordinal())
    made.add_unsigned(YEAR, year_number(document))
    made.add_bytes(_SHOWN, _shown(document, title))
    made.add_bytes(_HIDDEN, _hidden(document))
    made.add_bytes(_BODY, body.encode())
    return made


def kept(document: Document) -> Kept:
    """What is shown of a stored document."""
    shown = _Shown(*json.loads(_bytes(document, _SHOWN)))
    # Four bytes are enough for any letter; a letter that is cut in two is left out.
    body = _bytes(document, _BODY)[: MAX_STORED * 4].decode(errors="ignore")[:MAX_STORED]
    return Kept(
        key=shown.key,
        case_key=shown.case_key,
        kind=shown.kind,
        number=shown.number,
        title=shown.title,
        body=body,
        date=_date(shown.day),
        authority=shown.authority,
        year=shown.year,
        record_type=shown.record_type,
        direction=shown.direction,
        status=shown.status,
        classification=shown.classification,
        officer=shown.officer,
        version=shown.version,
    )


def restored(document: Document) -> IndexDocument:
    """The whole of a stored document, to be written anew."""
    shown = _Shown(*json.loads(_bytes(document, _SHOWN)))
    readers, number_forms, parties, senders, recipients = json.loads(_bytes(document, _HIDDEN))
    facts = shown._asdict()
    date = _date(facts.pop("day"))
    return IndexDocument(
        **facts,
        date=date,
        readers=frozenset(readers),
        number_forms=tuple(number_forms),
        parties=tuple(parties),
        senders=tuple(senders),
        recipients=tuple(recipients),
        body=_bytes(document, _BODY).decode(),
    )


class _Shown(NamedTuple):
    """Fields of `IndexDocument`; `day`: its date as a number."""

    key: str
    case_key: str
    kind: str
    number: str
    title: str
    authority: str
    year: int
    record_type: str
    direction: str
    status: str
    classification: str
    officer: str
    version: int
    day: int


def _shown(document: IndexDocument, title: str) -> bytes:
    shown = _Shown(
        document.key,
        document.case_key,
        document.kind,
        document.number,
        title,
        document.authority,
        document.year,
        document.record_type,
        document.direction,
        document.status,
        document.classification,
        document.officer,
        document.version,
        date_number(document.date),
    )
    return json.dumps(shown).encode()


def _hidden(document: IndexDocument) -> bytes:
    hidden = (
        sorted(document.readers),
        document.number_forms,
        document.parties,
        document.senders,
        document.recipients,
    )
    return json.dumps(hidden).encode()


@lru_cache(maxsize=10_000)
def _class_path(code: str) -> tuple[str, ...]:
    return tuple(sorted(classification_keys(code)))


def _title_key(title: str) -> str:
    """`sort_key`, for most titles in a tenth of its time."""
    small = title.lower().replace("å", "{").replace("ä", "|").replace("ö", "}")
    return " ".join(small.split())[:KEY_LENGTH] if small.isascii() else sort_key(title)


def _bytes(document: Document, field: str) -> bytes:
    found: bytes = document.get_first(field) or b""
    return found


def _date(day: int) -> dt.date | None:
    return dt.date.fromordinal(day) if day else None


def _add_codes(made: Document, document: IndexDocument, heading: Analysed) -> None:
    for name, codes in (
        (READERS, document.readers),
        (SPELLING, heading.spelling),
        (CLASS_PATH, _class_path(document.classification)),
        (_NUMBER, index_keys((document.number, *document.number_forms))),
        (_CLASSIFICATION, _class_path(fold(document.classification))),
    ):
        for code in codes:
            made.add_text(name, code)


def _add_words(made: Document, document: IndexDocument, heading: Analysed, content: Analysed) -> None:
    bag = heading.weighed(_TITLE_WEIGHT)
    made.add_text(PHRASE, heading.phrase)
    _add_field(made, _TITLE, heading)
    for field, names in (
        (_PARTIES, document.parties),
        (_SENDERS, document.senders),
        (_RECIPIENTS, document.recipients),
    ):
        for name in names:
            found = analyse(normalise(name))
            bag += found.weighed(_NAME_WEIGHT)
            made.add_text(PHRASE, found.phrase)
            _add_field(made, field, found)
    officer = analyse(normalise(document.officer))
    bag += officer.weighed(_OFFICER_WEIGHT)
    made.add_text(PHRASE, officer.phrase)
    _add_field(made, _OFFICER, officer)
    bag += content.weighed(_BODY_WEIGHT, _MOST_OF_BODY)
    made.add_text(PHRASE, content.phrase)
    _add_field(made, _RECORD_TYPE, analyse(normalise(document.record_type)))
    made.add_text(_TEXT, " ".join(bag))


def _add_field(made: Document, field: str, text: Analysed) -> None:
    """The whole words in order, and the parts of compounds apart from them: every value begins a new text."""
    if text.phrase:
        made.add_text(field, text.phrase)
        for part in text.parts:
            made.add_text(field, part)
