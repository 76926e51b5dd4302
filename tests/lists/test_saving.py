"""Saved lists: whose they are, who may use them, and that nothing is lost or taken over."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.lists import saving
from diarium.lists.errors import InvalidSavedList, UnknownList, UnknownSavedList
from diarium.lists.models import SEARCH, Notice, SavedList, Subscription
from diarium.lists.saving import SavedFacts
from diarium.register.errors import EditConflict
from tests.conftest import Municipality


def save(municipality: Municipality, name: str = "Öppna", **more: object) -> saving.SavedView:
    """Saves a list of the registrar's."""
    facts = SavedFacts(name, **more)  # type: ignore[arg-type]
    with municipality.database.unit_of_work() as session:
        return saving.save(session, municipality.registrar, "arenden", {"open": ["1"]}, facts, sort="title")


def test_saved_list_comes_back_as_it_was(municipality: Municipality) -> None:
    uid = save(municipality).uid
    with municipality.database.reading() as session:
        view = saving.find(session, municipality.registrar, uid)
    assert (view.name, view.target, view.parameters, view.sort) == ("Öppna", "arenden", {"open": ["1"]}, "title")
    assert view.is_own


def test_saved_list_is_its_owners_alone_until_it_is_shared(municipality: Municipality) -> None:
    uid = save(municipality).uid
    with municipality.database.unit_of_work() as session:
        for other in (municipality.officer, municipality.outsider):
            assert saving.mine(session, other) == ()
            with pytest.raises(UnknownSavedList):
                saving.find(session, other, uid)
        saving.change(session, municipality.registrar, uid, SavedFacts("Öppna", shared_with="KS"), version=1)
    with municipality.database.unit_of_work() as session:
        assert [view.uid for view in saving.mine(session, municipality.officer)] == [uid]
        assert not saving.find(session, municipality.officer, uid).is_own
        with pytest.raises(UnknownSavedList):
            saving.find(session, municipality.outsider, uid)
        for step in (
            lambda: saving.remove(session, municipality.officer, uid),
            lambda: saving.change(session, municipality.officer, uid, SavedFacts("Min"), version=2),
        ):
            with pytest.raises(UnknownSavedList):
                step()


def test_only_registrars_share_and_only_at_their_own_authority(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        for actor, code in ((sqlite_municipality.officer, "KS"), (sqlite_municipality.registrar, "SN")):
            with pytest.raises(NotAllowed):
                saving.save(session, actor, "arenden", {}, SavedFacts("Delad", shared_with=code))
        assert saving.shareable(session, sqlite_municipality.registrar) == [("KS", "Kommunstyrelsen")]
        assert saving.shareable(session, sqlite_municipality.officer) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "\u202e"])
def test_name_that_can_not_be_is_refused_at_its_field(sqlite_municipality: Municipality, name: str) -> None:
    with pytest.raises(InvalidSavedList) as refused:
        save(sqlite_municipality, name)
    assert refused.value.field == "name"


def test_two_saved_lists_of_one_owner_have_two_names(sqlite_municipality: Municipality) -> None:
    save(sqlite_municipality)
    with pytest.raises(InvalidSavedList) as refused:
        save(sqlite_municipality, " Öppna ")
    assert refused.value.field == "name"
    with sqlite_municipality.database.unit_of_work() as session:
        saving.save(session, sqlite_municipality.officer, "arenden", {}, SavedFacts("Öppna"))


def test_change_from_an_old_page_overwrites_nothing(municipality: Municipality) -> None:
    uid = save(municipality).uid
    with municipality.database.unit_of_work() as session:
        saving.change(session, municipality.registrar, uid, SavedFacts("Ett"), version=1)
    with pytest.raises(EditConflict), municipality.database.unit_of_work() as session:
        saving.change(session, municipality.registrar, uid, SavedFacts("Två"), version=1)
    with municipality.database.reading() as session:
        assert saving.find(session, municipality.registrar, uid).name == "Ett"


def test_removing_takes_the_notices_along(municipality: Municipality) -> None:
    uid = save(municipality, subscription=Subscription.DAILY).uid
    with municipality.database.unit_of_work() as session:
        row = session.scalars(select(SavedList)).one()
        session.add(Notice(user_id=row.owner_id, saved_list_id=row.id, count=2))
    with municipality.database.unit_of_work() as session:
        saving.remove(session, municipality.registrar, uid)
    with municipality.database.reading() as session:
        assert session.scalars(select(SavedList)).all() == []
        assert session.scalars(select(Notice)).all() == []
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.entity_uid == str(uid))).all()
    assert list(actions) == ["saved_list.created", "saved_list.removed"]


def test_what_somebody_searches_for_is_not_in_the_log(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        saving.save(session, sqlite_municipality.registrar, SEARCH, {"q": ["Eva Hemlig"]}, SavedFacts("Mål"))
    with sqlite_municipality.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "saved_list.created")).one()
    assert "Hemlig" not in str(event.after)


def test_list_that_the_owner_does_not_have_is_not_saved(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session, pytest.raises(UnknownList):
        saving.save(session, sqlite_municipality.archivist, "oregistrerat", {}, SavedFacts("Inkorg"))


def test_parameters_are_kept_within_bounds(sqlite_municipality: Municipality) -> None:
    many = {f"p{number}": ["x" * 5000] * 50 for number in range(100)} | {"nul": ["a\x00b"]}
    with sqlite_municipality.database.unit_of_work() as session:
        view = saving.save(session, sqlite_municipality.registrar, SEARCH, many, SavedFacts("Stor"))
    assert len(view.parameters) == 30
    assert all(len(values) == 20 and len(values[0]) == 1000 for values in view.parameters.values())


def test_there_is_an_end_to_saving(sqlite_municipality: Municipality) -> None:
    for number in range(saving.MOST):
        save(sqlite_municipality, f"Lista {number}")
    with pytest.raises(InvalidSavedList):
        save(sqlite_municipality, "En till")


def test_unknown_saved_list_is_not_found(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session, pytest.raises(UnknownSavedList):
        saving.remove(session, sqlite_municipality.registrar, uuid.uuid4())
