"""The check before a case is closed: what is named, where it is mended, what stops the closing."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from diarium.i18n import today
from diarium.register import closing, correction, deadlines, decisions, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.completeness import Missing, check
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import Case
from diarium.register.vocabulary import DecisionKind, Direction, Medium, PartyKind, PartyRole
from tests.conftest import Municipality
from tests.counting import statements_of

SOON = today() + dt.timedelta(days=14)


def missing(case: Case, **facts: int) -> set[Missing]:
    return {item.missing for item in check(case, **facts)}


def complete(m: Municipality, session: Session) -> Case:
    """A case that lacks nothing."""
    case = m.case(session)
    m.record(session, case, documents=(DocumentFacts(m.store(session, b"brev"), "brev.txt"),))
    return case


def test_complete_case_lacks_nothing(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        assert check(complete(m, session)) == ()


def test_each_shortcoming_is_found_and_named_with_its_place(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, classification=None)
        assert missing(case) == {Missing.RECORDS, Missing.CLASS}
        bare = m.record(session, case, record_type="Ansökan", parties=())
        paper = m.record(session, case, medium=Medium.PAPER, restrictions=(RestrictionFacts("26:1"),))
        deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
        found = {item.missing: item for item in check(case, open_drafts=2)}
        assert set(found) == set(Missing) - {Missing.RECORDS}
        assert {kind for kind, item in found.items() if item.is_blocking} == {Missing.CLASS, Missing.DEADLINES}
        assert [spot.record_uid for spot in found[Missing.FILES].spots] == [bare.uid]
        assert [spot.label for spot in found[Missing.PARTIES].spots] == [bare.number_text]
        assert [spot.record_uid for spot in found[Missing.REVIEW].spots] == [paper.uid]
        assert SOON.isoformat() in found[Missing.DEADLINES].message


def test_cancelled_record_lacks_nothing(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = complete(m, session)
        gone = m.record(session, case, record_type="Ansökan", parties=())
        closing.cancel_record(session, m.registrar, gone, "Dubblett")
        assert check(case) == ()


def test_outgoing_record_needs_its_recipient(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = complete(m, session)
        files = (DocumentFacts(m.store(session, b"svar"), "svar.txt"),)
        sender = PartyFacts("Bolaget AB", PartyKind.ORGANISATION)
        sent = m.record(session, case, direction=Direction.OUTGOING, documents=files, parties=(sender,))
        assert missing(case) == {Missing.PARTIES}
        recipient = PartyFacts("Bolaget AB", PartyKind.ORGANISATION, PartyRole.RECIPIENT)
        correction.add_party(session, m.registrar, sent, recipient, "Glömdes")
        assert check(case) == ()


def test_application_asks_for_a_final_decision(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = complete(m, session)
        files = (DocumentFacts(m.store(session, b"svar"), "svar.txt"),)
        m.record(session, case, record_type="Ansökan", documents=files)
        assert missing(case) == {Missing.DECISION}
        facts = DecisionFacts(DecisionKind.BOARD, today(), "Nämnden", "Bifall", is_final=False)
        made = decisions.record_decision(session, m.registrar, case, facts)
        assert missing(case) == {Missing.DECISION}
        final = DecisionFacts(DecisionKind.BOARD, today(), "Nämnden", "Bifall", is_final=True)
        decisions.correct_decision(session, m.registrar, made.uid, final, "Avgör", version=1)
        assert check(case) == ()


@pytest.mark.parametrize("on_case", [True, False])
def test_marking_is_reviewed_when_it_is_judged_anew_or_lifted(
    sqlite_municipality: Municipality, on_case: bool
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = complete(m, session)
        target = case if on_case else case.records[0]
        facts = RestrictionFacts("26:1", review_on=today())
        marking = secrecy_marks.mark(session, m.registrar, target, facts)
        session.flush()
        assert missing(case) == {Missing.REVIEW}
        with pytest.raises(InvalidFact) as refusal:
            secrecy_marks.review(session, m.registrar, target, marking.uid, today(), "Prövad")
        assert refusal.value.field == "review_on"
        secrecy_marks.review(session, m.registrar, target, marking.uid, SOON, "Prövad, kvarstår")
        assert marking.review_on == SOON
        assert check(case) == ()


def test_check_asks_as_many_questions_of_thirty_records_as_of_three(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    counts = []
    for number in (3, 30):
        with m.database.unit_of_work() as session:
            case = m.case(session)
            for _number in range(number):
                m.record(session, case, parties=(), restrictions=(RestrictionFacts("26:1"),))
            deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
            session.flush()
            with statements_of(m.database.engine) as sent:
                check(case)
            counts.append(len(sent))
    assert counts[0] == counts[1]
