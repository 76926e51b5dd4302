"""The versions of CSIP, SIP and ERMS: recognised by what the package says, and judged each by its own rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.schema_set import run_schematron
from diarium.archive.validation import Limits, Severity, validate_package
from diarium.archive.validation.erms_companions import LEVELS
from diarium.archive.validation.versions import ERMS_RULES, ErmsVersion, csip_version, erms_version

from .builder import CSIP, DATA, NAME, NOW, Package, check, rules
from .changes import FILE, SIP_HEADER, TOP, Change, attribute, removed, text
from .parts import divided

ERMS_FILE = f"{DATA}/ERMS.xml"
SCHEMAS = Path(__file__).parents[3] / "schemas"
TYPE = f"{{{CSIP}}}CONTENTINFORMATIONTYPE"


def as_2_2(package: Package) -> Package:
    """The same package by the newer profile."""
    attribute("/m:mets", "PROFILE", "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml")(package)
    return package


DIFFERENCES: list[tuple[Change, tuple[str, str], tuple[str, str] | None]] = [
    (text(f"{SIP_HEADER}/m:agent[2]/m:name", ""), ("SIP12", "WARNING"), ("SIP12", "ERROR")),
    (text(f"{SIP_HEADER}/m:agent[3]/m:name", ""), ("SIP18", "WARNING"), ("SIP18", "ERROR")),
    (text(f"{SIP_HEADER}/m:agent[5]/m:name", ""), ("SIP29", "WARNING"), ("SIP29", "ERROR")),
    (removed(f"{TOP}/m:div[2]/m:fptr"), ("CSIP96", "ERROR"), ("CSIP96", "WARNING")),
    (removed(f"{TOP}/m:div[3]/m:fptr"), ("CSIP100", "ERROR"), ("CSIP100", "WARNING")),
    (removed(f"{TOP}/m:div[4]/m:fptr"), ("CSIP104", "ERROR"), ("CSIP104", "WARNING")),
    (attribute(FILE, "MIMETYPE", "PDF"), ("CSIP68", "ERROR"), ("CSIP68", "WARNING")),
    (attribute("/m:mets/m:dmdSec/m:mdRef", "MIMETYPE", "PDF"), ("CSIP26", "ERROR"), ("CSIP26", "WARNING")),
    (attribute("//m:digiprovMD/m:mdRef", "MIMETYPE", "PDF"), ("CSIP40", "ERROR"), ("CSIP40", "WARNING")),
    (attribute("/m:mets", "OBJID", "leverans/1"), ("CSIP1", "WARNING"), None),
    (attribute("/m:mets", "OBJID", "leverans:1"), ("CSIPSTR2", "WARNING"), None),
]


@pytest.mark.parametrize(("change", "before", "after"), DIFFERENCES, ids=lambda value: "")
def test_what_2_2_changed_is_judged_by_the_version_of_the_package(
    tmp_path: Path, change: Change, before: tuple[str, str], after: tuple[str, str] | None
) -> None:
    package = Package()
    change(package)
    old = check(package.write(tmp_path / "old"))
    new = check(as_2_2(package).write(tmp_path / "new"))
    assert (old.profile, new.profile) == (
        "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0",
        "FGS Paketstruktur 2.0 / E-ARK SIP 2.2.0",
    )
    assert before in {(finding.rule, finding.severity.value) for finding in old.findings}
    found = {(finding.rule, finding.severity.value) for finding in new.findings}
    assert after in found if after else before not in found


def test_a_sound_package_of_the_newer_version_has_no_findings(tmp_path: Path) -> None:
    assert check(as_2_2(Package()).write(tmp_path)).findings == ()


@pytest.mark.parametrize(
    ("profile", "version"),
    [
        ("https://earksip.dilcis.eu/profile/E-ARK-SIP.xml", "2.1.0"),
        ("https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml", "2.1.0"),
        ("https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml", "2.2.0"),
        ("https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml", "2.2.0"),
        ("", "2.1.0"),
    ],
)
def test_the_version_is_read_off_the_profile(profile: str, version: str) -> None:
    assert csip_version(profile).value == version


def third(package: Package) -> None:
    """ERMS 3.0: what only it has, and the METS that says so."""
    package.replace(ERMS_FILE, '<record systemIdentifier="r1">',
                    '<record systemIdentifier="r1" recordPhysicalOrDigital="digital">')  # fmt: skip
    as_2_2(package)
    for path in ("/m:mets", "//m:fileGrp[3]"):
        attribute(path, TYPE, "citserms_v3_0")(package)


def test_erms_3_is_judged_by_its_own_schema(tmp_path: Path) -> None:
    package = Package()
    third(package)
    assert check(package.write(tmp_path / "a")).findings == ()
    wrong = Package()
    wrong.replace(ERMS_FILE, '<record systemIdentifier="r1">',
                  '<record systemIdentifier="r1" recordPhysicalOrDigital="digitial">')  # fmt: skip
    for path in ("/m:mets", "//m:fileGrp[3]"):
        attribute(path, TYPE, "citserms_v3_0")(wrong)
    assert rules(check(wrong.write(tmp_path / "b"))) == {"ERMS-VERSION"}


@pytest.mark.parametrize(
    ("document", "declared", "version"),
    [
        ('<e xsi:schemaLocation="x ERMS_v3.xsd" xmlns:xsi="{}"/>', None, ErmsVersion.V3),
        ('<e xsi:schemaLocation="x schemas/ERMS-3.xsd" xmlns:xsi="{}"/>', ErmsVersion.V2, ErmsVersion.V3),
        ('<e xsi:schemaLocation="x ERMS_v2_1_2.xsd" xmlns:xsi="{}"/>', ErmsVersion.V3, ErmsVersion.V2),
        ('<e><a adressType="other"/><b addressType="other"/></e>', None, ErmsVersion.V2),
        ('<e><a addressType="other"/></e>', None, ErmsVersion.V3),
        ("<e/>", ErmsVersion.V3, ErmsVersion.V3),
        ("<e/>", None, ErmsVersion.V2),
        ("inte xml", None, ErmsVersion.V2),
    ],
)
def test_the_version_of_erms_is_read_off_schema_spelling_or_mets(
    tmp_path: Path, document: str, declared: ErmsVersion | None, version: ErmsVersion
) -> None:
    path = tmp_path / "ERMS.xml"
    path.write_text(document.format("http://www.w3.org/2001/XMLSchema-instance"))
    assert erms_version(path, declared) is version


def test_co_occurrence_is_told_by_rule_the_same_when_streamed_and_by_schematron(tmp_path: Path) -> None:
    """Every rule of both versions, broken in a document of its own: schema aside, both ways tell the same."""
    for version in ErmsVersion:
        document = etree.fromstring(BREAKING.encode())
        path = tmp_path / "ERMS.xml"
        path.write_bytes(etree.tostring(document))
        failures = run_schematron(SCHEMAS / ERMS_RULES[version], path)
        by_schematron = sorted(failure.assertion for failure in failures)
        package = Package()
        package.files[ERMS_FILE] = etree.tostring(document)
        if version is ErmsVersion.V3:
            for place in ("/m:mets", "//m:fileGrp[3]"):
                attribute(place, TYPE, "citserms_v3_0")(package)
            package.replace(ERMS_FILE, "<erms ", '<erms xsi:schemaLocation="x ERMS-3.xsd" ')
        else:
            package.replace(ERMS_FILE, "<erms ", '<erms xsi:schemaLocation="x ERMS_v2.xsd" ')
        root = package.write(tmp_path / version.value)
        whole, streamed = check(root), check(root, Limits(tree_bytes=10))
        told = [sorted(f.rule for f in r.findings if f.rule.startswith("erms")) for r in (whole, streamed)]
        assert told == [by_schematron, by_schematron]
        assert len(set(by_schematron)) == (13 if version is ErmsVersion.V2 else 11)
        for finding in (*whole.findings, *streamed.findings):
            if finding.rule in LEVELS[version]:
                assert finding.severity is Severity.ERROR


BREAKING = """<erms xmlns="https://DILCIS.eu/XML/ERMS" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<a aggregationType="own_aggregation_definition"/><b dateType="Other"/><c directionDefinition="other"/>
<d addressLineType="other"/><e contactLineType="other"/><f agentType="other"/><g disposalDateType="other_date"/>
<h restrictionType="other_type"/><i relationType="own_relation_definition"/>
<date dateType="other"/><disposalDate dateType="other_date"/><addressLine adressType="other"/>
<contactLine contactType="other"/><k addressType="other"/><addressContactInformation> </addressContactInformation>
<m classificationSchemaStatus="other"/></erms>"""


@pytest.mark.parametrize(
    ("make", "profile", "is_as_asked"),
    [
        (Package, ProfileCode.FGS2, True),
        (Package, ProfileCode.EARK, False),
        (Package, ProfileCode.FGS2_2_2, False),
        (Package, ProfileCode.FGS1, False),
        (divided, ProfileCode.EARK, True),
        (divided, ProfileCode.FGS2, False),
    ],
)
def test_a_package_can_be_asked_to_have_a_format(
    tmp_path: Path, make: Callable[[], Package], profile: ProfileCode, is_as_asked: bool
) -> None:
    report = validate_package(make().write(tmp_path), now=NOW, profile=profile)
    assert ("PROFILE" not in rules(report)) is is_as_asked
    assert report.package == NAME


def test_the_older_generation_is_not_what_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "sip.xml").write_text("<mets xmlns='http://www.loc.gov/METS/'/>")
    assert "PROFILE" in rules(validate_package(tmp_path, profile=ProfileCode.FGS2))
    assert "PROFILE" not in rules(validate_package(tmp_path, profile=ProfileCode.FGS1))
