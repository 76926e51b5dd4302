"""Whatever is typed, the search answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diarium.search.port import SearchIndex
from diarium.search.query_language import MAX_TERMS, parse
from diarium.search.query_tree import And, Everything, Node, Not, Nothing, Or
from tests.search.conftest import ENGINE_NAMES, ENGINES, EVERYONE, ask, document, keys

_SIGNS = st.text(alphabet="ab åÖ19\"()*-+:./<>?\\'!~^[]{}|&%\x00", max_size=60)
_WORDS = st.lists(
    st.sampled_from(["OR", "ELLER", "NOT", "INTE", "AND", "(", ")", '"', "-", "*", "dnr:", "datum:", "klass:",
                     "år:", "2024", "2024/1", "bygglov", "sop*", "..", ">", "ks", "titel:(", "😀",
                     "שלום", "\u202e"]),
    max_size=30,
).map(" ".join)  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES, ids=ENGINE_NAMES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    folder: Path = tmp_path_factory.mktemp("malformed")
    index: SearchIndex = request.param(folder)
    index.apply(
        [document("a", "Bygglov 2024/1", number="KS 2024/1", body="a b åö 1 9"), document("b", "Sopor")], []
    )
    return index


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), _SIGNS, _WORDS))
@example('"')
@example("()")
@example("-")
@example("*")
@example("a:b:c:d")
@example("datum:")
@example("datum:0000")
@example("datum:9999-12-31..0001")
@example("datum:>9999-12-31")
@example("år:-1")
@example("\ud800")
@example("ß" * 100)
@example("İstanbul")
def test_any_text_gives_an_answer(filled: SearchIndex, text: str) -> None:
    result = ask(filled, text)
    assert 0 <= len(result.hits) <= result.total <= 2
    assert len(filled.suggest(text, EVERYONE)) <= 8


@given(st.one_of(st.text(max_size=3000), _SIGNS, _WORDS))
@settings(max_examples=300, deadline=None)
def test_the_tree_is_always_small(text: str) -> None:
    assert _leaves(parse(text).node) <= MAX_TERMS * 2


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("bygglov (", "parentes"),
        ("bygglov )", "parentes"),
        ('bygglov "', "citattecken"),
        ("bygglov OR", "ensamt"),
        ("AND bygglov", "ensamt"),
        ("bygglov NOT", "ensamt"),
        ("bygglov 😀", "hoppades över"),
        ("bygglov !!!", "hoppades över"),
        ("bygglov datum:x", "datum:2024-05"),
        ("*bygglov", "Jokertecknet"),
        ("b*lov OR bygglov", "Jokertecknet"),
        ("(" * 50 + "bygglov" + ")" * 50, "parenteser"),
        ("bygglov " * 2000, "för lång"),
        ("bygglov " * 60, "för många ord"),
        ('"' + "ord " * 30 + '" OR bygglov', "fras"),
    ],
)
def test_what_is_left_out_is_told_and_the_rest_still_finds(filled: SearchIndex, query: str, note: str) -> None:
    result = ask(filled, query)
    assert any(note in text for text in result.notes)
    assert [hit.key for hit in result.hits] == ["a"]


@pytest.mark.parametrize("query", ["😀", "!!!", '""', "()", "OR", "***", "-"])
def test_a_query_without_anything_to_look_for_does_not_browse_everything(filled: SearchIndex, query: str) -> None:
    assert ask(filled, query).total == 0


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "\x00"])
def test_an_empty_query_browses(filled: SearchIndex, query: str) -> None:
    assert ask(filled, query).total == 2


def test_an_unknown_field_is_read_as_words(filled: SearchIndex) -> None:
    assert keys(filled, "okänt:sopor") == []
    assert keys(filled, "bygglov:2024/1") == ["a"]


def test_curly_quotes_are_quotes(filled: SearchIndex) -> None:
    assert keys(filled, "”bygglov 2024/1”") == ["a"]


def test_ten_thousand_beginnings_are_bounded(filled: SearchIndex) -> None:
    assert ask(filled, "by* " * 2500).total == 1


_HOSTILE = {
    "long": "x" * 10_000,
    "long words": "bygglov " * 1_250,
    "deep": "(" * 5_000 + "bygglov" + ")" * 5_000,
    "deep and open": "(bygglov OR " * 900,
    "nots": "NOT " * 2_500 + "bygglov",
    "wildcards": "* " * 5_000,
    "wildcards in words": "b*y*g*g*l*o*v* " * 700,
    "quotes": '"' * 10_000,
    "phrases": '"a b c d e f g h i j" OR ' * 400,
    "regular expression": ".*(a+)+$ [^x]{999} \\p{L} (?i) | ^",
    "binary": bytes(range(256)).decode("latin-1") * 40,
    "nulls": "\x00" * 10_000,
    "surrogates": "\ud800" * 10_000,
    "right to left": "\u202e\u2066" * 5_000 + "bygglov",
    "numbers": "2024/1 " * 1_400,
    "one number": "9" * 10_000,
    "dates": "datum:0001..9999 " * 600,
    "fields": "titel:" * 1_600 + "bygglov",
    "marks": "a" + "\u0301" * 9_999,
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE.keys())
def test_hostile_queries_are_cut_to_size_and_answered(filled: SearchIndex, text: str) -> None:
    result = ask(filled, text, filters={"authority": (text,), "classification": (text[:50],)})
    assert result.total == 0
    result = ask(filled, text)
    assert result.total <= 2
    assert sum(map(len, result.notes)) < 2_000
    assert sum(map(len, result.suggestions)) < 200
    assert _leaves(parse(text).node) <= MAX_TERMS * 2
    assert filled.suggest(text, EVERYONE) == ()


def test_an_empty_text_is_everything_and_a_meaningless_one_nothing() -> None:
    assert parse(" ").node == Everything()
    assert parse("?!").node == Nothing()


def _leaves(node: Node) -> int:
    match node:
        case And(nodes) | Or(nodes):
            return sum(_leaves(one) for one in nodes)
        case Not(inner):
            return _leaves(inner)
        case _:
            return 1
