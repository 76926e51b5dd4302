"""An FGS 1.2 package holds the whole register and is what the specifications ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from diarium.archive import fgs1_content, packaging
from diarium.archive.fgs1_content import PlacedRecord
from diarium.archive.package_files import FileGroup, PackagedFile
from diarium.archive.package_model import Delivery, PackageCase
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.profiles.fgs1 import CASES, SIP, Fgs1
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import validate_package
from diarium.register.vocabulary import CaseStatus, PartyRole
from tests.archive.conftest import ExportBench
from tests.archive.fgs1_packages import (
    NS,
    Fgs1Package,
    full_package,
    official_schemas,
    package_of,
    schema_problems,
)
from tests.archive.register_examples import FULL_PARTY, PDF, full_case, plain_case
from tests.conftest import Municipality

HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Fgs1Package:
    """Read by all, changed by none."""
    return full_package(tmp_path_factory.mktemp("full"))


def test_schemas_and_rules_accept_the_package(full: Fgs1Package, tmp_path: Path) -> None:
    assert schema_problems(full.root, SchemaSet.own()) == []
    official = official_schemas(tmp_path)
    if official is not None:
        assert schema_problems(full.root, official, "Bygglov_v2.xsd") == []
    assert [str(finding) for finding in validate_package(full.root).findings] == []


def test_sip_lists_every_file_with_its_true_size_and_checksum(full: Fgs1Package) -> None:
    listed = {}
    for file in full.sip.iterfind(".//m:file", NS):
        href = file.find("m:FLocat", NS).get(HREF)  # type: ignore[union-attr]
        assert href.startswith("file:///")
        listed[unquote(href.removeprefix("file:///"))] = (file.get("SIZE"), file.get("CHECKSUM"))
    there = {path.relative_to(full.root).as_posix(): path for path in full.root.rglob("*") if path.is_file()}
    assert set(listed) == set(there) - {SIP}
    for name, facts in listed.items():
        content = there[name].read_bytes()
        assert facts == (str(len(content)), hashlib.sha256(content).hexdigest())


def test_sip_says_what_was_agreed_on(full: Fgs1Package) -> None:
    facts = {etree.QName(name).localname: value for name, value in full.sip.attrib.items()}
    assert facts["OBJID"] == f"UUID:{full.info.uid}"
    assert facts["LABEL"].endswith(", del 2 av 3")
    told = {
        name: facts[name] for name in sorted(facts) if name.isupper() and name not in {"OBJID", "LABEL", "PROFILE"}
    }
    assert told == {
        "ACCESSRESTRICT": "Secrecy",
        "AGREEMENTFORM": "AGREEMENT",
        "APPRAISAL": "Yes",
        "ARCHIVALNAME": "Kommunstyrelsens arkiv",
        "CONTENTTYPESPECIFICATION": "FGS Ärendehantering, version 1.0",
        "ENDDATE": "2024-03-08",
        "INFORMATIONCLASS": "K2",
        "PACKAGENUMBER": "2",
        "STARTDATE": "2024-02-29",
        "SYSTEMTYPE": "Ärendehanteringssystem",
        "TYPE": "ERMS",
    }
    header = full.sip.find("m:metsHdr", NS)
    assert header is not None
    assert header.get("RECORDSTATUS") == "REPLACEMENT"
    assert [(record.get("TYPE"), record.text) for record in header.iterfind("m:altRecordID", NS)] == [
        ("SUBMISSIONAGREEMENT", "RA 13-2011/5329; 2012-04-12"),
        ("PREVIOUSSUBMISSIONAGREEMENT", "FM 12-2387/12726"),
        ("REFERENCECODE", "SE/EKD/KS"),
        ("PREVIOUSREFERENCECODE", "EKD-1"),
        ("PREVIOUSREFERENCECODE", "EKD-2"),
    ]


def test_sip_names_everybody_who_has_a_part(full: Fgs1Package) -> None:
    agents = [
        (
            agent.get("OTHERROLE") or agent.get("ROLE"),
            agent.get("OTHERTYPE") or agent.get("TYPE"),
            agent.findtext("m:name", None, NS),
            [note.text for note in agent.iterfind("m:note", NS)],
        )
        for agent in full.sip.iterfind("m:metsHdr/m:agent", NS)
    ]
    assert agents == [
        ("ARCHIVIST", "ORGANIZATION", "Kommunstyrelsen", ["ORG:212000-1439"]),
        ("ARCHIVIST", "SOFTWARE", "diarium", ["1.0"]),
        ("CREATOR", "ORGANIZATION", "Ekdala kommun", ["ORG:212000-1439"]),
        ("CREATOR", "INDIVIDUAL", "Arja Arkivarie", ["0123-456 78", "arja@ekdala.example"]),
        ("CREATOR", "SOFTWARE", "diarium", ["1.0"]),
        ("EDITOR", "ORGANIZATION", "Arkivenheten", []),
        ("PRESERVATION", "ORGANIZATION", "Sydarkivera & vänner", ["VAT:SE212000143901"]),
        ("IPOWNER", "ORGANIZATION", "Kommunstyrelsen", ["ORG:212000-1439"]),
        ("SUBMITTER", "ORGANIZATION", "Ekdala kommun", ["ORG:212000-1439"]),
        ("PRODUCER", "ORGANIZATION", "Arkivenheten", []),
    ]


def test_a_package_without_agreement_says_so_and_is_valid(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    bare = package_of(sqlite_municipality, tmp_path, plain_case, delivery=Delivery(status="DELETE"))
    assert schema_problems(bare.root, SchemaSet.own()) == []
    assert bare.sip.get("{ExtensionMETS}AGREEMENTFORM") == "Not specified"
    assert bare.sip.get("{ExtensionMETS}ACCESSRESTRICT") is None
    assert bare.sip.findtext("m:metsHdr/m:altRecordID", None, NS) == "Uppgift saknas"
    assert bare.sip.find("m:metsHdr", NS).get("RECORDSTATUS") == "OTHER"  # type: ignore[union-attr]
    assert [finding.rule for finding in validate_package(bare.root).findings] == []


def test_file_names_are_plain_and_differ_in_more_than_case(full: Fgs1Package) -> None:
    names = [path.relative_to(full.root).as_posix() for path in (full.root / "Content").rglob("*.*")]
    assert all(re.fullmatch(r"Content/([0-9]+/)?[a-z0-9_.-]+", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)


def test_two_files_of_one_name_both_arrive_under_names_that_differ(full: Fgs1Package) -> None:
    record = full.record("Ansökan om bygglov, inkommen med två ritningar")
    attached = {item.get("Namn"): item for item in record.iterfind("e:Bilaga", NS)}
    assert list(attached) == [
        "Ritning våning 1 (åäö).pdf",
        "Ritning våning 1 (åäö) (2).pdf",
        "följebrev & mer.txt",
    ]
    twins = list(attached.values())[:2]
    contents = [(full.root / item.get("Lank", "").removeprefix("file:///")).read_bytes() for item in twins]
    assert contents == [PDF, "Bästa nämnd! & hälsningar".encode()]
    own = "e:EgnaElement/e:EgetElement/e:EgetElement[@Namn='file_name']/e:Varde"
    assert {item.findtext(own, None, NS) for item in twins} == {"Ritning våning 1 (åäö).pdf"}
    original = "//m:file[@ext:ORIGINALFILENAME='Ritning våning 1 (åäö).pdf']"
    assert len(full.sip.xpath(original, namespaces=NS)) == 2


def test_every_attachment_has_the_link_and_facts_that_sip_has(full: Fgs1Package) -> None:
    listed = {file.find("m:FLocat", NS).get(HREF): file for file in full.sip.iterfind(".//m:file", NS)}  # type: ignore[union-attr]
    attached = list(full.content.iterfind(".//e:Bilaga", NS))
    assert len(attached) == 6
    for item in attached:
        file = listed[item.get("Lank")]
        assert (item.get("Storlek"), item.get("Checksumma"), item.get("ChecksummaMetod"), item.get("Mimetyp")) == (
            file.get("SIZE"),
            file.get("CHECKSUM"),
            file.get("CHECKSUMTYPE"),
            file.get("MIMETYPE"),
        )


def test_the_message_of_a_dispatch_is_a_file_of_its_record(full: Fgs1Package) -> None:
    record = full.record("Begäran om komplettering")
    boxes = "e:EgnaElement/e:EgetElement[@Namn='{}']/e:EgetElement[@Namn='{}']/e:Varde"
    message = record.xpath(f"e:Bilaga[{boxes.format('message', 'uid')}]", namespaces=NS)
    assert len(message) == 1
    assert message[0].get("Beskrivning") == "Meddelandet som det skickades"
    uid = message[0].findtext(boxes.format("message", "uid"), None, NS)
    assert uid in record.xpath(f"{boxes.format('dispatch', 'content')}/text()", namespaces=NS)


def test_a_case_says_what_it_is_in_the_words_of_the_format(full: Fgs1Package) -> None:
    case = full.content.find(".//e:ArkivobjektArende", NS)
    assert case is not None

    def text(path: str) -> str | None:
        return case.findtext(path, None, NS)

    assert text("e:StatusArande") == "Stängt"
    assert (text("e:Upprattad"), text("e:Inkommen"), text("e:Avslutat")) == ("2024-02-29", None, "2024-03-08")
    assert [day.text for day in case.iterfind("e:Beslutat", NS)] == ["2024-03-01"]  # not the cancelled one
    assert (text("e:KlassReferens"), text("e:Klass")) == ("2.1", "Bygglov")
    assert case.find("e:Gallring", NS).get("Gallras") == "true"  # type: ignore[union-attr]
    assert (text("e:Gallring/e:GallringsFrist"), text("e:Gallring/e:GallringsPeriodSlut")) == (
        "10 år",
        "2034-03-08",
    )
    assert text("e:Motpart/e:IDnummer") == "5560160680"
    relations = [(item.get("Typ"), item.get("AnnanTyp")) for item in case.iterfind("e:ArendeRelation", NS)]
    assert ("Ersätter", None) in relations
    assert ("Egen relationsdefinition", "fortsätts av") in relations
    assert len(relations) == 8


def test_times_are_what_swedish_clocks_showed(full: Fgs1Package) -> None:
    mark = full.cases[0].restrictions[-1]
    assert mark.lifted_at is not None
    written = full.content.findtext(".//e:Restriktion/e:RestriktionsDatum", None, NS)
    local = mark.lifted_at.astimezone(dt.timezone(dt.timedelta(hours=_hours_ahead(mark.lifted_at))))
    assert written == local.strftime("%Y-%m-%dT%H:%M:%S")


def test_records_say_where_they_went_and_that_cancelled_ones_do_not_count(full: Fgs1Package) -> None:
    wrong = full.record("Fel ärende")
    assert wrong.findtext("e:Beskrivning", None, NS) == "Makulerad. Hörde till ett annat ärende"
    assert wrong.findtext("e:Lopnummer", None, NS) == "4"
    moved = full.record("Karta")
    relation = moved.find("e:HandlingRelation", NS)
    assert relation is not None
    assert (relation.get("Typ"), relation.get("AnnanTyp")) == ("Egen relationsdefinition", "flyttad till")
    assert f"Flyttad till {relation.text}." in (moved.findtext("e:Beskrivning", None, NS) or "")
    assert moved.find("e:Bilaga", NS) is None
    paper = full.record("Tjänsteanteckning")
    assert paper.findtext("e:StatusHandling", None, NS) == "Upprättad"
    assert paper.findtext("e:Upprattad", None, NS) == "2024-02-29"
    assert paper.findtext("e:Atkomst", None, NS) == "Handling på papper"


def test_protected_and_restricted_parties_and_records_say_so(full: Fgs1Package) -> None:
    record = full.record("Begäran om komplettering")
    assert record.findtext("e:Mottagare/e:SkyddadIdentitet", None, NS) == "true"
    assert record.findtext("e:Restriktion/e:Lagrum", None, NS) == "OSL 21 kap. 3a §"


def test_parties_that_have_no_element_left_are_agents(full: Fgs1Package, tmp_path: Path) -> None:
    record = next(iter(full.cases[0].records))
    sender = record.parties[0]
    parties = [
        dataclasses.replace(sender, name=name, role=role, identity_number="900161-2386")
        for name, role in (("Ett", PartyRole.SENDER), ("Två", PartyRole.SENDER), (" ", PartyRole.COUNTERPART))
    ]
    written = _write(tmp_path, full, [PlacedRecord(dataclasses.replace(record, parties=tuple(parties)), [], [])])
    assert written.findtext(".//e:Avsandare/e:Namn", None, NS) == "Ett"
    number = written.find(".//e:Avsandare/e:IDnummer", NS)
    assert number is not None
    assert (number.text, number.get("Typ")) == ("9001612386", "2")  # a coordination number
    agents = [
        tuple(part.text for part in agent) for agent in written.iterfind(".//e:ArkivobjektHandling/e:Agent", NS)
    ]
    organisation = FULL_PARTY.organisation
    assert agents == [
        ("Registrator", "Rut Registrator"),
        ("Avsändare", "Två", organisation),
        ("Motpart", "-", organisation),
    ]
    own = ".//e:ArkivobjektHandling/e:EgnaElement/e:EgetElement[@Namn='party']/e:EgetElement[@Namn='name']/e:Varde"
    assert [item.text for item in written.iterfind(own, NS)] == ["Ett", "Två", " "]


def test_numbers_that_the_format_cannot_hold_stand_in_own_elements(full: Fgs1Package, tmp_path: Path) -> None:
    record = next(item for item in full.cases[0].records if item.documents)
    size, number = 2**31, 2**31 + 5
    document = dataclasses.replace(record.documents[0], size=size)
    placed = PlacedRecord(dataclasses.replace(record, running_number=number), [(document, _file(1, size))], [])
    written = _write(tmp_path, full, [placed])
    assert written.find(".//e:Bilaga", NS).get("Storlek") is None  # type: ignore[union-attr]
    assert written.find(".//e:Lopnummer", NS) is None
    own = ".//e:EgetElement[@Namn='{}']/e:Varde"
    assert written.findtext(own.format("size"), None, NS) == str(size)
    assert written.findtext(own.format("running_number"), None, NS) == str(number)
    assert SchemaSet.own().validate("Arendehantering.xsd", written.getroottree()) == []
    largest = PlacedRecord(record, [(document, _file(1, size - 1))], [])
    assert _write(tmp_path, full, [largest]).find(".//e:Bilaga", NS).get("Storlek") == str(size - 1)  # type: ignore[union-attr]


def test_every_status_has_a_word_in_the_format(full: Fgs1Package, tmp_path: Path) -> None:
    words = {}
    for status in CaseStatus:
        case = dataclasses.replace(full.cases[0], status=status)
        words[status] = _write(tmp_path, full, [], case).findtext(".//e:StatusArande", None, NS)
    assert words[CaseStatus.ARCHIVED] == "Ad Acta."
    assert words[CaseStatus.CANCELLED] == "Makulerat"
    assert set(words.values()) == {"Öppet", "Vilande", "Stängt", "Ad Acta.", "Makulerat"}


def test_a_package_without_cases_is_valid(
    full: Fgs1Package, sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    root = packaging.build(tmp_path / "empty", Fgs1(), full.info, sqlite_municipality.blobs, [])
    assert schema_problems(root, SchemaSet.own()) == []
    assert {finding.rule for finding in validate_package(root).findings} == {"ARENDE-EMPTY"}


def test_an_export_in_this_format_is_made_and_validated(bench: ExportBench) -> None:
    export = bench.run(bench.request(full_case, plain_case, profile=ProfileCode.FGS1))
    assert export.part.report is not None
    assert (export.part.report["valid"], export.part.report["findings"]) == (True, [])
    assert export.part.report["profile"] == "FGS Paketstruktur 1.2"
    assert (export.root / SIP).is_file()
    assert len(list((export.root / "Content").rglob("*.*"))) == 7


def _hours_ahead(moment: dt.datetime) -> int:
    """How far Swedish clocks are ahead of UTC, counted by the rule of last Sundays (EU directive 2000/84)."""
    switches = [
        max(
            dt.datetime(moment.year, month, day, 1, tzinfo=dt.UTC)
            for day in range(25, 32)
            if _is_sunday(moment, month, day)
        )
        for month in (3, 10)
    ]
    return 2 if switches[0] <= moment < switches[1] else 1


def _is_sunday(moment: dt.datetime, month: int, day: int) -> bool:
    return dt.date(moment.year, month, day).isoweekday() == 7


def _write(
    folder: Path, package: Fgs1Package, records: list[PlacedRecord], case: PackageCase | None = None
) -> etree._Element:
    """A content document with one case that has the given records."""

    def each() -> Iterator[PlacedRecord]:
        yield from records

    path = folder / Path(CASES).name
    with fgs1_content.document(path, "x.xsd", package.info) as content:
        content.case(case or package.cases[0], each())
    return etree.parse(str(path)).getroot()


def _file(number: int, size: int) -> PackagedFile:
    path = f"Content/1/{number}.pdf"
    return PackagedFile(
        f"f{number}", path, FileGroup.CONTENT, "application/pdf", size, "0" * 64, "2024-01-01T00:00:00Z", "a.pdf"
    )
