"""How a document lies in a Whoosh index.

One field, `text`, holds everything that a plain word is looked for in, with weights for where it stood: that is
BM25F, and one list of postings to read for each word. Facets are columns, so that counting never opens a document.
"""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from whoosh import columns, fields, formats

from diarium.db.swedish import sort_key
from diarium.search.analysis import fold, normalise, terms_of, tokens
from diarium.search.document_terms import (
    MAX_INDEXED,
    MAX_STORED,
    PART_OF_WORD,
    classification_keys,
    column_name,
    date_number,
    facet_values,
    spelling_words,
    year_number,
)
from diarium.search.numbers import index_keys
from diarium.search.port import Facet, IndexDocument
from diarium.search.query_tree import Field

VERSION: Final = 2
"""Raised when the schema or the analysis changes, so that an older index is not read but rebuilt."""

_TITLE, _NAMES, _OFFICER, _BODY = 8.0, 4.0, 2.0, 1.0
_FIELD_GAP = 100
_MAX_POSITIONS = 1_000

WeightedText = tuple[tuple[str, float], ...]
_Posting = tuple[bytes, int, float, bytes]


class AnalysedText(fields.FieldType):
    """Swedish text with weights. The value is a `WeightedText`; words of different parts are never neighbours, and
    in a phrase a word counts whole: only numbers have a place for each way to write them.
    """

    def __init__(self) -> None:
        self.positions = formats.Positions()
        super().__init__(self.positions, None, scorable=True)  # type: ignore[arg-type]

    def index(self, value: WeightedText, **_options: object) -> Iterator[_Posting]:  # type: ignore[override]
        """The terms of `value`. Repeated words count less and less, as long files would else bury titles."""
        positions: dict[str, list[int]] = {}
        weights: dict[str, float] = {}
        place = 0
        for text, weight in value:
            counts: dict[str, float] = {}
            for token in tokens(fold(text)):
                whole, parts = terms_of(token.text)
                positions.setdefault(whole, []).append(place)
                counts[whole] = counts.get(whole, 0.0) + 1.0
                is_number = not token.text.isalpha()
                for part in parts:
                    places = positions.setdefault(part, [])
                    if is_number:
                        places.append(place)
                    counts[part] = counts.get(part, 0.0) + PART_OF_WORD
                place += 1
            place += _FIELD_GAP
            for term, count in counts.items():
                weighed = weight * (1.0 + math.log(count) if count > 1.0 else count)
                weights[term] = weights.get(term, 0.0) + weighed
        encode = self.positions.encode
        for term, places in positions.items():
            yield term.encode(), 1, weights[term], encode(places[:_MAX_POSITIONS])


class Keys(fields.FieldType):
    """Exact values without text analysis. The value is an iterable of strings."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)  # type: ignore[arg-type]

    def index(self, value: Iterable[str], **_options: object) -> Iterator[_Posting]:  # type: ignore[override]
        """Each value once."""
        for key in sorted(set(value)):
            yield key.encode(), 1, 1.0, b""


def schema() -> fields.Schema:
    """A new schema object."""
    kinds: dict[str, fields.FieldType] = {
        "key": fields.ID(unique=True),
        "readers": Keys(),
        "spelling": Keys(),
        "stored": fields.STORED(),
        "title_key": fields.COLUMN(columns.VarBytesColumn()),
        "date": fields.NUMERIC(int, 32, signed=False, sortable=True, default=0),
        "year": fields.NUMERIC(int, 16, signed=False),
        Field.NUMBER.value: Keys(),
        Field.CLASSIFICATION.value: Keys(),
    }
    kinds |= {name.value: AnalysedText() for name in Field if name.value not in kinds}
    kinds |= {column_name(facet): fields.COLUMN(columns.RefBytesColumn()) for facet in Facet}
    return fields.Schema(**kinds)


def row(document: IndexDocument) -> dict[str, object]:
    """What is given to the writer of Whoosh."""
    title = normalise(document.title)
    parties, senders, recipients = (
        tuple((normalise(name), 1.0) for name in names)
        for names in (document.parties, document.senders, document.recipients)
    )
    names = tuple((name, _NAMES) for name, _ in (*parties, *senders, *recipients))
    officer = normalise(document.officer)
    body = normalise(document.body[:MAX_INDEXED])
    found: dict[str, object] = {
        "key": document.key,
        "readers": document.readers,
        "spelling": spelling_words(title),
        "stored": stored(document, title, body),
        "title_key": sort_key(title).encode(),
        "date": date_number(document.date),
        "year": year_number(document),
        Field.NUMBER.value: index_keys((document.number, *document.number_forms)),
        Field.CLASSIFICATION.value: classification_keys(fold(document.classification)),
        Field.TEXT.value: ((title, _TITLE), *names, (officer, _OFFICER), (body, _BODY)),
        Field.TITLE.value: ((title, 1.0),),
        Field.PARTY.value: parties,
        Field.SENDER.value: senders,
        Field.RECIPIENT.value: recipients,
        Field.OFFICER.value: ((officer, 1.0),),
        Field.RECORD_TYPE.value: ((document.record_type, 1.0),),
    }
    return found | {column_name(facet): value.encode() for facet, value in facet_values(document).items()}


def stored(document: IndexDocument, title: str, body: str) -> Mapping[str, object]:
    """What is kept to show a hit. Whoosh pickles and compresses it."""
    return {
        "key": document.key,
        "case_key": document.case_key,
        "number": document.number,
        "title": title,
        "officer": document.officer,
        "version": document.version,
        "year": document.year,
        "body": body[:MAX_STORED],
    }
