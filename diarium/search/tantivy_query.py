"""Queries of Tantivy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tantivy import FieldType, Occur, Query, Schema

from diarium.search.document_terms import column_name
from diarium.search.port import Facet
from diarium.search.query_tree import DateRange, Field, Node, YearRange
from diarium.search.tantivy_schema import CLASS_PATH, DATE, PHRASE, READERS, SPELLING, YEAR
from diarium.search.tantivy_text import bound
from diarium.search.translation import Translator

Clause = tuple[Occur, Query]


class Queries:
    """Makes queries for indexes with `schema`."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._translator: Translator[Query] = Translator(_Builder(schema))

    def asked_for(self, node: Node) -> Query:
        """What the user asks for."""
        return self._translator.query(node)

    def readable(self, tokens: Iterable[str]) -> Query:
        """What the holder of `tokens` may see."""
        choices = [Query.term_query(self._schema, READERS, token, "basic") for token in sorted(tokens)]
        return _unscored(
            choices[0] if len(choices) == 1 else Query.term_set_query(self._schema, READERS, sorted(tokens))
        )

    def filtered(self, facet: Facet, values: Sequence[str]) -> Query:
        """What has one of `values`; a classification takes in what lies below it."""
        name = CLASS_PATH if facet is Facet.CLASSIFICATION else column_name(facet)
        values = [value.encode(errors="replace").decode() for value in values]  # half letters are none to Tantivy
        if len(values) == 1:
            return _unscored(Query.term_query(self._schema, name, values[0], "basic"))
        return _unscored(Query.term_set_query(self._schema, name, list(values)))

    def dated(self, bounds: DateRange) -> Query:
        """What lies between two days."""
        return self._translator.query(bounds)

    def with_spelling(self, word: str) -> Query:
        """What has the word in its title, exactly."""
        return _unscored(Query.term_query(self._schema, SPELLING, word, "basic"))

    def spelt_like(self, word: str, distance: int) -> Query:
        """What has a word in its title that differs by so many letters."""
        return _unscored(
            Query.fuzzy_term_query(self._schema, SPELLING, word, distance, transposition_cost_one=False)
        )


def both(wanted: Sequence[Query], unwanted: Sequence[Query] = ()) -> Query:
    """What all of `wanted` find and none of `unwanted`."""
    if len(wanted) == 1 and not unwanted:
        return wanted[0]
    clauses = [(Occur.Must, query) for query in wanted] + [(Occur.MustNot, query) for query in unwanted]
    return Query.boolean_query(clauses)


class _Builder:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def everything(self) -> Query:
        return _unscored(Query.all_query())

    def nothing(self) -> Query:
        return Query.empty_query()

    def term(self, field: Field, term: str, boost: float) -> Query:
        kind = "basic" if field in (Field.NUMBER, Field.CLASSIFICATION) else "freq"
        return _boosted(Query.term_query(self._schema, field.value, term, kind), boost)

    def side_by_side(self, field: Field, terms: Sequence[str], boost: float) -> Query:
        if field is not Field.TEXT:
            return _boosted(Query.phrase_query(self._schema, field.value, list(terms)), boost)
        # The words are weighed where they are weighed alone; the phrase only says yes or no.
        found = [self.term(field, term, boost) for term in dict.fromkeys(terms)]
        return both([*found, _unscored(Query.phrase_query(self._schema, PHRASE, list(terms)))])

    def number_in_text(self, series: str, key: str) -> Query:
        return self.term(Field.TEXT, bound(series, key) if series else key, 1.0)

    def beginning(self, field: Field, text: str) -> Query:
        return _unscored(Query.regex_query(self._schema, field.value, f"{re.escape(text)}.*"))

    def between(self, bounds: DateRange | YearRange) -> Query:
        if isinstance(bounds, YearRange):
            return self._range(YEAR, bounds.first, bounds.last)
        first, last = (day.toordinal() if day else None for day in (bounds.first, bounds.last))
        return self._range(DATE, first, last)

    def all_of(self, queries: Sequence[Query]) -> Query:
        return both(queries)

    def any_of(self, queries: Sequence[Query]) -> Query:
        return Query.boolean_query([(Occur.Should, query) for query in queries])

    def best_of(self, queries: Sequence[Query]) -> Query:
        return Query.disjunction_max_query(list(queries))

    def without(self, wanted: Query, unwanted: Sequence[Query]) -> Query:
        return both([wanted], unwanted)

    def _range(self, field: str, first: int | None, last: int | None) -> Query:
        low = max(0, first or 0)
        high = max(0, last) if last is not None else 2**62
        return _unscored(Query.range_query(self._schema, field, FieldType.Unsigned, low, high))


def _unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _boosted(query: Query, boost: float) -> Query:
    return query if boost == 1.0 else Query.boost_query(query, boost)
