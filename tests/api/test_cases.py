"""Cases over the API."""

from __future__ import annotations

import uuid
from typing import Any

from diarium.i18n import today
from tests.api.conftest import Call


def test_case_is_opened_with_its_number(call: Call) -> None:
    answer = call("rut").post("/cases", {"authority": "KS", "title": "Bygglov", "classification": "2.1"})
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["number"] == f"KS {today().year}/1"
    assert answer.json["classification_code"] == "2.1"
    assert answer.headers["Location"] == f"/api/v1/cases/{answer.json['uid']}"


def test_case_shows_its_records(call: Call) -> None:
    first = call("rut").register()
    call("rut").register(case=first["case_number"], title="Komplettering")
    shown = call("rut").get(f"/cases/{first['case_uid']}").json
    assert shown is not None
    assert [record["title"] for record in shown["records"]] == ["Ansökan om bygglov", "Komplettering"]


def test_list_is_filtered_and_paged(call_on_any: Call) -> None:
    registrar = call_on_any("rut")
    for number in range(3):
        registrar.post("/cases", {"authority": "KS", "title": f"Ärende {number}"})
    first = registrar.get("/cases?status=open&limit=2")
    assert first.json is not None
    assert [case["title"] for case in first.json["cases"]] == ["Ärende 2", "Ärende 1"]
    link = first.headers.getlist("Link")[0]
    assert link.endswith('; rel="next"')
    address = link.partition(">")[0].removeprefix("</api/v1")
    second = registrar.get(address).json
    assert second is not None
    assert [case["title"] for case in second["cases"]] == ["Ärende 0"]
    assert second["next_cursor"] is None
    assert registrar.get("/cases?status=closed").json == {"cases": [], "next_cursor": None}
    assert registrar.get("/cases?sort=opened&cursor=" + first.json["next_cursor"]).status_code == 422


def test_list_shows_no_case_of_another_authority(call: Call) -> None:
    call("rut").register()
    answer = call("siv").get("/cases?authority=KS").json
    assert answer is not None
    assert answer["cases"] == []


def test_outsider_is_told_the_same_of_a_case_as_of_none(call: Call) -> None:
    record = call("rut").register()
    for path in ("", "/close"):
        method = call("siv").post if path else call("siv").get
        options: dict[str, Any] = {"body": {}, "match": "*"} if path else {}
        hidden = method(f"/cases/{record['case_uid']}{path}", **options)
        missing = method(f"/cases/{uuid.uuid4()}{path}", **options)
        assert hidden.status_code == missing.status_code == 404


def test_restricted_case_has_no_title_for_an_officer_without_need(call: Call) -> None:
    call("rut").post(
        "/cases", {"authority": "KS", "title": "Hemligt", "note": "Ring", "restrictions": [{"provision": "26:1"}]}
    )
    listed = call("hans").get("/cases").json
    assert listed is not None
    (case,) = listed["cases"]
    assert case["title"] is None
    assert case["is_restricted"] is True
    shown = call("hans").get(f"/cases/{case['uid']}").json
    assert shown is not None
    assert (shown["title"], shown["note"]) == (None, None)


def test_case_is_closed_when_it_is_in_order(call: Call) -> None:
    case = {"authority": "KS", "title": "Bygglov", "classification": "2.1", "opened_on": "2024-05-01"}
    record = call("rut").register(new_case=case)
    body = {"closed_on": "2024-06-01", "reason": "Beviljat"}
    answer = call("rut").post(f"/cases/{record['case_uid']}/close", body, match="*")
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert (answer.json["status"], answer.json["closed_on"]) == ("closed", "2024-06-01")


def test_empty_case_can_not_be_closed(call: Call) -> None:
    opened = call("rut").post("/cases", {"authority": "KS", "title": "Tomt"}).json
    assert opened is not None
    answer = call("rut").post(f"/cases/{opened['uid']}/close", {}, match="*")
    assert answer.status_code == 409
    assert answer.json is not None
    assert "handling" in answer.json["detail"]


def test_officer_may_close_only_cases_of_their_own(call: Call) -> None:
    facts = {"title": "Brev", "direction": "incoming", "official_on": "2024-05-01"}
    case = {"authority": "KS", "title": "Ärende", "classification": "1"}
    foreign = call("rut").post("/records", {**facts, "new_case": case}).json
    own = call("rut").post("/records", {**facts, "new_case": {**case, "responsible": "hans"}}).json
    assert foreign is not None
    assert own is not None
    assert call("hans").post(f"/cases/{foreign['case_uid']}/close", {}, match="*").status_code == 403
    assert call("hans").post(f"/cases/{own['case_uid']}/close", {}, match="*").status_code == 200
