"""A METS document in memory, and how to point into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from diarium.archive.schema_set import safe_parser
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.model import MIB, Place
from diarium.i18n import gettext as _

METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
NS = {"m": METS, "csip": CSIP, "sip": SIP, "xlink": XLINK}
_PREFIXES = {uri: prefix for prefix, uri in NS.items() if prefix != "m"}


@dataclass(frozen=True, slots=True)
class Mets:
    """One METS file. `folder` is where it stands ("" at the root of the package); `file` its path."""

    tree: etree._ElementTree
    file: str
    folder: str

    @property
    def root(self) -> etree._Element:
        return self.tree.getroot()

    @property
    def is_package_level(self) -> bool:
        return not self.folder

    @property
    def objid(self) -> str:
        return self.root.get("OBJID", "")

    def all(self, path: str) -> Iterator[etree._Element]:
        """Elements by ElementPath with the prefixes of `NS`."""
        return self.root.iterfind(path, NS)

    def one(self, path: str) -> etree._Element | None:
        return self.root.find(path, NS)

    def place(self, element: etree._Element, attribute: str = "") -> Place:
        end = f"/@{shown_name(attribute)}" if attribute else ""
        return Place(self.file, line_of(element), path_of(element) + end)


def read_xml(
    path: Path, file: str, limit: int, findings: Collector, *, most_nodes: int | None = None
) -> etree._ElementTree | None:
    """Parses a document from outside; None (with a finding) when that cannot be done safely."""
    try:
        told = _too_large(path, file, limit, most_nodes)
        if told is not None:
            findings.add("XML", Place(file), told, _("Dela upp paketet i flera."))
            return None
        tree = etree.parse(str(path), safe_parser())
    except etree.XMLSyntaxError as error:
        tell_syntax(findings, file, error)
        return None
    except (OSError, ValueError, LookupError, etree.LxmlError) as error:
        told = _("%(file)s kan inte läsas som XML: %(reason)s", file=file, reason=error)
        findings.add("XML", Place(file), told, _("Skapa filen på nytt."))
        return None
    if has_doctype(tree):
        tell_doctype(findings, file)
        return None
    return tree


def nodes_in(path: Path) -> int:
    """About how many elements, comments and instructions a document has, in little memory and without parsing."""
    count = 0
    held = b""
    with path.open("rb") as source:
        while chunk := source.read(MIB):
            chunk = held + chunk
            held = chunk[-1:] if chunk.endswith(b"<") else b""  # its / may come in the next piece
            count += chunk.count(b"<") - chunk.count(b"</") - len(held)
    return count + len(held)


def _too_large(path: Path, file: str, limit: int, most_nodes: int | None) -> str | None:
    if path.stat().st_size > limit:
        return _("%(file)s är större än %(size)d MB och läses inte.", file=file, size=limit // MIB)
    if most_nodes is not None and nodes_in(path) > most_nodes:
        return _("%(file)s har fler än %(number)d element och läses inte.", file=file, number=most_nodes)
    return None


def has_doctype(tree: etree._ElementTree) -> bool:
    return tree.docinfo.internalDTD is not None


def tell_syntax(findings: Collector, file: str, error: etree.XMLSyntaxError) -> None:
    findings.add(
        "XML",
        Place(file, error.lineno or None),
        _("%(file)s är inte välformad XML: %(reason)s", file=file, reason=error.msg or error),
        _("Rätta XML-felet. Vanligast är ett & eller < i löptext som inte skrivits &amp; eller &lt;."),
    )


def tell_doctype(findings: Collector, file: str) -> None:
    findings.add(
        "XML",
        Place(file),
        _("%(file)s har en DOCTYPE, vilket inte tillåts.", file=file),
        _("Ta bort DOCTYPE och skriv ut det som entiteterna står för."),
    )


def line_of(element: etree._Element) -> int | None:
    return int(getattr(element, "sourceline", None) or 0) or None


def path_of(element: etree._Element) -> str:
    """A readable XPath without prefixes: /mets/fileSec/fileGrp[2]/file[5]."""
    steps = []
    current: etree._Element | None = element
    while current is not None:
        steps.append(_step(current))
        current = current.getparent()
    return "/" + "/".join(reversed(steps))


def shown_name(name: str) -> str:
    """An attribute or element name as people write it: csip:NOTETYPE, not {…}NOTETYPE."""
    if not name.startswith("{"):
        return name
    uri, local = name[1:].split("}", 1)
    prefix = _PREFIXES.get(uri)
    return f"{prefix}:{local}" if prefix else local


def local_name(element: etree._Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def has_text(element: etree._Element | None) -> bool:
    return element is not None and bool((element.text or "").strip())


def _step(element: etree._Element) -> str:
    before = sum(1 for _sibling in element.itersiblings(element.tag, preceding=True))
    alone = not before and next(element.itersiblings(element.tag), None) is None
    return local_name(element) + ("" if alone else f"[{before + 1}]")
