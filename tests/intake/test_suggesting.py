"""Which case something may belong to, and what the registration form gets."""

from __future__ import annotations

import datetime as dt

import pytest

from diarium.intake import prefilling, queries, triage
from diarium.intake.errors import ItemNotFound
from diarium.intake.suggesting import MAX_SENDERS_CASES, CaseSuggestion
from diarium.intake.vocabulary import Channel
from diarium.register import closing, secrecy_marks
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.errors import StatusConflict
from diarium.register.models import Case
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from diarium.web.registration.form import to_command
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.intake.arrivals import arrive, in_new_case

ANNA = PartyFacts("Anna Ek AB", PartyKind.ORGANISATION, email="anna.EK@example.se")


def suggested(municipality: Municipality, item, who=None) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    with municipality.database.reading() as session:
        form = prefilling.for_form(session, who or municipality.registrar, item.uid)
        return [(case.number, case.why) for case in form.cases]


@pytest.mark.parametrize(
    "subject",
    ["Sv: {number} yttrande", "Yttrande (dnr {number})", "Komplettering {short}", "ks{plain} svar", "dnr {plain}"],
)
def test_number_in_the_subject_suggests_its_case_and_leaves_the_title(
    municipality: Municipality, subject: str
) -> None:
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
        written = subject.format(
            number=case.number_text, short=f"{case.year}/{case.number}", plain=f"{case.year}-{case.number}"
        )
        item = arrive(municipality, session, subject=written)
    assert suggested(municipality, item) == [(case.number_text, "Numret står i ämnesraden")]
    with municipality.database.reading() as session:
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    assert str(case.year) not in form.values["title"] or written.startswith("dnr")
    assert (form.values["case_choice"], form.values["case"]) == ("existing", "")


