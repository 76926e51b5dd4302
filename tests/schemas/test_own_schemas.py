"""diarium's own schemas on documents written by hand: what a package holds is accepted, slips are refused."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.schema_set import MAX_PROBLEMS, SchemaSet, SchemaSetError, safe_parser

SAMPLES = Path(__file__).parent / "samples"
OWN = SchemaSet.own()
METS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
SCHEMAS_OF = {
    "METS.xml": METS,
    "ERMS.xml": "ERMS.xsd",
    "ERMS-3.xml": "ERMS-3.xsd",
    "premis.xml": "premis-v3-0.xsd",
    "additionalPackageInfo.xml": "SNAadditionalPackageInfo.xsd",
}


def sample(name: str) -> etree._ElementTree:
    return etree.parse(SAMPLES / name, safe_parser())


@pytest.mark.parametrize("name", sorted(path.name for path in OWN.folder.glob("*.xsd")))
def test_every_own_schema_loads_without_reaching_outside_its_folder(name: str) -> None:
    assert OWN.validator(name) is OWN.validator(name)


@pytest.mark.parametrize("name", SCHEMAS_OF)
def test_a_rich_document_is_accepted(name: str) -> None:
    assert OWN.validate(SCHEMAS_OF[name], sample(name)) == []


SLIPS = [
    ("METS.xml", "second header", "<dmdSec ", "<metsHdr/><dmdSec "),
    ("METS.xml", "agent without role", ' ROLE="ARCHIVIST"', ""),
    ("METS.xml", "unknown role", 'ROLE="ARCHIVIST"', 'ROLE="REGISTRAR"'),
    ("METS.xml", "unknown checksum type", 'CHECKSUMTYPE="SHA-256"', 'CHECKSUMTYPE="SHA256"'),
    ("METS.xml", "unknown kind of metadata", 'MDTYPE="PREMIS"', 'MDTYPE="Premis"'),
    ("METS.xml", "metadata without id", '<digiprovMD ID="premis-1"', "<digiprovMD"),
    ("METS.xml", "date without time", 'CREATEDATE="2026-03-01T10:00:00+01:00"', 'CREATEDATE="2026-03-01"'),
    ("METS.xml", "size that is no number", 'SIZE="120"', 'SIZE="120 B"'),
    ("METS.xml", "id used twice", 'ID="file-2"', 'ID="file-1"'),
    ("METS.xml", "id that begins with a digit", 'ID="file-2"', 'ID="2-file"'),
    (
        "METS.xml",
        "file without place type",
        'LOCTYPE="URL" xlink:type="simple" xlink:href="data/',
        'xlink:href="data/',
    ),
    ("METS.xml", "wrong kind of link", 'xlink:type="simple"', 'xlink:type="extended"'),
    ("METS.xml", "unknown package type", 'OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="SIPP"'),
    ("METS.xml", "unknown content type", '"citserms_v2_1"', '"citserms_v2_2"'),
    ("METS.xml", "unknown type of note", 'NOTETYPE="IDENTIFICATIONCODE"', 'NOTETYPE="CODE"'),
    (
        "METS.xml",
        "files beside groups",
        "</fileGrp>\n    </fileGrp>",
        '</fileGrp><file ID="f9"/>\n    </fileGrp>',
    ),
    ("METS.xml", "header after content", "<metsHdr ", '<dmdSec ID="d0"/><metsHdr '),
    ("METS.xml", "link without end", ' xlink:to="d2"', ""),
    ("ERMS.xml", "case without number", "<objectId>KS 2026/14</objectId>", ""),
    ("ERMS.xml", "case without system identifier", ' systemIdentifier="case-14"', ""),
    ("ERMS.xml", "unknown kind of aggregation", '"caseFile"', '"casefile"'),
    ("ERMS.xml", "spelling mended", '"digitial"', '"digital"'),
    ("ERMS.xml", "address type spelt right", "adressType", "addressType"),
    ("ERMS.xml", "restriction without legal ground", "<regulation>OSL 21:1</regulation>", ""),
    ("ERMS.xml", "disposal date without time", "2036-12-31T00:00:00", "2036-12-31"),
    ("ERMS.xml", "running number in letters", "<runningNumber>1<", "<runningNumber>ett<"),
    ("ERMS.xml", "direction in Swedish", '"incoming"', '"inkommen"'),
    ("ERMS.xml", "appendix without path", ' path="representations/rep_1/data/ansokan.pdf"', ""),
    ("ERMS.xml", "title twice", "<title>Ansökan</title>", "<title>Ansökan</title><title>Ansökan</title>"),
    ("ERMS.xml", "title before number", "<objectId>1</objectId>", "<title>x</title><objectId>1</objectId>"),
    ("ERMS.xml", "protected identity in Swedish", "<protectedIdentity>false<", "<protectedIdentity>nej<"),
    ("ERMS.xml", "contact without address", '<addressLine adressType="postal_city">Åre</addressLine>', ""),
    ("ERMS.xml", "unknown status", '<status value="closed"/>', '<status value="avslutat"/>'),
    (
        "ERMS.xml",
        "document of another namespace",
        "https://DILCIS.eu/XML/ERMS",
        "https://DILCIS.eu/XML/ERMS3",
    ),
    ("ERMS-3.xml", "spelling of yesterday", '"digital"', '"digitial"'),
    ("ERMS-3.xml", "address type of yesterday", "addressType", "adressType"),
    ("ERMS-3.xml", "two schemes of one name", 'Id="scheme-2010"', 'Id="scheme-2020"'),
    ("ERMS-3.xml", "unknown status of a scheme", '"previous"', '"former"'),
    ("ERMS-3.xml", "period without start", "<fromDate>2020-01-01</fromDate>", ""),
    ("ERMS-3.xml", "period in moments", "<fromDate>2020-01-01<", "<fromDate>2020-01-01T00:00:00<"),
    (
        "ERMS-3.xml",
        "agent after dates",
        '<agent agentType="creator"><name>Rut Registrator</name></agent>',
        "<duration/>",
    ),
    ("premis.xml", "version of yesterday", '<premis version="3.0"', '<premis version="2.2"'),
    ("premis.xml", "object of no kind", ' xsi:type="file"', ""),
    ("premis.xml", "file without format", "<formatName>PDF/A</formatName>", ""),
    (
        "premis.xml",
        "checksum without algorithm",
        "<messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>",
        "",
    ),
    ("premis.xml", "negative composition level", "<compositionLevel>0<", "<compositionLevel>-1<"),
    ("premis.xml", "event without type", "<eventType>ingestion</eventType>", ""),
    ("premis.xml", "rights without basis", "<rightsBasis>statute</rightsBasis>", ""),
    ("premis.xml", "event before object", "<object xsi", "<event/><object xsi"),
    ("additionalPackageInfo.xml", "no identification type", ' type="UUID"', ""),
    ("additionalPackageInfo.xml", "unknown code type", 'type="ORG"', 'type="orgnr"'),
    ("additionalPackageInfo.xml", "restriction in Swedish", 'restricted="true"', 'restricted="ja"'),
    (
        "additionalPackageInfo.xml",
        "date as instant",
        "<startDate>2020-01-01<",
        "<startDate>2020-01-01T00:00:00<",
    ),
    ("additionalPackageInfo.xml", "package without id", ' id="uuid-7c0e"', ""),
    ("additionalPackageInfo.xml", "creator of no name", "<creatorName>Åre kommun<", "<creatorName> <"),
    ("additionalPackageInfo.xml", "file without path", ' path="data/a.pdf"', ""),
    (
        "additionalPackageInfo.xml",
        "wrong order",
        "<archiveName>A</archiveName>",
        "<endDate>2020-01-01</endDate>",
    ),
]


@pytest.mark.parametrize(
    ("name", "old", "new"), [pytest.param(*slip[:1], *slip[2:], id=slip[1]) for slip in SLIPS]
)
def test_a_slip_is_refused_with_its_place(name: str, old: str, new: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    assert old in text
    broken = etree.fromstring(text.replace(old, new, 1).encode(), safe_parser()).getroottree()
    problems = OWN.validate(SCHEMAS_OF[name], broken)
    assert problems
    assert all(problem.line >= 1 and problem.message for problem in problems)


def test_mets_needs_a_structural_map() -> None:
    tree = sample("METS.xml")
    (structure,) = tree.getroot().findall("{http://www.loc.gov/METS/}structMap")
    tree.getroot().remove(structure)
    assert OWN.validate("mets.xsd", tree) != []


def test_attributes_of_extensions_are_read_only_when_their_schema_is_named() -> None:
    text = (SAMPLES / "METS.xml").read_bytes().replace(b'OAISPACKAGETYPE="SIP"', b'OAISPACKAGETYPE="X"')
    tree = etree.fromstring(text, safe_parser()).getroottree()
    assert OWN.validate("mets.xsd", tree) == []
    (problem,) = OWN.validate(METS, tree)
    assert "OAISPACKAGETYPE" in problem.message
    assert problem.path == "/*/*[1]"


def test_more_problems_than_the_limit_are_counted_not_listed() -> None:
    root = etree.Element("{http://www.loc.gov/METS/}mets")
    for _ in range(MAX_PROBLEMS + 20):
        root.set("unknown", "x")
        etree.SubElement(root, "{http://www.loc.gov/METS/}dmdSec")
    problems = OWN.validate("mets.xsd", etree.ElementTree(root))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].message.startswith("Ytterligare ")


@pytest.mark.parametrize("name", ["nowhere.xsd", "../pyproject.toml", "/etc/passwd", "erms.sch", ""])
def test_only_schemas_of_the_folder_can_be_named(name: str) -> None:
    with pytest.raises(SchemaSetError):
        OWN.validator(name)


@pytest.mark.parametrize(
    "location", ["http://example.org/x/xlink.xsd", "../elsewhere/xlink.xsd", "/abs/xlink.xsd"]
)
def test_an_import_is_answered_by_file_name_wherever_it_points(tmp_path: Path, location: str) -> None:
    text = (OWN.folder / "mets.xsd").read_text(encoding="utf-8")
    (tmp_path / "mets.xsd").write_text(text.replace('"xlink.xsd"', f'"{location}"'), encoding="utf-8")
    shutil.copy(OWN.folder / "xlink.xsd", tmp_path)
    assert SchemaSet(tmp_path).validate("mets.xsd", sample("METS.xml")) == []


def test_an_import_that_the_folder_lacks_is_refused_even_if_the_file_exists_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    folder = tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    shutil.copy(OWN.folder / "xlink.xsd", outside)
    text = (OWN.folder / "mets.xsd").read_text(encoding="utf-8")
    changed = text.replace('"xlink.xsd"', f'"{(outside / "xlink.xsd").as_uri()}"')
    (folder / "mets.xsd").write_text(changed, encoding="utf-8")
    with pytest.raises(SchemaSetError):
        SchemaSet(folder).validator("mets.xsd")


def test_a_schema_cannot_draw_in_a_file_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hemligt", encoding="utf-8")
    schema = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:element name="a">&e;</xs:element></xs:schema>'
    )
    (tmp_path / "a.xsd").write_text(schema, encoding="utf-8")
    with pytest.raises(SchemaSetError) as caught:
        SchemaSet(tmp_path).validator("a.xsd")
    assert "hemligt" not in caught.value.message


def test_the_safe_parser_puts_in_no_entities(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hemligt", encoding="utf-8")
    text = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}"><!ENTITY i "inre">]><a>&e;&i;</a>'
    root = etree.fromstring(text.encode(), safe_parser())
    assert "".join(root.itertext(etree.Element)) == ""
    assert "hemligt" not in str(root.text)


def test_threads_share_a_set_without_mixing_their_problems() -> None:
    good = sample("ERMS.xml")
    bad = etree.fromstring(b'<erms xmlns="https://DILCIS.eu/XML/ERMS"/>', safe_parser()).getroottree()
    shared = SchemaSet(OWN.folder)
    results: list[tuple[int, int]] = []

    def work() -> None:
        for _ in range(20):
            results.append((len(shared.validate("ERMS.xsd", good)), len(shared.validate("ERMS.xsd", bad))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(0, 1)] * 80
