"""Registration templates: what they may hold, who manages them, and the ones that come with diarium."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import text, update

from diarium.assistance import templates
from diarium.assistance.errors import InvalidTemplate, TemplateConflict, TemplateNotFound
from diarium.audit import service as audit
from diarium.classification.importing import import_scheme, shipped_scheme
from diarium.classification.models import ClassificationScheme
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.vocabulary import Direction, PartyKind
from diarium.web.registration.form import to_command
from tests.conftest import Municipality

PERMIT = {
    "direction": "incoming",
    "title": "Ansökan om ",
    "classification": "2.1",
    "case_title": "Bygglov",
    "x": "y",
}


def test_template_fills_the_form_with_what_is_the_same_every_time(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        mark = {"secrecy": "marked", "provision": "26:1", "scope": "files"}
        uid = templates.create(session, m.registrar, "KS", " Bygglov ", PERMIT | mark).uid
    with m.database.reading() as session:
        values = templates.values_of(session, m.officer, uid)
        (row,) = templates.usable(session, m.officer)
    assert (row.name, row.authority_code) == ("Bygglov", "KS")
    assert values["title"] == "Ansökan om "
    assert "x" not in values
    command = to_command({**values, "official_on": today().isoformat(), "party-0-name": "Bolaget AB"})
    assert command.new_case is not None
    assert (command.new_case.authority, command.new_case.classification) == ("KS", "2.1")
    assert command.restrictions[0].provision == "26:1"


IMPOSSIBLE = [
    ({"direction": "sidledes"}, "direction"),
    ({"classification": "99"}, "classification"),
    ({"responsible": "siv"}, "responsible"),
    ({"unit": "Köket"}, "unit"),
    ({"secrecy": "marked", "provision": "99:1"}, "provision"),
    ({"secrecy": "marked"}, "provision"),
    ({"title": "a" * 501}, "title"),
    ({"party-0-name": "Anna Ek"}, "party-0-kind"),
    ({"party-0-name": "Anna Ek", "party-0-kind": "person"}, "party-0-kind"),
]


def test_what_can_not_stand_in_the_form_can_not_stand_in_a_template(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    for values, field in IMPOSSIBLE:
        with m.database.unit_of_work() as session, pytest.raises(InvalidTemplate) as failure:
            templates.create(session, m.registrar, "KS", "Mall", values)
        assert failure.value.field == field
    with m.database.unit_of_work() as session:
        for name in ("", "x" * 121):
            with pytest.raises(Exception, match=r"Skriv vad mallen|121 tecken"):
                templates.create(session, m.registrar, "KS", name, PERMIT)
        templates.create(session, m.registrar, "KS", "Bygglov", PERMIT)
        with pytest.raises(InvalidTemplate, match="finns redan"):
            templates.create(session, m.registrar, "KS", "BYGGLOV", PERMIT)


def test_officer_uses_templates_and_the_registrar_manages_them(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        uid = templates.create(session, m.registrar, "KS", "Bygglov", PERMIT).uid
        with pytest.raises(NotAllowed):
            templates.create(session, m.officer, "KS", "Annan", PERMIT)
        with pytest.raises(NotAllowed):
            templates.change(session, m.officer, uid, "Bygglov", {}, version=1)
        with pytest.raises(TemplateNotFound):
            templates.retire(session, m.outsider, uid, version=1)
        with pytest.raises(TemplateNotFound):
            templates.values_of(session, m.outsider, uid)
        assert templates.usable(session, m.outsider) == ()
        assert templates.manageable(session, m.officer) == ()


def test_change_and_retirement_leave_former_values_in_the_log(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = templates.create(session, m.registrar, "KS", "Bygglov", PERMIT).uid
        templates.change(session, m.registrar, uid, "Lov", PERMIT | {"classification": "2"}, version=1)
        templates.change(session, m.registrar, uid, "Lov", PERMIT | {"classification": "2"}, version=2)
        templates.retire(session, m.registrar, uid, version=2)
    with m.database.reading() as session:
        retired, changed, created = audit.history(session, [uid])
        assert (created.action, created.after["name"]) == ("template.created", "Bygglov")
        assert changed.before == {"name": "Bygglov", "classification": "2.1"}
        assert changed.after == {"name": "Lov", "classification": "2"}
        assert retired.action == "template.retired"
        assert templates.usable(session, m.registrar) == ()
        with pytest.raises(TemplateNotFound):
            templates.values_of(session, m.registrar, uid)
    with m.database.unit_of_work() as session:
        templates.create(session, m.registrar, "KS", "Lov", PERMIT)
        with pytest.raises(InvalidTemplate, match="finns redan"):
            templates.bring_back(session, m.registrar, uid, version=3)


def test_of_two_who_change_a_template_at_once_one_is_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = templates.create(session, m.registrar, "KS", "Bygglov", PERMIT).uid
    told: list[uuid.UUID] = []

    def change(name: str) -> None:
        try:
            with m.database.unit_of_work() as session:
                templates.change(session, m.registrar, uid, name, PERMIT, version=1)
        except TemplateConflict:
            told.append(uid)

    both = [threading.Thread(target=change, args=(name,)) for name in ("A", "B")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert told == [uid]


def test_template_from_a_record_tells_nothing_of_persons_or_of_what_is_marked(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        organisation = m.record(session, record_type="Yttrande")
        person = m.record(session, title="Ansökan", parties=(PartyFacts("Anna Ek", email="anna@ek.example"),))
        marked = m.record(
            session,
            title="Hemlig offert",
            parties=(PartyFacts("Bolaget AB", PartyKind.ORGANISATION),),
            restrictions=(RestrictionFacts("31:16"),),
        )
        found = [
            templates.values_from_record(session, m.registrar, one.uid) for one in (organisation, person, marked)
        ]
        for number, values in enumerate(found):
            templates.create(session, m.registrar, values["authority"], f"Mall {number}", values)
    assert (found[0]["title"], found[0]["party-0-name"]) == ("Yttrande över remiss", "Trafikbolaget AB")
    assert not any("Anna" in value or "anna" in value for value in found[1].values())
    assert found[2]["provision"] == "31:16"
    assert not any("Hemlig" in value or "Bolaget" in value for value in found[2].values())


def test_shipped_templates_are_added_once_with_classes_that_are_in_force(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        added = templates.add_shipped(session, m.registrar, "KS")
        assert 8 <= added <= 12
        assert templates.add_shipped(session, m.registrar, "KS") == 0
        with pytest.raises(NotAllowed):
            templates.add_shipped(session, m.officer, "KS")
    with m.database.reading() as session:
        rows = templates.usable(session, m.registrar)
    assert len(rows) == added
    assert all("classification" not in row.values for row in rows)


def test_shipped_templates_fit_the_shipped_scheme(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        before = today() - dt.timedelta(days=1)
        session.execute(update(ClassificationScheme).values(valid_to=before))
        import_scheme(session, shipped_scheme(), name="Kommunal", version="1", valid_from=before)
    with m.database.unit_of_work() as session:
        templates.add_shipped(session, m.registrar, "KS")
        for row in templates.usable(session, m.registrar):
            values = templates.values_of(session, m.registrar, row.uid)
            assert Direction(values["direction"])
            assert values["case_choice"] == "existing" or values["classification"], row.name
            day = today().isoformat()
            to_command({**values, "official_on": day, "case": "KS 2024/1", "party-0-name": "Bolaget AB"})


def test_registering_does_not_wait_while_templates_are_added_to_the_authority(municipality: Municipality) -> None:
    m = municipality
    if not m.database.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    with m.database.unit_of_work() as session:
        assert templates.add_shipped(session, m.registrar, "KS")
        with m.database.unit_of_work() as other:
            other.execute(text("SET LOCAL lock_timeout = '3s'"))
            assert m.record(other).number_text
