"""Neither order, nor filters, nor cells of a list tell what an actor may not see."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from diarium.db.swedish import sort_key
from diarium.identity.permissions import Actor, Role
from diarium.lists import catalogue, exporting, filtering, paging
from diarium.lists.definitions.cases import CASES
from diarium.lists.definitions.items import UNREGISTERED
from diarium.lists.definitions.records import RECORDS
from diarium.lists.export import Form
from diarium.lists.filtering import Criteria
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.models import Case, Record
from diarium.register.views import sight_of_case, sight_of_record
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.lists.register_of_many import fill

HIDDEN = "Sekretessmarkerad uppgift"


def numbers(municipality: Municipality, actor: Actor, name: str, **values: str) -> list[str]:
    """The numbers that the list shows for these parameters, in its order."""
    definition = catalogue.LISTS[name]
    sort = values.pop("sort", None)
    with municipality.database.reading() as session:
        criteria = filtering.read(definition.filters, values)
        return [str(row.values[0]) for row in paging.page(session, actor, definition, criteria, sort=sort).rows]


@pytest.fixture
def three(municipality: Municipality) -> dict[str, str]:
    """Cases Aaa (hidden from officers), Bbb, Ccc; each with a record of that title from a firm of that name."""
    found = {}
    with municipality.database.unit_of_work() as session:
        for title in ("Bbb", "Aaa", "Ccc"):
            marks = (RestrictionFacts("26:1", Scope.WHOLE),) if title == "Aaa" else ()
            case = municipality.case(session, title=title, restrictions=marks)
            firm = PartyFacts(f"{title} AB", PartyKind.ORGANISATION)
            municipality.record(session, case, title=title, parties=(firm,))
            found[title] = case.number_text
    return found


@pytest.mark.parametrize("name", ["arenden", "handlingar"])
def test_hidden_title_can_not_be_located_by_sorting(
    municipality: Municipality, three: dict[str, str], name: str
) -> None:
    suffix = "-1" if name == "handlingar" else ""
    a, b, c = (three[title] + suffix for title in ("Aaa", "Bbb", "Ccc"))
    assert numbers(municipality, municipality.registrar, name, sort="title") == [a, b, c]
    assert numbers(municipality, municipality.registrar, name, sort="-title") == [c, b, a]
    assert numbers(municipality, municipality.officer, name, sort="title") == [b, c, a]
    assert numbers(municipality, municipality.officer, name, sort="-title") == [c, b, a]


@pytest.mark.parametrize("name", ["arenden", "handlingar"])
@pytest.mark.parametrize("field", ["title", "party"])
def test_hidden_title_and_party_are_not_found(
    municipality: Municipality, three: dict[str, str], name: str, field: str
) -> None:
    assert len(numbers(municipality, municipality.registrar, name, **{field: "aaa"})) == 1
    assert numbers(municipality, municipality.officer, name, **{field: "aaa"}) == []
    assert len(numbers(municipality, municipality.officer, name, **{field: "bbb"})) == 1


def test_officer_finds_what_is_marked_in_their_own_case(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        marks = (RestrictionFacts("26:1", Scope.WHOLE),)
        own = municipality.case(session, title="Aaa", restrictions=marks, responsible="hans").number_text
    assert numbers(municipality, municipality.officer, "arenden", title="aaa") == [own]


def test_protected_person_is_not_found_by_name(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        person = PartyFacts("Skyddad Person", PartyKind.PERSON, is_protected=True)
        municipality.record(session, parties=(person,))
    assert len(numbers(municipality, municipality.registrar, "handlingar", party="skyddad")) == 1
    for actor in (municipality.officer, municipality.archivist):
        assert numbers(municipality, actor, "handlingar", party="skyddad") == []
        assert numbers(municipality, actor, "arenden", party="skyddad") == []


def test_filter_signs_have_no_meaning_in_titles(municipality: Municipality, three: dict[str, str]) -> None:
    for text in ("%", "_", "\\", "'", "%%"):
        assert numbers(municipality, municipality.registrar, "arenden", title=text) == []


@pytest.mark.parametrize("definition", [CASES, RECORDS])
def test_order_and_cells_agree_with_what_the_register_lets_be_seen(municipality: Municipality, definition) -> None:  # type: ignore[no-untyped-def]
    fill(municipality, 60)
    mixed = Actor(
        municipality.officer.user_id,
        "Hans",
        {"KS": frozenset({Role.CASE_OFFICER}), "SN": frozenset({Role.REGISTRAR})},
    )
    table = Case if definition is CASES else Record
    place = [column.key for column in definition.columns].index("title")
    for actor in (municipality.registrar, municipality.officer, municipality.outsider, mixed):
        with municipality.database.reading() as session:
            rows = [
                row
                for batch in paging.walk_rows(session, actor, definition, Criteria(), sort="title", most=1000)
                for row in batch
            ]
            found = {item.id: item for item in session.scalars(select(table))}
            sees = {
                key: sight_of_case(actor, item) if isinstance(item, Case) else sight_of_record(actor, item)
                for key, item in found.items()
            }
            visible = [found[row.id] for row in rows if sees[row.id].title]
            hidden = [row for row in rows if not sees[row.id].title]
        assert rows[len(visible) :] == hidden, "all that is hidden comes after all that is seen"
        assert [sort_key(item.title) for item in visible] == sorted(sort_key(item.title) for item in visible)
        assert [row.id for row in hidden] == sorted(row.id for row in hidden)
        assert {row.values[place] for row in hidden} <= {HIDDEN}
        assert [row for row in rows if not sees[row.id].parties and " AB" in row.note] == []


def test_other_authorities_are_in_no_list_and_no_export(municipality: Municipality) -> None:
    fill(municipality, 40)
    for definition in catalogue.of(municipality.outsider):
        with municipality.database.reading() as session:
            made = exporting.export(
                session, municipality.outsider, definition, Criteria(), sort=None, form=Form.CSV
            )
            text = made.file.file.read().decode("utf-8-sig")
        assert "KS 20" not in text, definition.name


def test_inbox_items_are_for_those_who_may_register_them(municipality: Municipality) -> None:
    fill(municipality, 20)
    assert numbers(municipality, municipality.registrar, UNREGISTERED.name)
    assert numbers(municipality, municipality.officer, UNREGISTERED.name) == []


def test_export_tells_what_of_it_is_restricted(municipality: Municipality, three: dict[str, str]) -> None:
    for actor, expected in ((municipality.registrar, {three["Aaa"]}), (municipality.officer, set())):
        with municipality.database.reading() as session:
            made = exporting.export(session, actor, CASES, Criteria(), sort=None, form=Form.CSV)
            text = made.file.file.read().decode("utf-8-sig")
        assert {item.number for item in made.shown} == expected
        assert ("Aaa" in text) == bool(expected)
