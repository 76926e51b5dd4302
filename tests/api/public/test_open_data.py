"""Open data: dumps that hold what is shown now, and their catalogue."""

from __future__ import annotations

import csv
import gzip
import io
import json
import uuid

from lxml import etree, html
from sqlalchemy import select

from diarium.api.public.catalogue import NAMESPACES
from diarium.i18n import today
from diarium.public import listing
from diarium.register import secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Record
from tests.api.public.conftest import OpenCaller

YEAR = today().year
FOLDER = f"/oppna-data/KS/{YEAR}"


def _rows(seen: OpenCaller, name: str) -> list[dict[str, object]]:
    answer = seen.site.client.get(f"{FOLDER}/{name}.jsonl")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_table_opens_in_a_spreadsheet(seen: OpenCaller) -> None:
    answer = seen.site.client.get(f"{FOLDER}/handlingar.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [row["number"] for row in rows] == [f"KS {YEAR}/1-1", f"KS {YEAR}/1-2", f"KS {YEAR}/2-1"]
    assert rows[0]["title"] == "Yttrande om bussar"
    assert rows[0]["parties"] == "sender: Trafikbolaget AB"
    assert rows[1]["parties"] == "sender:"
    assert (rows[2]["title"], rows[2]["visibility"]) == ("", "number_only")
    assert rows[0]["page"] == f"http://localhost/handling/KS/{YEAR}/1/1"


def test_lines_say_the_same_as_the_api(seen: OpenCaller) -> None:
    by_uid = {record["uid"]: record for record in seen.json("/records")["records"]}
    rows = _rows(seen, "handlingar")
    assert len(rows) == len(by_uid) == 3
    for row in rows:
        shown = by_uid[row["uid"]]
        assert set(row) == set(shown)
        assert {name: row[name] for name in ("number", "title", "parties")} == {
            name: shown[name] for name in ("number", "title", "parties")
        }
    cases = {case["uid"]: case["title"] for case in seen.json("/cases")["cases"]}
    assert {row["uid"]: row["title"] for row in _rows(seen, "arenden")} == cases


def test_compressed_dump_is_the_same(seen: OpenCaller) -> None:
    for name in ("arenden.csv", "handlingar.jsonl"):
        packed = seen.site.client.get(f"{FOLDER}/{name}.gz")
        assert gzip.decompress(packed.data) == seen.site.client.get(f"{FOLDER}/{name}").data


def test_what_does_not_exist_is_not_found(seen: OpenCaller) -> None:
    for path in (
        f"/oppna-data/SN/{YEAR}/arenden.csv",
        "/oppna-data/KS/1999/arenden.csv",
        f"/oppna-data/KS/{'9' * 40}/arenden.csv",
        "/oppna-data/%00/2024/arenden.csv",
        f"{FOLDER}/arenden.xml",
    ):
        assert seen.site.client.get(path).status_code == 404


def test_dump_is_asked_for_anew_and_answered_shortly_while_unchanged(changing: OpenCaller) -> None:
    client = changing.site.client
    first = client.get(f"{FOLDER}/handlingar.csv")
    assert first.headers["Cache-Control"] == "no-cache"
    asked = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{FOLDER}/handlingar.csv", headers=asked).status_code == 304
    municipality = changing.site.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session, title="Nytt i dag")
    changing.site.catch_up()
    assert "Nytt i dag" in client.get(f"{FOLDER}/handlingar.csv", headers=asked).text


def test_what_is_withdrawn_is_in_no_dump_from_then_on(changing: OpenCaller) -> None:
    municipality = changing.site.municipality
    assert "Yttrande om bussar" in str(_rows(changing, "handlingar"))
    with municipality.database.unit_of_work() as session:
        record = session.scalars(select(Record).where(Record.title == "Yttrande om bussar")).one()
        secrecy_marks.mark(session, municipality.registrar, record, RestrictionFacts("26:1"))
    changing.site.catch_up()
    for name in ("handlingar.csv", "handlingar.jsonl"):
        text = changing.site.client.get(f"{FOLDER}/{name}").text
        assert "Yttrande" not in text
        assert "Trafikbolaget" not in text


