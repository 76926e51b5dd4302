"""The table of provisions is the lawyer's: each change has a source, and a marking never loses what it names."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.revision import Stale, fingerprint
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.register.commands import RestrictionFacts
from diarium.secrecy import editing, queries
from diarium.secrecy.editing import ProvisionFacts
from diarium.secrecy.errors import InvalidProvision, UnknownProvision
from diarium.secrecy.marking import find_provision
from diarium.secrecy.models import Provision, Scope
from diarium.texts import InvalidText
from tests.conftest import Municipality

DAY = dt.timedelta(days=1)
NEW = ProvisionFacts(
    "OSL", "39", "2", "Personalsocial verksamhet", source="SFS 2009:400", valid_from=dt.date(2009, 6, 30)
)


def change(session: Session, m: Municipality, provision: Provision, **facts: object) -> None:
    seen = fingerprint(editing.facts_of(provision))
    wanted = ProvisionFacts(**(editing.facts_of(provision) | {"source": "SFS"} | facts))  # type: ignore[arg-type]
    editing.change_provision(session, m.administrator, provision.uid, wanted, seen=seen)


def test_provision_is_added_with_source_and_day_and_can_be_named(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        editing.add_provision(session, m.administrator, NEW)
        assert find_provision(session, "39:2").subject == "Personalsocial verksamhet"
        assert [row[0] for row in queries.options(session)] == ["21:3a", "26:1", "31:16", "39:2"]
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "provision.added"))
        assert (event.after or {})["valid_from"] == "2009-06-30"
        with pytest.raises(NotAllowed):
            editing.add_provision(session, m.registrar, NEW)


@pytest.mark.parametrize(
    ("field", "value"),
    [("law", ""), ("law", "O1"), ("chapter", "x"), ("chapter", "123"), ("paragraph", ""), ("paragraph", "1 ab"),
     ("subject", " "), ("subject", "x" * 401), ("source", ""), ("valid_from", None),
     ("valid_to", dt.date(2000, 1, 1)), ("harm_test", "x" * 61)],
)  # fmt: skip
def test_bad_fact_is_told_at_its_field(sqlite_municipality: Municipality, field: str, value: object) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        facts = replace(NEW, **{field: value})  # type: ignore[arg-type]
        with pytest.raises((InvalidProvision, InvalidText)) as refusal:
            editing.add_provision(session, m.administrator, facts)
        assert refusal.value.field == field


@pytest.mark.parametrize(("chapter", "paragraph"), [("26", "1"), ("21", "3 a"), ("21", "3a")])
def test_provision_is_in_the_table_once(sqlite_municipality: Municipality, chapter: str, paragraph: str) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        facts = replace(NEW, chapter=chapter, paragraph=paragraph)
        with pytest.raises(InvalidProvision) as refusal:
            editing.add_provision(session, m.administrator, facts)
        assert refusal.value.field == "paragraph"


def test_provision_that_has_ended_or_not_begun_can_not_be_named(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        provision = find_provision(session, "26:1")
        record = m.record(session, restrictions=(RestrictionFacts("26:1", Scope.WHOLE),))
        change(session, m, provision, valid_to=today() - DAY)
        with pytest.raises(UnknownProvision):
            find_provision(session, "26:1")
        assert record.restrictions[0].provision is provision
        change(session, m, provision, valid_from=today() + DAY, valid_to=None)
        with pytest.raises(UnknownProvision):
            find_provision(session, "26:1")
        assert "26:1" not in dict(queries.options(session))


def test_provision_that_a_marking_names_keeps_its_place_in_the_law(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        m.record(session, restrictions=(RestrictionFacts("26:1", Scope.WHOLE),))
        named, free = find_provision(session, "26:1"), find_provision(session, "31:16")
        assert editing.markings(session, named) == 1
        change(session, m, free, paragraph="17")
        with pytest.raises(InvalidProvision) as refusal:
            change(session, m, named, chapter="27")
        assert refusal.value.field == "law"
        session.rollback()


def test_two_lawyers_overwrite_nothing(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        provision = find_provision(session, "26:1")
        seen = fingerprint(editing.facts_of(provision))
        change(session, m, provision, subject="Socialtjänst m.m.")
        wanted = ProvisionFacts(**(editing.facts_of(provision) | {"subject": "Annat"}))  # type: ignore[arg-type]
        with pytest.raises(Stale):
            editing.change_provision(session, m.administrator, provision.uid, wanted, seen=seen)


def test_table_adds_what_is_new_and_leaves_the_rest(municipality: Municipality) -> None:
    m = municipality
    rows = [(2, replace(NEW, chapter="26", paragraph="1")), (3, NEW), (4, NEW)]
    with m.database.unit_of_work() as session:
        found = editing.check_table(session, m.administrator, rows)
        assert [(item.line, item.is_new) for item in found] == [(2, False), (3, True), (4, False)]
        bad = [*rows, (5, replace(NEW, paragraph="9", source=""))]
        assert [item.column for item in editing.check_table(session, m.administrator, bad)][-1] == "source"
        with pytest.raises(InvalidProvision):
            editing.add_new(session, m.administrator, bad)
        assert editing.add_new(session, m.administrator, rows) == 1
        assert find_provision(session, "26:1").subject == "Socialtjänst"
