"""What staff take from the web is gone at once, from tables, index and files, and comes back on their word."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicCase, PublicDocument, PublicRecord
from diarium.register import moving, publishing, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Record
from diarium.secrecy.models import Scope
from tests.public.open_register import COMPANY, OpenRegister

REASON = "Fel fil låg ute, se samtal med Kim"


def register(opened: OpenRegister) -> tuple[int, int]:
    """A case with an open record and a released file; the keys of both."""
    municipality = opened.municipality
    with municipality.database.unit_of_work() as session:
        sha256 = municipality.store(session, b"Protokoll om broar", text="Protokoll om broar")
        case = municipality.case(session, classification="1.1", title="Ny sporthall", parties=(COMPANY,))
        file = DocumentFacts(sha256, "protokoll.txt", is_released=True)
        record = municipality.record(session, case, title="Justerat protokoll", documents=(file,))
        municipality.record(session, case, title="Inbjudan till samråd")
        keys = case.id, record.id
    opened.catch_up()
    return keys


def shown(opened: OpenRegister) -> PublicCase:
    with opened.public.reading() as session:
        case = session.scalars(select(PublicCase)).one()
        assert len(case.records) == 2
        return case


def test_withdrawn_record_shows_its_number_and_nothing_else_until_it_is_published_again(
    open_register: OpenRegister,
) -> None:
    municipality = open_register.municipality
    _case_id, record_id = register(open_register)
    with municipality.database.unit_of_work() as session:
        publishing.withdraw(session, municipality.registrar, session.get_one(Record, record_id), REASON)
    open_register.catch_up()
    record = shown(open_register).records[0]
    assert (record.visibility, record.title, record.record_type, record.parties) == ("withdrawn", None, None, [])
    assert (open_register.found("justerat"), open_register.found("broar")) == ([], [])
    assert list(open_register.released.iter_hashes()) == []
    assert shown(open_register).records[1].title == "Inbjudan till samråd"
    with municipality.database.unit_of_work() as session:
        publishing.publish_again(session, municipality.registrar, session.get_one(Record, record_id), "Rättad")
    open_register.catch_up()
    assert open_register.found("broar") == [shown(open_register).records[0].number_text]
    assert len(list(open_register.released.iter_hashes())) == 1


def test_withdrawn_case_takes_its_records_along(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    case_id, _record_id = register(opened)
    with municipality.database.unit_of_work() as session:
        publishing.withdraw(session, municipality.registrar, session.get_one(Case, case_id), REASON)
    opened.catch_up()
    case = shown(opened)
    assert (case.visibility, case.title, case.class_code, case.status, case.parties) == (
        "withdrawn",
        None,
        None,
        None,
        [],
    )
    assert {record.visibility.value for record in case.records} == {"withdrawn"}
    assert opened.found("samråd") == []


def test_withdrawn_file_goes_and_its_record_stays(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    _case_id, record_id = register(opened)
    with opened.public.reading() as session:
        uid = session.scalars(select(PublicDocument.uid)).one()
    with municipality.database.unit_of_work() as session:
        document = session.get_one(Record, record_id).documents[0]
        publishing.withdraw(session, municipality.registrar, document, REASON)
    opened.catch_up()
    assert shown(opened).records[0].title == "Justerat protokoll"
    with pytest.raises(NotInOpenRegister):
        opened.reader.document(uid)


def test_file_marked_alone_is_hidden_alone(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    with municipality.database.unit_of_work() as session:
        files = tuple(
            DocumentFacts(municipality.store(session, name.encode(), text=name), f"{name}.txt", is_released=True)
            for name in ("bilagan", "protokollet")
        )
        case = municipality.case(session, classification="1.1")
        record = municipality.record(session, case, title="Justerat protokoll", documents=files)
        facts = RestrictionFacts("31:16", Scope.FILES, document=record.documents[0].uid)
        secrecy_marks.mark(session, municipality.registrar, record, facts)
    opened.catch_up()
    assert opened.found("bilagan") == []
    assert len(opened.found("protokollet")) == 1
    with opened.public.reading() as session:
        assert [item.place for item in session.scalars(select(PublicDocument))] == [2]


def test_case_does_not_tell_the_title_of_its_withdrawn_record(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, title="Klagomål på Café Solen")
        record = municipality.record(session, case, title="Klagomål på Café Solen")
        publishing.withdraw(session, municipality.registrar, record, REASON)
    opened.catch_up()
    assert opened.found("solen") == []


def test_withdrawing_asks_for_the_right_and_a_reason_and_leaves_events(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    _case_id, record_id = register(opened)
    with municipality.database.unit_of_work() as session:
        record = session.get_one(Record, record_id)
        for who in (municipality.outsider, municipality.administrator):
            with pytest.raises(NotAllowed):
                publishing.withdraw(session, who, record, REASON)
        with pytest.raises(InvalidFact):
            publishing.withdraw(session, municipality.registrar, record, " ")
        publishing.withdraw(session, municipality.registrar, record, REASON)
        with pytest.raises(StatusConflict):
            publishing.withdraw(session, municipality.registrar, record, REASON)
        publishing.publish_again(session, municipality.registrar, record, "Prövad igen")
        with pytest.raises(StatusConflict):
            publishing.publish_again(session, municipality.registrar, record, "Prövad igen")
    with municipality.database.reading() as session:
        query = select(AuditEvent.action, AuditEvent.reason).where(AuditEvent.action.contains("web_"))
        assert session.execute(query).all() == [
            ("record.web_withdrawn", REASON),
            ("record.web_published_again", "Prövad igen"),
        ]
    with opened.public.reading() as session:
        whole = " ".join(str(vars(row)) for row in session.scalars(select(PublicRecord)))
    assert "Kim" not in whole


def test_withdrawal_goes_along_when_a_record_is_moved(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    case_id, record_id = register(opened)
    with municipality.database.unit_of_work() as session:
        other = municipality.case(session, classification="1.1", title="Rätt ärende").number_text
        publishing.withdraw(session, municipality.registrar, session.get_one(Case, case_id), REASON)
        moving.move_record(
            session, municipality.registrar, session.get_one(Record, record_id), other, "Fel ärende"
        )
    opened.catch_up()
    assert (opened.found("justerat"), opened.found("broar")) == ([], [])
    assert len(opened.found("rätt")) == 1


def test_web_is_cleared_without_the_worker(sqlite_open_register: OpenRegister) -> None:
    opened, municipality = sqlite_open_register, sqlite_open_register.municipality
    case_id, record_id = register(opened)
    with municipality.database.unit_of_work() as session:
        publishing.withdraw(session, municipality.registrar, session.get_one(Record, record_id), REASON)
        uid = session.get_one(Case, case_id).uid
    assert opened.projector.hasten([uid])
    assert shown(opened).records[0].title is None
    assert (opened.found("justerat"), opened.found("broar")) == ([], [])
    with opened.public.reading() as session:
        assert session.scalars(select(PublicDocument)).all() == []