def test_what_is_withdrawn_while_a_dump_is_sent_is_not_sent_any_more(changing: OpenCaller) -> None:
    municipality = changing.site.municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, title="Stort")
        uids = [municipality.record(session, case, title=f"Handling {number}").uid for number in range(4)]
    changing.site.catch_up()
    listing.MOST, most = 2, listing.MOST
    try:
        answer = changing.site.client.get(f"{FOLDER}/handlingar.jsonl", buffered=False)
        pieces = iter(answer.response)
        seen = [next(pieces)]
        with municipality.database.unit_of_work() as session:
            last = session.scalars(select(Record).where(Record.uid == uids[-1])).one()
            secrecy_marks.mark(session, municipality.registrar, last, RestrictionFacts("26:1"))
        changing.site.catch_up()
        seen += list(pieces)
    finally:
        listing.MOST = most
    text = b"".join(seen).decode()
    assert "Handling 2" in text
    assert "Handling 3" not in text


def test_text_that_a_spreadsheet_would_run_is_made_text(changing: OpenCaller) -> None:
    municipality = changing.site.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session, title='=HYPERLINK("http://ond.example")')
    changing.site.catch_up()
    table = changing.site.client.get(f"{FOLDER}/handlingar.csv").data.decode("utf-8-sig")
    titles = [row["title"] for row in csv.DictReader(io.StringIO(table), delimiter=";")]
    assert titles[-1].startswith("'=")
    assert _rows(changing, "handlingar")[-1]["title"] == '=HYPERLINK("http://ond.example")'


def test_catalogue_names_datasets_with_all_that_the_profile_asks_for(seen: OpenCaller) -> None:
    answer = seen.site.client.get("/oppna-data/dcat.rdf")
    assert answer.headers["Content-Type"] == "application/rdf+xml; charset=utf-8"
    root = etree.fromstring(answer.data)

    def found(path: str) -> list[str]:
        values = root.xpath(path, namespaces=NAMESPACES)
        assert isinstance(values, list)
        return [str(value) for value in values]

    everything = set(found("//@rdf:about"))
    named = {uri for uri in found("//@rdf:resource") if "/oppna-data/dcat.rdf#" in uri}
    assert named <= everything
    wanted = {
        "dcat:Catalog": ("dcterms:title", "dcterms:description", "dcterms:publisher", "dcterms:license",
                         "dcat:dataset", "dcterms:language", "dcterms:spatial"),
        "dcat:Dataset": ("dcterms:title", "dcterms:description", "dcterms:publisher", "dcat:contactPoint",
                         "dcat:distribution", "dcterms:accrualPeriodicity", "dcterms:spatial", "dcterms:language",
                         "dcat:theme", "dcat:keyword", "dcat:inSeries"),
        "dcat:Distribution": ("dcat:accessURL", "dcterms:format", "dcterms:license", "dcatap:availability"),
        "dcat:DataService": ("dcterms:title", "dcat:endpointURL", "dcterms:format", "dcterms:publisher"),
        "foaf:Agent": ("foaf:name", "dcterms:type"),
        "vcard:Organization": ("vcard:fn", "vcard:hasEmail"),
    }  # fmt: skip
    for kind, properties in wanted.items():
        nodes = root.findall(kind, NAMESPACES)
        assert nodes, kind
        for node in nodes:
            assert [name for name in properties if node.find(name, NAMESPACES) is None] == [], kind
    assert set(found("//dcat:Distribution/dcterms:license/@rdf:resource")) == {
        "http://creativecommons.org/publicdomain/zero/1.0/"
    }
    for node in root.findall("dcat:Distribution", NAMESPACES):  # either a file or what the service gives
        is_file = node.find("dcat:downloadURL", NAMESPACES) is not None
        assert is_file != (node.find("dcat:accessService", NAMESPACES) is not None)
    files = found("//dcat:downloadURL/@rdf:resource")
    assert len(files) == 2 * len(found("//dcat:Dataset"))
    for address in [*files, *found("//dcat:accessURL/@rdf:resource")]:
        assert seen.site.client.get(address.removeprefix("http://localhost")).status_code == 200, address


def test_page_leads_to_every_file_and_to_the_catalogue(seen: OpenCaller) -> None:
    found = html.fromstring(seen.site.client.get("/oppna-data").text)
    links = found.xpath("//main//a/@href")
    assert isinstance(links, list)
    own = [str(link) for link in links if str(link).startswith(("/oppna-data/", "/api/"))]
    assert len(own) == 6
    for link in own:
        assert seen.site.client.get(link).status_code == 200, link
    assert html.fromstring(seen.site.client.get("/").text).xpath(
        "//head/link[@type='application/rdf+xml']/@href"
    ) == ["/oppna-data/dcat.rdf"]


def test_open_data_sets_no_cookie_and_lets_other_sites_read(seen: OpenCaller) -> None:
    for path in (f"{FOLDER}/arenden.csv", "/oppna-data/dcat.rdf"):
        answer = seen.site.client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert uuid.UUID(str(_rows(seen, "arenden")[0]["uid"]))
