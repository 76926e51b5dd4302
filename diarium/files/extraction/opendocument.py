"""Text of OpenDocument files: text, spreadsheet and presentation have one form."""

from __future__ import annotations

from typing import BinaryIO

from lxml import etree

from diarium.files.extraction.archives import checked_zip
from diarium.files.extraction.model import TextCollector
from diarium.files.extraction.safe_xml import parse_xml

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_BLOCKS = frozenset({f"{_TEXT}p", f"{_TEXT}h"})
_DELETED = f"{_TEXT}tracked-changes"
_SIGNS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_MAX_BLANKS = 1000


def extract_opendocument(source: BinaryIO, out: TextCollector) -> None:
    """Paragraphs, headings and cells, then headers and footers. Deleted text is left out.

    Raises: CannotRead, OutputFull.
    """
    with checked_zip(source) as archive:
        _write(parse_xml(archive.read("content.xml")), out)
        if "styles.xml" in archive.namelist():
            _write(parse_xml(archive.read("styles.xml")), out)


def _write(root: etree._Element, out: TextCollector) -> None:
    """Character data counts only inside paragraphs and headings, which may be nested (notes, text boxes)."""
    depth = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = str(element.tag)
        if event == "start":
            if tag == _DELETED:
                walker.skip_subtree()
                continue
            depth += tag in _BLOCKS
            if depth:
                out.write(_sign(element, tag) + (element.text or ""))
        elif tag != _DELETED:
            if tag in _BLOCKS:
                depth -= 1
                out.write("\n")
            if depth:
                out.write(element.tail or "")


def _sign(element: etree._Element, tag: str) -> str:
    if tag == f"{_TEXT}s":
        count = element.get(f"{_TEXT}c", "1")
        return " " * min(int(count), _MAX_BLANKS) if count.isdecimal() else " "
    return _SIGNS.get(tag, "")
