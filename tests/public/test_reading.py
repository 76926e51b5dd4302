"""Reading the open register, on both databases: lists of numbers and days, what came last, where a link leads."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from diarium.public.errors import NotInOpenRegister
from diarium.register.commands import DocumentFacts
from diarium.search.port import Sort
from tests.public.open_register import TODAY, OpenRegister, counted_statements

LAST_WEEK = TODAY - dt.timedelta(days=7)


def test_numbers_days_and_links_are_read_alike(open_register: OpenRegister) -> None:
    municipality, reader = open_register.municipality, open_register.reader
    with municipality.database.unit_of_work() as session:
        first = municipality.case(session, title="Busslinje", classification="1.1")
        sha256 = municipality.store(session, b"Ett brev", text="Ett brev")
        file = DocumentFacts(sha256, "brev.txt", is_released=True)
        record = municipality.record(session, first, title="Yttrande om bussar", documents=(file,))
        municipality.case(session, classification="4", title="Vissla")
        second = municipality.case(session, title="Äppelodling")
        municipality.record(session, second, title="Äldre brev", official_on=LAST_WEEK)
        uids = (first.uid, record.uid, record.documents[0].uid, second.uid)
    open_register.catch_up()

    series = reader.series("KS", TODAY.year)
    assert [(line.first, line.last, line.case is None) for line in series.lines] == [
        (1, 1, False),
        (2, 2, True),
        (3, 3, False),
    ]
    assert reader.years() == {"KS": (TODAY.year, TODAY.year)}
    assert list(reader.sitemap_parts()) == [("KS", TODAY.year, 0)]
    assert [case.number for case in reader.sitemap_part("KS", TODAY.year, 0)] == [1, 3]
    sheet = reader.case("KS", TODAY.year, 1)
    assert (sheet.previous, sheet.following and sheet.following.number) == (None, 3)

    day = reader.postlista("KS")
    assert (day.day, day.total, day.previous) == (TODAY, 1, LAST_WEEK)
    week = reader.postlista("KS", LAST_WEEK, whole_week=True)
    assert [one.count for one in week.week if one.day == LAST_WEEK] == [1]
    assert (week.total, week.following) == (1, TODAY)

    assert [reader.entry(uid).uid for uid in uids] == [uids[0], uids[1], uids[1], uids[3]]
    with pytest.raises(NotInOpenRegister):
        reader.entry(uuid.uuid4())
    assert {one.title for one in reader.newest("KS")} == {"Yttrande om bussar", "Äldre brev"}
    assert [one.title for one in reader.newest_of_case("KS", TODAY.year, 1)[1]] == ["Yttrande om bussar"]
    changed_at = reader.changed_at()
    assert changed_at is not None
    assert dt.datetime.now(dt.UTC) - changed_at < dt.timedelta(minutes=5)


def test_search_names_classes_sorts_by_title_and_suggests(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        for title, classification in (("Äppelodling", "2"), ("Zebrastall", "2.1"), ("Apelgård", "1")):
            municipality.case(session, title=title, classification=classification)
    open_register.catch_up()
    answer = open_register.search("", sort=Sort.TITLE)
    assert [found.case.title for found in answer.found] == ["Apelgård", "Zebrastall", "Äppelodling"]
    labels = {choice.value: choice.label for choice in answer.facets["classification"]}
    assert labels.items() >= {"2": "2 Bygga", "2.1": "2.1 Bygglov", "1": "1 Styra"}.items()
    assert open_register.reader.suggest("zeb").words == ("zebrastall",)
    (reading,) = open_register.reader.suggest(f"ks{TODAY.year}-2").readings
    assert (reading.case.title, reading.running_number) == ("Zebrastall", None)


def test_reading_takes_the_same_number_of_statements_whatever_there_is(sqlite_open_register: OpenRegister) -> None:
    reader, municipality = sqlite_open_register.reader, sqlite_open_register.municipality
    counts = []
    for amount in (3, 30):
        with municipality.database.unit_of_work() as session:
            for _ in range(amount):
                municipality.record(session, title="Brev om broar")
        sqlite_open_register.catch_up()
        with counted_statements(sqlite_open_register.reader.database) as sent:
            for read in (
                lambda: reader.series("KS", TODAY.year),
                lambda: reader.postlista("KS", TODAY, whole_week=True),
                lambda: reader.newest("KS"),
                lambda: sqlite_open_register.search("brev"),
                lambda: reader.overview(),
            ):
                read()
        counts.append(len(sent))
    assert counts[0] == counts[1]
