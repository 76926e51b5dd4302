"""From the tree of the query to a query of an engine: what a question means is decided here, for all engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

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

NUMBER_BOOST = 40.0
PARTS_BOOST = 0.5
TOPIC_BOOST = 0.2
SYNONYM_BOOST = 0.8

Q = TypeVar("Q")


class Builder(Protocol[Q]):
    """The queries of an engine."""

    def everything(self) -> Q:
        """All documents."""
        ...

    def nothing(self) -> Q:
        """No document."""
        ...

    def term(self, field: Field, term: str, boost: float) -> Q:
        """Documents with a term: a whole word or a part of one."""
        ...

    def side_by_side(self, field: Field, terms: Sequence[str], boost: float) -> Q:
        """Documents with several whole words in a row."""
        ...

    def number_in_text(self, series: str, key: str) -> Q:
        """Documents whose text mentions the number `key`; where `series` is given, right after that word."""
        ...

    def beginning(self, field: Field, text: str) -> Q:
        """Documents with a term that begins with `text`, all equally good."""
        ...

    def between(self, bounds: DateRange | YearRange) -> Q:
        """Documents of certain days or years."""
        ...

    def all_of(self, queries: Sequence[Q]) -> Q:
        """Documents that every query finds; there are at least two."""
        ...

    def any_of(self, queries: Sequence[Q]) -> Q:
        """Documents that some query finds: the more, the better."""
        ...

    def best_of(self, queries: Sequence[Q]) -> Q:
        """Documents that some query finds, as good as the best of them."""
        ...

    def without(self, wanted: Q, unwanted: Sequence[Q]) -> Q:
        """Documents of `wanted` that none of `unwanted` finds."""
        ...


def is_ranked(node: Node) -> bool:
    """Whether hits of `node` differ in how well they fit; if not, the newest come first."""
    match node:
        case And(nodes) | Or(nodes):
            return any(is_ranked(one) for one in nodes)
        case Word(field=field) | Phrase(field=field) | Number(field=field):
            return field not in (Field.NUMBER, Field.CLASSIFICATION)
        case _:
            return False


class Translator(Generic[Q]):
    """`scoring`: to put in order what another query has found; what has no say in the order (dates, NOT,
    beginnings) is then left out where something else is asked for too.
    """

    def __init__(self, builder: Builder[Q], *, finding: Translator[Q] | None = None) -> None:
        self._build = builder
        self._finding = finding or self
        self._is_exact = finding is None

    def query(self, node: Node) -> Q:
        """The query for `node`."""
        build = self._build
        match node:
            case Everything():
                return build.everything()
            case Nothing():
                return build.nothing()
            case And(nodes):
                return self._all(nodes)
            case Or(nodes):
                return build.any_of([self.query(one) for one in nodes])
            case Not(inner):
                return build.without(build.everything(), [self._finding.query(inner)])
            case Number():
                return self._number(node)
            case Prefix(text, field):
                return self._prefix(text, field)
            case Phrase(text, field):
                return self._phrase(text, field)
            case Word(text, field):
                return self._word(text, field)
            case DateRange() | YearRange():
                return build.between(node)

    def _all(self, nodes: Sequence[Node]) -> Q:
        if not self._is_exact:
            nodes = [node for node in nodes if is_ranked(node)] or nodes
        wanted = list(self._with_synonyms([node for node in nodes if not isinstance(node, Not)]))
        unwanted = [self._finding.query(node.node) for node in nodes if isinstance(node, Not)]
        found = self._all_of(wanted) if wanted else self._build.everything()
        return self._build.without(found, unwanted) if unwanted else found

    def _with_synonyms(self, nodes: Sequence[Node]) -> Iterator[Q]:
        """Several words for one thing, barn- och utbildningsnämnden, are also found by the abbreviation."""
        stems = [_plain_stem(node) for node in nodes]
        position = 0
        while position < len(nodes):
            length = longest_match(stems, position)
            if length > 1:
                spoken = self._all_of([self.query(node) for node in nodes[position : position + length]])
                others = self._synonyms(tuple(stems[position : position + length]), Field.TEXT)
                yield self._build.any_of([spoken, *others])
                position += length
            else:
                yield self.query(nodes[position])
                position += 1

    def _word(self, text: str, field: Field) -> Q:
        if field in (Field.NUMBER, Field.CLASSIFICATION):
            return self._build.term(field, _code(text, field), 1.0)
        found = words(text)
        if len(found) != 1:
            return self._phrase(text, field)
        whole, parts = terms_of(found[0])
        choices = [self._build.term(field, whole, 1.0)]
        if parts and found[0].isalpha():
            subject = topic_of(parts, stem)
            outer = [part for part in parts if not _is_inside(part, parts)]
            if subject:
                choices.append(self._build.term(field, subject, TOPIC_BOOST))
            elif len(outer) > 1:
                choices.append(self._all_of([self._build.term(field, part, PARTS_BOOST) for part in outer]))
        choices += self._synonyms((whole,), field)
        return choices[0] if len(choices) == 1 else self._build.best_of(choices)

    def _phrase(self, text: str, field: Field) -> Q:
        stems = tuple(terms_of(word).whole for word in words(text))
        if not stems:
            return self._build.nothing()
        spoken = self._side_by_side(stems, field, 1.0)
        others = self._synonyms(stems, field)
        return self._build.any_of([spoken, *others]) if others else spoken

    def _synonyms(self, terms: tuple[str, ...], field: Field) -> list[Q]:
        return [self._side_by_side(other, field, SYNONYM_BOOST) for other in sorted(synonyms(terms))]

    def _side_by_side(self, terms: tuple[str, ...], field: Field, boost: float) -> Q:
        if len(terms) == 1:
            return self._build.term(field, terms[0], boost)
        return self._build.side_by_side(field, terms, boost)

    def _number(self, node: Number) -> Q:
        if node.field not in (Field.TEXT, Field.NUMBER):
            return self._phrase(node.text, node.field)
        keys = sorted(node.keys)
        choices = [self._build.term(Field.NUMBER, key, NUMBER_BOOST) for key in keys]
        if node.field is Field.TEXT and not node.loose:
            series = terms_of(fold(node.series)).whole if node.series else ""
            choices += [self._build.number_in_text(series, key.rpartition(" ")[2]) for key in keys]
        if node.loose:
            rest = Number(node.text, frozenset(key.rpartition(" ")[2] for key in keys), field=node.field)
            choices.append(self._build.all_of([self._word(node.series, Field.TEXT), self._number(rest)]))
        return self._build.any_of(choices)

    def _prefix(self, text: str, field: Field) -> Q:
        prefix = self._build.beginning(field, text)
        if field in (Field.NUMBER, Field.CLASSIFICATION):
            return prefix
        stemmed = terms_of(text).whole
        if stemmed == text or not text.startswith(stemmed):
            return prefix
        # The index holds stems: a beginning longer than the stem (kommunens*) is found by the stem itself.
        return self._build.any_of([prefix, self._build.term(field, stemmed, 1.0)])

    def _all_of(self, queries: Sequence[Q]) -> Q:
        return queries[0] if len(queries) == 1 else self._build.all_of(queries)


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
