"""Filters, facets, order, pages and marks."""

from __future__ import annotations

import datetime as dt

import pytest

from diarium.search.errors import InvalidFilter
from diarium.search.port import FacetCount, SearchIndex, Sort
from tests.search.conftest import EVERYONE, ask, document, keys


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.apply(
        [
            document("a", "Buller", authority="KS", status="open", year=2023, date=dt.date(2023, 1, 31)),
            document(
                "b", "Buller", authority="KS", status="closed", date=dt.date(2024, 2, 1), direction="incoming"
            ),
            document("c", "Buller", authority="MBN", status="open", date=dt.date(2024, 2, 29), kind="case"),
            document("d", "Avtal", authority="MBN", classification="1.2.3", record_type="Avtal", date=None),
            document("e", "Avtal", authority="SN", classification="1.20", date=dt.date(2025, 1, 1)),
        ],
        [],
    )
    return index


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"authority": ("KS",)}, "ab"),
        ({"authority": ("KS", "SN")}, "abe"),
        ({"authority": ("KS",), "status": ("open",)}, "a"),
        ({"year": ("2023",)}, "a"),
        ({"record_type": ("Avtal",)}, "d"),
        ({"direction": ("incoming",)}, "b"),
        ({"kind": ("case",)}, "c"),
        ({"classification": ("1.2.3",)}, "d"),
        ({"classification": ("1.2",)}, "d"),
        ({"classification": ("1",)}, "de"),
        ({"authority": ()}, "abcde"),
        ({"authority": ("XX",)}, ""),
    ],
)
def test_filters_join_with_or_within_and_with_and_between(
    filled: SearchIndex, filters: dict[str, tuple[str, ...]], expected: str
) -> None:
    assert sorted(keys(filled, filters=filters)) == list(expected)


def test_an_unknown_filter_is_refused_by_name(filled: SearchIndex) -> None:
    with pytest.raises(InvalidFilter, match="secret"):
        ask(filled, filters={"secret": ("x",)})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("datum:2024", "bc"),
        ("datum:2024-02", "bc"),
        ("datum:2024-02-01", "b"),
        ("datum:2023-01..2024-02-01", "ab"),
        ("datum:2024-02-02..", "ce"),
        ("datum:..2024-02-01", "ab"),
        ("datum:>2024-02-29", "e"),
        ("datum:>=2024-02-29", "ce"),
        ("datum:<2024", "a"),
        ("datum:<=2024-02", "abc"),
        ("år:2023", "a"),
        ("år:..2023", "a"),
        ("datum:2024 buller", "bc"),
        ("datum:2025 OR titel:buller", "abce"),
        ("-datum:2024", "ade"),
    ],
)
def test_dates_in_the_query(filled: SearchIndex, query: str, expected: str) -> None:
    assert sorted(keys(filled, query)) == list(expected)


def test_dates_beside_the_query_are_inclusive(filled: SearchIndex) -> None:
    first, last = dt.date(2024, 2, 1), dt.date(2024, 2, 29)
    assert sorted(keys(filled, date_from=first, date_to=last)) == ["b", "c"]
    assert sorted(keys(filled, date_from=last)) == ["c", "e"]
    assert sorted(keys(filled, date_to=first)) == ["a", "b"]


def test_a_date_that_can_not_be_read_is_left_out_with_a_note(filled: SearchIndex) -> None:
    result = ask(filled, "buller datum:igår")
    assert result.total == 3
    assert "igår" in result.notes[0]


def test_facets_count_all_hits_and_not_only_the_page(filled: SearchIndex) -> None:
    facets = ask(filled, "buller", page_size=1).facets
    assert facets["authority"] == (FacetCount("KS", 2), FacetCount("MBN", 1))
    assert facets["status"] == (FacetCount("open", 2), FacetCount("closed", 1))
    assert facets["record_type"] == ()


