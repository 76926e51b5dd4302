"""Reads what a person types in the search box.

Words (all must be there), "phrases", OR/ELLER, NOT/INTE/-word, beginnings (sop*), parentheses, numbers, and
fields: dnr, avsändare, mottagare, part, titel, typ, handläggare, klass, datum, år. Whatever is typed gives an
answer in bounded time: what can't be understood is read as words or left out, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.search.analysis import fold, words
from diarium.search.numbers import find_numbers
from diarium.search.query_dates import read_dates, read_years
from diarium.search.query_tree import And, Everything, Field, Node, Not, Nothing, Number, Or, Phrase, Prefix, Word
from diarium.search.query_words import FIELD_NAMES, YEAR_FIELD, Part, Sign, clean, parts

MAX_LENGTH = 1_000
MAX_TERMS = 40
MAX_DEPTH = 10
MAX_PHRASE_WORDS = 20
MIN_PREFIX = 2


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The tree, and what the user should know about how it was read."""

    node: Node
    notes: tuple[str, ...] = ()


def parse(text: str) -> ParsedQuery:
    """Reads any text; never raises. An empty text gives `Everything`, one without words or numbers `Nothing`."""
    cleaned = clean(text[: MAX_LENGTH * 2])
    if not cleaned.strip():
        return ParsedQuery(Everything())
    parser = _Parser(list(parts(cleaned[:MAX_LENGTH])))
    if len(text) > MAX_LENGTH:
        parser.note(_("Sökningen var för lång: bara de första %(count)s tecknen användes.", count=MAX_LENGTH))
    node = parser.read()
    return ParsedQuery(node or Nothing(), tuple(parser.notes))


