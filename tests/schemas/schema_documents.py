"""Random documents from a schema, and random damage to them: the material of the equivalence tests.

The maker reads an XSD as a grammar and writes documents that should be valid; `damage` then breaks (or merely
changes) one thing. Neither knows the verdict: two schemas are asked and must agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XLINK = "{http://www.w3.org/1999/xlink}"
CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
SIP = "{https://DILCIS.eu/XML/METS/SIPExtensionMETS}"
FOREIGN_ATTRIBUTES = (  # name, values that are right, values that are wrong
    (
        f"{CSIP}CONTENTINFORMATIONTYPE",
        ("citserms_v2_1", "citcarchival_v1_0", "MIXED", "OTHER"),
        ("citserms_v9", ""),
    ),
    (f"{CSIP}OTHERCONTENTINFORMATIONTYPE", ("whatever",), ()),
    (f"{CSIP}OAISPACKAGETYPE", ("SIP", "AIP", "DIP", "AIU", "AIC"), ("sip", "SIPS")),
    (f"{CSIP}NOTETYPE", ("SOFTWARE VERSION", "IDENTIFICATIONCODE"), ("NOTE",)),
    (f"{CSIP}UNHEARDOF", ("x",), ()),
    (f"{SIP}FILEFORMATNAME", ("PDF/A",), ()),
    (f"{SIP}FORMATREGISTRYKEY", ("fmt/95",), ()),
    ("{ExtensionMETS}APPRAISAL", ("Yes", "No"), ("yes", "")),
    ("{ExtensionMETS}STARTDATE", ("2024-02-29",), ("2024-02-29T00:00:00", "2024")),
    ("{ExtensionMETS}ACCESSRESTRICT", ("Secrecy", "PuL", "Secrecy and PuL", "GDPR"), ("Sekretess",)),
    ("{ExtensionMETS}AGREEMENTFORM", ("AGREEMENT", "DEPOSIT", "GIFT", "Not specified"), ("Agreement",)),
    ("{ExtensionMETS}OAISSTATUS", ("SIP", "AIC"), ("Sip",)),
    ("{ExtensionMETS}FORMATREGISTRY", ("PRONOM", "OTHER"), ("Pronom",)),
    ("{ExtensionMETS}ORIGINALFILENAME", ("å ä ö.pdf",), ()),
    (f"{XLINK}show", ("new", "embed"), ("sideways",)),
    (f"{XLINK}type", ("simple", "arc"), ("bent",)),
    (f"{XLINK}href", ("a%20b",), ("a b",)),
    ("{urn:test:foreign}note", ("x",), ()),
)
SAMPLES = {
    "anySimpleType": ("text", ""),
    "string": ("text", "", "å ä ö", "  two  words "),
    "token": ("text", "two words"),
    "date": ("2024-02-29", "2023-07-01Z", "1999-12-31+01:00"),
    "dateTime": ("2024-02-29T12:00:00", "2024-01-31T23:59:59.5+01:00", "2023-07-01T00:00:00Z"),
    "boolean": ("true", "false", "0", "1"),
    "int": ("0", "-7", "2147483647"),
    "integer": ("0", "12345678901234567890"),
    "long": ("0", "9223372036854775807"),
    "positiveInteger": ("1", "99"),
    "nonNegativeInteger": ("0", "3"),
    "base64Binary": ("aGVq", "", "aGVq IGRlag=="),
    "anyURI": ("file.xml", "https://example.org/a?b=c#d", ""),
}
ODD_VALUES = (
    "", " ", "bogus", "2024-02-30T00:00:00", "2024-01-01", "2024-01-01T24:00:01", "-1", "0", "1", "+1", "1.0",
    "2147483648", "9223372036854775808", "TRUE", "true ", "yes", "a%%b", "not base64!", "id1 id2", "1abc",
    "x\ny", "Other", "OTHER", "other", "3.0", "2.2", "SHA-256 ", "new", "simple",
)  # fmt: skip


class DocumentMaker:
    """Writes documents by the grammar of one schema file and of what it imports (found by name beside it)."""

    def __init__(self, schema: Path, seed: int, max_depth: int = 9) -> None:
        self._random = random.Random(seed)
        self._max_depth = max_depth
        self._globals: dict[tuple[str, str], etree._Element] = {}
        self._ids = 0
        self._seen_values: set[tuple[str, str]] = set()
        self.target = self._read(schema)

    def make(self, root: str) -> etree._Element:
        self._ids = 0
        return self._element(self._globals[("element", f"{{{self.target}}}{root}")], 0)

    def _read(self, schema: Path) -> str:
        tree = etree.parse(schema, etree.XMLParser(remove_comments=True, no_network=True))
        target = tree.getroot().get("targetNamespace", "")
        for annotation in list(tree.iter(f"{XS}annotation")):
            annotation.getparent().remove(annotation)
        for child in tree.getroot():
            if child.tag == f"{XS}import":
                self._read(schema.parent / child.get("schemaLocation", "").rsplit("/", 1)[-1])
            elif child.get("name"):
                kind = child.tag.removeprefix(XS).replace("simpleType", "type").replace("complexType", "type")
                self._globals[(kind, f"{{{target}}}{child.get('name')}")] = child
        return target

    def _look_up(self, kind: str, node: etree._Element, qname: str) -> etree._Element:
        prefix, _, local = qname.rpartition(":")
        return self._globals[(kind, f"{{{node.nsmap[prefix or None]}}}{local}")]

    def _is_builtin(self, node: etree._Element, qname: str) -> bool:
        prefix, _, _local = qname.rpartition(":")
        return node.nsmap.get(prefix or None) == XS[1:-1]

    # Elements

    def _element(self, declaration: etree._Element, depth: int) -> etree._Element:
        if ref := declaration.get("ref"):
            declaration = self._look_up("element", declaration, ref)
        target = declaration.getroottree().getroot().get("targetNamespace")
        element = etree.Element(f"{{{target}}}{declaration.get('name')}", nsmap={None: target})
        type_name = declaration.get("type")
        if type_name and self._is_builtin(declaration, type_name):
            element.text = self._builtin(type_name)
            return element
        definition = self._look_up("type", declaration, type_name) if type_name else declaration[-1]
        if definition.get("abstract") == "true":
            definition = self._random.choice(self._derived(definition))
            element.set(f"{XSI}type", definition.get("name", ""))
        if definition.tag == f"{XS}simpleType":
            element.text = self._simple(definition)
        else:
            self._complex(element, definition, depth)
            if definition.get("mixed") == "true":
                element.text = "mixed"
        return element

    def _derived(self, base: etree._Element) -> list[etree._Element]:
        return [
            definition
            for (kind, _), definition in self._globals.items()
            if kind == "type"
            and (step := definition.find(f"{XS}complexContent/{XS}extension")) is not None
            and self._look_up("type", step, step.get("base")) is base
        ]

    def _complex(self, element: etree._Element, definition: etree._Element, depth: int) -> None:
        for part in definition:
            local = part.tag.removeprefix(XS)
            if local in {"complexContent", "simpleContent"}:
                self._derivation(element, part[-1], depth)
            elif local in {"sequence", "choice", "all", "group", "element", "any"}:
                self._particle(element, part, depth)
            elif local in {"attribute", "attributeGroup", "anyAttribute"}:
                self._attribute(element, part)

    def _derivation(self, element: etree._Element, step: etree._Element, depth: int) -> None:
        base = step.get("base", "")
        if not self._is_builtin(step, base):
            self._complex(element, self._look_up("type", step, base), depth)
        elif not base.endswith("anyType"):
            element.text = self._builtin(base)
        self._complex(element, step, depth)

    # Content

    def _particle(self, element: etree._Element, part: etree._Element, depth: int) -> None:
        for _ in range(self._count(part, depth)):
            local = part.tag.removeprefix(XS)
            if local == "element":
                element.append(self._element(part, depth + 1))
            elif local == "any":
                element.append(self._foreign(depth))
            elif local == "choice":
                self._particle(element, self._random.choice(part), depth)
            elif local == "group" and part.get("ref"):
                self._particle(element, self._look_up("group", part, part.get("ref"))[-1], depth)
            else:
                parts = list(part)
                if local == "all":
                    self._random.shuffle(parts)
                for child in parts:
                    self._particle(element, child, depth)

    def _count(self, part: etree._Element, depth: int) -> int:
        least = int(part.get("minOccurs", "1"))
        most = part.get("maxOccurs", "1")
        if depth >= self._max_depth:
            return least
        ceiling = least + 2 if most == "unbounded" else int(most)
        if least == 0 and self._random.random() < (0.45 if depth < 3 else 0.72):
            return 0
        return self._random.randint(max(least, 1), ceiling) if self._random.random() < 0.4 else max(least, 1)

    def _foreign(self, depth: int) -> etree._Element:
        if self._random.random() < 0.5:
            stranger = etree.Element("{urn:test:foreign}data", version="1")
            etree.SubElement(stranger, "{urn:test:foreign}item").text = "foreign"
            return stranger
        elements = [
            node
            for (kind, name), node in self._globals.items()
            if kind == "element" and name.startswith(f"{{{self.target}}}")
        ]
        return self._element(self._random.choice(elements), self._max_depth)

    # Attributes and values

    def _attribute(self, element: etree._Element, part: etree._Element) -> None:
        if part.tag == f"{XS}attributeGroup":
            for child in self._look_up("attributeGroup", part, part.get("ref")):
                self._attribute(element, child)
        elif part.tag == f"{XS}anyAttribute":
            if self._random.random() < 0.25:
                name, right, _ = self._random.choice(FOREIGN_ATTRIBUTES)
                element.set(name, self._random.choice(right))
        elif part.get("use") == "required" or self._random.random() < 0.4:
            declaration = self._look_up("attribute", part, part.get("ref")) if part.get("ref") else part
            schema = declaration.getroottree().getroot()
            form = declaration.get("form", schema.get("attributeFormDefault"))
            qualified = declaration.getparent() is schema or form == "qualified"
            name = declaration.get("name", "")
            element.set(
                f"{{{schema.get('targetNamespace')}}}{name}" if qualified else name, self._value(declaration)
            )

    def _value(self, declaration: etree._Element) -> str:
        if fixed := declaration.get("fixed"):
            return fixed
        type_name = declaration.get("type")
        if type_name is None:
            return self._simple(declaration[-1])
        if self._is_builtin(declaration, type_name):
            return self._builtin(type_name)
        return self._simple(self._look_up("type", declaration, type_name))

    def _simple(self, definition: etree._Element) -> str:
        body = definition[-1]
        values = [facet.get("value") for facet in body.iterchildren(f"{XS}enumeration")]
        if values:
            key = etree.ElementTree(definition.getroottree().getroot()).getpath(definition)
            fresh = [value for value in values if (key, value) not in self._seen_values] or values
            value = self._random.choice(fresh)
            self._seen_values.add((key, value))
            return value
        if body.find(f"{XS}pattern") is not None:  # only FGS Ärendehantering 1.0 has one
            return self._random.choice(("2024-02-29", "2024-02-29T12:00:00", "2024-02", "2024"))
        if body.tag == f"{XS}list":
            return " ".join(self._builtin(body.get("itemType")) for _ in range(2))
        return self._builtin(body.get("base"))

    def _builtin(self, qname: str) -> str:
        local = qname.rpartition(":")[2]
        if local == "ID":
            self._ids += 1
            return f"id{self._ids}"
        if local in {"IDREF", "IDREFS"}:
            return f"id{self._random.randint(1, self._ids + 1)}"
        return self._random.choice(SAMPLES[local])


def damage(root: etree._Element, rng: random.Random, names: list[str]) -> etree._Element:
    """A copy of the document with one random change; `names` are element tags it may rename to or put in."""
    copy = deepcopy(root)
    elements = list(copy.iter(etree.Element))
    rng.choice(_CHANGES)(rng.choice(elements), rng, names)
    return copy


def variations(root: etree._Element, seen: set[tuple[str, ...]]) -> Iterator[etree._Element]:
    """The document with each small change in turn, at every kind of place not yet in `seen`.

    Changes: an attribute odd or gone, a text odd, a child repeated or gone. The document is changed in place and
    mended again: use one before asking for the next.
    """
    for element in list(root.iter(etree.Element)):
        parent = element.getparent()
        place = (str(parent.tag) if parent is not None else "", str(element.tag), element.get(f"{XSI}type", ""))
        for name in sorted(element.attrib):
            if (*place, str(name)) not in seen:
                seen.add((*place, str(name)))
                for _ in _attribute_variations(element, name):
                    yield root
        if len(element) == 0 and place not in seen:
            seen.add(place)
            for _ in _text_variations(element):
                yield root
        for child in list(element):
            if (*place, "/", str(child.tag)) not in seen:
                seen.add((*place, "/", str(child.tag)))
                for _ in _child_variations(element, child):
                    yield root


def _attribute_variations(element: etree._Element, name: str) -> Iterator[None]:
    value = element.attrib.pop(name)
    yield
    for odd in ODD_VALUES:
        element.set(name, odd)
        yield
    element.set(name, value)


def _text_variations(element: etree._Element) -> Iterator[None]:
    text = element.text
    for odd in ODD_VALUES:
        element.text = odd
        yield
    element.text = text


def _child_variations(element: etree._Element, child: etree._Element) -> Iterator[None]:
    position = element.index(child)
    twin = deepcopy(child)
    for number, inner in enumerate(twin.iter(etree.Element)):
        for identity in {"ID", "xmlID"} & set(inner.attrib):
            inner.set(identity, f"twin{number}")
    element.insert(position, twin)
    yield
    element.remove(twin)
    element.remove(child)
    yield
    element.insert(position, child)


def tags(schema: Path) -> list[str]:
    """Every element tag a schema file declares, local or global."""
    root = etree.parse(schema).getroot()
    return sorted(
        {f"{{{root.get('targetNamespace')}}}{e.get('name')}" for e in root.iter(f"{XS}element") if e.get("name")}
    )


def enumerations(schema: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Every code list of a schema file with the name of what it constrains (attribute, element or type)."""
    for restriction in etree.parse(schema).getroot().iter(f"{XS}restriction"):
        values = frozenset(str(e.get("value")) for e in restriction.iterchildren(f"{XS}enumeration"))
        owner = restriction
        while owner is not None and not owner.get("name"):
            owner = owner.getparent()
        if values and owner is not None:
            yield str(owner.get("name")), values


