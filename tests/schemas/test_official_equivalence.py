"""diarium's schemas and rules give the official ones' verdict, on generated, damaged and published documents.

Needs the official schemas: the folder in DIARIUM_OFFICIAL_SCHEMAS, or `shared/fgs/official` beside the repository.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.schema_set import AssertionFailure, SchemaSet, run_schematron, safe_parser
from tests.schemas.schema_documents import XS, DocumentMaker, damage, enumerations, tags, variations

OWN = SchemaSet.own()
BESIDE = OWN.folder.parent.parent / "shared" / "fgs" / "official"
OFFICIAL = SchemaSet(Path(os.environ.get("DIARIUM_OFFICIAL_SCHEMAS", BESIDE)))
METS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
ERMS, ERMS_OFFICIAL = "ERMS.xsd", "ERMS_v2_1_2.xsd"
ERMS3, ERMS3_OFFICIAL = "ERMS-3.xsd", "ERMS_v3.xsd"
ERMS3_RULES_OFFICIAL = "erms_v3.sch"
PREMIS = "premis-v3-0.xsd"
METS_PAIR = "mets with extensions"
PAIRS = {
    "mets": ("mets.xsd", "mets.xsd", "mets"),
    "mets with extensions": (METS, METS, "mets"),
    "erms": (ERMS, ERMS_OFFICIAL, "erms"),
    "erms 3": (ERMS3, ERMS3_OFFICIAL, "erms"),
    "premis": (PREMIS, PREMIS, "premis"),
}
DOCUMENTS = 60
DAMAGES = 12

pytestmark = pytest.mark.skipif(
    not (OFFICIAL.folder / ERMS_OFFICIAL).is_file(),
    reason="the official schemas are not at hand (set DIARIUM_OFFICIAL_SCHEMAS)",
)


def main_file(name: str | tuple[str, ...]) -> str:
    return name if isinstance(name, str) else name[0]


def stored(root: etree._Element) -> etree._ElementTree:
    """The document as it would be read from disk."""
    return etree.fromstring(etree.tostring(root), safe_parser()).getroottree()


def disagreement(own: SchemaSet, pair: str, root: etree._Element) -> str:
    """Empty when both verdicts are the same; otherwise what the stricter schema says."""
    own_name, official_name, _ = PAIRS[pair]
    tree = stored(root)
    ours, theirs = own.validate(own_name, tree), OFFICIAL.validate(official_name, tree)
    if bool(ours) == bool(theirs):
        return ""
    stricter = "own" if ours else "official"
    return f"only the {stricter} schema refuses: {[p.message for p in ours or theirs][:3]}"


def documents(schema: Path, root: str, seed: int) -> Iterator[tuple[etree._Element, bool]]:
    """Generated documents, and damaged copies of each (then True)."""
    maker, rng, names = DocumentMaker(schema, seed), random.Random(seed), tags(schema)
    for _ in range(DOCUMENTS):
        document = maker.make(root)
        yield document, False
        for _ in range(DAMAGES):
            yield damage(document, rng, names), True


def probes(schema: Path, root: str, seed: int) -> Iterator[etree._Element]:
    """Generated documents, varied in small steps at every kind of place that they reach."""
    maker, seen = DocumentMaker(schema, seed), set[tuple[str, ...]]()
    for _ in range(DOCUMENTS):
        yield from variations(maker.make(root), seen)


@pytest.mark.parametrize("grammar", ["own", "official"])
@pytest.mark.parametrize("pair", PAIRS)
def test_generated_and_damaged_documents_get_the_same_verdict(pair: str, grammar: str) -> None:
    own_name, official_name, root = PAIRS[pair]
    source = OWN.folder / main_file(own_name) if grammar == "own" else OFFICIAL.folder / main_file(official_name)
    refused = accepted = 0
    for document, damaged in documents(source, root, seed=2026):
        assert disagreement(OWN, pair, document) == ""
        valid = OWN.validate(own_name, stored(document)) == []
        assert valid or damaged, "the maker follows the grammar"
        accepted += damaged and valid
        refused += not valid
    assert refused > DOCUMENTS * DAMAGES * 0.2
    assert accepted > DOCUMENTS * DAMAGES * 0.2


@pytest.mark.parametrize("pair", PAIRS)
def test_small_changes_get_the_same_verdict_at_every_kind_of_place(pair: str) -> None:
    _, official_name, root = PAIRS[pair]
    verdicts = [
        disagreement(OWN, pair, document)
        for document in probes(OFFICIAL.folder / main_file(official_name), root, seed=2027)
    ]
    assert set(verdicts) == {""}
    assert len(verdicts) > 3000


@pytest.mark.parametrize(
    ("own", "official"),
    [(name, name) for name in (*METS, PREMIS)] + [(ERMS, ERMS_OFFICIAL), (ERMS3, ERMS3_OFFICIAL)],
)
def test_code_lists_are_the_same(own: str, official: str) -> None:
    ours = {values for _, values in enumerations(OWN.folder / own)}
    theirs = {values for _, values in enumerations(OFFICIAL.folder / official)}
    assert ours == theirs


@pytest.mark.parametrize(
    ("own", "official"),
    [(name, name) for name in (*METS, PREMIS, "xlink.xsd")] + [(ERMS, ERMS_OFFICIAL), (ERMS3, ERMS3_OFFICIAL)],
)
def test_global_elements_and_attributes_are_the_same(own: str, official: str) -> None:
    assert public_names(OWN.folder / own) == public_names(OFFICIAL.folder / official)


def public_names(schema: Path) -> set[tuple[str, str]]:
    root = etree.parse(schema).getroot()
    kinds = (f"{XS}element", f"{XS}attribute")
    return {(str(node.tag), str(node.get("name"))) for node in root.iterchildren(*kinds)}


@pytest.mark.parametrize(
    ("pair", "file", "old", "new"),
    [
        ("mets", "mets.xsd", '<xs:attribute name="ROLE" use="required">', '<xs:attribute name="ROLE">'),
        ("mets", "mets.xsd", 'name="SIZE" type="xs:long"', 'name="SIZE" type="xs:string"'),
        ("mets", "mets.xsd", '<xs:enumeration value="SHA-384"/>', ""),
        ("mets", "mets.xsd", 'name="smLocatorLink" minOccurs="2"', 'name="smLocatorLink" minOccurs="1"'),
        ("mets", "mets.xsd", 'name="mdRef" type="MetadataReference"', 'name="mdRev" type="MetadataReference"'),
        ("mets with extensions", "DILCISExtensionMETS.xsd", 'value="AIC"', 'value="AIK"'),
        ("erms", ERMS, '<xs:element ref="runningNumber" minOccurs="0"/>', ""),
        ("erms", ERMS, 'value="physcical_and_digital"', 'value="physical_and_digital"'),
        ("erms", ERMS, '<xs:element name="regulation" type="xs:string"/>',
         '<xs:element name="regulation" type="xs:string" minOccurs="0"/>'),
        ("erms", ERMS, 'name="disposalDate" type="DisposalDate" maxOccurs="unbounded"',
         'name="disposalDate" type="DisposalDate"'),
        ("erms 3", ERMS3, 'type="xs:IDREF"', 'type="xs:string"'),
        ("erms 3", ERMS3, 'name="toDate" type="xs:date" minOccurs="0"', 'name="toDate" type="xs:date"'),
        ("erms 3", ERMS3, 'value="contact_person"', 'value="contact"'),
        ("erms 3", ERMS3, '<xs:element name="notes" type="Notes" minOccurs="0"/>\n    </xs:sequence>',
         "</xs:sequence>"),
        ("premis", PREMIS, '<xs:element ref="fixity" minOccurs="0" maxOccurs="unbounded"/>',
         '<xs:element ref="fixity"/>'),
        ("premis", PREMIS, 'name="size" type="xs:long"', 'name="size" type="xs:string"'),
    ],
)  # fmt: skip
def test_the_comparison_notices_a_small_difference(
    tmp_path: Path, pair: str, file: str, old: str, new: str
) -> None:
    for path in OWN.folder.glob("*.xsd"):
        text = path.read_text(encoding="utf-8")
        assert path.name != file or old in text
        (tmp_path / path.name).write_text(text.replace(old, new) if path.name == file else text, encoding="utf-8")
    altered = SchemaSet(tmp_path)
    source, root = OFFICIAL.folder / main_file(PAIRS[pair][1]), PAIRS[pair][2]
    generated = (document for seed in range(4) for document, _ in documents(source, root, seed))
    assert any(disagreement(altered, pair, document) for document in chain(generated, probes(source, root, 2027)))


# Rules


def verdicts(failures: list[AssertionFailure]) -> list[str]:
    return sorted(failure.path for failure in failures if failure.role == "error")


def test_the_rules_find_the_same_elements_as_the_official_rules(tmp_path: Path) -> None:
    maker, rng = DocumentMaker(OFFICIAL.folder / ERMS_OFFICIAL, seed=7), random.Random(7)
    found = 0
    for _ in range(12):
        path = tmp_path / "ERMS.xml"
        path.write_bytes(etree.tostring(with_other_values(maker.make("erms"), rng)))
        theirs = verdicts(run_schematron(OFFICIAL.folder / "erms_v2_1_2.sch", path))
        assert verdicts(run_schematron(OWN.folder / "erms.sch", path)) == theirs
        found += len(theirs)
    assert found > 50


def test_the_rules_of_erms_3_find_the_same_elements_as_the_official_rules(tmp_path: Path) -> None:
    official = OFFICIAL.folder / ERMS3_RULES_OFFICIAL
    if not official.is_file():
        pytest.skip("the official rules of ERMS 3 are not at hand")
    maker, rng = DocumentMaker(OFFICIAL.folder / ERMS3_OFFICIAL, seed=8), random.Random(8)
    found = 0
    for _ in range(12):
        root = with_other_values(maker.make("erms"), rng)
        for scheme in root.iter("{*}classificationSchema"):  # the published rule names no attribute of the schema
            scheme.attrib.pop("classificationSchemaStatus", None)
        path = tmp_path / "ERMS.xml"
        path.write_bytes(etree.tostring(root))
        theirs = verdicts(run_schematron(official, path))
        assert verdicts(run_schematron(OWN.folder / "erms-3.sch", path)) == theirs
        found += len(theirs)
    assert found > 50


def with_other_values(root: etree._Element, rng: random.Random) -> etree._Element:
    """Gives elements all the types that mean "other", now and then two at once, with or without the companion."""
    others = {
        "aggregationType": "own_aggregation_definition", "dateType": "Other", "directionDefinition": "other",
        "addressLineType": "other", "contactLineType": "other", "agentType": "other",
        "disposalDateType": "other_date", "restrictionType": "other_type",
        "relationType": "own_relation_definition",
    }  # fmt: skip
    for element in root.iter(etree.Element):
        for name in rng.sample(sorted(others), rng.choice((0, 0, 1, 2))):
            element.set(name, rng.choice((others[name], others[name].lower())))
            if rng.random() < 0.5:
                element.set(f"other{name[0].upper()}{name[1:]}", rng.choice(("own", "", " ")))
    return root


# Published documents


def published(folder: str, *patterns: str) -> list[Path]:
    base = OFFICIAL.folder.parent / folder
    found = sorted(path for pattern in patterns for path in base.rglob(pattern))
    if not found:
        pytest.skip(f"no published documents in {folder} beside the official schemas")
    return found


def differing(pair: str, paths: Iterable[Path]) -> dict[Path, str]:
    """The files whose verdicts differ. Those that are no XML at all (the corpus has some) reach no schema."""
    verdicts = {}
    for path in paths:
        try:
            root = etree.parse(path, safe_parser()).getroot()
        except etree.XMLSyntaxError:
            continue
        verdicts[path] = disagreement(OWN, pair, root)
    assert len(verdicts) > 40
    return {path: verdict for path, verdict in verdicts.items() if verdict}


@pytest.mark.parametrize("pair", ["mets", "mets with extensions"])
def test_every_mets_file_of_the_corpus_gets_the_official_verdict(pair: str) -> None:
    assert differing(pair, published("eark-corpus", "[Mm][Ee][Tt][Ss]*.xml")) == {}


def test_every_premis_file_of_the_corpus_gets_the_official_verdict() -> None:
    assert differing("premis", published("eark-corpus", "*[Pp][Rr][Ee][Mm][Ii][Ss]*.xml")) == {}


def test_the_official_erms_example_is_valid_and_breaks_no_rule() -> None:
    (path,) = published("examples", "ERMS_version_2_1_0_generated_example.xml")
    assert OWN.validate(ERMS, etree.parse(path, safe_parser())) == []
    assert run_schematron(OWN.folder / "erms.sch", path) == []


def test_the_official_erms_example_damaged_gets_the_official_verdict() -> None:
    (path,) = published("examples", "ERMS_version_2_1_0_generated_example.xml")
    root = etree.parse(path, safe_parser()).getroot()
    rng, names = random.Random(3), tags(OFFICIAL.folder / ERMS_OFFICIAL)
    for _ in range(150):
        assert disagreement(OWN, "erms", damage(root, rng, names)) == ""


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("METS.xml", "mets with extensions"),
        ("ERMS.xml", "erms"),
        ("ERMS-3.xml", "erms 3"),
        ("premis.xml", "premis"),
    ],
)
def test_the_handwritten_samples_are_valid_by_the_official_schemas_too(name: str, pair: str) -> None:
    tree = etree.parse(Path(__file__).parent / "samples" / name, safe_parser())
    assert OFFICIAL.validate(PAIRS[pair][1], tree) == []
