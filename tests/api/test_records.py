"""Registering and reading records over the API."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register.models import Case, Record
from tests.api.conftest import Call

RESTRICTED = [{"provision": "26:1", "scope": "whole"}]


def test_record_in_a_new_case_gets_both_numbers_and_an_address(call_on_any: Call) -> None:
    answer = call_on_any("rut").post(
        "/records",
        {
            "direction": "incoming",
            "official_on": "2024-05-01",
            "received_at": "2024-05-01T13:05:00+02:00",
            "title": "Ansökan om bygglov",
            "new_case": {"authority": "KS", "title": "Bygglov", "classification": "2.1"},
            "parties": [{"name": "Byggbolaget AB", "kind": "organisation"}],
        },
    )
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["number"] == f"KS {today().year}/1-1"
    assert answer.json["parties"][0]["name"] == "Byggbolaget AB"
    assert answer.json["registered_at"].endswith("Z")
    assert answer.headers["Location"] == f"/api/v1/records/{answer.json['uid']}"
    assert call_on_any("rut").get(f"/records/{answer.json['uid']}").json == answer.json


def test_second_record_takes_the_next_running_number_of_its_case(call: Call) -> None:
    first = call("rut").register()
    second = call("rut").register(case=first["case_number"])
    assert second["number"] == f"{first['case_number']}-2"
    assert second["case_uid"] == first["case_uid"]


def test_uploaded_files_are_bound_by_their_tickets(call: Call) -> None:
    registrar = call("rut")
    ticket = registrar.upload(b"Hej", "../brev\u202e.txt")
    record = registrar.register(documents=[{"ticket": ticket, "description": "Brevet", "is_released": True}])
    (document,) = record["documents"]
    assert (document["file_name"], document["size"], document["is_released"]) == ("brev.txt", 3, True)


def test_ticket_of_somebody_else_is_refused_and_uses_no_number(call: Call, services: Diarium) -> None:
    ticket = call("hans").upload(b"Hej")
    answer = call("rut").post(
        "/records",
        {
            "direction": "incoming",
            "official_on": "2024-05-01",
            "title": "Brev",
            "new_case": {"authority": "KS", "title": "Nytt"},
            "documents": [{"ticket": ticket}],
        },
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == "files"
    with services.database.reading() as session:
        assert session.scalars(select(Case)).all() == []


def test_later_files_come_behind_the_first(call: Call) -> None:
    registrar = call("rut")
    record = registrar.register(documents=[{"ticket": registrar.upload(b"ett", "ett.txt")}])
    answer = registrar.post(
        f"/records/{record['uid']}/documents",
        {"documents": [{"ticket": registrar.upload(b"tv\xc3\xa5", "två.txt")}]},
    )
    assert answer.status_code == 201
    assert answer.json is not None
    assert [item["file_name"] for item in answer.json["documents"]] == ["ett.txt", "två.txt"]


def test_outsider_is_told_the_same_of_a_record_as_of_none(call: Call) -> None:
    record = call("rut").register()
    outsider = call("siv")
    hidden = outsider.get(f"/records/{record['uid']}")
    missing = outsider.get(f"/records/{uuid.uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json is not None
    assert missing.json is not None
    assert {**hidden.json, "instance": ""} == {**missing.json, "instance": ""}


def test_outsider_is_told_the_same_when_writing_to_a_record_as_to_none(call: Call) -> None:
    record = call("rut").register()
    outsider = call("siv")
    for path, body in (
        ("restrictions", RESTRICTED[0]),
        ("documents", {"documents": [{"ticket": outsider.upload(b"x")}]}),
    ):
        hidden = outsider.post(f"/records/{record['uid']}/{path}", body)
        missing = outsider.post(f"/records/{uuid.uuid4()}/{path}", body)
        assert hidden.status_code == missing.status_code == 404


def test_restricted_record_hides_title_parties_and_files_from_an_officer_without_need(call: Call) -> None:
    registrar = call("rut")
    record = registrar.register(restrictions=RESTRICTED, documents=[{"ticket": registrar.upload(b"hemligt")}])
    seen = call("hans").get(f"/records/{record['uid']}").json
    assert seen is not None
    assert seen["title"] is None
    assert seen["parties"][0]["name"] is None
    assert seen["documents"] == []
    assert seen["files_hidden"] is True
    assert seen["number"] == record["number"]


def test_officer_may_mark_a_record_and_then_sees_no_title(call: Call) -> None:
    record = call("rut").register()
    answer = call("hans").post(f"/records/{record['uid']}/restrictions", {"provision": "26:1", "scope": "whole"})
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["title"] is None
    assert answer.json["restrictions"][0]["citation"] == "OSL 26 kap. 1 §"


def test_unknown_provision_is_told_at_its_field(call: Call) -> None:
    record = call("rut").register()
    answer = call("rut").post(f"/records/{record['uid']}/restrictions", {"provision": "99:99"})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"] == [{"field": "provision", "message": answer.json["detail"]}]


def test_looking_at_a_restricted_record_is_noted(call: Call, services: Diarium) -> None:
    open_record, marked = call("rut").register(), call("rut").register(restrictions=RESTRICTED)
    for record in (open_record, marked):
        call("arja").get(f"/records/{record['uid']}")
    with services.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.read")).all()
        assert [(event.entity_uid, event.actor_name) for event in events] == [(marked["uid"], "Arja Arkivarie")]


def test_archivist_may_not_register(call: Call, services: Diarium) -> None:
    answer = call("arja").post("/records", {"direction": "incoming", "official_on": "2024-05-01", "title": "Brev"})
    assert answer.status_code == 403
    with services.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


def test_registrar_of_another_authority_may_not_register_here(call: Call) -> None:
    answer = call("siv").post("/cases", {"authority": "KS", "title": "Intrång"})
    assert answer.status_code == 403
