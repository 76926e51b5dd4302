"""Everything that the archive formats can say has a name in Swedish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.reading_room.labels import LABELS
from diarium.archive.schema_set import SchemaSet

XS = "{http://www.w3.org/2001/XMLSchema}"
CONTENT = ("ERMS.xsd", "Arendehantering.xsd", "SNAadditionalPackageInfo.xsd")
# Codes that people read as they stand.
AS_THEY_ARE = {"UUID", "VAT", "DUNS", "ORG", "HSA", "Local", "URI", "OTHER", "Ja", "Nej"}


@pytest.mark.parametrize("name", CONTENT)
def test_every_element_and_attribute_of_a_schema_is_named(name: str) -> None:
    tree = etree.parse(str(SchemaSet.own().folder / name))
    elements = {str(one.get("name")) for one in tree.iter(XS + "element") if one.get("name")}
    attributes = {str(one.get("name")) for one in tree.iter(XS + "attribute") if one.get("name")}
    assert {one for one in elements if one not in LABELS.elements} == set()
    assert {one for one in attributes if one not in LABELS.attributes} == set()


def test_every_code_of_erms_is_explained() -> None:
    codes = list(_codes(SchemaSet.own().folder / "ERMS.xsd"))
    assert len(codes) > 100
    unknown = [
        (attribute, code)
        for attribute, code in codes
        if attribute != "value" and not LABELS.attribute_value("", attribute, code)
    ]
    assert unknown == []


def test_no_code_is_explained_by_itself() -> None:
    assert [name for name, label in LABELS.values.items() if name.partition("=")[2] == label] == []


def _codes(path: Path) -> Iterator[tuple[str, str]]:
    tree = etree.parse(str(path))
    types = {one.get("name"): one for one in tree.iter(XS + "simpleType") if one.get("name")}
    for attribute in tree.iter(XS + "attribute"):
        holder = types.get((attribute.get("type") or "").rpartition(":")[2], attribute)
        for code in holder.iter(XS + "enumeration"):
            if str(code.get("value")) not in AS_THEY_ARE:
                yield str(attribute.get("name")), str(code.get("value"))
