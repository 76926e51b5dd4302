"""Text of HTML and XML."""

from __future__ import annotations

import contextlib
import re
from typing import BinaryIO

from lxml import etree

from diarium.files.extraction.model import CannotRead, OutputFull, TextCollector
from diarium.files.extraction.plaintext import decode_text
from diarium.files.extraction.safe_xml import parser, raise_if_out_of_memory, refuse_entities
from diarium.i18n import gettext as _

_MAX_HTML_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{1,40})", re.I)
_LEFT_OUT = frozenset({"script", "style", "template", "noscript", "object", "iframe", "svg", "math"})
# Elements that do not break the line; all others do.
_INLINE = frozenset(
    """a abbr b bdi bdo cite code dfn em font i kbd label mark q s samp small span strong sub sup tt u var
    wbr""".split()  # noqa: SIM905 - a list of thirty strings says the same in thirty lines
)


def extract_html(source: BinaryIO, out: TextCollector) -> None:
    """The visible text of a page: no scripts, styles or comments. Raises: CannotRead, OutputFull."""
    content = source.read(_MAX_HTML_BYTES + 1)
    if len(content) > _MAX_HTML_BYTES:
        out.mark_truncated()
    write_html(decode_html(content[:_MAX_HTML_BYTES]), out)


def decode_html(content: bytes) -> str:
    """The page as text, by its byte order mark, its own declaration or its looks."""
    declared = _DECLARED.search(content[:2048])
    return decode_text(content, declared.group(1).decode("ascii") if declared else None)


def html_to_text(page: str) -> str:
    """The visible text of a page, for a message whose only body is HTML."""
    out = TextCollector()
    with contextlib.suppress(OutputFull):  # the collector has marked it
        write_html(page, out)
    return out.result().text


def write_html(page: str, out: TextCollector) -> None:
    """Writes the visible text of `page`. Raises: CannotRead, OutputFull."""
    html_parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(page.encode("utf-8", errors="replace"), html_parser)
    except etree.XMLSyntaxError as error:
        raise_if_out_of_memory(error)
        if not page.strip():
            return
        raise CannotRead(_("Texten kunde inte läsas: filen är inte riktig HTML.")) from error
    if root is not None:
        _write_visible(root, out)


def extract_xml(source: BinaryIO, out: TextCollector) -> None:
    """The character data of an XML document, a line for each element. Raises: CannotRead, OutputFull."""
    refuse_entities(source)
    source.seek(0)
    writer = _ElementWriter(out)
    xml_parser = parser(target=writer)
    try:
        while chunk := source.read(_CHUNK):
            xml_parser.feed(chunk)
        xml_parser.close()
    except etree.XMLSyntaxError as error:
        raise_if_out_of_memory(error)
        out.note(_("Filen är inte riktig XML: bara texten före felet har lästs."))


class _ElementWriter:
    """Takes the parser's events; builds no tree, so memory does not grow with the file."""

    def __init__(self, out: TextCollector) -> None:
        self._out = out
        self._text: list[str] = []

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        self._flush()

    def end(self, _tag: str) -> None:
        self._flush()

    def data(self, text: str) -> None:
        self._text.append(text)

    def close(self) -> None:
        self._flush()

    def _flush(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            self._out.line(text)


def _write_visible(root: etree._Element, out: TextCollector) -> None:
    walker = etree.iterwalk(root, events=("start", "end"))
    pending: list[str] = []
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag not in _INLINE:
                _write_line(pending, out)
            if tag in _LEFT_OUT:
                walker.skip_subtree()
            elif element.text:
                pending.append(element.text)
        else:
            if tag not in _INLINE:
                _write_line(pending, out)
            if element.tail:
                pending.append(element.tail)
    _write_line(pending, out)


def _write_line(pending: list[str], out: TextCollector) -> None:
    text = " ".join("".join(pending).split())
    pending.clear()
    if text:
        out.line(text)
