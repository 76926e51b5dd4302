"""An FGS 2.0 package holds the whole register and is what the specifications ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from diarium.archive.dialects import V2_1
from diarium.archive.package_info import ContentSummary
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import Severity, validate_package
from diarium.archive.xml_writer import day_as_moment, text_of
from tests.archive.made_packages import MadePackage, made_package, town_at
from tests.archive.register_examples import PDF, full_case, plain_case
from tests.archive.register_extras import MESSAGE
from tests.archive.schema_checks import (
    ERMS,
    ITS_OWN_MISTAKES,
    PACKAGE_INFO,
    PREMIS,
    independent_findings,
    official_folder,
    official_problems,
    problems,
)

E = {
    "e": "https://DILCIS.eu/XML/ERMS",
    "m": "http://www.loc.gov/METS/",
    "xlink": "http://www.w3.org/1999/xlink",
    "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "sip": "https://DILCIS.eu/XML/METS/SIPExtensionMETS",
    "p": "http://www.loc.gov/premis/v3",
    "i": "http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo",
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadePackage]:
    work = tmp_path_factory.mktemp("full")
    with town_at(work) as town:
        yield made_package(town, work / "made", ProfileCode.FGS2, full_case, plain_case)


def test_own_schemas_and_rules_accept_the_package(full: MadePackage) -> None:
    assert problems(full.root, SchemaSet.own()) == []


def test_official_schemas_and_rules_accept_the_package(full: MadePackage) -> None:
    folder = official_folder()
    if folder is None:
        pytest.skip("the official schemas are not here (DIARIUM_OFFICIAL_SCHEMAS)")
    assert official_problems(full.root, folder, V2_1) == []


def test_own_validation_finds_no_error(full: MadePackage) -> None:
    assert [f for f in validate_package(full.root).findings if f.severity is Severity.ERROR] == []


def test_independent_validator_finds_only_its_own_mistakes(full: MadePackage, shared_material: Path) -> None:
    tool = shared_material / "tools" / "eark_offline.py"
    if not tool.exists():
        pytest.skip("the independent validator is not here")
    found = independent_findings([full.root], tool)
    if found is None:
        pytest.skip("the independent validator does not start")
    assert found == {str(full.root): set(ITS_OWN_MISTAKES)}


def test_nothing_of_the_register_is_lost(full: MadePackage) -> None:
    texts = _texts(full.root / ERMS)
    for fact, forms in (fact for part in (*full.cases, full.info) for fact in _facts(part)):
        assert any(form in text for form in forms for text in texts), f"{fact} is missing: {forms}"


def test_mets_lists_every_file_with_its_true_size_and_checksum(full: MadePackage) -> None:
    mets = etree.parse(str(full.root / "METS.xml"))
    listed = {}
    for link in mets.xpath("//m:FLocat | //m:mdRef", namespaces=E):
        facts = link.getparent() if link.tag.endswith("FLocat") else link
        listed[unquote(link.get("{http://www.w3.org/1999/xlink}href"))] = (
            facts.get("SIZE"),
            facts.get("CHECKSUM"),
        )
    there = {path.relative_to(full.root).as_posix(): path for path in full.root.rglob("*") if path.is_file()}
    assert set(listed) == set(there) - {"METS.xml"}
    for name, (size, checksum) in listed.items():
        content = there[name].read_bytes()
        assert (size, checksum) == (str(len(content)), hashlib.sha256(content).hexdigest())


def test_mets_names_everybody_who_has_a_part(full: MadePackage) -> None:
    header = etree.parse(str(full.root / "METS.xml")).getroot().find("m:metsHdr", E)
    assert header is not None
    agents = {(a.get("ROLE"), a.get("TYPE"), a.findtext("m:name", None, E)) for a in header.findall("m:agent", E)}
    assert ("ARCHIVIST", "ORGANIZATION", "Kommunstyrelsen") in agents
    assert ("CREATOR", "ORGANIZATION", "Ekdala kommun") in agents
    assert ("CREATOR", "INDIVIDUAL", "Arja Arkivarie") in agents
    assert ("EDITOR", "ORGANIZATION", "Arkivenheten") in agents
    assert ("PRESERVATION", "ORGANIZATION", "Sydarkivera & vänner") in agents
    assert ("CREATOR", "OTHER", "diarium") in agents
    assert [record.get("TYPE") for record in header.findall("m:altRecordID", E)] == [
        "SUBMISSIONAGREEMENT",
        "PREVIOUSSUBMISSIONAGREEMENT",
        "REFERENCECODE",
        "PREVIOUSREFERENCECODE",
        "PREVIOUSREFERENCECODE",
    ]


def test_two_files_of_one_name_both_arrive(full: MadePackage) -> None:
    mets = etree.parse(str(full.root / "METS.xml"))
    twins = mets.xpath("//m:file[@OWNERID='Ritning våning 1 (åäö).pdf']/m:FLocat/@xlink:href", namespaces=E)
    assert len(set(twins)) == 2
    assert {(full.root / href).read_bytes() for href in twins} == {PDF, "Bästa nämnd! & hälsningar".encode()}
    assert all(href.isascii() and " " not in href for href in twins)


def test_every_appendix_leads_from_erms_to_its_file(full: MadePackage) -> None:
    here = (full.root / ERMS).parent
    paths = etree.parse(str(full.root / ERMS)).xpath("//e:appendix/@path", namespaces=E)
    assert len(paths) == 6
    assert all((here / unquote(path)).is_file() for path in paths)


def test_a_cancelled_record_says_so_and_keeps_its_number(full: MadePackage) -> None:
    record = _record(full, "Fel ärende")
    assert record.find("e:status", E).get("value") == "obliterated"  # type: ignore[union-attr]
    assert record.findtext("e:runningNumber", None, E) == "4"
    assert record.findtext("e:notes/e:note[@noteType='makulerad']", None, E) == "Hörde till ett annat ärende"


def test_a_moved_record_leads_to_what_it_became_and_its_file_is_not_here(full: MadePackage) -> None:
    record = _record(full, "Karta")
    relation = record.find("e:relation", E)
    assert relation is not None
    assert relation.get("relationType") == "moved"
    own = "e:additionalInformation/e:ownElement/e:ownElement[@name='moved_to_number']/e:value"
    assert relation.text == record.findtext(own, None, E)
    assert str(relation.text).startswith("KS ")
    assert record.find("e:status", E).get("value") == "obliterated"  # type: ignore[union-attr]
    assert record.find("e:additionalInformation/e:appendix", E) is None


def test_decisions_and_watched_days_say_what_became_of_them(full: MadePackage) -> None:
    actions = etree.parse(str(full.root / ERMS)).xpath("//e:aggregation[1]/e:action", namespaces=E)
    told = [(a.findtext("e:actionType", None, E), a.findtext("e:actionText", None, E)) for a in actions]
    assert told == [
        ("nämndbeslut, makulerat", "Ansökan avslås"),
        ("delegationsbeslut", "Bygglov beviljas & startbesked lämnas"),
        ("bevakning", "Svar på kompletteringen & ritning"),
        ("bevakning, avbruten", "Besök på plats"),
        ("bevakning, öppen", "Laga kraft"),
        ("delning med annan myndighet, avslutad", "Nämnden yttrar sig & behöver underlaget"),
    ]
    decided = actions[1].xpath("e:dates/e:actionDate[@dateType='decision']/text()", namespaces=E)
    assert decided == ["2024-03-01T00:00:00"]
    who = actions[1].findtext("e:agents/e:agent[@agentType='authorising_person']/e:name", None, E)
    assert who == "Bygglovchef Åsa Ek"


def test_a_note_stands_with_its_time_and_whoever_wrote_it(full: MadePackage) -> None:
    case = etree.parse(str(full.root / ERMS)).xpath("//e:aggregation[1]", namespaces=E)[0]
    written = case.xpath("e:notes/e:note[@noteType='tjänsteanteckning']", namespaces=E)
    assert len(written) == 2
    own = "e:additionalInformation/e:ownElement/e:ownElement"
    first, second = (
        case.xpath(f"{own}[@name='made_at'][e:value='{written[0].get('noteDate')}']/..", namespaces=E),
        (case.xpath(f"{own}[@name='corrects']/e:value/text()", namespaces=E)),
    )
    assert first[0].findtext("e:ownElement[@name='made_by']/e:value", None, E) == "Rut Registrator"
    assert second == [first[0].findtext("e:ownElement[@name='uid']/e:value", None, E)]


def test_a_drawn_up_paper_record_says_so(full: MadePackage) -> None:
    record = _record(full, "Tjänsteanteckning")
    direction = record.find("e:direction", E)
    assert direction is not None
    assert dict(direction.attrib) == {"directionDefinition": "other", "otherDirectionDefinition": "upprättad"}
    assert record.get("recordPhysicalOrDigital") == "physical"
    assert record.find("e:dates/e:date[@dateType='prepared']", E) is not None


def test_protected_and_restricted_records_say_so(full: MadePackage) -> None:
    record = _record(full, "Begäran om komplettering")
    assert record.findtext("e:agents/e:agent/e:protectedIdentity", None, E) in {"true", "false"}
    assert "true" in record.xpath("e:agents/e:agent/e:protectedIdentity/text()", namespaces=E)
    assert record.findtext("e:restriction/e:regulation", None, E) == "OSL 21 kap. 3a §"
    info = etree.parse(str(full.root / PACKAGE_INFO)).getroot()
    assert info.find("i:package/i:accessRestrict", E).get("restricted") == "true"  # type: ignore[union-attr]
    assert info.find("i:package/i:audience", E).get("publishable") == "false"  # type: ignore[union-attr]


def test_a_protected_recipient_of_a_dispatch_makes_the_package_restricted(full: MadePackage) -> None:
    record = next(record for case in full.cases for record in case.records if record.dispatches)
    summary = ContentSummary()
    summary.note_record(dataclasses.replace(record, parties=(), restrictions=(), dispatches=()))
    assert not summary.is_restricted
    summary.note_record(dataclasses.replace(record, parties=(), restrictions=()))
    assert summary.is_restricted


def test_only_files_under_a_marking_in_force_are_listed_as_restricted(full: MadePackage) -> None:
    listed = etree.parse(str(full.root / PACKAGE_INFO)).xpath("//i:file/@name", namespaces=E)
    assert "0002_beslut.pdf" in listed
    assert not any("bilaga" in name for name in listed)


def test_the_retention_period_runs_from_the_closing(full: MadePackage) -> None:
    erms = etree.parse(str(full.root / ERMS))
    days = erms.xpath("//e:aggregation[1]/e:disposal/e:dates/e:disposalDate/text()", namespaces=E)
    assert days == ["2024-03-08T00:00:00", "2034-03-08T00:00:00"]


def test_premis_tells_format_checksum_and_origin_of_each_document(full: MadePackage) -> None:
    premis = etree.parse(str(full.root / PREMIS))
    names = premis.xpath("//p:object/p:objectCharacteristics/../p:originalName/text()", namespaces=E)
    assert sorted(names) == sorted(
        ["Ritning våning 1 (åäö).pdf"] * 2
        + ["följebrev & mer.txt", "beslut.pdf", "Komplettering & svar.eml", "Bilaga 1.txt"]
    )
    assert premis.xpath("count(//p:formatRegistryKey[.='fmt/18'])", namespaces=E) == 2
    assert premis.xpath("count(//p:event[p:eventType='ingestion'])", namespaces=E) == 6
    assert premis.xpath("count(//p:event[p:eventType='export'])", namespaces=E) == 1


def test_what_the_archives_agreed_on_stands_in_every_document(full: MadePackage) -> None:
    mets = etree.parse(str(full.root / "METS.xml"))
    assert mets.xpath("string(//m:metsHdr/@RECORDSTATUS)", namespaces=E) == "REPLACEMENT"
    assert mets.getroot().get("LABEL", "").endswith("del 2 av 3")
    info = etree.parse(str(full.root / PACKAGE_INFO)).getroot()
    told = {name: info.findtext(f".//i:{name}", None, E) for name in ("archiveName", "informationClass", "status")}
    assert told == {
        "archiveName": "Kommunstyrelsens & nämndernas arkiv",
        "informationClass": "K2",
        "status": "REPLACEMENT",
    }
    premis = etree.parse(str(full.root / PREMIS))
    replaced = "//p:relationship[p:relationshipSubType='replaces']/p:relatedObjectIdentifier/*[2]/text()"
    assert premis.xpath(replaced, namespaces=E) == ["KS_2024-01-01_2024-12-31_1"]
    control = etree.parse(str(full.root / ERMS)).getroot().find("e:control", E)
    assert control is not None
    assert control.findtext("e:informationClass", None, E) == "K2"
    assert control.find(".//e:maintenanceStatus", E).get("value") == "revised"  # type: ignore[union-attr]


def test_a_dispatch_stands_with_its_recipients_and_the_message_as_it_was_sent(full: MadePackage) -> None:
    record = _record(full, "Begäran om komplettering")
    actions = record.findall("e:action", E)
    assert [action.findtext("e:actionText", None, E) for action in actions] == [
        "Komplettering & svar",
        "Rekommenderat brev",
    ]
    first = actions[0].xpath("e:agents/e:agent[@agentType='recipient']/e:name/text()", namespaces=E)
    assert first == ["Åsa & Örjan", "bo@example.org"]
    assert record.findtext("e:dispatchMode", None, E) == "E-post, Post"
    path = record.xpath("e:additionalInformation/e:appendix[last()]/@path", namespaces=E)[0]
    assert ((full.root / ERMS).parent / unquote(path)).read_bytes() == MESSAGE


def test_what_another_authority_was_shown_is_an_action(full: MadePackage) -> None:
    (action,) = etree.parse(str(full.root / ERMS)).xpath(
        "//e:aggregation[1]/e:action[starts-with(e:actionType, 'delning')]", namespaces=E
    )
    assert action.findtext("e:actionDue", None, E) == "OSL 10 kap. 2 §"
    assert action.findtext("e:agents/e:agent[@agentType='receiver']/e:name", None, E) == "SN"


def test_a_record_tells_what_it_was_in_another_case(full: MadePackage) -> None:
    relation = _record(full, "Återfunnet svar").find("e:relation", E)
    assert relation is not None
    assert relation.get("relationType") == "moved_from"


def _record(full: MadePackage, title: str) -> etree._Element:
    found = etree.parse(str(full.root / ERMS)).xpath(f"//e:record[e:title='{title}']", namespaces=E)
    assert isinstance(found, list)
    return found[0]


def _texts(path: Path) -> set[str]:
    """Every text and attribute value of a document."""
    found: set[str] = set()
    for element in etree.parse(str(path)).iter(etree.Element):
        found.add(element.text or "")
        found |= {str(value) for value in element.attrib.values()}
    return found


def _facts(value: object, path: str = "case") -> Iterator[tuple[str, list[str]]]:
    """Every fact below `value`, with the forms in which it may be written."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _facts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, enum.Enum):
        return  # closed lists have ERMS's own words; the mapping's test sees that they are there
    elif isinstance(value, str) and value:
        yield path, [text_of(value)]
    elif isinstance(value, bool | int | uuid.UUID):
        yield path, [text_of(value) if isinstance(value, int) else str(value)]
    elif isinstance(value, dt.datetime):
        yield path, [text_of(value), value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")]
    elif isinstance(value, dt.date):
        yield path, [value.isoformat(), day_as_moment(value)]
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for place, item in enumerate(value):
            yield from _facts(item, f"{path}[{place}]")
