"""diarium's schemas of the 1.x family give the official ones' verdict, on generated and on damaged documents.

That of FGS Ärendehantering 1.0 is compared with a municipality's, which adds Fastighet, as ours does.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.schema_set import SchemaSet, safe_parser
from tests.archive.fgs1_packages import METS_SCHEMAS, PERMITS, official_schemas
from tests.schemas.schema_documents import DocumentMaker, damage, enumerations, tags, variations

OWN = SchemaSet.own()
Names = str | tuple[str, ...]
PAIRS: dict[str, tuple[Names, Names, str]] = {
    "mets": (METS_SCHEMAS, METS_SCHEMAS, "mets"),
    "arendehantering": ("Arendehantering.xsd", PERMITS, "Leveransobjekt"),
}
DOCUMENTS = 20
DAMAGES = 8


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> SchemaSet:
    found = official_schemas(tmp_path_factory.mktemp("schemas"))
    if found is None:
        pytest.skip("the official schemas are not at hand (set DIARIUM_OFFICIAL_SCHEMAS)")
    return found


def _main(names: Names) -> str:
    return names if isinstance(names, str) else names[0]


def _stored(root: etree._Element) -> etree._ElementTree:
    return etree.fromstring(etree.tostring(root), safe_parser()).getroottree()


def _disagreement(own: SchemaSet, official: SchemaSet, pair: str, root: etree._Element) -> str:
    """Empty when both verdicts are the same; otherwise what the stricter schema says."""
    own_names, official_names, _root = PAIRS[pair]
    tree = _stored(root)
    ours, theirs = own.validate(own_names, tree), official.validate(official_names, tree)
    if bool(ours) == bool(theirs) or (ours and all(map(_is_libxml2s_mistake, ours))):
        return ""
    return f"only {'own' if ours else 'official'} refuses: {[problem.message for problem in ours or theirs][:3]}"


def _is_libxml2s_mistake(problem: object) -> bool:
    """In the official pattern for days, with its four alternatives, libxml2 lets some long rows of digits pass."""
    return re.search(r"facet 'pattern'\] The value '\d{5,}'", str(problem)) is not None


def _documents(schema: Path, root: str, seed: int) -> Iterator[etree._Element]:
    """Generated documents, damaged copies of each, and each small change at every kind of place."""
    maker, rng, names, seen = (
        DocumentMaker(schema, seed),
        random.Random(seed),
        tags(schema),
        set[tuple[str, ...]](),
    )
    for _ in range(DOCUMENTS):
        document = maker.make(root)
        yield document
        for _ in range(DAMAGES):
            yield damage(document, rng, names)
        yield from variations(document, seen)


@pytest.mark.parametrize("pair", PAIRS)
def test_generated_and_damaged_documents_get_the_same_verdict(pair: str, official: SchemaSet) -> None:
    own_names, _official_names, root = PAIRS[pair]
    verdicts = [
        (_disagreement(OWN, official, pair, document), OWN.validate(own_names, _stored(document)) == [])
        for document in _documents(OWN.folder / _main(own_names), root, seed=2028)
    ]
    assert {disagreement for disagreement, _valid in verdicts} == {""}
    assert len(verdicts) > 3000
    assert 0.1 < sum(valid for _disagreement, valid in verdicts) / len(verdicts) < 0.9


def test_documents_by_the_official_grammar_get_the_same_verdict(official: SchemaSet) -> None:
    maker = DocumentMaker(official.folder / METS_SCHEMAS[0], seed=7)
    for _ in range(DOCUMENTS):
        document = maker.make("mets")
        assert OWN.validate(METS_SCHEMAS, _stored(document)) == []
        assert official.validate(METS_SCHEMAS, _stored(document)) == []


@pytest.mark.parametrize(
    ("own", "theirs"), [*((name, name) for name in METS_SCHEMAS), ("Arendehantering.xsd", PERMITS)]
)
def test_code_lists_and_global_names_are_the_same(own: str, theirs: str, official: SchemaSet) -> None:
    ours = {values for _, values in enumerations(OWN.folder / own)}
    assert ours == {values for _, values in enumerations(official.folder / theirs)}
    assert _globals(OWN.folder / own) == _globals(official.folder / theirs)


@pytest.mark.parametrize(
    ("pair", "file", "old", "new"),
    [
        ("mets", "CSPackageMETS.xsd", 'name="agent" type="Agent" minOccurs="3"', 'name="agent" type="Agent"'),
        ("mets", "CSPackageMETS.xsd", '<xs:attribute name="OBJID" type="xs:string" use="required"/>',
         '<xs:attribute name="OBJID" type="xs:string"/>'),
        ("mets", "CSPackageMETS.xsd", '<xs:enumeration value="SIARD"/>', ""),
        ("mets", "CSPackageExtensionMETS.xsd", '<xs:enumeration value="GDPR"/>', ""),
        ("arendehantering", "Arendehantering.xsd", '<xs:element ref="Arendemening"/>',
         '<xs:element ref="Arendemening" minOccurs="0"/>'),
        ("arendehantering", "Arendehantering.xsd", 'name="Storlek" type="xs:int"',
         'name="Storlek" type="xs:long"'),
        ("arendehantering", "Arendehantering.xsd", 'value="Ad Acta."', 'value="Ad Acta"'),
    ],
)  # fmt: skip
def test_the_comparison_notices_a_small_difference(
    tmp_path: Path, pair: str, file: str, old: str, new: str, official: SchemaSet
) -> None:
    for path in OWN.folder.glob("*.xsd"):
        shutil.copyfile(path, tmp_path / path.name)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    altered = SchemaSet(tmp_path)
    own_names, _official_names, root = PAIRS[pair]
    documents = _documents(OWN.folder / _main(own_names), root, seed=2028)
    assert any(_disagreement(altered, official, pair, document) for document in documents)


SLIPS = [
    ("<Namn>Åsa</Namn>", "", "a party without name"),
    ('Gallras="true"', 'Gallras="ja"', "disposal that is neither true nor false"),
    ("2024-02-29", "29 februari 2024", "a date in words"),
    ("<StatusArande>Stängt", "<StatusArande>Avslutat", "a status of another system"),
    ("<StatusArande>Stängt</StatusArande>", "<StatusArende>Stängt</StatusArende>", "a spelling mended"),
    ("<Lopnummer>1", "<Lopnummer>1a", "a number with a letter"),
    (' Lank="file:///Content/1/a.pdf"', "", "an attachment without link"),
    ("http://xml.ra.se/e-arkiv/FGS-ERMS", "urn:annan", "another namespace"),
]
SAMPLE = """<Leveransobjekt xmlns="http://xml.ra.se/e-arkiv/FGS-ERMS"><ArkivobjektListaArenden><ArkivobjektArende>
<ArkivobjektID>1</ArkivobjektID><Avslutat>2024-02-29</Avslutat><Gallring Gallras="true"/>
<Motpart><Namn>Åsa</Namn></Motpart><StatusArande>Stängt</StatusArande><Arendemening>x</Arendemening>
<ArkivobjektListaHandlingar><ArkivobjektHandling><ArkivobjektID>1</ArkivobjektID><Lopnummer>1</Lopnummer>
<Bilaga Namn="a" Lank="file:///Content/1/a.pdf" Storlek="1"/></ArkivobjektHandling></ArkivobjektListaHandlingar>
</ArkivobjektArende></ArkivobjektListaArenden></Leveransobjekt>"""


def test_a_plain_document_is_accepted() -> None:
    assert OWN.validate("Arendehantering.xsd", etree.fromstring(SAMPLE).getroottree()) == []


@pytest.mark.parametrize(("old", "new"), [slip[:2] for slip in SLIPS], ids=[slip[2] for slip in SLIPS])
def test_a_slip_is_refused(old: str, new: str) -> None:
    assert old in SAMPLE
    tree = etree.fromstring(SAMPLE.replace(old, new)).getroottree()
    assert OWN.validate("Arendehantering.xsd", tree) != []


def _globals(schema: Path) -> set[tuple[str, str]]:
    xs = "{http://www.w3.org/2001/XMLSchema}"
    root = etree.parse(str(schema)).getroot()
    return {(str(node.tag), str(node.get("name"))) for node in root.iterchildren(f"{xs}element", f"{xs}attribute")}
