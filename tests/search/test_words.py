"""What a person who types Swedish words expects to find."""

from __future__ import annotations

import unicodedata

import pytest

from diarium.search.port import SearchIndex
from tests.search.conftest import ask, document, keys

FINDS = [
    ("bygglov", "Bygglovsansökan"),
    ("bygglov", "Bygglovshandläggning"),
    ("bygglov", "Ansökan om bygglovet"),
    ("bygglovsansökan", "Bygglov för garage"),
    ("bygglovsansökan", "Ansökan om bygglov"),
    ("skola", "Skolskjuts"),
    ("skola", "Förskolan Solrosen"),
    ("skola", "Ny grundskola"),
    ("skola", "Skolan i byn"),
    ("förskola", "Förskolornas öppettider"),
    ("plan", "Detaljplan"),
    ("plan", "Planbesked"),
    ("detaljplan", "Detaljplaneändring"),
    ("buller", "Bullerutredning"),
    ("vatten", "Vattenläcka"),
    ("vatten", "Vattendom"),
    ("parkering", "Parkeringstillstånd"),
    ("avtal", "Avtalet"),
    ("avtal", "Avtalen"),
    ("avtal", "Avtals"),
    ("motion", "Motioner"),
    ("lokal", "Lokaler"),
    ("beslut", "Beslutet"),
    ("beslut", "Besluten"),
    ("beslut", "Beslutade"),
    ("väg", "Vägen"),
    ("väg", "Vägar"),
    ("gata", "Gatan"),
    ("ansökan", "Ansökningar"),
    ("plats", "Platsen"),
    ("ljud", "Akustik"),
    ("KF", "Kommunfullmäktige"),
    ("kommunfullmäktige", "Beslut av KF"),
    ("KS", "Kommunstyrelsens protokoll"),
    ("BUN", "Barn- och utbildningsnämnden"),
    ("barn- och utbildningsnämnden", "Protokoll BUN"),
    ('"barn- och utbildningsnämnden"', "Protokoll BUN"),
    ("Lex Sarah", "Anmälan enligt lex Sarah"),
    ("PBL", "Enligt PBL 9 kap."),
    ("Nödinge 5:27", "Bygglov för Nödinge 5:27"),
    ("sop*", "Sophämtning"),
    ("sop*", "Sopor"),
    ("kommunens*", "Kommunen svarar"),
    ("solcell", "Solcellsanläggning"),
    ("e-post", "Svar per e-post"),
    ("armé", "Svenska armen"),
    ("BESLUT", "beslut"),
]
FINDS_NOT = [
    ("bygglov", "Tillbyggnad"),
    ("far", "Får"),
    ("får", "Far"),
    ("får", "För"),
    ("Nödinge 5:27", "Nödinge 5:28"),
    ("anställning", "Sammanställning"),
    ("dom", "Ungdom"),
    ("plan", "Plantera träd"),
    ("lov", "Bygglov"),
    ('"bygglov garage"', "Garage med bygglov"),
]


@pytest.fixture
def found_by(index: SearchIndex) -> set[tuple[str, str]]:
    titles = sorted({title for _, title in FINDS + FINDS_NOT})
    index.rebuild(document(f"record:{number}", title) for number, title in enumerate(titles))
    queries = {query for query, _ in FINDS + FINDS_NOT}
    return {(query, hit.title) for query in queries for hit in ask(index, query, page_size=100).hits}


def test_a_word_finds_its_inflections_compounds_and_synonyms(found_by: set[tuple[str, str]]) -> None:
    assert [pair for pair in FINDS if pair not in found_by] == []


def test_a_word_does_not_find_what_only_looks_like_it(found_by: set[tuple[str, str]]) -> None:
    assert [pair for pair in FINDS_NOT if pair in found_by] == []


def test_letters_of_a_decomposed_text_are_the_same_letters(index: SearchIndex) -> None:
    index.apply([document("a", unicodedata.normalize("NFD", "Får på väg"))], [])
    assert keys(index, "får") == ["a"]
    assert keys(index, unicodedata.normalize("NFD", "väg")) == ["a"]


def test_soft_hyphens_do_not_split_words(index: SearchIndex) -> None:
    index.apply([document("a", "x", body="kommun\u00adfull\u00admäktige")], [])
    assert keys(index, "kommunfullmäktige") == ["a"]


def test_all_words_must_be_there_wherever_they_stand(index: SearchIndex) -> None:
    index.apply(
        [
            document("a", "Bygglov", body="ett garage", senders=("Anna Ek",)),
            document("b", "Bygglov"),
            document("c", "Garage"),
        ],
        [],
    )
    assert keys(index, "bygglov garage anna") == ["a"]


