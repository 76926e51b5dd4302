"""Two ways to the words of a text give the same words."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from diarium.db.swedish import sort_key
from diarium.search.analysis import fold, normalise, split, stem, tokens
from diarium.search.port import IndexDocument
from diarium.search.tantivy_schema import TITLE_KEY, row
from tests.search.conftest import document

_LETTERS = st.text(alphabet="abåäÖÉß 19:/.-_\n\u00a0²ªµÿœŠ”–€łß", max_size=60)


@settings(max_examples=500, deadline=None)
@given(st.one_of(_LETTERS, st.text(st.characters(max_codepoint=0x17F), max_size=80), st.text(max_size=40)))
@example("ks2024-123 5:27 1.2.3 e-post och/eller slut.")
@example("x" * 61 + " " + "9" * 61)
@example("\x85\x1c\x00\u00ad")
def test_the_quick_way_to_words_gives_what_the_thorough_one_does(text: str) -> None:
    clean = normalise(text)
    assert split(clean) == [token.text for token in tokens(fold(clean))]


@settings(max_examples=300, deadline=None)
@given(st.one_of(_LETTERS, st.text(max_size=150)).map(lambda text: text.encode(errors="ignore").decode()))
def test_titles_are_sorted_by_the_same_key_as_in_the_database(text: str) -> None:
    made: IndexDocument = document("a", text)
    title = normalise(text)
    assert row(made).get_all(TITLE_KEY) == ([sort_key(title)] if title else [])


def test_words_that_lose_a_vowel_have_one_stem() -> None:
    assert {stem(word) for word in ("vatten", "vattnet", "vattnen", "vattnets")} == {stem("vatten")}
    assert stem("tecknet") == stem("tecken")
