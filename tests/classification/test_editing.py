"""Classes, versions, retention rules and record types change traceably, and cases keep what they were given."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.audit.revision import Stale, fingerprint
from diarium.changes.models import Change
from diarium.classification import editing, queries, record_types, retention, versions
from diarium.classification.editing import ClassEdit
from diarium.classification.errors import InvalidScheme, NeedsEveryAuthority, SchemeConflict, UnknownClass
from diarium.classification.models import (
    Classification,
    ClassificationScheme,
    PublishingRule,
    RecordType,
    RetentionRule,
)
from diarium.classification.vocabulary import SchemeState
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.register import lookup
from diarium.register import queries as register
from diarium.texts import InvalidText
from tests.conftest import Municipality

DAY = dt.timedelta(days=1)
SOON = today() + 30 * DAY


def class_of(session: Session, code: str, version: str = "1") -> Classification:
    query = select(Classification).join(ClassificationScheme)
    return session.scalars(query.where(Classification.code == code, ClassificationScheme.version == version)).one()


def edit(item: Classification, **changes: object) -> ClassEdit:
    facts = {
        "title": item.title,
        "description": item.description,
        "publishing": item.publishing,
        "retention_rule": item.retention_rule.uid if item.retention_rule else None,
        "record_types": tuple(kind.name for kind in item.record_types),
    }
    return ClassEdit(**(facts | changes))  # type: ignore[arg-type]


def seen(item: Classification) -> str:
    return fingerprint(editing.facts_of(item))


def events(session: Session, action: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def test_new_version_takes_over_on_its_day_and_old_cases_keep_theirs(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        old_case = m.case(session, classification="2.1")
        new = versions.copy_version(session, m.chief, version="2", valid_from=today())
        new_case = m.case(session, classification="2.1")
        assert old_case.classification is not None
        assert old_case.classification.scheme.version == "1"
        assert new_case.classification is class_of(session, "2.1", "2")
        assert new_case.classification.parent is class_of(session, "2", "2")
        assert [kind.name for kind in new_case.classification.record_types] == ["Ansökan", "Beslut"]
        assert new_case.classification.retention_rule is old_case.classification.retention_rule
        first, second = queries.schemes(session)
        assert (first.state, second.state) == (SchemeState.IN_FORCE, SchemeState.ENDED)
        assert second.valid_to == today() - DAY
        assert queries.options(session, today()) == [
            (item.code, f"{item.code} {item.title}") for item in queries.tree(session, new)
        ]


def test_planned_version_is_no_choice_before_its_day(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        versions.copy_version(session, m.chief, version="2", valid_from=SOON)
        added = ClassEdit("Ny klass", publishing=PublishingRule.METADATA)
        new = session.scalars(select(ClassificationScheme).where(ClassificationScheme.version == "2")).one()
        editing.add_class(session, m.chief, new.uid, "9", added)
        assert "9" not in dict(queries.options(session, today()))
        assert "9" in dict(queries.options(session, SOON))
        found = lookup.classification(session, "2.1")
        assert found is not None
        assert found.scheme.version == "1"


def test_moved_and_discarded_version_leaves_no_gap(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        old = queries.scheme_on(session, today())
        assert old is not None
        new = versions.copy_version(session, m.chief, version="2", valid_from=SOON)
        facts = versions.facts_of(new)
        later = SOON + 10 * DAY
        change = {"name": "Prov", "version": "2027", "valid_from": later, "seen": fingerprint(facts)}
        versions.change_version(session, m.chief, new.uid, **change)  # type: ignore[arg-type]
        assert (old.valid_to, new.valid_from) == (later - DAY, later)
        with pytest.raises(Stale):
            versions.change_version(session, m.chief, new.uid, **change)  # type: ignore[arg-type]
        versions.discard_version(session, m.chief, new.uid)
        assert old.valid_to is None
        assert len(queries.schemes(session)) == 1
        (event,) = events(session, "scheme.discarded")
        assert event.before == {"name": "Prov", "version": "2027", "valid_from": later.isoformat()}


def test_version_that_has_begun_is_not_moved_or_discarded(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        old = queries.scheme_on(session, today())
        assert old is not None
        facts = versions.facts_of(old)
        with pytest.raises(SchemeConflict):
            versions.discard_version(session, m.chief, old.uid)
        with pytest.raises(SchemeConflict):
            versions.change_version(
                session,
                m.chief,
                old.uid,
                name="Prov",
                version="1",
                valid_from=SOON,
                seen=fingerprint(facts),
            )


@pytest.mark.parametrize(
    ("version", "day", "field"),
    [
        ("1", SOON, "version"),
        (" ", SOON, "version"),
        ("x" * 41, SOON, "version"),
        ("2", today() - DAY, "valid_from"),
    ],
)
def test_new_version_has_a_name_and_a_day_of_its_own(
    sqlite_municipality: Municipality, version: str, day: dt.date, field: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        with pytest.raises((InvalidScheme, InvalidText)) as refusal:
            versions.copy_version(session, m.chief, version=version, valid_from=day)
        assert refusal.value.field == field


def test_class_in_force_is_changed_with_a_reason_only(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        item = class_of(session, "2.1")
        wanted = edit(item, title="Bygglov och anmälan", record_types=("Beslut",))
        with pytest.raises(InvalidText) as refusal:
            editing.change_class(session, m.chief, item.uid, wanted, seen=seen(item))
        assert refusal.value.field == "reason"
        page = seen(item)
        editing.change_class(session, m.chief, item.uid, wanted, seen=page, reason="Enligt beslut")
        with pytest.raises(Stale):
            editing.change_class(session, m.chief, item.uid, wanted, seen=page, reason="Igen")
        (event,) = events(session, "classification.changed")
        assert event.before == {"title": "Bygglov", "record_types": ["Ansökan", "Beslut"]}
        assert event.after == {"title": "Bygglov och anmälan", "record_types": ["Beslut"]}
        assert event.reason == "Enligt beslut"


def test_only_what_the_public_sees_goes_to_the_feed(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        item = class_of(session, "2.1")
        about = select(Change).where(Change.entity_type == "classification")
        quiet = edit(item, description="Om lov", record_types=())
        editing.change_class(session, m.chief, item.uid, quiet, seen=seen(item), reason="Skäl")
        assert session.scalars(about).all() == []
        loud = edit(item, publishing=PublishingRule.NOTHING)
        editing.change_class(session, m.chief, item.uid, loud, seen=seen(item), reason="Skäl")
        assert [change.entity_uid for change in session.scalars(about)] == [item.uid]


def test_publishing_rule_is_carried_to_the_classes_below_on_wish(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        above, below, other = (class_of(session, code) for code in ("2", "2.1", "3"))
        wanted = edit(above, publishing=PublishingRule.NOTHING)
        count = editing.change_class(
            session, m.chief, above.uid, wanted, seen=seen(above), reason="Skäl", publish_below=True
        )
        assert count == 2
        assert {above.publishing, below.publishing} == {PublishingRule.NOTHING}
        assert (below.title, other.publishing) == ("Bygglov", PublishingRule.NUMBER_ONLY)


def test_class_of_a_planned_version_comes_and_goes(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        new = versions.copy_version(session, m.chief, version="2", valid_from=SOON)
        for code in ("2.1", "8.1", "x", ""):
            with pytest.raises((InvalidScheme, InvalidText)) as refusal:
                editing.add_class(session, m.chief, new.uid, code, ClassEdit("Ny"))
            assert refusal.value.field == "code"
        added = editing.add_class(session, m.chief, new.uid, "2.10", ClassEdit("Tionde"))
        assert [row.code for row in queries.tree(session, new)][3:5] == ["2.1", "2.10"]
        with pytest.raises(SchemeConflict):
            editing.remove_class(session, m.chief, class_of(session, "2", "2").uid)
        editing.remove_class(session, m.chief, added.uid)
        with pytest.raises(UnknownClass):
            queries.class_by_uid(session, added.uid)
        with pytest.raises(SchemeConflict):
            editing.remove_class(session, m.chief, class_of(session, "2.1").uid)


def test_registrar_changes_nothing_that_all_have_in_common(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        item = class_of(session, "2.1")
        rule = item.retention_rule
        assert rule is not None
        for call in (
            lambda: versions.copy_version(session, m.registrar, version="2", valid_from=SOON),
            lambda: editing.change_class(session, m.registrar, item.uid, edit(item), seen=seen(item), reason="x"),
            lambda: editing.add_class(session, m.registrar, item.scheme.uid, "9", ClassEdit("X"), reason="x"),
            lambda: record_types.add_type(session, m.registrar, "Ny"),
            lambda: retention.add_rule(session, m.registrar, {"retention": "preserve"}),
            lambda: retention.change_rule(session, m.registrar, rule.uid, {}, seen="", reason="x"),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_renamed_record_type_leaves_registered_records_as_they_are(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, record_type="Ansökan")
        kind = session.scalars(select(RecordType).where(RecordType.name == "Ansökan")).one()
        page = fingerprint(record_types.facts_of(kind))
        record_types.rename_type(session, m.administrator, kind.id, "Ansökan om lov", seen=page)
        assert record.record_type == "Ansökan"
        with pytest.raises(Stale):
            record_types.rename_type(session, m.administrator, kind.id, "Annat", seen=page)
        with pytest.raises(InvalidScheme):
            record_types.add_type(session, m.administrator, "BESLUT")
        record_types.set_active(session, m.administrator, kind.id, is_active=False)
        record_types.set_active(session, m.administrator, kind.id, is_active=False)
        assert register.registration_choices(session, m.registrar).record_types == ("Beslut",)
        assert len(events(session, "record_type.retired")) == 1
        record_types.set_active(session, m.administrator, kind.id, is_active=True)
        assert "Ansökan om lov" in register.registration_choices(session, m.registrar).record_types


def test_retention_rule_is_shared_and_changed_with_a_reason(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rule = class_of(session, "2.1").retention_rule
        assert rule is not None
        rows = {row.uid: row for row in retention.rules(session)}
        assert len(rows) == 4, "classes that say the same share a rule"
        assert rows[rule.uid].classes == ("2.1",)
        assert rows[rule.uid].text == "Gallras efter 10 år, när ärendet har avslutats"
        page = fingerprint(retention.facts_of(rule))
        cells = {"retention": "dispose", "retention_years": "7", "retention_basis": "Beslut § 9"}
        with pytest.raises(InvalidText) as refusal:
            retention.change_rule(session, m.chief, rule.uid, cells, seen=page, reason=" ")
        assert refusal.value.field == "reason"
        retention.change_rule(session, m.chief, rule.uid, cells, seen=page, reason="Nytt beslut")
        (event,) = events(session, "retention_rule.changed")
        assert (event.before or {})["retention_years"] == 10
        assert (event.after or {})["retention_years"] == 7
        with pytest.raises(InvalidScheme):
            retention.add_rule(session, m.administrator, cells)
        assert [name for name, _version in retention.classes_with(session, rule)] == ["2.1 Bygglov"]


@pytest.mark.parametrize(
    ("cells", "field"),
    [({}, "retention"), ({"retention": "kanske"}, "retention"), ({"retention": "dispose"}, "retention_years"),
     ({"retention": "dispose", "retention_years": "-1"}, "retention_years"),
     ({"retention": "dispose", "retention_years": "5"}, "retention_basis"),
     ({"retention": "preserve", "retention_years": "5"}, "retention_years"),
     ({"retention_years": "5"}, "retention")],
)  # fmt: skip
def test_retention_rule_must_be_whole(
    sqlite_municipality: Municipality, cells: dict[str, str], field: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        with pytest.raises((InvalidScheme, InvalidText)) as refusal:
            retention.add_rule(session, m.administrator, cells)
        assert refusal.value.field == field


def test_one_boards_administrator_does_not_publish_more_of_the_others(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        item = class_of(session, "2.1")
        for changes, field in (
            ({"publishing": PublishingRule.METADATA_AND_FILES}, "publishing"),
            ({"retention_rule": None}, "retention_rule"),
            ({"title": "Annat"}, "title"),
        ):
            with pytest.raises(NeedsEveryAuthority, match="SN") as refusal, session.begin_nested():
                editing.change_class(
                    session, m.administrator, item.uid, edit(item, **changes), seen=seen(item), reason="Skäl"
                )
            assert refusal.value.field == field
            session.refresh(item)
        narrower = edit(item, publishing=PublishingRule.NOTHING)
        assert editing.change_class(session, m.administrator, item.uid, narrower, seen=seen(item), reason="Skäl")
        wider = edit(item, publishing=PublishingRule.METADATA)
        assert editing.change_class(session, m.chief, item.uid, wider, seen=seen(item), reason="Skäl")


def test_one_boards_administrator_brings_no_version_into_force(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        new = versions.copy_version(session, m.chief, version="2", valid_from=SOON)
        rule = session.scalars(select(RetentionRule)).first()
        assert rule is not None
        page, planned = fingerprint(versions.facts_of(new)), class_of(session, "2.1", "2")
        tries = (
            lambda: versions.copy_version(session, m.administrator, version="3", valid_from=today()),
            lambda: versions.discard_version(session, m.administrator, new.uid),
            lambda: versions.change_version(
                session, m.administrator, new.uid, name="Prov", version="2", valid_from=today() + DAY, seen=page
            ),
            lambda: editing.add_class(session, m.administrator, new.uid, "9", ClassEdit("Ny")),
            lambda: editing.remove_class(session, m.administrator, planned.uid),
            lambda: retention.change_rule(session, m.administrator, rule.uid, {}, seen="", reason="Skäl"),
        )
        for attempt in tries:
            with pytest.raises(NeedsEveryAuthority), session.begin_nested():
                attempt()
        worded = edit(planned, title="Bättre rubrik")
        assert editing.change_class(session, m.administrator, planned.uid, worded, seen=seen(planned))


def test_authority_that_has_ended_has_no_say(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        lookup.authority(session, "SN").active_to = today() - DAY
        assert versions.copy_version(session, m.administrator, version="2", valid_from=SOON)
