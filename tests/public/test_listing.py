"""Walking through the open register from place to place, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from diarium.i18n import today
from diarium.public import listing
from diarium.public.errors import NotInOpenRegister
from diarium.public.listing import CaseWish, RecordWish
from tests.public.open_register import OpenRegister, counted_statements

YEAR = today().year


def _fill(register: OpenRegister, cases: int) -> None:
    m = register.municipality
    with m.database.unit_of_work() as session:
        for number in range(cases):
            case = m.case(session, title=f"Ärende {number}")
            for day in range(2):
                m.record(session, case, official_on=today() - dt.timedelta(days=day))
    register.catch_up()


def test_every_case_and_record_is_met_once_whatever_the_step(
    open_register: OpenRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(open_register, 5)
    database = open_register.reader.database
    seen: list[str] = []
    after: tuple[int, int, int] | None = None
    while page := listing.cases(database, CaseWish(), after=after, limit=2):
        seen += [case.number_text for case in page]
        after = (page[-1].year, page[-1].number, page[-1].id)
    assert seen == [f"KS {YEAR}/{number}" for number in (5, 4, 3, 2, 1)]
    numbers: list[str] = []
    place: tuple[dt.date, int] | None = None
    while records := listing.records(database, RecordWish(authority="KS"), after=place, limit=3):
        numbers += [record.number_text for record in records]
        place = (records[-1].official_on, records[-1].id)
    assert len(set(numbers)) == len(numbers) == 10
    monkeypatch.setattr(listing, "MOST", 3)
    dumped = [record.number_text for batch in listing.all_records(database, "KS", YEAR) for record in batch]
    assert dumped == [f"KS {YEAR}/{case}-{record}" for case in range(1, 6) for record in (1, 2)]
    assert [len(batch) for batch in listing.all_cases(database, "KS", YEAR)] == [3, 2]


def test_wishes_narrow(open_register: OpenRegister) -> None:
    _fill(open_register, 2)
    database = open_register.reader.database
    for wish, count in (
        (CaseWish(authority="SN"), 0),
        (CaseWish(year=YEAR, status="open", class_code="1"), 2),
        (CaseWish(class_code="1.1"), 0),
        (CaseWish(class_code="%"), 0),
    ):
        assert len(listing.cases(database, wish, after=None, limit=10)) == count, wish
    yesterday = today() - dt.timedelta(days=1)
    assert len(listing.records(database, RecordWish(last=yesterday), after=None, limit=10)) == 2
    assert len(listing.records(database, RecordWish(direction="outgoing"), after=None, limit=10)) == 0
    assert listing.neighbouring_days(database, "KS", today()) == (yesterday, None)
    assert [(item.authority, item.year, item.cases) for item in listing.slices(database)] == [("KS", YEAR, 2)]
    assert [(item.code, item.cases) for item in listing.classes(database)] == [("1", 2)]


def test_what_is_not_there_is_said_so(open_register: OpenRegister) -> None:
    database = open_register.reader.database
    for find in (listing.case, listing.record, listing.document):
        with pytest.raises(NotInOpenRegister):
            find(database, uuid.uuid4())
    with pytest.raises(NotInOpenRegister):
        listing.records_of_case(database, uuid.uuid4(), after=None, limit=1)
    assert list(listing.all_records(database, "KS", 10**12)) == []


def test_page_takes_as_many_statements_whatever_there_is(sqlite_open_register: OpenRegister) -> None:
    database = sqlite_open_register.reader.database
    counts = []
    for cases in (3, 30):
        _fill(sqlite_open_register, cases)
        with counted_statements(database) as statements:
            listing.records(database, RecordWish(), after=None, limit=50)
        counts.append(len(statements))
    assert counts[0] == counts[1]
