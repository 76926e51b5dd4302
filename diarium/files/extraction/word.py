"""Text of Word documents (DOCX and its macro-enabled and template kin)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from docx.opc.package import OpcPackage
from docx.opc.part import Part, XmlPart
from docx.package import Package
from lxml import etree

from diarium.files.extraction.archives import checked_zip
from diarium.files.extraction.model import TextCollector
from diarium.files.extraction.safe_xml import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_OTHER_TEXT = ("footnotes+xml", "endnotes+xml", "comments+xml", "header+xml", "footer+xml")


def extract_word(source: BinaryIO, out: TextCollector) -> None:
    """Body with tables and text boxes, then notes, comments, headers and footers. Deleted text is left out.

    Raises: CannotRead, OutputFull.
    """
    with checked_zip(source):
        source.seek(0)
        package = Package.open(source)
        for element in _text_parts(package):
            _write(element, out)


def _text_parts(package: OpcPackage) -> Iterator[etree._Element]:
    main = package.main_document_part
    yield _root(main)
    others = [part for part in package.iter_parts() if part is not main]
    for ending in _OTHER_TEXT:
        yield from (_root(part) for part in others if part.content_type.endswith(ending))


def _root(part: Part) -> etree._Element:
    return part.element if isinstance(part, XmlPart) else parse_xml(part.blob)


def _write(root: etree._Element, out: TextCollector) -> None:
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = str(element.tag)
        if event == "end":
            if tag == f"{_W}p":
                out.write("\n")
        elif tag == f"{_W}t":
            out.write(element.text or "")
        elif tag == _FALLBACK:  # the same text again, for old programs
            walker.skip_subtree()
        elif tag in _BREAKS:
            out.write(_BREAKS[tag])