def test_a_phrase_keeps_the_order_and_small_words(index: SearchIndex) -> None:
    index.apply(
        [document("a", "Hus på väg till dag"), document("b", "På hus väg"), document("c", "Väg på hus")], []
    )
    assert keys(index, '"hus på väg"') == ["a"]


def test_a_phrase_does_not_reach_from_the_title_into_the_text(index: SearchIndex) -> None:
    index.apply([document("a", "Röda", body="Korset")], [])
    assert keys(index, '"röda korset"') == []
    assert keys(index, "röda korset") == ["a"]


@pytest.mark.parametrize("word", ["OR", "ELLER"])
def test_either_word_is_enough(index: SearchIndex, word: str) -> None:
    index.apply([document("a", "Hund"), document("b", "Katt"), document("c", "Häst")], [])
    assert set(keys(index, f"hund {word} katt")) == {"a", "b"}


@pytest.mark.parametrize("query", ["hund -katt", "hund NOT katt", "hund INTE katt", "-katt hund"])
def test_unwanted_words_are_left_out(index: SearchIndex, query: str) -> None:
    index.apply([document("a", "Hund"), document("b", "Hund och katt"), document("c", "Häst")], [])
    assert keys(index, query) == ["a"]


def test_a_query_of_only_unwanted_words_finds_the_rest(index: SearchIndex) -> None:
    index.apply([document("a", "Hund"), document("b", "Katt")], [])
    assert keys(index, "-katt") == ["a"]


def test_parentheses_group(index: SearchIndex) -> None:
    index.apply([document("a", "Hund ute"), document("b", "Katt ute"), document("c", "Katt inne")], [])
    assert set(keys(index, "(hund OR katt) ute")) == {"a", "b"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("avsändare:anna", "sender"),
        ("mottagare:anna", "recipient"),
        ("part:anna", "party"),
        ("titel:anna", "title"),
        ("handläggare:anna", "officer"),
        ("typ:anna", "type"),
        ("klass:1.2", "class"),
        ("klass:1", "class"),
        ("klass:1.2.3", "class"),
        ("klass:1.*", "class"),
        ("dnr:2031/7", "number"),
        ("dnr:7", "number"),
        ("dnr:zz", "number"),
        ("avsändare:(anna OR bo)", "sender"),
        ('avsändare:"anna ek"', "sender"),
        ("avsändare:an*", "sender"),
    ],
)
def test_a_field_is_searched_alone(index: SearchIndex, query: str, expected: str) -> None:
    index.apply(
        [
            document("sender", senders=("Anna Ek",)),
            document("recipient", recipients=("Anna Ek",)),
            document("party", parties=("Anna Ek",)),
            document("title", "Anna Ek"),
            document("officer", officer="Anna Ek"),
            document("type", record_type="Anna"),
            document("class", classification="1.2.3"),
            document("number", number="ZZ 2031/7"),
            document("text", body="Anna Ek 1.2.3 ZZ"),
        ],
        [],
    )
    assert keys(index, query) == [expected]


@pytest.mark.parametrize(
    "query",
    ["ks2024-123", "KS 2024/123", "ks 2024/123", "KS.2024.00123", "2024/123", "123/2024", "dnr:KS2024/123",
     "2024-KS-123", '"KS 2024/123"', "Dnr KS 2024/123"],
)  # fmt: skip
def test_a_case_is_found_by_its_number_in_any_form(index: SearchIndex, query: str) -> None:
    index.apply(
        [
            document("case", "Dnr finns", number="KS 2024/123", kind="case"),
            document("other", number="KS 2024/124"),
            document("longer", number="KS 2024/1234"),
        ],
        [],
    )
    assert keys(index, query) == ["case"]


def test_a_number_with_its_series_does_not_find_another_series(index: SearchIndex) -> None:
    index.apply([document("ks", number="KS 2024/123"), document("bun", number="BUN 2024/123")], [])
    assert keys(index, "KS 2024/123") == ["ks"]
    assert set(keys(index, "2024/123")) == {"ks", "bun"}


def test_a_record_number_finds_the_record_and_the_case_number_all_of_the_case(index: SearchIndex) -> None:
    index.apply(
        [document("r4", number="KS 2024/123-4"), document("r5", number="KS 2024/123-5")],
        [],
    )
    assert keys(index, "KS 2024/123-4") == ["r4"]
    assert set(keys(index, "KS 2024/123")) == {"r4", "r5"}


def test_a_number_in_a_text_is_found_but_comes_after_the_case_itself(index: SearchIndex) -> None:
    index.apply([document("letter", body="Angående KS 2024/00123."), document("case", number="KS 2024/123")], [])
    assert keys(index, "KS 2024/123") == ["case", "letter"]


def test_a_word_before_a_number_need_not_be_a_series(index: SearchIndex) -> None:
    index.apply([document("a", "Motion om buller", number="KS 2024/9")], [])
    assert keys(index, "motion 2024/9") == ["a"]
