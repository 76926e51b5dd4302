"""The open API: what anybody may read, and nothing else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from diarium.api.public import cursor as cursors
from diarium.api.public import schemas
from diarium.i18n import today
from diarium.register import secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Record
from tests.api.public.conftest import ROOT, OpenCaller
from tests.counting import statements_of
from tests.site.conftest import open_public_site

YEAR = today().year


def _problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    assert answer.json["status"] == status
    return dict(answer.json)


def test_cases_are_listed_the_newest_first_with_what_is_shown_of_them(seen: OpenCaller) -> None:
    limited, shown = seen.json("/cases")["cases"]
    assert (limited["visibility"], limited["title"], limited["parties"]) == ("number_only", None, [])
    assert (shown["title"], shown["authority"], shown["class_code"]) == ("Busslinje 7", "KS", "1.1")
    assert shown["parties"] == [{"role": "sender", "name": None}]
    assert shown["page"] == f"/arende/KS/{YEAR}/1"
    assert seen.site.client.get(shown["page"]).status_code == 200


def test_whole_lists_are_reached_page_by_page(seen: OpenCaller) -> None:
    assert [case["number"] for case in seen.all("/cases?limit=1", "cases")] == [f"KS {YEAR}/2", f"KS {YEAR}/1"]
    numbers = [record["number"] for record in seen.all("/records?limit=1", "records")]
    assert sorted(numbers) == [f"KS {YEAR}/1-1", f"KS {YEAR}/1-2", f"KS {YEAR}/2-1"]
    uid = seen.json("/cases?limit=2")["cases"][1]["uid"]
    own = seen.all(f"/cases/{uid}/records?limit=1", "records")
    assert [record["running_number"] for record in own] == [1, 2]
    assert len(seen.all("/search?limit=1", "hits")) == seen.json("/search")["total"] > 3


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cases?authority=SN", 0),
        (f"/cases?year={YEAR}", 2),
        ("/cases?class_code=1", 1),
        ("/cases?status=open", 1),
        ("/cases?status=closed", 0),
    ],
)
def test_cases_are_filtered(seen: OpenCaller, path: str, expected: int) -> None:
    assert len(seen.json(path)["cases"]) == expected


def test_records_are_filtered_by_direction_and_days(seen: OpenCaller) -> None:
    assert [record["running_number"] for record in seen.json("/records?direction=outgoing")["records"]] == [2]
    assert len(seen.json(f"/records?date_from={today()}")["records"]) == 2
    assert seen.json("/records?date_to=2000-01-01")["records"] == []


def test_daily_list_knows_the_days_beside_it(seen: OpenCaller) -> None:
    page = seen.json("/postlista?authority=KS")
    assert page["day"] == str(today())
    assert len(page["records"]) == 2
    before = seen.json(f"/postlista?authority=KS&day={page['previous']}")
    assert (before["following"], len(before["records"])) == (page["day"], 1)
    _problem(seen.get("/postlista?authority=XX"), 404)


def test_released_file_is_described_and_given_as_an_attachment(seen: OpenCaller) -> None:
    (record,) = [item for item in seen.json("/records")["records"] if item["documents"]]
    (document,) = record["documents"]
    assert document == seen.json(f"/documents/{document['uid']}")
    assert "Svensson" not in document["file_name"]
    content = seen.site.client.get(document["content"])
    assert content.data == b"Protokoll om broar"
    assert content.headers["Content-Disposition"].startswith("attachment")
    assert content.headers["Cache-Control"] == "no-cache"
    again = seen.site.client.get(document["content"], headers={"If-None-Match": content.headers["ETag"]})
    assert again.status_code == 304


def test_search_gives_hits_facets_and_notes(seen: OpenCaller) -> None:
    answer = seen.json("/search?q=bussar&kind=record")
    assert {hit["record"]["title"] for hit in answer["hits"]} == {"Yttrande om bussar", "Svar om bussar"}
    assert {choice["value"] for choice in answer["facets"]["authority"]} == {"KS"}
    assert seen.json("/search?q=Svensson")["total"] == 0


def test_lookups_name_authorities_and_classes(seen: OpenCaller) -> None:
    assert seen.json("/authorities")["authorities"] == [
        {"code": "KS", "name": "Kommunstyrelsen"},
        {"code": "SN", "name": "Socialnämnden"},
    ]
    assert {"code": "1.1", "title": "Protokoll", "cases": 1} in seen.json("/classes")["classes"]


@pytest.mark.parametrize(
    "path",
    ["/cases?cursor=x", "/cases?cursor=W10", "/cases?limit=0", "/cases?colour=red", "/records?date_from=igår",
     "/search?sort=price", f"/search?q={'a' * 1001}", "/search?lang=xx"],
)  # fmt: skip
def test_question_that_can_not_be_used_is_named(seen: OpenCaller, path: str) -> None:
    field = path.partition("?")[2].partition("=")[0]
    assert _problem(seen.get(path), 422)["errors"][0]["field"] == field


def test_cursor_leads_only_on_in_the_list_it_came_from(seen: OpenCaller) -> None:
    cursor = seen.json("/cases?limit=1")["next_cursor"]
    assert seen.get(f"/cases?limit=1&cursor={cursor}").status_code == 200
    for path in ("/cases?year=2024&", "/records?", "/search?"):
        _problem(seen.get(f"{path}cursor={cursor}"), 422)
    wanted = schemas.CaseQuerySchema().load({})
    for number in (2**63, -1):  # the check sum is no secret
        made_up = cursors.write((2024, number, 1), "cases", wanted)
        _problem(seen.get(f"/cases?cursor={made_up}"), 422)
    changed = ("A" if cursor[20] != "A" else "B").join((cursor[:20], cursor[21:]))
    _problem(seen.get(f"/cases?limit=1&cursor={changed}"), 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/cases/not-a-uid", 404),
     ("GET", "/records/2b0e7c52-6b1f-4f0a-9d2f-5a1c3e7d9b10", 404),
     ("POST", "/cases", 405), ("DELETE", "/search", 405), ("GET", "", 404)],
)  # fmt: skip
def test_every_error_is_a_problem(seen: OpenCaller, method: str, path: str, status: int) -> None:
    _problem(seen.site.client.open(ROOT + path, method=method), status)


def test_problem_speaks_the_language_that_is_accepted(seen: OpenCaller) -> None:
    swedish = seen.get("/cases?limit=0")
    english = seen.get("/cases?limit=0", headers={"Accept-Language": "en-GB, sv;q=0.5"})
    assert (swedish.headers["Content-Language"], english.headers["Content-Language"]) == ("sv", "en")
    assert "Accept-Language" in english.headers["Vary"]


def test_unchanged_answer_is_not_sent_again(seen: OpenCaller) -> None:
    first = seen.get("/cases")
    assert first.headers["Cache-Control"] == "public, max-age=5"
    assert seen.get("/cases", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert seen.get("/cases", headers={"If-None-Match": '"other"'}).status_code == 200
    head = seen.site.client.head(f"{ROOT}/cases")
    assert (head.data, head.headers["ETag"]) == (b"", first.headers["ETag"])


def test_pages_of_other_sites_may_read_but_no_cookie_is_set(seen: OpenCaller) -> None:
    answer = seen.get("/cases", headers={"Origin": "https://annan.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    asked = seen.site.client.options(f"{ROOT}/cases", headers={"Origin": "https://annan.example"})
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_too_many_calls_are_turned_away_with_when_to_try_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = open_public_site(tmp_path_factory.mktemp("limits"), DIARIUM_PUBLIC_API_CALLS_PER_MINUTE="2")
    left = [site.client.get(f"{ROOT}/authorities").headers["RateLimit-Remaining"] for _call in range(2)]
    assert left == ["1", "0"]
    refused = site.client.get(f"{ROOT}/authorities")
    _problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == "2;w=60"
    file = site.client.get("/oppna-data/dcat.rdf")
    assert (file.status_code, "Retry-After" in file.headers) == (429, True)
    other = site.client.get(f"{ROOT}/authorities", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200
    site.close()


def test_what_is_marked_is_gone_from_every_answer(changing: OpenCaller) -> None:
    (record,) = [item for item in changing.json("/records")["records"] if item["documents"]]
    content = record["documents"][0]["content"]
    municipality = changing.site.municipality
    with municipality.database.unit_of_work() as session:
        row = session.query(Record).filter(Record.uid == uuid.UUID(record["uid"])).one()
        secrecy_marks.mark(session, municipality.registrar, row, RestrictionFacts("26:1"))
    changing.site.catch_up()
    shown = changing.json(f"/records/{record['uid']}")
    assert (shown["visibility"], shown["title"], shown["documents"]) == ("omitted", None, [])
    _problem(changing.site.client.get(content), 404)
    for path in ("/records", f"/cases/{record['case_uid']}/records", "/search?q=yttrande", "/postlista"):
        assert "Yttrande" not in changing.get(path).text.replace("yttrande", "")


def test_lists_ask_as_many_questions_of_much_as_of_little(changing: OpenCaller) -> None:
    paths = ("/cases", "/records", "/postlista", "/classes", "/search?q=buss")
    database = changing.site.app.extensions["diarium"].public.database

    def asked() -> list[int]:
        counts = []
        for path in paths:
            with statements_of(database.engine) as statements:
                changing.json(path)
            counts.append(len(statements))
        return counts

    few = asked()
    municipality = changing.site.municipality
    with municipality.database.unit_of_work() as session:
        for number in range(20):
            case = municipality.case(session, title=f"Buss {number}")
            municipality.record(session, case, title=f"Buss {number}")
    changing.site.catch_up()
    # Fewer where a page holds no record whose files have to be read.
    assert all(much <= little for much, little in zip(asked(), few, strict=True))


def test_description_has_an_example_of_every_answer(seen: OpenCaller) -> None:
    spec = seen.json("/openapi.json")
    assert spec["openapi"].startswith("3.1")
    assert spec["info"]["license"]["name"] == "CC0 1.0"
    for path, methods in spec["paths"].items():
        operation = methods["get"]
        assert set(methods) - {"parameters"} == {"get"}, path
        assert operation["summary"], path
        if not path.endswith("/content"):
            content = operation["responses"]["200"]["content"]["application/json"]
            assert content["example"], path
            fields = spec["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"]
            assert set(content["example"]) == set(fields), path


def test_api_tells_of_itself(seen: OpenCaller) -> None:
    told = seen.json("/api-info")
    assert told["api_status"] == "active"
    assert seen.site.client.get(told["api_documentation"]).status_code == 200
