"""E-services hand things in: once, however often they try."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from diarium.composition import Diarium
from diarium.files.models import Blob
from diarium.intake import triage
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import Channel
from diarium.register.commands import RestrictionFacts
from tests.api.conftest import Call
from tests.conftest import Municipality
from tests.intake.arrivals import in_new_case

FACTS: dict[str, Any] = {
    "authority": "KS",
    "reference": "ET-2026-17",
    "title": "Ansökan om föreningsbidrag",
    "body": "Vi söker 5 000 kronor.",
    "sender": {"name": "Bollklubben", "email": "info@bollklubben.example", "kind": "organisation"},
    "received_at": "2026-11-20T23:59:00+01:00",
    "record_type": "Ansökan",
}


def handed_in(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    return dict(answer.json)


def items(services: Diarium) -> list[IntakeItem]:
    with services.database.reading() as session:
        found = list(session.scalars(select(IntakeItem).order_by(IntakeItem.id)))
        assert all(item.files is not None for item in found)
        return found


def test_json_with_uploaded_files_becomes_an_item(call: Call, services: Diarium) -> None:
    caller = call("rut")
    files = [caller.upload(b"ett", "ansökan.pdf"), caller.upload(b"tv\xc3\xa5", "stadgar.pdf")]
    answer = caller.post("/intake", FACTS | {"files": files})
    told = handed_in(answer, 201)
    assert (told["is_new"], told["duplicate"], told["state"]) == (True, False, "new")
    assert (told["official_on"], told["deadline_on"]) == ("2026-11-20", "2026-11-23")
    item = items(services)[0]
    assert (item.channel, item.subject, item.sender_name) == (Channel.E_SERVICE, FACTS["title"], "Bollklubben")
    assert [file.file_name for file in item.files] == ["meddelande.txt", "ansökan.pdf", "stadgar.pdf"]
    assert handed_in(caller.get(f"/intake/{told['uid']}"), 200)["state"] == "new"
    assert answer.headers["Location"].endswith(f"/intake/{told['uid']}")


def test_form_with_the_files_themselves_becomes_the_same_kind_of_item(call: Call, services: Diarium) -> None:
    data = {name: value for name, value in FACTS.items() if name != "sender"}
    data |= {"sender.name": "Bollklubben", "sender.kind": "organisation"}
    data["file"] = [(io.BytesIO(b"ett"), "ansökan.pdf"), (io.BytesIO(b"tva"), "../stadgar.pdf")]
    handed_in(call("rut").post("/intake", data=data), 201)
    item = items(services)[0]
    assert (item.sender_name, item.sender_email, item.record_type) == ("Bollklubben", None, "Ansökan")
    assert [file.file_name for file in item.files] == ["meddelande.txt", "ansökan.pdf", "stadgar.pdf"]


def test_same_reference_again_gives_the_same_item(call: Call, services: Diarium) -> None:
    first = handed_in(call("rut").post("/intake", FACTS), 201)
    again = handed_in(call("rut").post("/intake", FACTS | {"title": "Något annat"}), 200)
    assert again["uid"] == first["uid"]
    assert again["is_new"] is False
    assert len(items(services)) == 1


def test_other_service_may_use_the_same_reference(call: Call, services: Diarium) -> None:
    handed_in(call("rut").post("/intake", FACTS), 201)
    handed_in(call("hans").post("/intake", FACTS), 201)
    assert [item.assigned_to_id for item in items(services)] == [None, None]


def test_same_reference_at_the_same_time_is_one_item(call_on_any: Call, municipality: Municipality) -> None:
    callers = [call_on_any("rut") for _number in range(4)]
    start = threading.Barrier(4)
    answers: list[TestResponse] = []

    def hand_in(caller: Any) -> None:
        start.wait()
        answers.append(caller.post("/intake", FACTS))

    threads = [threading.Thread(target=hand_in, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    with municipality.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IntakeItem)) == 1


def test_service_learns_the_number_when_the_item_is_registered(
    call: Call, services: Diarium, sqlite_municipality: Municipality
) -> None:
    uid = handed_in(call("rut").post("/intake", FACTS), 201)["uid"]
    with services.database.unit_of_work() as session:
        item = session.scalars(select(IntakeItem)).one()
        actor = sqlite_municipality.registrar
        record = triage.register_item(session, actor, item.uid, in_new_case(item), version=1)
        number = record.number_text
    told = handed_in(call("rut").get(f"/intake/{uid}"), 200)
    assert (told["state"], told["record_number"]) == ("registered", number)
    assert handed_in(call("rut").post("/intake", FACTS), 200)["record_number"] == number


def test_service_that_may_not_read_the_inbox_learns_state_and_number_of_its_own_and_no_more(
    call: Call, services: Diarium, sqlite_municipality: Municipality
) -> None:
    service = call("hans")
    answer = service.post("/intake", FACTS)
    uid = handed_in(answer, 201)["uid"]
    assert handed_in(service.get(f"/intake/{uid}"), 200) == {"uid": uid, "state": "new", "record_number": None}
    with services.database.unit_of_work() as session:
        item = session.scalars(select(IntakeItem)).one()
        command = in_new_case(item, restrictions=(RestrictionFacts("26:1"),))
        triage.register_item(session, sqlite_municipality.registrar, item.uid, command, version=1)
    told = handed_in(service.get(f"/intake/{uid}"), 200)
    assert (told["state"], set(told)) == ("registered", {"uid", "state", "record_number"})
    others = handed_in(call("rut").post("/intake", FACTS), 201)["uid"]
    assert service.get(f"/intake/{others}").status_code == 404


def test_what_was_written_is_kept_as_a_file(call: Call, services: Diarium) -> None:
    for _attempt in range(2):
        call("rut").post("/intake", FACTS)
    file = items(services)[0].files[0]
    assert file.file_name == "meddelande.txt"
    assert FACTS["body"] in services.blobs.path(file.sha256).read_text("utf-8")
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Blob)) == 1


@pytest.mark.parametrize(
    ("facts", "status", "field"),
    [
        ({"authority": "SN"}, 403, None),
        ({"authority": "XX"}, 422, "authority"),
        ({"reference": ""}, 422, "reference"),
        ({"reference": "x" * 201}, 422, "reference"),
        ({"title": ""}, 422, "title"),
        ({"received_at": "2199-01-01T00:00:00Z"}, 422, "received_at"),
        ({"received_at": "2001-01-01T00:00:00Z"}, 422, "received_at"),
        ({"received_at": "2026-11-20T12:00:00"}, 422, "received_at"),
        ({"sender": {"kind": "alien"}}, 422, "sender.kind"),
        ({"files": ["no ticket"]}, 422, "files"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_what_can_not_be_used_is_named(
    call: Call, services: Diarium, facts: dict[str, Any], status: int, field: str | None
) -> None:
    problem = handed_in(call("rut").post("/intake", FACTS | facts), status)
    assert field is None or problem["errors"][0]["field"] == field
    assert items(services) == []


def test_ticket_of_somebody_else_is_refused(call: Call, services: Diarium) -> None:
    ticket = call("hans").upload(b"x", "a.pdf")
    handed_in(call("rut").post("/intake", FACTS | {"files": [ticket]}), 422)
    assert items(services) == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({**FACTS, "sender": "", "title": "a\0b"}, 400),
        ({**FACTS, "sender": "", "other": (io.BytesIO(b"x"), "a.pdf")}, 422),
        ({**FACTS, "sender": "", "file": (io.BytesIO(b""), "tom.pdf")}, 422),
    ],
    ids=["nul", "wrong-field", "empty-file"],
)
def test_form_that_can_not_be_used_is_refused(
    call: Call, services: Diarium, data: dict[str, Any], status: int
) -> None:
    answer = call("rut").post("/intake", data=data, content_type="multipart/form-data")
    handed_in(answer, status)
    assert items(services) == []


def test_other_media_types_callers_without_right_and_strangers_are_refused(call: Call) -> None:
    assert call("rut").post("/intake", data=b"x", content_type="text/plain").status_code == 415
    assert call("arja").post("/intake", FACTS).status_code == 403
    assert call("").post("/intake", FACTS).status_code == 401


def test_item_of_another_authority_is_not_there(call: Call) -> None:
    uid = handed_in(call("rut").post("/intake", FACTS), 201)["uid"]
    assert call("siv").get(f"/intake/{uid}").status_code == 404