def test_a_facet_ignores_its_own_filter_and_obeys_the_others(filled: SearchIndex) -> None:
    facets = ask(filled, "buller", filters={"authority": ("KS",), "status": ("open",)}).facets
    assert facets["authority"] == (FacetCount("KS", 1), FacetCount("MBN", 1))
    assert facets["status"] == (FacetCount("closed", 1), FacetCount("open", 1))
    assert facets["year"] == (FacetCount("2023", 1),)


def test_facets_obey_dates(filled: SearchIndex) -> None:
    assert ask(filled, date_from=dt.date(2024, 2, 2)).facets["authority"] == (
        FacetCount("MBN", 1),
        FacetCount("SN", 1),
    )


def test_facets_can_be_left_out(filled: SearchIndex) -> None:
    assert ask(filled, "buller", facets=False).facets == {}


def test_an_empty_query_browses_newest_first_and_undated_last(filled: SearchIndex) -> None:
    assert keys(filled) == ["e", "c", "b", "a", "d"]


def test_hits_can_be_ordered_by_date(filled: SearchIndex) -> None:
    assert keys(filled, "buller", sort=Sort.NEWEST) == ["c", "b", "a"]
    assert keys(filled, sort=Sort.OLDEST) == ["a", "b", "c", "e", "d"]


def test_a_title_weighs_more_than_a_text(index: SearchIndex) -> None:
    index.apply(
        [document("text", "Brev", body="buller " * 30), document("title", "Buller", body="annat " * 300)], []
    )
    assert keys(index, "buller") == ["title", "text"]


def test_scores_are_relative_to_the_best_hit(index: SearchIndex) -> None:
    index.apply([document("a", "Buller"), document("b", "Brev", body="buller")], [])
    best, second = ask(index, "buller").hits
    assert best.score == 1.0
    assert 0 < second.score < 1