def _drop(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def _repeat(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    if element.getparent() is not None:
        twin = deepcopy(element)
        for inner in twin.iter(etree.Element):
            for attribute in ("ID", "xmlID"):
                if attribute in inner.attrib and rng.random() < 0.9:
                    inner.set(attribute, f"twin{rng.randrange(10**9)}")
        element.addnext(twin)


def _swap(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    following = element.getnext()
    if following is not None:
        following.addnext(element)


def _move(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.insert(rng.randint(0, len(parent)), element)


def _rename(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    element.tag = rng.choice([*names, f"{element.tag}X", etree.QName(element).localname])


def _insert(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    child = etree.Element(rng.choice([*names, "{urn:test:foreign}x"]))
    element.insert(rng.randint(0, len(element)), child)


def _write_text(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    element.text = rng.choice(ODD_VALUES)


def _drop_attribute(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    if element.attrib:
        del element.attrib[rng.choice(sorted(element.attrib))]


def _change_attribute(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    if element.attrib:
        name = rng.choice(sorted(element.attrib))
        value = element.attrib[name]
        element.set(name, rng.choice([*ODD_VALUES, value.upper(), f" {value}", f"{value}x", value[:-1]]))


def _rename_attribute(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    if element.attrib:
        name = rng.choice(sorted(element.attrib))
        value = element.attrib.pop(name)
        element.set(rng.choice([f"{name}X", etree.QName(name).localname, f"{XLINK}title"]), value)


def _add_attribute(element: etree._Element, rng: random.Random, names: list[str]) -> None:
    plain = (
        ("ID", "n1"),
        ("ID", "1n"),
        ("LABEL", "l"),
        ("TYPE", "t"),
        ("version", "3.0"),
        ("unknown", "yes"),
    )
    foreign = ((name, value) for name, right, wrong in FOREIGN_ATTRIBUTES for value in (*right, *wrong))
    element.set(*rng.choice([*plain, *foreign]))


_CHANGES = (
    _drop, _repeat, _swap, _move, _rename, _insert, _write_text,
    _drop_attribute, _change_attribute, _change_attribute, _rename_attribute, _add_attribute,
)  # fmt: skip
