"""Nothing of what a searcher may not see shows: not in hits, totals, facets, suggestions or scores."""

from __future__ import annotations

import pytest

from diarium.search.port import SearchIndex
from tests.search.conftest import ask, document, keys

SECRET = frozenset({"secret"})


@pytest.fixture
def mixed(index: SearchIndex) -> SearchIndex:
    index.apply(
        [
            document("open", "Buller", body="öppet"),
            document("closed", "Buller hemligord", body="dolt", readers=SECRET, authority="SN"),
            document("both", "Buller", readers=frozenset({"everyone", "secret"})),
            document("nobody", "Buller", readers=frozenset()),
        ],
        [],
    )
    return index


def test_hits_and_totals_hold_only_what_shares_a_token(mixed: SearchIndex) -> None:
    assert sorted(keys(mixed, "buller")) == ["both", "open"]
    assert sorted(keys(mixed, "buller", readers=SECRET)) == ["both", "closed"]
    assert sorted(keys(mixed, readers=frozenset({"secret", "everyone", "x"}))) == ["both", "closed", "open"]
    assert ask(mixed, "buller").total == 2


@pytest.mark.parametrize("query", ["", "buller", "-katt", "2024/1", "sop*", "datum:2024", "bul*"])
def test_a_searcher_without_tokens_finds_nothing(mixed: SearchIndex, query: str) -> None:
    result = ask(mixed, query, readers=frozenset())
    assert (result.total, result.hits, result.suggestions) == (0, (), ())
    assert all(counts == () for counts in result.facets.values())


@pytest.mark.parametrize(
    "query", ["", "-katt", "bul*", "hemligord OR buller", "datum:2024", "år:2024", "NOT öppet"]
)
def test_no_form_of_query_goes_round_the_filter(mixed: SearchIndex, query: str) -> None:
    result = ask(mixed, query, page_size=100)
    assert {hit.key for hit in result.hits} <= {"open", "both"}
    assert all(count.value != "SN" for count in result.facets["authority"])


def test_facets_do_not_count_hidden_documents_even_without_their_own_filter(mixed: SearchIndex) -> None:
    facets = ask(mixed, "buller", filters={"authority": ("SN",)}).facets
    assert {count.value: count.count for count in facets["authority"]} == {"KS": 2}


def test_suggestions_come_only_from_what_may_be_read(mixed: SearchIndex) -> None:
    assert ask(mixed, "hemligorf").suggestions == ()
    assert ask(mixed, "hemligorf", readers=SECRET).suggestions == ("hemligord",)


def test_a_token_is_compared_whole(index: SearchIndex) -> None:
    index.apply([document("a", readers=frozenset({"unit:1 2"})), document("b", readers=frozenset({"unit:1"}))], [])
    assert keys(index, readers=frozenset({"unit:1"})) == ["b"]
    assert keys(index, readers=frozenset({"unit:1 2"})) == ["a"]
    assert keys(index, readers=frozenset({"UNIT:1", "unit", "*"})) == []


def test_a_change_of_readers_takes_effect_with_the_next_search(mixed: SearchIndex) -> None:
    assert "open" in keys(mixed, "buller")
    mixed.apply([document("open", "Buller", readers=SECRET)], [])
    assert keys(mixed, "buller") == ["both"]
    assert "open" in keys(mixed, "buller", readers=SECRET)
