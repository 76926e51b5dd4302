"""Pages of lists: nothing is left out and nothing comes twice, in any order, in both directions."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.db.swedish import sort_key
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.lists import catalogue, cursor, paging
from diarium.lists.cursor import Cursor
from diarium.lists.definitions.cases import CASES
from diarium.lists.errors import InvalidCursor, UnknownList
from diarium.lists.filtering import Criteria
from diarium.lists.model import ListDefinition, ListRow
from diarium.register.models import Case
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.lists.register_of_many import fill

EVERYTHING = {
    "oregistrerat": {"all": "1"},
    "granskning": {"later": "1"},
    "bevakningar": {"settled": "1"},
    "mina-arenden": {"finished": "1"},
    "enhetens-arenden": {"finished": "1"},
    "postlista": {"basis": "official", "day": today().isoformat()},
}


def walk(
    municipality: Municipality, actor: Actor, definition: ListDefinition, sort: str, size: int
) -> tuple[list[ListRow], list[ListRow]]:
    """All rows, page by page, forward from the beginning and then backward from the last page."""
    criteria = Criteria(EVERYTHING.get(definition.name, {}))
    with municipality.database.reading() as session:
        page = paging.page(session, actor, definition, criteria, sort=sort, size=size)
        forward = [page]
        while page.next_cursor:
            page = paging.page(session, actor, definition, criteria, sort=sort, cursor=page.next_cursor, size=size)
            forward.append(page)
        backward = [page]
        while page.previous_cursor:
            page = paging.page(
                session, actor, definition, criteria, sort=sort, cursor=page.previous_cursor, size=size
            )
            backward.insert(0, page)
    return [row for item in forward for row in item.rows], [row for item in backward for row in item.rows]


def sorts_of(definition: ListDefinition) -> list[str]:
    keys = [column.key for column in definition.columns if column.order is not None]
    return [prefix + key for key in keys for prefix in ("", "-")]


@pytest.mark.parametrize("name", list(catalogue.LISTS))
def test_every_row_comes_once_in_every_order_and_the_same_way_back(municipality: Municipality, name: str) -> None:
    fill(municipality, 28)
    definition = catalogue.LISTS[name]
    for actor in (municipality.registrar, municipality.officer):
        with municipality.database.reading() as session:
            wanted = set(
                paging.newest_ids(session, actor, definition, Criteria(EVERYTHING.get(name, {})), most=1000)
            )
        for sort in sorts_of(definition):
            forward, backward = walk(municipality, actor, definition, sort, 7)
            ids = [row.id for row in forward]
            assert len(ids) == len(set(ids)), sort
            assert set(ids) == wanted, sort
            assert [row.id for row in backward] == ids, sort


def test_titles_are_in_swedish_order_whatever_their_case(municipality: Municipality) -> None:
    fill(municipality, 30, marked=False)
    rising, _back = walk(municipality, municipality.registrar, CASES, "title", 4)
    falling, _back = walk(municipality, municipality.registrar, CASES, "-title", 4)
    keys = [sort_key(str(row.values[1])) for row in rising]
    assert keys == sorted(keys)
    assert {key[0] for key in keys} >= {"a", "z", "{", "|", "}"}, "å, ä and ö stand behind z"
    assert [row.id for row in falling] == [row.id for row in reversed(rising)]


@pytest.mark.parametrize("sort", ["closed", "-closed", "responsible", "-responsible"])
def test_rows_without_a_value_come_last_either_way(municipality: Municipality, sort: str) -> None:
    fill(municipality, 30)
    forward, _back = walk(municipality, municipality.registrar, CASES, sort, 6)
    place = [column.key for column in CASES.columns].index(sort.removeprefix("-"))
    has_value = [bool(row.values[place]) for row in forward]
    assert has_value == sorted(has_value, reverse=True)
    assert True in has_value
    assert False in has_value


def test_what_is_registered_meanwhile_neither_repeats_nor_hides_a_row(municipality: Municipality) -> None:
    fill(municipality, 20, marked=False)
    who = municipality.registrar
    with municipality.database.reading() as session:
        first = paging.page(session, who, CASES, Criteria(), sort="-opened", size=8)
        before = paging.newest_ids(session, who, CASES, Criteria(), most=100)
    fill(municipality, 10, seed=2, marked=False)
    with municipality.database.reading() as session:
        second = paging.page(session, who, CASES, Criteria(), sort="-opened", cursor=first.next_cursor, size=100)
    seen = [row.id for row in (*first.rows, *second.rows)]
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


def test_place_stays_when_its_row_is_changed(municipality: Municipality) -> None:
    fill(municipality, 20, marked=False)
    who = municipality.registrar
    with municipality.database.reading() as session:
        first = paging.page(session, who, CASES, Criteria(), sort="opened", size=8)
        rest = paging.page(session, who, CASES, Criteria(), sort="opened", cursor=first.next_cursor, size=100)
    with municipality.database.unit_of_work() as session:
        moved = session.scalars(select(Case).where(Case.id == first.rows[-1].id)).one()
        moved.opened_on = dt.date(1999, 1, 1)
        moved.closed_on = None
    with municipality.database.reading() as session:
        again = paging.page(session, who, CASES, Criteria(), sort="opened", cursor=first.next_cursor, size=100)
    assert [row.id for row in again.rows] == [row.id for row in rest.rows]


@pytest.mark.parametrize("name", list(catalogue.LISTS))
def test_page_of_many_rows_asks_as_often_as_one_of_few(sqlite_municipality: Municipality, name: str) -> None:
    definition = catalogue.LISTS[name]
    who = sqlite_municipality.registrar
    criteria = Criteria(EVERYTHING.get(name, {}))
    asked = []
    for cases, seed in ((30, 1), (60, 2)):
        fill(sqlite_municipality, cases, seed)
        with (
            sqlite_municipality.database.reading() as session,
            statements_of(sqlite_municipality.database.engine) as sent,
        ):
            paging.page(session, who, definition, criteria, size=50)
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_titles_are_not_written_into_addresses(sqlite_municipality: Municipality) -> None:
    fill(sqlite_municipality, 20)
    with sqlite_municipality.database.reading() as session:
        page = paging.page(session, sqlite_municipality.registrar, CASES, Criteria(), sort="title", size=5)
    assert page.next_cursor is not None
    assert cursor.read(page.next_cursor, CASES.name, "title").values == ()


def test_place_in_another_list_or_order_or_made_up_is_refused(municipality: Municipality) -> None:
    fill(municipality, 8)
    who = municipality.registrar
    good = Cursor(CASES.name, "opened", 1, (today(),))
    wrong = [
        Cursor("handlingar", "opened", 1, (today(),)),
        Cursor(CASES.name, "-opened", 1, (today(),)),
        Cursor(CASES.name, "opened", 1, ()),
        Cursor(CASES.name, "opened", 1, ("x",)),
        Cursor(CASES.name, "opened", 1, (today(), today())),
        Cursor(CASES.name, "opened", 1, (), is_missing=True),
    ]
    with municipality.database.reading() as session:
        paging.page(session, who, CASES, Criteria(), sort="opened", cursor=cursor.write(good))
        for text in [cursor.write(item) for item in wrong] + [
            "",
            "x",
            "å",
            "e30",
            cursor.write(good)[:-4],
            "A" * 5000,
        ]:
            if text:
                with pytest.raises(InvalidCursor):
                    paging.page(session, who, CASES, Criteria(), sort="opened", cursor=text)
        unknown = cursor.write(Cursor(CASES.name, "title", 10**18))
        with pytest.raises(InvalidCursor):
            paging.page(session, who, CASES, Criteria(), sort="title", cursor=unknown)


@given(st.text())
def test_any_text_for_a_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursor.read(text, "arenden", "title")


@given(
    st.lists(
        st.one_of(
            st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),
            st.integers(-(2**63) + 1, 2**63 - 1),
            st.dates(),
            st.datetimes(timezones=st.just(dt.UTC)),
        ),
        max_size=4,
    ),
    st.integers(0, 2**63 - 1),
    st.booleans(),
)
def test_place_is_read_as_it_was_written(values: list[cursor.Key], number: int, flag: bool) -> None:
    place = Cursor("arenden", "-title", number, tuple(values), is_missing=flag, is_backward=not flag)
    text = cursor.write(place)
    if len(text) <= cursor.MOST_CHARACTERS:
        assert cursor.read(text, "arenden", "-title") == place


def test_list_is_for_those_who_have_the_permission(sqlite_municipality: Municipality) -> None:
    names = {item.name for item in catalogue.of(sqlite_municipality.archivist)}
    assert "arenden" in names
    assert "oregistrerat" not in names
    with pytest.raises(UnknownList):
        catalogue.find(sqlite_municipality.archivist, "oregistrerat")
    with pytest.raises(UnknownList):
        catalogue.find(sqlite_municipality.registrar, "finns-inte")
    with sqlite_municipality.database.reading() as session, pytest.raises(UnknownList):
        paging.page(session, sqlite_municipality.administrator, CASES, Criteria())


def test_empty_page_after_everything_left_becomes_the_first_page(municipality: Municipality) -> None:
    fill(municipality, 6, marked=False)
    who = municipality.registrar
    beyond = cursor.write(Cursor(CASES.name, "opened", 2**62, (dt.date(2999, 1, 1),)))
    with municipality.database.reading() as session:
        page = paging.page(session, who, CASES, Criteria(), sort="opened", cursor=beyond, size=3)
    assert len(page.rows) == 3
    assert page.previous_cursor is None
