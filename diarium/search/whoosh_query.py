"""Queries of Whoosh."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Sequence
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

from diarium.search.document_terms import date_number
from diarium.search.query_tree import DateRange, Field, Node, YearRange
from diarium.search.translation import Translator

MAX_EXPANSIONS = 200
"""So many words a beginning (sop*) may stand for in a segment; the first in alphabetical order are taken."""

_LAST_DAY = 2**31


def matching_query(node: Node) -> Query:
    """A query that finds exactly what `node` asks for."""
    return _FINDING.query(node)


def scoring_query(node: Node) -> Query:
    """A cheaper query that finds the same documents and more, to put those that were found in order: phrases are
    taken as words, and what has no say in the order (dates, NOT, beginnings) is left out.
    """
    return _SCORING.query(node)


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


class _Builder:
    """`is_exact`: for finding; if not, for scoring what was found."""

    def __init__(self, *, is_exact: bool) -> None:
        self._is_exact = is_exact

    def everything(self) -> Query:
        return Every()

    def nothing(self) -> Query:
        return NullQuery

    def term(self, field: Field, term: str, boost: float) -> Query:
        return Term(field.value, term, boost=boost)

    def side_by_side(self, field: Field, terms: Sequence[str], boost: float) -> Query:
        if self._is_exact:
            return SpokenPhrase(field.value, list(terms), boost=boost)
        return AllOf([Term(field.value, term, boost=boost) for term in dict.fromkeys(terms)])

    def number_in_text(self, series: str, key: str) -> Query:
        return self.side_by_side(Field.TEXT, (series, key), 1.0) if series else self.term(Field.TEXT, key, 1.0)

    def beginning(self, field: Field, text: str) -> Query:
        return BoundedPrefix(field.value, text)

    def between(self, bounds: DateRange | YearRange) -> Query:
        if isinstance(bounds, YearRange):
            return NumericRange("year", bounds.first or 0, 9999 if bounds.last is None else bounds.last)
        first = date_number(bounds.first) if bounds.first else 1
        return NumericRange("date", first, date_number(bounds.last) if bounds.last else _LAST_DAY)

    def all_of(self, queries: Sequence[Query]) -> Query:
        return AllOf(list(queries))

    def any_of(self, queries: Sequence[Query]) -> Query:
        return AnyOf(list(queries))

    def best_of(self, queries: Sequence[Query]) -> Query:
        return DisjunctionMax(list(queries))

    def without(self, wanted: Query, unwanted: Sequence[Query]) -> Query:
        return AndNot(wanted, AnyOf(list(unwanted)))


_FINDING: Translator[Query] = Translator(_Builder(is_exact=True))
_SCORING: Translator[Query] = Translator(_Builder(is_exact=False), finding=_FINDING)
