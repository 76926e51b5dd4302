"""From the tree of the query to a query of Whoosh."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from whoosh.matching.mcore import ListMatcher, Matcher
from whoosh.query.compound import And as AllOf
from whoosh.query.compound import AndNot, DisjunctionMax
from whoosh.query.compound import Or as AnyOf
from whoosh.query.positional import Phrase as SpokenPhrase
from whoosh.query.qcore import Every, NullQuery, Query
from whoosh.query.ranges import NumericRange
from whoosh.query.terms import Term
from whoosh.reading import IndexReader
from whoosh.searching import SearchContext, Searcher

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
"""So many words a beginning (sop*) may stand for in a segment; the first in alphabetical order are taken."""

_NUMBER_BOOST = 40.0
_PARTS_BOOST = 0.5
_TOPIC_BOOST = 0.2
_SYNONYM_BOOST = 0.8
_LAST_DAY = 2**31


def matching_query(node: Node) -> Query:
    """A query that finds exactly what `node` asks for."""
    return _Translator(is_exact=True).query(node)


def scoring_query(node: Node) -> Query:
    """A cheaper query that finds the same documents and more, to put those that were found in order: phrases are
    taken as words, and what has no say in the order (dates, NOT, beginnings) is left out.
    """
    return _Translator(is_exact=False).query(node)


def is_ranked(node: Node) -> bool:
    """Whether hits of `node` differ in how well they fit; if not, the newest come first."""
    match node:
        case And(nodes) | Or(nodes):
            return any(is_ranked(one) for one in nodes)
        case Word(field=field) | Phrase(field=field) | Number(field=field):
            return field not in (Field.NUMBER, Field.CLASSIFICATION)
        case _:
            return False


class BoundedPrefix(Query):
    """Documents with a word that begins with `text`, all equally good. Reads at most `MAX_EXPANSIONS` words."""

    def __init__(self, fieldname: str, text: str) -> None:
        self.fieldname = fieldname
        self.text = text
        self.boost = 1.0

    def estimate_size(self, ixreader: IndexReader) -> int:
        """An upper bound: Whoosh reads small lists first."""
        return int(ixreader.doc_count_all())

    def matcher(self, searcher: Searcher, context: SearchContext | None = None) -> Matcher:
        """The documents of one segment."""
        reader = searcher.reader()
        found: set[int] = set()
        for term in islice(reader.expand_prefix(self.fieldname, self.text), MAX_EXPANSIONS):
            found.update(reader.postings(self.fieldname, term).all_ids())
        return ListMatcher(sorted(found))


class _Translator:
    """`is_exact`: for finding; if not, for scoring what was found."""

    def __init__(self, *, is_exact: bool) -> None:
        self._is_exact = is_exact

    def query(self, node: Node) -> Query:
        match node:
            case Everything():
                return Every()
            case Nothing():
                return NullQuery
            case And(nodes):
                return self._all(nodes)
            case Or(nodes):
                return AnyOf([self.query(one) for one in nodes])
            case Not(inner):
                return AndNot(Every(), matching_query(inner))
            case Number():
                return self._number(node)
            case Prefix(text, field):
                return _prefix(text, field)
            case Phrase(text, field):
                return self._phrase(text, field)
            case Word(text, field):
                return self._word(text, field)
            case DateRange() | YearRange():
                return _range(node)

    def _all(self, nodes: Sequence[Node]) -> Query:
        if not self._is_exact:
            nodes = [node for node in nodes if is_ranked(node)] or nodes
        wanted = list(self._with_synonyms([node for node in nodes if not isinstance(node, Not)]))
        unwanted = [matching_query(node.node) for node in nodes if isinstance(node, Not)]
        found = AllOf(wanted) if len(wanted) > 1 else (wanted or [Every()])[0]
        return AndNot(found, AnyOf(unwanted)) if unwanted else found

    def _with_synonyms(self, nodes: Sequence[Node]) -> Iterator[Query]:
        """Several words for one thing, barn- och utbildningsnämnden, are also found by the abbreviation."""
        stems = [_plain_stem(node) for node in nodes]
        position = 0
        while position < len(nodes):
            length = longest_match(stems, position)
            if length > 1:
                spoken = AllOf([self.query(node) for node in nodes[position : position + length]])
                others = self._synonyms(tuple(stems[position : position + length]), Field.TEXT)
                yield AnyOf([spoken, *others])
                position += length
            else:
                yield self.query(nodes[position])
                position += 1

    def _word(self, text: str, field: Field) -> Query:
        if field in (Field.NUMBER, Field.CLASSIFICATION):
            return Term(field.value, _code(text, field))
        found = words(text)
        if len(found) != 1:
            return self._phrase(text, field)
        whole, parts = terms_of(found[0])
        choices: list[Query] = [Term(field.value, whole)]
        if parts and found[0].isalpha():
            subject = topic_of(parts, stem)
            outer = [part for part in parts if not _is_inside(part, parts)]
            if subject:
                choices.append(Term(field.value, subject, boost=_TOPIC_BOOST))
            elif len(outer) > 1:
                choices.append(AllOf([Term(field.value, part, boost=_PARTS_BOOST) for part in outer]))
        choices += self._synonyms((whole,), field)
        return choices[0] if len(choices) == 1 else DisjunctionMax(choices)

    def _phrase(self, text: str, field: Field) -> Query:
        stems = tuple(terms_of(word).whole for word in words(text))
        if not stems:
            return NullQuery
        spoken = self._side_by_side(stems, field, 1.0)
        others = self._synonyms(stems, field)
        return AnyOf([spoken, *others]) if others else spoken

    def _synonyms(self, terms: tuple[str, ...], field: Field) -> list[Query]:
        return [self._side_by_side(other, field, _SYNONYM_BOOST) for other in sorted(synonyms(terms))]

    def _side_by_side(self, terms: tuple[str, ...], field: Field, boost: float) -> Query:
        if len(terms) == 1:
            return Term(field.value, terms[0], boost=boost)
        if self._is_exact:
            return SpokenPhrase(field.value, list(terms), boost=boost)
        return AllOf([Term(field.value, term, boost=boost) for term in dict.fromkeys(terms)])

    def _number(self, node: Number) -> Query:
        if node.field not in (Field.TEXT, Field.NUMBER):
            return self._phrase(node.text, node.field)
        keys = sorted(node.keys)
        choices: list[Query] = [Term(Field.NUMBER.value, key, boost=_NUMBER_BOOST) for key in keys]
        if node.field is Field.TEXT and not node.loose:
            series = (terms_of(fold(node.series)).whole,) if node.series else ()
            choices += [self._side_by_side((*series, key.rpartition(" ")[2]), Field.TEXT, 1.0) for key in keys]
        if node.loose:
            rest = Number(node.text, frozenset(key.rpartition(" ")[2] for key in keys), field=node.field)
            choices.append(AllOf([self._word(node.series, Field.TEXT), self._number(rest)]))
        return AnyOf(choices)


def _range(node: DateRange | YearRange) -> Query:
    if isinstance(node, YearRange):
        return NumericRange("year", node.first or 0, 9999 if node.last is None else node.last)
    first = date_number(node.first) if node.first else 1
    return NumericRange("date", first, date_number(node.last) if node.last else _LAST_DAY)


def _plain_stem(node: Node) -> str:
    if not isinstance(node, Word) or node.field is not Field.TEXT:
        return ""
    found = words(node.text)
    return terms_of(found[0]).whole if len(found) == 1 else ""


def _code(text: str, field: Field) -> str:
    folded = fold(text).strip(".")
    return folded.lstrip("0") if field is Field.NUMBER else folded


def _is_inside(part: str, parts: Iterable[str]) -> bool:
    return any(part != other and (other.startswith(part) or other.endswith(part)) for other in parts)


def _prefix(text: str, field: Field) -> Query:
    prefix = BoundedPrefix(field.value, text)
    if field in (Field.NUMBER, Field.CLASSIFICATION):
        return prefix
    stemmed = terms_of(text).whole
    if stemmed == text or not text.startswith(stemmed):
        return prefix
    # The index holds stems: a beginning longer than the stem (kommunens*) is found by the stem itself.
    return AnyOf([prefix, Term(field.value, stemmed)])
