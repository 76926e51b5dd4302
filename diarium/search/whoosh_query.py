"""From the tree of the query to a query of Whoosh."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from whoosh.query.compound import And as AllOf
from whoosh.query.compound import AndNot, DisjunctionMax
from whoosh.query.compound import Or as AnyOf
from whoosh.query.positional import Phrase as SpokenPhrase
from whoosh.query.qcore import Every, NullQuery, Query
from whoosh.query.ranges import NumericRange
from whoosh.query.terms import Prefix as TermPrefix
from whoosh.query.terms import Term
from whoosh.reading import IndexReader

from diarium.search.analysis import fold, stem, terms_of, words
from diarium.search.compounds import topic_of
from diarium.search.query_tree import (
    And,
    DateRange,
    Everything,
    Field,
    Node,
    Not,
    Nothing,
    Number,
    Or,
    Phrase,
    Prefix,
    Word,
    YearRange,
)
from diarium.search.synonyms import longest_match, synonyms
from diarium.search.whoosh_schema import date_number

MAX_EXPANSIONS = 200
"""So many words a beginning (sop*) may stand for; the first in alphabetical order are taken."""

_NUMBER_BOOST = 40.0
_PARTS_BOOST = 0.5
_TOPIC_BOOST = 0.2
_SYNONYM_BOOST = 0.8
_LAST_DAY = 2**31


class BoundedPrefix(TermPrefix):
    """A prefix query that stops after `MAX_EXPANSIONS` terms of a segment."""

    def _btexts(self, ixreader: IndexReader) -> Iterator[bytes]:
        for count, term in enumerate(ixreader.expand_prefix(self.fieldname, self.text)):
            if count == MAX_EXPANSIONS:
                return
            yield term


def to_whoosh(node: Node) -> Query:
    """The same question to Whoosh."""
    match node:
        case Everything():
            return _every()
        case Nothing():
            return NullQuery
        case And(nodes):
            return _and(nodes)
        case Or(nodes):
            return AnyOf([to_whoosh(one) for one in nodes])
        case Not(inner):
            return AndNot(_every(), to_whoosh(inner))
        case DateRange(first, last):
            return NumericRange(
                "date", date_number(first) if first else 1, date_number(last) if last else _LAST_DAY
            )
        case YearRange(first_year, last_year):
            return NumericRange("year", first_year or 0, last_year or 9999)
        case Number():
            return _number(node)
        case Prefix(text, field):
            return _prefix(text, field)
        case Phrase(text, field):
            return _phrase(text, field)
        case Word(text, field):
            return _word(text, field)


def _every() -> Query:
    return Every()


def is_ranked(node: Node) -> bool:
    """Whether hits of `node` differ in how well they fit; if not, the newest come first."""
    match node:
        case And(nodes) | Or(nodes):
            return any(is_ranked(one) for one in nodes)
        case Word(field=field) | Phrase(field=field) | Prefix(field=field) | Number(field=field):
            return field not in (Field.NUMBER, Field.CLASSIFICATION)
        case _:
            return False


def _and(nodes: Sequence[Node]) -> Query:
    wanted = list(_with_synonyms([node for node in nodes if not isinstance(node, Not)]))
    unwanted = [to_whoosh(node.node) for node in nodes if isinstance(node, Not)]
    found = AllOf(wanted) if len(wanted) > 1 else (wanted or [_every()])[0]
    return AndNot(found, AnyOf(unwanted)) if unwanted else found


def _with_synonyms(nodes: Sequence[Node]) -> Iterator[Query]:
    """Expressions of several words, such as barn- och utbildningsnämnden, are also found by their abbreviation."""
    stems = [_plain_stem(node) for node in nodes]
    position = 0
    while position < len(nodes):
        length = longest_match(stems, position)
        if length > 1:
            spoken = AllOf([to_whoosh(node) for node in nodes[position : position + length]])
            yield AnyOf([spoken, *_synonym_queries(tuple(stems[position : position + length]), Field.TEXT)])
            position += length
        else:
            yield to_whoosh(nodes[position])
            position += 1


def _plain_stem(node: Node) -> str:
    if not isinstance(node, Word) or node.field is not Field.TEXT:
        return ""
    found = words(node.text)
    return terms_of(found[0]).whole if len(found) == 1 else ""


def _word(text: str, field: Field) -> Query:
    found = words(text)
    if field in (Field.NUMBER, Field.CLASSIFICATION):
        return Term(field.value, fold(text).strip(".").lstrip("0"))
    if len(found) != 1:
        return _phrase(text, field)
    whole, parts = terms_of(found[0])
    choices: list[Query] = [Term(field.value, whole)]
    if parts and found[0].isalpha():
        subject = topic_of(parts, stem)
        outer = [part for part in parts if not _is_inside(part, parts)]
        if subject:
            choices.append(Term(field.value, subject, boost=_TOPIC_BOOST))
        if len(outer) > 1 and not subject:
            choices.append(_all(field, outer, _PARTS_BOOST))
    choices += _synonym_queries((whole,), field)
    return choices[0] if len(choices) == 1 else DisjunctionMax(choices)


def _is_inside(part: str, parts: Iterable[str]) -> bool:
    return any(part != other and (other.startswith(part) or other.endswith(part)) for other in parts)


def _synonym_queries(terms: tuple[str, ...], field: Field) -> list[Query]:
    return [
        Term(field.value, other[0], boost=_SYNONYM_BOOST)
        if len(other) == 1
        else SpokenPhrase(field.value, list(other), boost=_SYNONYM_BOOST)
        for other in sorted(synonyms(terms))
    ]


def _all(field: Field, terms: Iterable[str], boost: float) -> Query:
    return AllOf([Term(field.value, term, boost=boost) for term in terms])


def _phrase(text: str, field: Field) -> Query:
    stems = [terms_of(word).whole for word in words(text)]
    if not stems:
        return NullQuery
    spoken = Term(field.value, stems[0]) if len(stems) == 1 else SpokenPhrase(field.value, stems)
    others = _synonym_queries(tuple(stems), field)
    return AnyOf([spoken, *others]) if others else spoken


def _prefix(text: str, field: Field) -> Query:
    if field in (Field.NUMBER, Field.CLASSIFICATION):
        return BoundedPrefix(field.value, text)
    stemmed = terms_of(text).whole
    prefix = BoundedPrefix(field.value, text)
    if stemmed == text or not text.startswith(stemmed):
        return prefix
    # The index holds stems: a beginning longer than the stem (kommunens*) is found by the stem itself.
    return AnyOf([prefix, Term(field.value, stemmed)])


def _number(node: Number) -> Query:
    if node.field not in (Field.TEXT, Field.NUMBER):
        return _phrase(node.text, node.field)
    keys = sorted(node.keys)
    choices: list[Query] = [Term(Field.NUMBER.value, key, boost=_NUMBER_BOOST) for key in keys]
    if node.field is Field.TEXT:
        for key in keys:
            plain = key.rpartition(" ")[2]
            if not node.series:
                choices.append(Term(Field.TEXT.value, plain))
            elif not node.loose:
                choices.append(SpokenPhrase(Field.TEXT.value, [terms_of(fold(node.series)).whole, plain]))
    if node.loose:
        rest = Number(node.text, frozenset(key.rpartition(" ")[2] for key in keys), field=node.field)
        choices.append(AllOf([_word(node.series, Field.TEXT), _number(rest)]))
    return AnyOf(choices)