class _Parser:
    """Recursive descent over the parts, with a limit on depth and on terms."""

    def __init__(self, found: list[Part]) -> None:
        self.parts = found
        self.position = 0
        self.depth = 0
        self.terms = 0
        self.notes: dict[str, None] = {}

    def note(self, text: str) -> None:
        self.notes[text] = None

    def read(self) -> Node | None:
        nodes: list[Node] = []
        while self.position < len(self.parts):
            node = self._either(Field.TEXT)
            if node:
                nodes.append(node)
            if self._next_is(Sign.CLOSE):
                self.position += 1
                self.note(_("En parentes saknade sin motpart och hoppades över."))
        return _join(And, nodes)

    def _next_is(self, *signs: Sign) -> bool:
        return self.position < len(self.parts) and self.parts[self.position].sign in signs

    def _either(self, field: Field) -> Node | None:
        choices: list[Node] = []
        while True:
            node = self._all(field)
            if node:
                choices.append(node)
            if not self._next_is(Sign.OR):
                return _join(Or, choices)
            self.position += 1
            if node is None or not self._begins_operand():
                self._lone_operator()

    def _begins_operand(self) -> bool:
        return self.position < len(self.parts) and not self._next_is(Sign.OR, Sign.AND, Sign.CLOSE)

    def _lone_operator(self) -> None:
        self.note(_("OCH, ELLER och INTE måste stå mellan eller före sökord; ett som stod ensamt hoppades över."))

    def _all(self, field: Field) -> Node | None:
        nodes: list[Node] = []
        while self.position < len(self.parts) and not self._next_is(Sign.OR, Sign.CLOSE):
            if self._next_is(Sign.AND):
                self.position += 1
                if not nodes or not self._begins_operand():
                    self._lone_operator()
                continue
            node = self._one(field)
            if node:
                nodes.append(node)
        return _join(And, nodes)

    def _one(self, field: Field) -> Node | None:
        negated = False
        while self._next_is(Sign.NOT):
            negated = not negated
            self.position += 1
        if not self._begins_operand():
            self._lone_operator()
            return None
        node = self._operand(field)
        return Not(node) if node and negated else node

    def _operand(self, field: Field) -> Node | None:
        part = self.parts[self.position]
        self.position += 1
        match part.sign:
            case Sign.OPEN:
                return self._group(field)
            case Sign.FIELD:
                return self._in_field(part.text)
            case Sign.UNCLOSED_QUOTE:
                self.note(_("Ett citattecken saknade sin motpart och hoppades över."))
                return None
            case _:
                return self._leaf(part, field)

    def _group(self, field: Field) -> Node | None:
        if self.depth >= MAX_DEPTH:
            self.note(_("Sökningen hade för många parenteser i varandra; de innersta hoppades över."))
            return None
        self.depth += 1
        node = self._either(field)
        self.depth -= 1
        if self._next_is(Sign.CLOSE):
            self.position += 1
        else:
            self.note(_("En parentes saknade sin motpart och hoppades över."))
        return node

    def _in_field(self, name: str) -> Node | None:
        if not self._next_is(Sign.WORD, Sign.PHRASE, Sign.NUMBER, Sign.OPEN):
            return self._leaf(Part(Sign.WORD, name), Field.TEXT)
        target = FIELD_NAMES[name]
        if isinstance(target, Field):
            return self._operand(target)
        return self._date(target)

    def _date(self, target: str) -> Node | None:
        part = self.parts[self.position]
        self.position += 1
        node = read_years(part.text) if target == YEAR_FIELD else read_dates(part.text)
        if node is None or not self._room():
            self.note(
                _("Datumet ”%(text)s” kunde inte tolkas. Skriv till exempel datum:2024-05 eller "
                  "datum:2024-01-01..2024-06-30.", text=part.text[:40])
            )  # fmt: skip
            return None
        return node

    def _room(self) -> bool:
        self.terms += 1
        if self.terms > MAX_TERMS:
            self.note(_("Sökningen hade för många ord: bara de första %(count)s användes.", count=MAX_TERMS))
        return self.terms <= MAX_TERMS

    def _leaf(self, part: Part, field: Field) -> Node | None:
        if not self._room():
            return None
        if part.sign is Sign.NUMBER and part.number:
            loose = bool(part.number.series) and not part.number.glued and not part.number.series.isupper()
            return Number(part.text, part.number.keys, part.number.series, loose, field)
        if part.sign is Sign.PHRASE:
            return self._phrase(part.text, field)
        if "*" in part.text:
            return self._with_wildcard(part.text, field)
        return self._word(part.text, field)

    def _word(self, text: str, field: Field) -> Node | None:
        if not words(text):
            self.note(_("”%(text)s” innehåller inget att söka på och hoppades över.", text=text[:40]))
            return None
        return Word(text, field)

    def _phrase(self, text: str, field: Field) -> Node | None:
        stripped = text.strip()
        whole = [found for found in find_numbers(stripped) if found.start == 0 and found.end == len(stripped)]
        if whole:
            return Number(stripped, whole[0].keys, whole[0].series, False, field)
        found = words(stripped)
        if not found:
            self.note(_("”%(text)s” innehåller inget att söka på och hoppades över.", text=stripped[:40]))
            return None
        if len(found) > MAX_PHRASE_WORDS:
            self.note(_("En fras var för lång: bara de första %(count)s orden användes.", count=MAX_PHRASE_WORDS))
        return Phrase(" ".join(found[:MAX_PHRASE_WORDS]), field)

    def _with_wildcard(self, text: str, field: Field) -> Node | None:
        start = fold(text.partition("*")[0])
        only_last = text.endswith("*") and text.count("*") == 1
        found = words(start)
        if not only_last:
            self.note(_("Jokertecknet * kan bara stå sist i ett ord, till exempel sop*."))
        if field is Field.CLASSIFICATION and start:
            return Prefix(start, field)
        if not found or len(found[-1]) < MIN_PREFIX:
            if only_last:
                self.note(_("Före * behövs minst %(count)s tecken; stjärnan hoppades över.", count=MIN_PREFIX))
            return self._word(text.replace("*", " ").strip(), field)
        nodes: list[Node] = [Word(word, field) for word in found[:-1][:MAX_PHRASE_WORDS]]
        return _join(And, [*nodes, Prefix(found[-1], field)])


def _join(kind: type[And] | type[Or], nodes: list[Node]) -> Node | None:
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return kind(tuple(nodes))