def test_pages_show_every_hit_once(index: SearchIndex) -> None:
    index.apply([document(f"r{number:02}", "Buller", body="ord " * number) for number in range(25)], [])
    for query in ("", "buller"):
        pages = [keys(index, query, page=page, page_size=10) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [10, 10, 5, 0]
        assert len({key for page in pages for key in page}) == 25
    assert ask(index, "buller", page_size=10).page_count == 3


@pytest.mark.parametrize(("page", "size"), [(0, 0), (-5, -5), (10**9, 10**9)])
def test_impossible_pages_are_moved_within_the_limits(filled: SearchIndex, page: int, size: int) -> None:
    result = ask(filled, page=page, page_size=size)
    assert result.total == 5
    assert 1 <= result.page_size <= 100
    assert result.page >= 1


def test_a_hit_tells_all_of_the_document(index: SearchIndex) -> None:
    index.apply(
        [document("k", "Buller", number="KS 2024/1", officer="Bo", record_type="Avtal", direction="outgoing",
                  status="open", classification="1.2", version=7)], [],
    )  # fmt: skip
    (hit,) = ask(index, "buller").hits
    assert (hit.key, hit.case_key, hit.kind, hit.number, hit.title) == (
        "k",
        "case:k",
        "record",
        "KS 2024/1",
        "Buller",
    )
    assert (hit.authority, hit.year, hit.date) == ("KS", 2024, dt.date(2024, 5, 1))
    assert (hit.officer, hit.record_type, hit.direction) == ("Bo", "Avtal", "outgoing")
    assert (hit.status, hit.classification, hit.version) == ("open", "1.2", 7)


def test_found_words_are_marked_and_everything_else_escaped(index: SearchIndex) -> None:
    index.apply([document("a", "<b>Buller</b> & Bullerplank", body='<script>alert("buller")</script>')], [])
    (hit,) = ask(index, "buller").hits
    assert hit.title == "<b>Buller</b> & Bullerplank"
    assert hit.title_html == "&lt;b&gt;<mark>Buller</mark>&lt;/b&gt; &amp; <mark>Bullerplank</mark>"
    assert hit.snippet_html == "&lt;script&gt;alert(&quot;<mark>buller</mark>&quot;)&lt;/script&gt;"


def test_the_snippet_shows_where_most_of_the_words_stand(index: SearchIndex) -> None:
    body = "buller " + "utfyllnad " * 200 + "mycket buller vid vägen om natten " + "slut " * 200
    index.apply([document("a", "x", body=body)], [])
    (hit,) = ask(index, "buller väg natt").hits
    assert "<mark>buller</mark> vid <mark>vägen</mark> om <mark>natten</mark>" in hit.snippet_html
    assert hit.snippet_html.startswith("… ")
    assert len(hit.snippet_html) < 500


def test_unwanted_words_and_other_fields_are_not_marked(index: SearchIndex) -> None:
    index.apply([document("a", "Anna och buller", body="Anna", senders=("Anna",))], [])
    (hit,) = ask(index, "buller avsändare:anna -katt").hits
    assert hit.title_html == "Anna och <mark>buller</mark>"


def test_a_huge_text_is_searched_and_shown_in_part(index: SearchIndex) -> None:
    body = "ord " * 500_000 + "nålen"
    index.apply([document("a", "Stor", body=body)], [])
    (hit,) = ask(index, "nålen").hits
    assert hit.key == "a"
    assert len(hit.snippet_html) < 500


def test_a_misspelt_word_gives_a_suggestion(index: SearchIndex) -> None:
    index.apply([document("a", "Bygglov"), document("b", "Vägen")], [])
    assert ask(index, "bygglof").suggestions == ("bygglov",)
    assert ask(index, "vagen").suggestions == ("vägen",)
    assert ask(index, "bygglov").suggestions == ()


def test_hits_can_be_ordered_by_title_in_swedish_order(index: SearchIndex) -> None:
    titles = ["Zinkgruvan", "Öppettider", "ådalen", "Ärtsoppa", "", "avtal", "Écluse", "Bro"]
    index.apply([document(title or "none", title) for title in titles], [])
    expected = ["avtal", "Bro", "Écluse", "Zinkgruvan", "ådalen", "Ärtsoppa", "Öppettider", "none"]
    assert keys(index, sort=Sort.TITLE) == expected
    assert keys(index, sort=Sort.TITLE, page=2, page_size=3) == expected[3:6]
    assert {hit.score for hit in ask(index, "avtal", sort=Sort.TITLE).hits} == {0.0}


def test_what_is_typed_is_completed_by_words_of_titles_the_most_common_first(index: SearchIndex) -> None:
    index.apply(
        [
            document("a", "Bygglov för garage"),
            document("b", "Bygglov för gäststuga"),
            document("c", "Byggnadsminne, äldre garage"),
            document("d", "Dold byggkran", readers=frozenset({"secret"})),
            document("e", "Övrigt", body="byggherre"),
        ],
        [],
    )
    assert index.suggest("byg", EVERYONE) == ("bygglov", "byggnadsminne")
    assert index.suggest("byg", EVERYONE, 1) == ("bygglov",)
    assert index.suggest("byg", frozenset({"secret"})) == ("byggkran",)
    assert index.suggest("Bygglov GA", EVERYONE) == ("Bygglov garage",)
    assert index.suggest("äldre g", EVERYONE) == ()
    assert index.suggest("äldre ga", EVERYONE) == ("äldre garage",)
    assert index.suggest("öv", EVERYONE) == ("övrigt",)
    assert index.suggest("ov", EVERYONE) == ()


@pytest.mark.parametrize(
    "typed", ["", " ", "b", "bygglov ", "2024/1", "titel:", "b*", '"', "\x00\ud800", "x" * 10_000]
)
def test_nothing_is_suggested_where_there_is_no_word_to_complete(index: SearchIndex, typed: str) -> None:
    index.apply([document("a", "Bygglov")], [])
    assert index.suggest(typed, EVERYONE) == ()
    assert index.suggest("byg", frozenset()) == ()