def test_word_before_a_number_stays_in_the_title(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
        item = arrive(sqlite_municipality, session, subject=f"Yttrande {case.year}/{case.number} om plan")
        form = prefilling.for_form(session, sqlite_municipality.registrar, item.uid)
    assert form.values["title"] == "Yttrande om plan"


def test_number_of_another_authority_stays_in_the_title_and_suggests_nothing(
    sqlite_municipality: Municipality,
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        sqlite_municipality.case(session)
        item = arrive(
            sqlite_municipality, session, subject="Remiss, vårt dnr LST 521-4711-2024", sender_email=None
        )
        form = prefilling.for_form(session, sqlite_municipality.registrar, item.uid)
    assert form.cases == ()
    assert form.values["title"] == "Remiss, vårt dnr LST 521-4711-2024"
    assert form.values["case_choice"] == "new"


def test_number_in_the_text_counts_only_with_a_series_or_marked(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
        bare = f"{case.year}/{case.number}"
        loose = arrive(sqlite_municipality, session, body=f"Enligt förordning {bare} gäller", message=b"1")
        sure = arrive(sqlite_municipality, session, body=f"Se ärende dnr {bare}", message=b"2")
    assert suggested(sqlite_municipality, loose) == []
    assert suggested(sqlite_municipality, sure) == [(case.number_text, "Numret står i texten")]


def test_answer_in_a_conversation_suggests_the_case_of_what_was_registered(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        first = arrive(municipality, session, message_id="<1@x>", message=b"1", sender_email=None)
        record = triage.register_item(session, municipality.registrar, first.uid, in_new_case(first), version=1)
        number = record.case.number_text
        reply = arrive(municipality, session, in_reply_to="<1@x>", message=b"2", sender_email=None)
        later = arrive(
            municipality, session, references=("<0@x>", "<1@x>", "<2@x>"), message=b"3", sender_email=None
        )
        elsewhere = arrive(municipality, session, in_reply_to="<1@x>", message=b"2", authority="SN")
    assert suggested(municipality, reply) == [(number, "Svar i samma konversation")]
    assert suggested(municipality, later) == [(number, "Svar i samma konversation")]
    assert suggested(municipality, elsewhere, municipality.outsider) == []


def test_senders_open_cases_are_suggested_newest_first_and_at_most_five(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        cases = [municipality.case(session, parties=(ANNA,)) for _number in range(4)]
        cases += [municipality.record(session, parties=(ANNA,)).case for _number in range(4)]
        municipality.record(session, cases[-1], parties=(ANNA,))
        closing.close(session, municipality.registrar, cases[-2])
        item = arrive(municipality, session, sender_email="Anna.Ek@Example.se")
    newest = [case.number_text for case in reversed(cases) if case is not cases[-2]][:MAX_SENDERS_CASES]
    assert suggested(municipality, item) == [(number, "Avsändarens öppna ärende") for number in newest]
    with municipality.database.reading() as session:
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    # Somebody who has a case may well write about something else.
    assert form.values["case_choice"] == "new"


def test_suggestion_tells_no_officer_who_is_party_to_what_is_marked(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        marked = municipality.case(session, parties=(ANNA,))
        secrecy_marks.mark(session, municipality.registrar, marked, RestrictionFacts("26:1", scope=Scope.PARTIES))
        protected = PartyFacts("Anna Ek", email="anna.ek@example.se", is_protected=True)
        hidden = municipality.case(session, parties=(protected,))
        item = arrive(municipality, session)
        triage.assign(session, municipality.registrar, item.uid, "hans", version=1)
    assert suggested(municipality, item, municipality.officer) == []
    seen = [number for number, _why in suggested(municipality, item)]
    assert seen == [hidden.number_text, marked.number_text]


def test_title_of_a_marked_case_is_not_shown_with_its_number(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, restrictions=(RestrictionFacts("26:1"),))
        item = arrive(municipality, session, subject=case.number_text)
        triage.assign(session, municipality.registrar, item.uid, "hans", version=1)
        form = prefilling.for_form(session, municipality.officer, item.uid)
    assert [(found.number, found.title) for found in form.cases] == [(case.number_text, None)]


def test_closed_case_is_suggested_as_closed_behind_the_open_ones(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        closed, opened = municipality.record(session).case, municipality.case(session)
        closing.close(session, municipality.registrar, closed)
        subject = f"{closed.number_text} och {opened.number_text}"
        item = arrive(municipality, session, subject=subject)
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    assert [(case.uid, case.is_open) for case in form.cases] == [(opened.uid, True), (closed.uid, False)]


def test_form_gets_what_the_item_knows(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        municipality.record(session, parties=(ANNA,))
        item = arrive(municipality, session, subject="VB: Remiss om kollektivtrafik")
    with municipality.database.reading() as session:
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    assert dict(form.values) == {
        "direction": "incoming",
        "official_on": "2026-11-18",
        "title": "Remiss om kollektivtrafik",
        "medium": "digital",
        "secrecy": "open",
        "authority": "KS",
        "case_choice": "new",
        "case": "",
        "case_title": "Remiss om kollektivtrafik",
        "record_type": "",
        "party-0-name": "Anna Ek",
        "party-0-email": "Anna.Ek@example.se",
        "party-0-kind": "organisation",
    }
    assert [file.file_name for file in form.files] == ["Remiss.eml", "yttrande.pdf"]
    assert form.sender == "Anna Ek <Anna.Ek@example.se>"
    assert (form.version, form.deadline_on) == (1, dt.date(2026, 11, 19))


def test_form_that_is_sent_back_unchanged_registers_the_item(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        form = prefilling.for_form(session, municipality.registrar, item.uid)
        command = to_command({**form.values, "classification": "1"})
        record = triage.register_item(session, municipality.registrar, item.uid, command, version=form.version)
        assert record.title == "Remiss om kollektivtrafik"
        assert record.received_at == item.received_at
    with municipality.database.reading() as session, pytest.raises(StatusConflict):
        prefilling.for_form(session, municipality.registrar, item.uid)


def test_scan_is_called_by_its_file_and_is_on_paper_too(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        from diarium.intake.receiving import ArrivedFile

        item = arrive(
            municipality,
            session,
            channel=Channel.SCAN,
            subject="Ansökan 2024.pdf",
            original=None,
            files=(ArrivedFile("Ansökan 2024.pdf", municipality.store(session, b"x")),),
            sender_name=None,
            sender_email=None,
        )
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    assert (form.values["title"], form.values["medium"]) == ("Ansökan 2024", "both")
    assert "party-0-name" not in form.values


def test_e_service_tells_the_number_and_the_kind_of_sender(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
        item = arrive(
            municipality,
            session,
            channel=Channel.E_SERVICE,
            case_number=f"{case.year}-{case.number}",
            sender_kind=PartyKind.AUTHORITY,
            record_type="Ansökan",
        )
        form = prefilling.for_form(session, municipality.registrar, item.uid)
    found = [(case.number, case.why) for case in form.cases]
    assert found == [(case.number_text, "Numret angavs i e-tjänsten")]
    assert (form.values["party-0-kind"], form.values["record_type"]) == ("authority", "Ansökan")


def test_kind_of_sender_is_read_from_the_name_and_it_is_said(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        found = []
        for name, more in (
            ("Länsstyrelsen", {}),
            ("Ekdala Plast AB", {}),
            ("Anna Ek", {}),
            ("Ekdala Plast AB", {"sender_kind": PartyKind.PERSON}),
        ):
            item = arrive(municipality, session, sender_name=name, message=f"{name} {more}".encode(), **more)
            form = prefilling.for_form(session, municipality.registrar, item.uid)
            found.append((form.values["party-0-kind"], "efter namnet" in form.guessed))
    assert found == [("authority", True), ("organisation", True), ("person", False), ("person", False)]


def test_outsider_gets_nothing(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        for who in (sqlite_municipality.outsider, sqlite_municipality.officer, sqlite_municipality.archivist):
            with pytest.raises(ItemNotFound):
                prefilling.for_form(session, who, item.uid)


def test_form_takes_the_same_number_of_statements_whatever_there_is(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    taken = []
    for amount in (2, 12):
        with municipality.database.unit_of_work() as session:
            numbers = [municipality.case(session, parties=(ANNA,)).number_text for _number in range(amount)]
            for number in range(amount):
                first = arrive(municipality, session, message_id=f"<{amount}-{number}@x>", sender_email=None)
                triage.register_item(
                    session, municipality.registrar, first.uid, in_new_case(first, parties=(ANNA,)), version=1
                )
            item = arrive(
                municipality,
                session,
                subject=", ".join(numbers[:9]),
                references=tuple(f"<{amount}-{number}@x>" for number in range(amount)),
                message=f"{amount}".encode(),
            )
        with statements_of(municipality.database.engine) as statements, municipality.database.reading() as session:
            form = prefilling.for_form(session, municipality.registrar, item.uid)
            assert len(form.cases) >= amount
            queries.item_details(session, municipality.registrar, item.uid)
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_suggestion_is_plain_facts(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case: Case = sqlite_municipality.case(session)
        item = arrive(sqlite_municipality, session, subject=case.number_text)
        view = queries.item_details(session, sqlite_municipality.registrar, item.uid)
    assert view.cases == (
        CaseSuggestion(case.number_text, case.uid, case.title, "Numret står i ämnesraden", is_strong=True),
    )
