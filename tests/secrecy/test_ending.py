"""The longest time of secrecy, as the table of provisions gives it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, literal, select
from sqlalchemy.types import Date

from diarium.secrecy import ending
from diarium.secrecy.importing import shipped_provisions


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("70", 70),
        ("40; längre tid möjlig", 40),
        ("20; avtalsvillkor 2 (affärsverksamhet 5)", 20),
        ("70 för enskilda; 20 i övrigt", 70),
        ("2; i andra fall 50", 50),
        ("Högst 5 år", 5),
        ("ingen angiven", None),
        ("", None),
        ("till dess saken avgjorts, högst 20", None),
        ("0", None),
    ],
)
def test_years_are_read_where_the_text_begins_with_them(text: str, years: int | None) -> None:
    assert ending.years_of(text) == years


def test_shipped_table_is_read_as_it_is_written() -> None:
    found = {ending.years_of(row["max_years"]) for row in shipped_provisions()}
    assert found == {None, 5, 10, 20, 40, 50, 70}


@given(st.dates(dt.date(1700, 1, 1), dt.date(2100, 12, 31)), st.integers(1, 95))
def test_last_day_lies_that_many_years_ahead(begins_on: dt.date, years: int) -> None:
    last = ending.last_day(begins_on, years)
    after = last + dt.timedelta(days=1)
    assert after.year - begins_on.year == years
    assert (after.month, after.day) in ((begins_on.month, begins_on.day), (3, 1))


@given(st.dates(dt.date(1700, 1, 1), dt.date(2100, 12, 31)), st.integers(1, 95), st.integers(-3, 3))
def test_key_of_the_database_tells_the_same_day(begins_on: dt.date, years: int, days: int) -> None:
    key = int(begins_on.strftime("%Y%m%d")) + years * 10_000
    last = ending.last_day(begins_on, years)
    assert ending.day_of(key) == last
    day = last + dt.timedelta(days=days)
    assert (key <= ending.key_of(day)) == (last <= day)


def test_database_takes_a_day_apart() -> None:
    with create_engine("sqlite://").connect() as connection:
        number = connection.scalar(select(ending.number_of(literal(dt.date(2024, 2, 29), Date))))
    assert number == 20240229
