"""Lists, lookups, languages, limits."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from diarium.api.limits import MOST_KEYS, WINDOW, Limiter
from diarium.app import create_app
from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.settings import ApiSettings
from tests.api.conftest import Call, callers
from tests.counting import statements_of


def test_records_are_listed_in_the_order_of_registration_and_paged(call_on_any: Call) -> None:
    registrar = call_on_any("rut")
    for number in range(3):
        registrar.register(title=f"Brev {number}")
    first = registrar.get("/records?limit=2&sort=registered").json
    assert first is not None
    assert [record["title"] for record in first["records"]] == ["Brev 0", "Brev 1"]
    second = registrar.get(f"/records?limit=2&sort=registered&cursor={first['next_cursor']}").json
    assert second is not None
    assert [record["title"] for record in second["records"]] == ["Brev 2"]
    assert second["next_cursor"] is None
    assert registrar.get("/records?direction=outgoing").json == {"records": [], "next_cursor": None}
    assert call_on_any("siv").get("/records").json == {"records": [], "next_cursor": None}


def test_list_hides_the_title_of_what_is_marked_and_notes_who_was_shown_it(call: Call, services: Diarium) -> None:
    call("rut").register(restrictions=[{"provision": "26:1"}])
    (hidden,) = (call("hans").get("/records").json or {})["records"]
    assert hidden["title"] is None
    assert _noted(services) == []
    (shown,) = (call("rut").get("/records").json or {})["records"]
    assert shown["title"] == "Ansökan om bygglov"
    assert _noted(services) == [[shown["number"]]]
    call("rut").get("/search?q=bygglov")


def test_lists_ask_as_many_questions_of_much_as_of_little(call: Call, services: Diarium) -> None:
    registrar = call("rut")
    registrar.register(restrictions=[{"provision": "26:1", "scope": "files"}])
    registrar.get("/token")  # the use of the token is noted now

    def asked(path: str) -> int:
        with statements_of(services.database.engine) as statements:
            assert registrar.get(path).status_code == 200
        return len(statements)

    few = {path: asked(path) for path in ("/cases", "/records")}
    for number in range(10):
        registrar.register(title=f"Brev {number}", restrictions=[{"provision": "26:1", "scope": "files"}])
    assert {path: asked(path) for path in few} == few


def test_lookups_name_what_registering_needs(call: Call) -> None:
    registrar = call("rut")
    assert registrar.get("/authorities").json == {"authorities": [{"code": "KS", "name": "Kommunstyrelsen"}]}
    classes = {item["code"]: item for item in (registrar.get("/classes").json or {})["classes"]}
    assert (classes["2.1"]["title"], classes["2.1"]["level"]) == ("Bygglov", 2)
    assert set((registrar.get("/record-types").json or {})["record_types"]) == {"Ansökan", "Beslut"}


def test_problems_are_told_in_the_language_that_is_accepted(call: Call, services: Diarium) -> None:
    call("rut")
    client = create_app(services.settings).test_client()
    for accepted, language in (("en", "en"), ("de, en;q=0.5", "en"), ("fr", "sv"), ("", "sv")):
        answer = client.get("/api/v1/cases", headers={"Accept-Language": accepted})
        assert (answer.status_code, answer.headers["Content-Language"]) == (401, language)
    assert client.get("/api/v1/cases?lang=en").headers["Content-Language"] == "en"
    assert client.get("/api/v1/cases").headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/cases").headers
    for path in ("/api", "/api/", "/api/v2/cases", "/api/v1"):
        assert client.get(path).mimetype == "application/problem+json"


def test_each_token_has_its_own_limit(services: Diarium) -> None:
    narrow = Diarium(replace(services.settings, api=ApiSettings(calls_per_minute=2)))
    call = callers(narrow)
    first, second = call("rut"), call("rut")
    assert [first.get("/cases").status_code for _number in range(3)] == [200, 200, 429]
    refused = first.get("/cases")
    assert refused.mimetype == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW
    assert second.get("/cases").headers["RateLimit-Remaining"] == "1"
    assert [call("").get("/cases").status_code for _number in range(3)] == [401, 401, 429]
    narrow.close()


def test_limiter_begins_anew_after_its_window_and_forgets_the_oldest() -> None:
    moment = [0.0]
    limiter = Limiter(1, clock=lambda: moment[0])
    assert [limiter.take("a").is_used_up for _number in range(2)] == [False, True]
    moment[0] = WINDOW
    assert not limiter.take("a").is_used_up
    for number in range(MOST_KEYS + 1):
        limiter.take(str(number))
    assert len(limiter._counts) <= MOST_KEYS
    assert limiter.take(str(MOST_KEYS)).is_used_up


def _noted(services: Diarium) -> list[list[str]]:
    with services.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action == "search.restricted_shown").order_by(AuditEvent.id)
        return [(event.after or {})["numbers"] for event in session.scalars(query)]
