"""Correcting and adding parties, and texts that are too long for their column."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.errors import NotAllowed, NotFound
from diarium.identity.permissions import POLICY, Permission, Role
from diarium.register import correction, queries
from diarium.register.commands import PartyFacts
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import CaseStatus, PartyKind, PartyRole
from tests.conftest import Municipality

EVA = PartyFacts("Eva Ek", identity_number="19850709-9805", address="Hemliga gatan 1", is_protected=True)
COMPANY = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION)


def event(session: Session, action: str) -> AuditEvent:
    return session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one()


def target(m: Municipality, session: Session, kind: str, *parties: PartyFacts) -> Case | Record:
    return m.case(session, parties=parties) if kind == "case" else m.record(session, parties=parties)


@pytest.mark.parametrize("kind", ["case", "record"])
def test_corrected_party_leaves_its_former_facts_in_the_event(municipality: Municipality, kind: str) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        owner = target(m, session, kind, PartyFacts("Eva Ek", city="Ekdala"))
        (party,) = owner.parties
        facts = PartyFacts("  Eva   Alm ", role=PartyRole.PARTY, email="eva@example.se", is_protected=True)
        version = owner.version
        correction.correct_party(session, m.registrar, party.uid, facts, "Fel namn", version=version)
        assert owner.version == version + 1
    with m.database.reading() as session:
        stored = session.scalars(select(Party)).one()
        assert (stored.name, stored.role, stored.city, stored.is_protected) == ("Eva Alm", "party", None, True)
        noted = event(session, f"{kind}.party_corrected")
        assert noted.before == {
            "party": str(party.uid),
            "name": "Eva Ek",
            "role": "sender",
            "city": "Ekdala",
            "email": None,
            "is_protected": False,
        }
        assert noted.after == {
            "party": str(party.uid),
            "name": "Eva Alm",
            "role": "party",
            "city": None,
            "email": "eva@example.se",
            "is_protected": True,
        }
        assert (noted.reason, noted.entity_uid) == ("Fel namn", str(owner.uid))
        assert session.scalars(select(Change.kind).order_by(Change.id.desc())).first() == noted.action


@pytest.mark.parametrize("kind", ["case", "record"])
def test_added_party_is_seen_and_noted(municipality: Municipality, kind: str) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        owner = target(m, session, kind, COMPANY)
        assert len(owner.parties) == 1
        version = owner.version
        added = correction.add_party(session, m.registrar, owner, EVA, "Glömdes")
        assert (owner.version, [party.name for party in owner.parties]) == (
            version + 1,
            ["Trafikbolaget AB", "Eva Ek"],
        )
    with m.database.reading() as session:
        noted = event(session, f"{kind}.party_added")
        assert (noted.before, noted.reason) == (None, "Glömdes")
        assert noted.after is not None
        assert (noted.after["party"], noted.after["name"], noted.after["is_protected"]) == (
            str(added.uid),
            "Eva Ek",
            True,
        )
        assert "phone" not in noted.after
        assert session.scalars(select(Change.kind).order_by(Change.id.desc())).first() == noted.action


def test_same_facts_again_are_no_change(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(EVA,))
        correction.correct_party(session, m.registrar, record.parties[0].uid, EVA, "Ser efter", version=1)
        assert record.version == 1
        assert not session.scalars(select(AuditEvent).where(AuditEvent.action.like("%party%"))).all()


def test_party_protected_by_a_correction_is_hidden_from_officers(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(PartyFacts("Eva Ek"),))
        assert queries.record_view(m.officer, record).parties[0].name == "Eva Ek"
        correction.correct_party(session, m.registrar, record.parties[0].uid, EVA, "Skyddad", version=1)
        assert queries.record_view(m.officer, record).parties[0].name is None


def test_protected_party_is_corrected_only_by_who_may_see_it(
    sqlite_municipality: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    m = sqlite_municipality
    monkeypatch.setitem(POLICY, Role.CASE_OFFICER, POLICY[Role.CASE_OFFICER] | {Permission.CORRECT})
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(EVA, COMPANY))
        protected, plain = record.parties
        with pytest.raises(NotAllowed):
            correction.correct_party(session, m.officer, protected.uid, COMPANY, "Skäl", version=1)
        assert protected.name == "Eva Ek"
        correction.correct_party(session, m.officer, plain.uid, PartyFacts("Bolaget AB"), "Skäl", version=1)
        correction.correct_party(session, m.registrar, protected.uid, PartyFacts("Eva Alm"), "Skäl", version=2)
        assert (protected.name, plain.name) == ("Eva Alm", "Bolaget AB")


def test_who_may_not_correct_changes_no_party(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        uid = record.parties[0].uid
        for actor in (m.officer, m.archivist):
            with pytest.raises(NotAllowed):
                correction.correct_party(session, actor, uid, EVA, "Skäl", version=1)
            with pytest.raises(NotAllowed):
                correction.add_party(session, actor, record, EVA, "Skäl")
        for actor, wanted in ((m.outsider, uid), (m.administrator, uid), (m.registrar, uuid.uuid4())):
            with pytest.raises(NotFound):
                correction.correct_party(session, actor, wanted, EVA, "Skäl", version=1)
        assert [party.name for party in record.parties] == ["Trafikbolaget AB"]


def test_correction_without_a_reason_is_refused(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        with pytest.raises(InvalidFact) as refusal:
            correction.correct_party(session, m.registrar, record.parties[0].uid, EVA, " ", version=1)
        assert refusal.value.field == "reason"
        with pytest.raises(InvalidFact):
            correction.add_party(session, m.registrar, record, EVA, "")


def test_parties_of_an_archived_case_stay_as_they_are(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        record.case.status = CaseStatus.CLOSED
        record.case.status = CaseStatus.ARCHIVED
        with pytest.raises(StatusConflict):
            correction.correct_party(session, m.registrar, record.parties[0].uid, EVA, "Skäl", version=1)
        with pytest.raises(StatusConflict):
            correction.add_party(session, m.registrar, record, EVA, "Skäl")


def test_of_editors_at_the_same_time_one_corrects_and_the_others_are_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = m.record(session).parties[0].uid
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def edit(name: str) -> None:
        start.wait()
        try:
            with m.database.unit_of_work() as session:
                correction.correct_party(session, m.registrar, uid, PartyFacts(name), "Skäl", version=1)
            outcomes.append(name)
        except EditConflict:
            outcomes.append("told")

    threads = [threading.Thread(target=edit, args=(f"Namn {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("told") == 3
    with m.database.reading() as session:
        assert session.scalars(select(Party.name)).one() in outcomes


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (PartyFacts("x" * 201), "sender"),
        (PartyFacts(" \n", role=PartyRole.PARTY), "party"),
        (PartyFacts("Eva", postal_code="1" * 21), "postal_code"),
        (PartyFacts("Eva", address="x" * 301), "address"),
        (PartyFacts("Eva", identity_number="850709-9806"), "identity_number"),
    ],
)
def test_impossible_fact_of_a_party_is_refused_at_its_field(
    municipality: Municipality, facts: PartyFacts, field: str
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        refusals = []
        for attempt in (
            lambda: correction.correct_party(
                session, m.registrar, record.parties[0].uid, facts, "Skäl", version=1
            ),
            lambda: correction.add_party(session, m.registrar, record, facts, "Skäl"),
            lambda: m.record(session, record.case, parties=(facts,)),
        ):
            with pytest.raises(InvalidFact) as refusal:
                attempt()
            refusals.append(refusal.value.field)
        assert refusals == [field] * 3


@pytest.mark.parametrize(
    ("name", "most", "with_text"),
    [
        ("title", 500, lambda text: correction.RecordCorrection(title=text)),
        ("public_title", 500, lambda text: correction.RecordCorrection(public_title=text)),
        ("record_type", 100, lambda text: correction.RecordCorrection(record_type=text)),
        ("physical_location", 200, lambda text: correction.RecordCorrection(physical_location=text)),
    ],
)
def test_correction_of_a_record_takes_as_much_text_as_its_column(
    municipality: Municipality, name: str, most: int, with_text: Callable[[str], correction.RecordCorrection]
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        fits, too_long = with_text("å" * most), with_text("å" * (most + 1))
        with pytest.raises(InvalidFact) as refusal:
            correction.correct_record(session, m.registrar, record, too_long, "Skäl", version=1)
        assert refusal.value.field == name
        correction.correct_record(session, m.registrar, record, fits, "Skäl", version=1)
    with m.database.reading() as session:
        assert getattr(session.scalars(select(Record)).one(), name) == "å" * most


@pytest.mark.parametrize(
    ("name", "most", "with_text"),
    [
        ("title", 500, lambda text: correction.CaseCorrection(title=text)),
        ("public_title", 500, lambda text: correction.CaseCorrection(public_title=text)),
        ("case_type", 100, lambda text: correction.CaseCorrection(case_type=text)),
        ("physical_location", 200, lambda text: correction.CaseCorrection(physical_location=text)),
    ],
)
def test_correction_of_a_case_takes_as_much_text_as_its_column(
    municipality: Municipality, name: str, most: int, with_text: Callable[[str], correction.CaseCorrection]
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        fits, too_long = with_text("å" * most), with_text("å" * (most + 1))
        with pytest.raises(InvalidFact) as refusal:
            correction.correct_case(session, m.registrar, case, too_long, "Skäl", version=1)
        assert refusal.value.field == name
        correction.correct_case(session, m.registrar, case, fits, "Skäl", version=1)
    with m.database.reading() as session:
        assert getattr(session.scalars(select(Case)).one(), name) == "å" * most
