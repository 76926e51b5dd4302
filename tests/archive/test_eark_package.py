"""Each profile of the 2.x family gives a package that everybody who judges it accepts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from diarium.archive.dialects import V2_1, V2_2, Dialect
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import Severity, validate_package
from tests.archive.made_packages import MadePackage, again, made_package, town_at
from tests.archive.register_examples import full_case, plain_case
from tests.archive.schema_checks import (
    ERMS,
    ITS_OWN_MISTAKES,
    independent_findings,
    official_folder,
    official_problems,
    problems,
)

DIALECTS = {
    ProfileCode.FGS2: V2_1,
    ProfileCode.FGS2_2_2: V2_2,
    ProfileCode.EARK: V2_1,
    ProfileCode.EARK_2_2: V2_2,
}
# The independent validator knows CSIP and SIP 2.1.0 and nothing later.
ONLY_OF_2_1 = {
    "CSIP4": "its list of content information types ends before citserms_v3_0",
    "SIP2": "asks for the PROFILE of 2.1.0; 2.2.0 has an address of its own",
}
OF_THE_DIVIDED_FORM = {
    "CSIP103": "asks LABEL=Representations of a division that CSIP107 calls Representations/rep_1"
}
DIVIDED = (ProfileCode.EARK, ProfileCode.EARK_2_2)
NS = {
    "e": "https://DILCIS.eu/XML/ERMS",
    "m": "http://www.loc.gov/METS/",
    "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
    "xlink": "http://www.w3.org/1999/xlink",
}
HREF = f"{{{NS['xlink']}}}href"
Made = dict[ProfileCode, MadePackage]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """One register in all four profiles."""
    work = tmp_path_factory.mktemp("made")
    with town_at(work) as town:
        first = made_package(town, work / "first", ProfileCode.FGS2, full_case, plain_case)
        others = [code for code in DIALECTS if code is not ProfileCode.FGS2]
        yield {ProfileCode.FGS2: first, **{code: again(first, town, work / code, code) for code in others}}


@pytest.mark.parametrize(("code", "dialect"), DIALECTS.items())
def test_own_schemas_and_rules_accept_it(made: Made, code: ProfileCode, dialect: Dialect) -> None:
    found = problems(made[code].root, SchemaSet.own(), erms=dialect.erms_schema, rules=dialect.erms_rules)
    assert found == []


@pytest.mark.parametrize(("code", "dialect"), DIALECTS.items())
def test_official_schemas_and_rules_accept_it(made: Made, code: ProfileCode, dialect: Dialect) -> None:
    folder = official_folder()
    if folder is None:
        pytest.skip("the official schemas are not here (DIARIUM_OFFICIAL_SCHEMAS)")
    assert official_problems(made[code].root, folder, dialect) == []


@pytest.mark.parametrize("code", DIALECTS)
def test_own_validation_finds_nothing(made: Made, code: ProfileCode) -> None:
    found = validate_package(made[code].root).findings
    assert [finding for finding in found if finding.severity is not Severity.INFO] == []


def test_independent_validator_finds_only_its_own_mistakes(made: Made, shared_material: Path) -> None:
    tool = shared_material / "tools" / "eark_offline.py"
    if not tool.exists():
        pytest.skip("the independent validator is not here")
    found = independent_findings([package.root for package in made.values()], tool)
    if found is None:
        pytest.skip("the independent validator does not start")
    for code, dialect in DIALECTS.items():
        explained = set(ITS_OWN_MISTAKES) | (set(ONLY_OF_2_1) if dialect is V2_2 else set())
        explained |= set(OF_THE_DIVIDED_FORM) if code in DIVIDED else set()
        assert found[str(made[code].root)] == explained, (code, found)


@pytest.mark.parametrize("code", DIVIDED)
def test_two_mets_files_list_every_file_with_true_size_and_checksum(made: Made, code: ProfileCode) -> None:
    root = made[code].root
    listed: dict[str, tuple[str | None, str | None]] = {}
    for folder in ("", "representations/rep_1/"):
        for link in etree.parse(str(root / folder / "METS.xml")).xpath("//m:FLocat | //m:mdRef", namespaces=NS):
            facts = link.getparent() if link.tag.endswith("FLocat") else link
            path = folder + unquote(link.get(HREF))
            assert path not in listed
            listed[path] = (facts.get("SIZE"), facts.get("CHECKSUM"))
    there = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    assert set(listed) == set(there) - {"METS.xml"}
    for name, (size, checksum) in listed.items():
        content = there[name].read_bytes()
        assert (size, checksum) == (str(len(content)), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("code", DIVIDED)
def test_the_package_points_to_the_representation_and_that_is_named_as_its_folder(
    made: Made, code: ProfileCode
) -> None:
    root = made[code].root
    package = etree.parse(str(root / "METS.xml"))
    (pointer,) = package.xpath("//m:structMap/m:div/m:div[@LABEL='Representations/rep_1']/m:mptr", namespaces=NS)
    assert pointer.get(HREF) == "representations/rep_1/METS.xml"
    title = pointer.get(f"{{{NS['xlink']}}}title")
    (group,) = package.xpath(f"//m:fileGrp[@ID='{title}']", namespaces=NS)
    assert group.get("USE") == "Representations/rep_1"
    own = etree.parse(str(root / "representations/rep_1/METS.xml")).getroot()
    assert own.get("OBJID") == "rep_1"
    assert own.get(f"{{{NS['csip']}}}CONTENTINFORMATIONTYPE") == DIALECTS[code].content_type
    assert package.getroot().get("OBJID") == root.name


def test_both_forms_hold_the_same_cases(made: Made) -> None:
    def cases(code: ProfileCode) -> bytes:
        aggregations = etree.parse(str(made[code].root / ERMS)).getroot().find("e:aggregations", NS)
        assert aggregations is not None
        return etree.tostring(aggregations)

    assert cases(ProfileCode.FGS2) == cases(ProfileCode.EARK)
    assert cases(ProfileCode.FGS2_2_2) == cases(ProfileCode.EARK_2_2)


def test_every_fact_of_the_register_stands_in_each_dialect(made: Made) -> None:
    older, newer = (sorted(_facts(made[code].root / ERMS)) for code in (ProfileCode.FGS2, ProfileCode.FGS2_2_2))
    assert [fact for fact in older if fact not in set(newer)] == []


@pytest.mark.parametrize(("code", "dialect"), DIALECTS.items())
def test_the_versions_are_said_wherever_somebody_looks_for_them(
    made: Made, code: ProfileCode, dialect: Dialect
) -> None:
    root = made[code].root
    mets = etree.parse(str(root / "METS.xml")).getroot()
    assert mets.get("PROFILE") == dialect.profile
    assert mets.get(f"{{{NS['csip']}}}CONTENTINFORMATIONTYPE") == dialect.content_type
    (schema,) = root.rglob("ERMS.xsd")
    assert schema.read_bytes() == (SchemaSet.own().folder / dialect.erms_schema).read_bytes()
    place = (
        etree.parse(str(root / ERMS)).getroot().get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")
    )
    assert ((root / ERMS).parent / str(place).split()[1]).resolve() == schema


def test_erms_3_ties_each_case_to_its_scheme(made: Made) -> None:
    root = etree.parse(str(made[ProfileCode.FGS2_2_2].root / ERMS)).getroot()
    (scheme,) = root.findall("e:control/e:classificationSchema", NS)
    assert scheme.get("classificationSchemaStatus") == "current"
    assert scheme.findtext("e:useDatePeriod/e:fromDate", None, NS) == "2000-01-01"
    used = {case.get("classificationSchemaUsed") for case in root.iterfind("e:aggregations/e:aggregation", NS)}
    assert used == {scheme.get("classificationSchemaId")}


def test_erms_3_spells_what_2_1_misspelt_and_names_who_marked(made: Made) -> None:
    root = etree.parse(str(made[ProfileCode.EARK_2_2].root / ERMS)).getroot()
    media = set(root.xpath("//e:record/@recordPhysicalOrDigital", namespaces=NS))
    assert media == {"digital", "physical", "physical_and_digital"}
    assert root.xpath("count(//e:addressLine[@addressType])", namespaces=NS)
    assert not root.xpath("//@adressType", namespaces=NS)
    assert not root.xpath("//e:addressLine[not(text())] | //e:contactLine[not(text())]", namespaces=NS)
    names = root.xpath("//e:restriction/e:agent[@otherAgentType='omprövad av']/e:name/text()", namespaces=NS)
    assert set(names) == {"Rut Registrator"}


def _facts(path: Path) -> set[tuple[str, str]]:
    """Texts and attribute values of an ERMS.xml with the element that they stand in, spelling apart."""
    found = set()
    for element in etree.parse(str(path)).iter(etree.Element):
        name = etree.QName(element).localname
        values = (str(value) for key, value in element.attrib.items() if not key.startswith("{"))
        found |= {(name, value) for value in (element.text or "", *values) if value.strip()}
    respelt = {"digitial": "digital", "physcical_and_digital": "physical_and_digital"}
    filled = {("addressLine", "uppgift saknas"), ("contactLine", "uppgift saknas")}
    filled |= {("addressLine", "other"), ("contactLine", "other")}
    return {(name, respelt.get(value, value)) for name, value in found} - filled
