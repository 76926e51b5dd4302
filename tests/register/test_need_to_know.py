"""Who sees what is marked: single files, people let in by name, closed circles, cases of other authorities."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import today
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Role
from diarium.lists import catalogue, filtering, paging
from diarium.register import (
    case_sharing,
    case_sheet,
    closed_circles,
    closing,
    correction,
    deadlines,
    decisions,
    handing_over,
    letting_in,
    lookup,
    moving,
    picking,
    queries,
    registration,
    secrecy_marks,
    work_views,
)
from diarium.register.case_sharing import ShareFacts
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.letting_in import NewGrant
from diarium.register.models import Case, Record
from diarium.register.views import case_view, record_view, sight_of_case, sight_of_record
from diarium.register.vocabulary import DecisionKind, PartyKind
from diarium.search.indexer import _case_documents, _record_documents
from diarium.secrecy import access, grants
from diarium.secrecy.errors import InvalidGrant
from diarium.secrecy.models import Scope
from diarium.secrecy.work_models import AccessGrant, CaseShare
from diarium.web import history
from tests.conftest import Municipality

MARK = RestrictionFacts("26:1")
WHY = "Behövs för handläggningen"
TOMORROW = dt.timedelta(days=1)


def again(session: Session, actor: Actor) -> Actor:
    """The actor as their next request brings them."""
    return grants.actor_of(session, session.get_one(User, actor.user_id))


def files_of(m: Municipality, session: Session, record: Record, *names: str) -> None:
    facts = tuple(DocumentFacts(m.store(session, name.encode()), name) for name in names)
    registration.add_documents(session, m.registrar, record, facts)
    session.refresh(record, ["documents"])


def test_marked_single_file_is_hidden_and_the_others_are_not(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        files_of(m, session, record, "öppen.txt", "hemlig.txt")
        _open, secret = record.documents
        facts = RestrictionFacts("26:1", Scope.FILES, document=secret.uid)
        secrecy_marks.mark(session, m.registrar, record, facts)
        uid = record.uid
    with m.database.reading() as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        opened, secret = record.documents
        view = record_view(m.officer, record)
        assert [item.file_name for item in view.documents] == ["öppen.txt"]
        assert view.files_hidden
        assert view.title
        assert [(item.is_of_one_file, item.file_name) for item in view.restrictions] == [(True, None)]
        assert queries.document_for(session, m.officer, opened.uid) is opened
        assert queries.document_for(session, m.officer, secret.uid) is None
        assert len(record_view(m.registrar, record).documents) == 2
        (mark,) = record.restrictions
        assert [mark.covers(item) for item in record.documents] == [False, True]
        (entry,) = _record_documents(session, [record.id])
        assert not entry.readers & access.tokens_of(m.officer), "its words stand in the record's entry"


def test_only_a_file_of_the_record_that_one_sees_can_be_marked(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        files_of(m, session, record, "a.txt", "b.txt")
        uid, other = record.documents[0].uid, record.documents[1].uid
        for facts in (
            RestrictionFacts("26:1", Scope.FILES, document=uuid.uuid4()),
            RestrictionFacts("26:1", Scope.TITLE, document=uid),
        ):
            with pytest.raises(InvalidFact) as error:
                secrecy_marks.mark(session, m.registrar, record, facts)
            assert error.value.field == "document"
        secrecy_marks.mark(session, m.registrar, record, RestrictionFacts("26:1", Scope.FILES, document=uid))
        with pytest.raises(InvalidFact):
            secrecy_marks.mark(session, m.officer, record, RestrictionFacts("26:1", Scope.FILES, document=uid))
        secrecy_marks.mark(session, m.officer, record, RestrictionFacts("26:1", Scope.FILES, document=other))
        with pytest.raises(InvalidFact):
            m.record(session, restrictions=(RestrictionFacts("26:1", Scope.FILES, document=uid),))


def test_mark_of_a_single_file_goes_along_with_the_file(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        files_of(m, session, record, "a.txt", "b.txt")
        for item in record.documents:
            facts = RestrictionFacts("26:1", Scope.FILES, document=item.uid)
            secrecy_marks.mark(session, m.registrar, record, facts)
        moved = moving.move_record(session, m.registrar, record, m.case(session).number_text, "Fel ärende")
        assert {mark.document_id for mark in moved.restrictions} == {item.id for item in moved.documents}
        assert record_view(m.officer, moved).documents == ()


def test_person_who_is_let_in_sees_what_is_marked_until_it_ends(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemligt", restrictions=(MARK,))
        record = m.record(session, case, title="Också hemligt")
        grant = letting_in.let_in(session, m.registrar, case, NewGrant(WHY, username="hans"))
        hans = again(session, m.officer)
        assert case_view(m.officer, case).title is None
        assert case_view(hans, case).title == "Hemligt"
        assert record_view(hans, record).title == "Också hemligt", "and all its records"
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.access_granted")).one()
        assert (event.after, event.reason) == ({"let_in": "Hans Handläggare", "until": None}, WHY)
        change = session.scalars(select(Change).where(Change.kind == "case.access_granted")).one()
        assert change.entity_uid == case.uid
        with pytest.raises(InvalidGrant) as twice:
            letting_in.let_in(session, m.registrar, case, NewGrant(WHY, username="hans"))
        assert twice.value.field == "username"
        letting_in.revoke(session, m.registrar, case, grant.uid, "Bytte arbete")
        assert case_view(again(session, m.officer), case).title is None
        assert session.scalars(select(AccessGrant)).one().revoke_reason == "Bytte arbete", "kept, not deleted"
        with pytest.raises(StatusConflict):
            letting_in.revoke(session, m.registrar, case, grant.uid, "Igen")


def test_role_that_is_let_into_a_record_sees_the_record_and_not_the_case(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemligt", restrictions=(MARK,))
        record, other = m.record(session, case, title="Ett"), m.record(session, case, title="Två")
        letting_in.let_in(session, m.registrar, record, NewGrant(WHY, role=Role.CASE_OFFICER, until=today()))
        hans = again(session, m.officer)
        titles = [case_view(hans, case).title, record_view(hans, record).title, record_view(hans, other).title]
        assert titles == [None, "Ett", None]
        eyes = work_views.eyes(session, hans, case)
        assert [eyes.sight_of(item.uid).title for item in (record, other)] == [True, False]
        session.scalars(select(AccessGrant)).one().until = today() - TOMORROW
        session.flush()
        assert record_view(again(session, m.officer), record).title is None, "its last day has been"


def test_grants_are_refused_with_the_field_that_is_wrong(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(MARK,), responsible="hans")
        for wanted, field in (
            (NewGrant(WHY), "username"),
            (NewGrant(WHY, username="rut", role=Role.REGISTRAR), "username"),
            (NewGrant(WHY, username="siv"), "username"),
            (NewGrant(WHY, username="hans"), "username"),
            (NewGrant(WHY, role=Role.ADMINISTRATOR), "role"),
            (NewGrant(WHY, username="arja", until=today() - TOMORROW), "until"),
            (NewGrant("", username="arja"), "reason"),
        ):
            with pytest.raises(DomainError) as error:
                letting_in.let_in(session, m.registrar, case, wanted)
            assert error.value.field == field, wanted
        other = m.case(session, restrictions=(MARK,))
        for actor in (m.officer, m.archivist, m.administrator, m.outsider):
            with pytest.raises(NotAllowed):
                letting_in.let_in(session, actor, other, NewGrant(WHY, username="arja"))
        letting_in.let_in(session, m.officer, case, NewGrant(WHY, username="arja"))  # the officer of the case
        with pytest.raises(NotFound):
            letting_in.revoke(session, m.registrar, other, session.scalars(select(AccessGrant.uid)).one(), WHY)


def test_closed_circle_shuts_out_registrars_who_are_not_named(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Krets", restrictions=(MARK,), responsible="hans")
        record = m.record(session, case, title="Kretsens", parties=(PartyFacts("Ek AB", PartyKind.ORGANISATION),))
        letting_in.let_in(session, m.registrar, record, NewGrant(WHY, role=Role.ARCHIVIST))
        closed_circles.close_circle(session, m.officer, case, "Rör en kollega")
        for actor in (m.registrar, m.archivist):
            shut_out = again(session, actor)
            assert (case_view(shut_out, case).title, record_view(shut_out, record).title) == (None, None)
            assert [party.name for party in record_view(shut_out, record).parties] == [None]
            assert case_view(shut_out, case).number == case.number_text, "the number is never hidden"
            assert picking.find_cases(session, shut_out, "krets") == ()
            assert picking.find_cases(session, shut_out, "ek ab") == ()
        hans = again(session, m.officer)
        assert (case_view(hans, case).title, record_view(hans, record).title) == ("Krets", "Kretsens")
        letting_in.let_in(session, hans, case, NewGrant(WHY, username="rut"))
        rut = again(session, m.registrar)
        assert (case_view(rut, case).title, record_view(rut, record).title) == ("Krets", "Kretsens")
        assert len(picking.find_cases(session, rut, "krets")) == 1
        with pytest.raises(InvalidGrant) as error:
            letting_in.let_in(session, hans, record, NewGrant(WHY, role=Role.ARCHIVIST))
        assert error.value.field == "role", "a circle is of persons"
        closed_circles.open_circle(session, hans, case, "Kollegan har slutat")
        assert case_view(again(session, m.archivist), case).title == "Krets"
        done = set(session.scalars(select(AuditEvent.action).where(AuditEvent.reason.is_not(None))))
        assert {"case.circle_closed", "case.circle_opened"} <= done


def test_closed_circle_of_a_record_is_narrower_than_access_to_its_case(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Ärendet", restrictions=(MARK,))
        record = m.record(session, case, title="Bilden")
        letting_in.let_in(session, m.registrar, case, NewGrant(WHY, username="hans"))
        closed_circles.close_circle(session, m.registrar, record, "Bara registratorn")
        hans, arja, rut = (again(session, actor) for actor in (m.officer, m.archivist, m.registrar))
        seen = {a.name: (case_view(a, case).title, record_view(a, record).title) for a in (hans, arja, rut)}
        assert seen == {
            "Hans Handläggare": ("Ärendet", None),
            "Arja Arkivarie": ("Ärendet", None),
            "Rut Registrator": ("Ärendet", "Bilden"),
        }
        assert {item.who for item in letting_in.grants_of(session, record)} == {"Rut Registrator"}, "who closed it"


def test_closed_circle_is_never_left_empty_nor_entered_from_outside(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(MARK,))
        record = m.record(session, case, parties=(PartyFacts("Ek AB", PartyKind.ORGANISATION),))
        files_of(m, session, record, "a.txt")
        closed_circles.close_circle(session, m.registrar, case, "Känsligt")
        rut = again(session, m.registrar)
        (grant,) = letting_in.grants_of(session, case)
        with pytest.raises(StatusConflict, match="kvar i kretsen"):
            letting_in.revoke(session, rut, case, grant.uid, WHY)
    outsider = m.registrar  # without the key
    with m.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        (record,) = case.records
        (party,), (document,) = record.parties, record.documents
        facts = PartyFacts("Al AB", PartyKind.ORGANISATION)
        elsewhere = m.case(session).number_text
        for act in (
            lambda: closing.assign(session, outsider, case, "rut", None),
            lambda: letting_in.let_in(session, outsider, case, NewGrant(WHY, username="rut")),
            lambda: closed_circles.open_circle(session, outsider, case, WHY),
            lambda: case_sharing.share(session, outsider, case, ShareFacts("SN", WHY)),
            lambda: moving.move_record(session, outsider, record, elsewhere, WHY),
            lambda: correction.correct_case(
                session, outsider, case, correction.CaseCorrection(title="X"), WHY, version=case.version
            ),
            lambda: correction.correct_party(session, outsider, party.uid, facts, WHY, version=record.version),
            lambda: correction.release_document(session, outsider, document, released=True),
            lambda: secrecy_marks.lift(session, outsider, case, case.restrictions[0].uid, WHY),
        ):
            with pytest.raises(NotAllowed):
                act()
    with m.database.unit_of_work() as session:
        case = session.scalars(select(Case).order_by(Case.id)).first()
        assert case is not None
        closing.assign(session, again(session, m.registrar), case, "hans", None)
    with m.database.unit_of_work() as session, pytest.raises(NotAllowed):
        handing_over.hand_over(session, outsider, "hans", "rut", authority="KS", reason=WHY)


def test_closed_circle_of_a_record_is_not_entered_through_its_case(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        record = m.record(session, case, title="Hemligt", restrictions=(MARK,))
        decision = decisions.record_decision(session, m.officer, case, _decided("Hemligt", record))
        closed_circles.close_circle(session, m.officer, record, "Känsligt")
        for act in (
            lambda: closing.assign(session, m.registrar, case, "rut", None),
            lambda: closing.assign(session, m.registrar, case, None, None),
            lambda: handing_over.hand_over(session, m.registrar, "hans", "rut", authority="KS", reason=WHY),
            lambda: decisions.correct_decision(
                session, m.registrar, decision.uid, _decided("Annat", None), WHY, version=1
            ),
            lambda: decisions.cancel_decision(session, m.registrar, decision.uid, WHY, version=1),
        ):
            with pytest.raises(NotAllowed):
                act()
        closing.assign(session, m.registrar, case, "hans", None)  # no other officer: nobody is let in
        letting_in.let_in(session, m.officer, record, NewGrant(WHY, username="rut", until=today()))
        with pytest.raises(StatusConflict, match="kvar i kretsen"), session.begin_nested():
            closing.assign(session, again(session, m.registrar), case, None, None)
        session.refresh(case)
        assert case.responsible_id == m.officer.user_id
        closing.assign(session, again(session, m.registrar), case, "rut", None)
        assert record_view(again(session, m.officer), record).title is None


def test_watched_days_of_a_closed_circle_are_not_taken_over_from_outside(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans", restrictions=(MARK,))
        facts = DeadlineFacts(today(), "Hemligt", responsible="arja")
        item = deadlines.add(session, m.officer, case, facts)
        closed_circles.close_circle(session, m.officer, case, "Känsligt")
        with pytest.raises(NotAllowed):
            handing_over.hand_over(session, m.registrar, "arja", "rut", authority="KS", reason=WHY)
        letting_in.let_in(session, m.officer, case, NewGrant(WHY, username="rut"))
        handing_over.hand_over(session, again(session, m.registrar), "arja", "rut", authority="KS", reason=WHY)
        assert item.responsible_id == m.registrar.user_id


def test_whom_somebody_let_in_is_told_only_to_those_who_see_what_is_marked(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        record = m.record(session, case, restrictions=(MARK,))
        closed_circles.close_circle(session, m.officer, record, "Hemligt skäl")
        letting_in.let_in(session, m.officer, record, NewGrant("Hemligt skäl", username="arja"))
        case_sharing.share(session, m.officer, case, ShareFacts("SN", "Hemligt skäl"))
        told = {}
        for actor in (m.officer, m.archivist, m.registrar, m.outsider):
            found = case_sheet.load(session, again(session, actor), case.uid, also_shared=True)
            page = case_sheet.page_of(session, again(session, actor), found)
            text = str([history.told(entry.event).text for entry in page.timeline.entries if entry.event])
            told[actor.name] = (text.count("Arja"), text.count("Hemligt skäl"))
        assert told == {
            m.officer.name: (1, 3),
            m.archivist.name: (1, 3),
            m.registrar.name: (0, 1),
            m.outsider.name: (0, 0),
        }


def _decided(outcome: str, record: Record | None) -> DecisionFacts:
    number = record.uid if record is not None else None
    return DecisionFacts(DecisionKind.BOARD, today(), "Kommunstyrelsen", outcome, record_uid=number)


def test_those_in_the_circle_go_along_with_a_moved_record(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(MARK,), responsible="hans")
        record = m.record(session, case, title="Flyttad")
        closed_circles.close_circle(session, m.officer, case, "Känsligt")
        letting_in.let_in(session, m.officer, case, NewGrant(WHY, username="rut"))
        moved = moving.move_record(session, again(session, m.registrar), record, m.case(session).number_text, WHY)
        assert moved.is_closed_circle
        titles = {
            actor.name: record_view(again(session, actor), moved).title
            for actor in (m.registrar, m.officer, m.archivist)
        }
        assert titles == {"Rut Registrator": "Flyttad", "Hans Handläggare": "Flyttad", "Arja Arkivarie": None}


def test_case_of_another_authority_is_read_where_it_is_shared(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Delat")
        record, marked = m.record(session, case, title="Öppen"), m.record(session, case, restrictions=(MARK,))
        files_of(m, session, record, "öppen.txt")
        uid, case_uid = record.uid, case.uid
        assert case_view(m.outsider, case).title is None, "closed by default"
        share = case_sharing.share(session, m.registrar, case, ShareFacts("SN", "Gemensam utredning"))
        siv = again(session, m.outsider)
        assert lookup.case_to_read(session, siv, case_uid) is case
        assert lookup.record_to_read(session, siv, uid) is record
        assert case_sheet.load(session, siv, case_uid, also_shared=True) is case
        assert queries.document_for(session, siv, record.documents[0].uid) is not None
        for look in (lookup.case_by_uid, lookup.case_to_read):
            with pytest.raises(NotFound):
                look(session, m.outsider if look is lookup.case_to_read else siv, case_uid)
        titles = [case_view(siv, case).title, record_view(siv, record).title, record_view(siv, marked).title]
        assert titles == ["Delat", "Öppen", None]
        page = case_sharing.shared_with(session, siv)
        assert [(item.case.number, item.case.title) for item in page.cases] == [(case.number_text, "Delat")]
        for document in [*_case_documents(session, {case_uid}), *_record_documents(session, [record.id])]:
            assert document.readers & access.tokens_of(siv)
            assert not document.readers & access.tokens_of(m.outsider)
        case_sharing.end(session, m.registrar, case, share.uid, "Utredningen är klar")
        siv = again(session, m.outsider)
        assert case_view(siv, case).title is None
        assert case_sharing.shared_with(session, siv).cases == ()
        assert session.scalars(select(CaseShare)).one().revoked_by_name == "Rut Registrator"
        of_shares = select(AuditEvent.action).where(AuditEvent.action.startswith("case.share"))
        assert session.scalars(of_shares).all() == ["case.shared", "case.share_ended"]


def test_marked_parts_are_shared_only_on_a_ground_and_never_out_of_a_closed_circle(
    municipality: Municipality,
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        protected = PartyFacts("Skyddad Person", PartyKind.PERSON, is_protected=True)
        case = m.case(session, title="Markerat", restrictions=(MARK,), parties=(protected,))
        with pytest.raises(InvalidGrant) as error:
            case_sharing.share(session, m.registrar, case, ShareFacts("SN", WHY, with_marked=True))
        assert error.value.field == "legal_ground"
        facts = ShareFacts("SN", WHY, with_marked=True, legal_ground="OSL 10 kap. 2 §")
        case_sharing.share(session, m.registrar, case, facts)
        siv = again(session, m.outsider)
        view = case_view(siv, case, with_parties=True)
        assert (view.title, [party.name for party in view.parties]) == ("Markerat", [None])
        plain = Actor(siv.user_id, "Sven", {"SN": frozenset({Role.CASE_OFFICER})})
        assert case_view(grants.with_keys(session, plain), case).title is None, "need to know holds there too"
        with pytest.raises(InvalidGrant):
            case_sharing.share(session, m.registrar, case, facts)
        closed_circles.close_circle(session, m.registrar, case, "Känsligt")
        assert case_view(again(session, m.outsider), case).title is None
        other = m.case(session, restrictions=(MARK,))
        closed_circles.close_circle(session, m.registrar, other, "Känsligt")
        with pytest.raises(InvalidGrant) as closed:
            case_sharing.share(session, again(session, m.registrar), other, facts)
        assert closed.value.field == "with_marked"


def test_person_of_the_other_authority_is_let_in_by_name(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Markerat", restrictions=(MARK,))
        siv = session.scalars(select(User).where(User.username == "siv")).one()
        for membership in siv.memberships:
            membership.role = Role.CASE_OFFICER
        session.flush()
        facts = ShareFacts("SN", WHY, with_marked=True, legal_ground="OSL 10 kap. 2 §")
        share = case_sharing.share(session, m.registrar, case, facts)
        assert case_view(again(session, m.outsider), case).title is None
        assert "siv" in dict(letting_in.people_of(session, case))
        letting_in.let_in(session, m.registrar, case, NewGrant(WHY, username="siv"))
        assert case_view(again(session, m.outsider), case).title == "Markerat"
        case_sharing.end(session, m.registrar, case, share.uid, "Klart")
        assert case_view(again(session, m.outsider), case).title is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["mark", "mark record", "mark file", "grant", "grant role", "grant record", "revoke", "close",
             "close record", "open", "share", "share marked", "end share", "assign", "protect", "move", "lift"]
        ),
        st.integers(0, 3),
    ),
    max_size=12,
)  # fmt: skip


def _step(m: Municipality, session: Session, name: str, which: int) -> None:
    """One step in the life of a case, by whoever may; what the rules refuse is no step."""
    case = session.scalars(select(Case).order_by(Case.id)).first()
    assert case is not None
    record = session.scalars(select(Record).order_by(Record.id)).all()[which % 2]
    scopes = (Scope.WHOLE, Scope.TITLE, Scope.PARTIES, Scope.FILES)
    username = ("rut", "hans", "arja", "hans")[which]
    actors = [again(session, actor) for actor in (m.registrar, m.officer, m.archivist)]
    who = next((actor for actor in actors if letting_in.may_let_in(actor, case)), m.registrar)
    facts = RestrictionFacts("26:1", scopes[which])
    document = record.documents[0].uid if record.documents else None
    role = (Role.CASE_OFFICER, Role.ARCHIVIST, Role.REGISTRAR, Role.CASE_OFFICER)[which]
    target = (case, record)[which % 2]
    shares = case_sharing.shares_of(session, case)
    given = letting_in.grants_of(session, target)
    ways = {
        "mark": lambda: secrecy_marks.mark(session, who, case, facts),
        "mark record": lambda: secrecy_marks.mark(session, who, record, facts),
        "mark file": lambda: secrecy_marks.mark(
            session, who, record, RestrictionFacts("26:1", Scope.FILES, document=document)
        ),
        "grant": lambda: letting_in.let_in(session, who, case, NewGrant(WHY, username=username)),
        "grant role": lambda: letting_in.let_in(session, who, target, NewGrant(WHY, role=role)),
        "grant record": lambda: letting_in.let_in(session, who, record, NewGrant(WHY, username=username)),
        "revoke": lambda: letting_in.revoke(session, who, target, given[0].uid, WHY) if given else None,
        "close": lambda: closed_circles.close_circle(session, who, case, WHY),
        "close record": lambda: closed_circles.close_circle(session, who, record, WHY),
        "open": lambda: closed_circles.open_circle(session, who, target, WHY),
        "share": lambda: case_sharing.share(session, who, case, ShareFacts("SN", WHY)),
        "share marked": lambda: case_sharing.share(
            session, who, case, ShareFacts("SN", WHY, with_marked=True, legal_ground="OSL 10 kap. 2 §")
        ),
        "end share": lambda: case_sharing.end(session, who, case, shares[0].uid, WHY) if shares else None,
        "assign": lambda: closing.assign(session, who, case, username, None),
        "protect": lambda: correction.add_party(
            session, who, target, PartyFacts("Skyddad", PartyKind.PERSON, is_protected=True), WHY
        ),
        "move": lambda: moving.move_record(
            session, who, record, session.scalars(select(Case).order_by(Case.id.desc())).first().number_text, WHY
        ),
        "lift": lambda: secrecy_marks.lift(session, who, target, target.restrictions[0].uid, WHY)
        if target.restrictions
        else None,
    }  # fmt: skip
    try:
        with session.begin_nested():
            ways[name]()
    except DomainError:
        session.expire_all()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_sight_search_tokens_and_queries_agree_whatever_was_done(
    sqlite_municipality: Municipality, steps: list[tuple[str, int]]
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Hemlig väg", responsible="hans")
        for title in ("Hemlig ett", "Hemlig två"):
            files_of(m, session, m.record(session, case, title=title), f"{title}.txt")
        m.case(session, title="En annan")
        session.flush()
        for name, which in steps:
            _step(m, session, name, which)
        session.expire_all()
        _compare(m, session)
        session.rollback()


def _compare(m: Municipality, session: Session) -> None:
    cases, records = session.scalars(select(Case)).all(), session.scalars(select(Record)).all()
    entries = {
        document.key: document.readers
        for document in itertools.chain(
            _case_documents(session, {case.uid for case in cases}),
            _record_documents(session, [record.id for record in records]),
        )
    }
    for known in (m.registrar, m.officer, m.archivist, m.outsider, m.administrator):
        actor = again(session, known)
        tokens = access.tokens_of(actor)
        for case in cases:
            seen = sight_of_case(actor, case)
            hides_people = any(party.is_protected for party in case.parties)
            sees = seen.everything and (not hides_people or access.may_see_protected(actor, case.authority.code))
            assert bool(entries[f"case:{case.uid}"] & tokens) == sees, (actor.name, case.number_text)
        for record in records:
            everything = sight_of_record(actor, record).everything
            found = bool(entries[f"record:{record.uid}"] & tokens)
            assert found == everything or (not found and record.moved_to is not None), (actor.name, record.id)
        _compare_lists(session, actor, cases, records)


def _compare_lists(session: Session, actor: Actor, cases: Sequence[Case], records: Sequence[Record]) -> None:
    for name, things in (("arenden", cases), ("handlingar", records)):
        definition = catalogue.LISTS[name]
        if definition not in catalogue.of(actor):
            continue
        criteria = filtering.read(definition.filters, {"title": "hemlig"})
        rows = paging.page(session, actor, definition, criteria).rows
        readable = [
            thing for thing in things
            if (thing if isinstance(thing, Case) else thing.case).authority.code in actor.roles
        ]  # fmt: skip
        expected = {
            thing.uid
            for thing in readable
            if "Hemlig" in thing.title
            and (sight_of_case(actor, thing) if isinstance(thing, Case) else sight_of_record(actor, thing)).title
        }
        assert {row.uid for row in rows} == expected, (actor.name, name)
