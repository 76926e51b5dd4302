"""Changing what there is: only in the state that was seen, and only once however often it is sent."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update

from diarium.composition import Diarium
from diarium.db.base import now
from diarium.identity import repeating
from diarium.identity.models import AccessToken, RepeatedCall
from diarium.identity.repeating import Begun, CallUnderway, KeptAnswer, RepeatedCallCleaner
from diarium.register.models import Record
from tests.api.conftest import Call
from tests.conftest import Municipality

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
RECORD = {
    "direction": "incoming",
    "official_on": "2024-05-01",
    "title": "Brev",
    "new_case": {"authority": "KS", "title": "Nytt"},
}


def _records(services: Diarium) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Record)) or 0


def test_record_is_corrected_in_the_state_that_was_seen(call: Call) -> None:
    registrar = call("rut")
    record = registrar.register()
    path = f"/records/{record['uid']}"
    seen = registrar.get(path).headers["ETag"]
    body = {"title": "Ansökan om rivningslov", "reason": "Fel rubrik"}
    answer = registrar.patch(path, body, match=seen)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert (answer.json["title"], answer.json["version"]) == ("Ansökan om rivningslov", record["version"] + 1)
    assert registrar.get(path).headers["ETag"] == answer.headers["ETag"] != seen


def test_case_is_corrected_assigned_and_cancelled(call: Call) -> None:
    registrar = call("rut")
    opened = registrar.post("/cases", {"authority": "KS", "title": "Bygglov"})
    assert opened.json is not None
    path = f"/cases/{opened.json['uid']}"
    tag = registrar.get(path).headers["ETag"]
    assert opened.headers["ETag"] == tag
    corrected = registrar.patch(path, {"classification": "2.1", "reason": "Klass saknas"}, match=tag)
    assert corrected.json is not None
    assert corrected.json["classification_code"] == "2.1"
    body = {"responsible": "hans", "unit": None}
    assigned = registrar.post(f"{path}/assign", body, match=corrected.headers["ETag"])
    assert assigned.json is not None
    assert assigned.json["responsible_username"] == "hans"
    cancelled = registrar.post(f"{path}/cancel", {"reason": "Dubblett"}, match=assigned.headers["ETag"])
    assert cancelled.json is not None
    assert (cancelled.json["status"], cancelled.json["cancel_reason"]) == ("cancelled", "Dubblett")


def test_change_of_what_was_changed_meanwhile_is_refused(call: Call) -> None:
    registrar = call("rut")
    path = f"/records/{registrar.register()['uid']}"
    seen = registrar.get(path).headers["ETag"]
    registrar.patch(path, {"title": "Den första", "reason": "Fel rubrik"}, match=seen)
    late = registrar.patch(path, {"title": "Den andra", "reason": "Fel rubrik"}, match=seen)
    assert (late.status_code, late.mimetype) == (412, "application/problem+json")
    assert (registrar.get(path).json or {})["title"] == "Den första"


@pytest.mark.parametrize("path", ["close", "cancel", "reopen", "assign"])
def test_change_without_a_condition_is_refused(call: Call, path: str) -> None:
    record = call("rut").register()
    body = {"responsible": None, "unit": None} if path == "assign" else {"reason": "x"}
    answer = call("rut").post(f"/cases/{record['case_uid']}/{path}", body)
    assert (answer.status_code, answer.mimetype) == (428, "application/problem+json")


def test_correction_needs_a_reason_and_the_right(call: Call) -> None:
    path = f"/records/{call('rut').register()['uid']}"
    assert call("rut").patch(path, {"title": "Annat"}, match="*").status_code == 422
    assert call("hans").patch(path, {"title": "Annat", "reason": "x"}, match="*").status_code == 403
    assert call("siv").patch(path, {"title": "Annat", "reason": "x"}, match="*").status_code == 404


def test_unchanged_record_is_not_sent_again(call: Call) -> None:
    registrar = call("rut")
    path = f"/records/{registrar.register()['uid']}"
    tag = registrar.get(path).headers["ETag"]
    assert registrar.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_call_that_is_sent_again_gets_the_same_answer_and_changes_nothing(call_on_any: Call) -> None:
    registrar = call_on_any("rut")
    first = registrar.post("/records", RECORD, key=KEY)
    again = registrar.post("/records", RECORD, key=KEY)
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((registrar.get("/records").json or {})["records"]) == 1


def test_key_of_another_call_is_refused_but_another_program_may_choose_it(call: Call) -> None:
    registrar = call("rut")
    registrar.post("/records", RECORD, key=KEY)
    other = registrar.post("/records", {**RECORD, "title": "Annat"}, key=KEY)
    assert (other.status_code, (other.json or {})["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert registrar.post("/cases", {"authority": "KS", "title": "Nytt"}, key=KEY).status_code == 422
    assert call("rut").post("/records", RECORD, key=KEY).headers.get("Idempotency-Replayed") is None


def test_refused_call_may_be_mended_and_sent_with_the_same_key(call: Call) -> None:
    registrar = call("rut")
    assert registrar.post("/records", {**RECORD, "title": ""}, key=KEY).status_code == 422
    assert registrar.post("/records", RECORD, key=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "å", "a" * 256, "två ord"])
def test_key_that_is_no_key_is_refused(still: Call, key: str) -> None:
    assert still("rut").post("/records", RECORD, key=key).status_code == 422


def test_upload_is_known_again_though_its_boundary_is_another(call: Call) -> None:
    import io

    registrar = call("rut")
    answers = [
        registrar.post("/files", key=KEY, data={"file": (io.BytesIO(content), "brev.txt")})
        for content in (b"abc", b"abc", b"abcd")
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[0].data == answers[1].data


def test_two_at_once_are_done_once(call_on_any: Call, municipality: Municipality) -> None:
    program = call_on_any("rut")
    with municipality.database.reading() as session:
        token = session.scalars(select(AccessToken.id)).one()
    begin = threading.Barrier(4)
    outcomes: list[object] = []

    def send() -> None:
        begin.wait()
        try:
            outcomes.append(repeating.begin(municipality.database, token, KEY, "0" * 64))
        except CallUnderway as error:
            outcomes.append(error)

    threads = [threading.Thread(target=send) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Begun", *["CallUnderway"] * 3]
    assert program.post("/records", RECORD, key=KEY).status_code == 422  # another fingerprint


def test_call_cut_short_before_its_effect_may_be_begun_anew_but_not_after_it(
    call: Call, services: Diarium
) -> None:
    call("rut")
    with services.database.reading() as session:
        token = session.scalars(select(AccessToken.id)).one()
    begun = repeating.begin(services.database, token, KEY, "f" * 64)
    assert isinstance(begun, Begun)
    with pytest.raises(CallUnderway):
        repeating.begin(services.database, token, KEY, "f" * 64)
    _age(services, dt.timedelta(hours=1))
    again = repeating.begin(services.database, token, KEY, "f" * 64)
    assert isinstance(again, Begun)
    with services.database.unit_of_work() as session:
        repeating.note_effect(session, again)
    repeating.forget(services.database, again)  # what had an effect is not forgotten
    _age(services, dt.timedelta(hours=1))
    with pytest.raises(CallUnderway):
        repeating.begin(services.database, token, KEY, "f" * 64)
    repeating.keep(services.database, again, KeptAnswer(201, {}, "{}"))
    assert repeating.begin(services.database, token, KEY, "f" * 64) == KeptAnswer(201, {}, "{}")


def test_kept_answer_can_be_read_in_no_copy_of_the_database(call: Call, services: Diarium) -> None:
    administrator = call("adam")
    body = {"authority": "KS", "name": "Ordrum", "url": "https://system.example/", "kinds": ["case.opened"]}
    first = administrator.post("/webhooks", body, key=KEY)
    assert first.status_code == 201, first.text
    with services.database.reading() as session:
        kept = session.scalars(select(RepeatedCall.body)).one() or ""
    assert kept
    for word in ((first.json or {})["secret"], "whsec_", "Ordrum"):
        assert word not in kept
    again = administrator.post("/webhooks", body, key=KEY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.data == first.data
    with services.database.unit_of_work() as session:
        session.execute(update(RepeatedCall).values(body="kept under another key"))
    assert administrator.post("/webhooks", body, key=KEY).status_code == 409
    assert len((administrator.get("/webhooks").json or {})["webhooks"]) == 1


def test_calls_are_remembered_for_more_than_a_day_and_then_forgotten(call: Call, services: Diarium) -> None:
    registrar = call("rut")
    registrar.post("/records", RECORD, key=KEY)
    cleaner = RepeatedCallCleaner(services.database)
    _age(services, dt.timedelta(hours=30))
    assert cleaner.run() == 0
    assert registrar.post("/records", RECORD, key=KEY).headers["Idempotency-Replayed"] == "true"
    _age(services, dt.timedelta(hours=49))
    assert cleaner.run() == 1
    registrar.post("/records", RECORD, key=KEY)
    assert _records(services) == 2


def _age(services: Diarium, time: dt.timedelta) -> None:
    with services.database.unit_of_work() as session:
        session.execute(update(RepeatedCall).values(begun_at=now() - time))
