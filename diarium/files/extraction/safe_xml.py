"""XML from outside: no entities of its own, no network, no files, no endless depth."""

from __future__ import annotations

import io
from typing import IO
from xml.parsers import expat

from lxml import etree

from diarium.files.extraction.model import CannotRead
from diarium.i18n import gettext as _

_CHUNK = 64 * 1024


class _RootReached(Exception):
    """The prologue is over: nothing after it can declare an entity."""


def refuse_entities(source: IO[bytes]) -> None:
    """Reads up to the root element. Raises: CannotRead if the document declares entities or is not XML at all."""
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    parser.StartElementHandler = _stop_at_root
    try:
        while chunk := source.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except _RootReached:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise CannotRead(_("Texten kunde inte läsas: filen är inte riktig XML.")) from error


def parse_xml(content: bytes) -> etree._Element:
    """The root element. Raises: CannotRead if the XML is broken, declares entities or is nested too deep."""
    refuse_entities(io.BytesIO(content))
    try:
        return etree.fromstring(content, parser())
    except etree.XMLSyntaxError as error:
        raise_if_out_of_memory(error)
        raise CannotRead(_("Texten kunde inte läsas: filen är inte riktig XML.")) from error


def raise_if_out_of_memory(error: etree.XMLSyntaxError) -> None:
    """Raises: MemoryError if that is what the parser means: it calls every fault one of syntax."""
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
        raise MemoryError from error


def parser(*, target: object | None = None) -> etree.XMLParser:
    """A parser that opens nothing and expands nothing; with `target`, one that builds no tree."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        target=target,  # type: ignore[arg-type] # the stubs ask for methods that are optional
    )


def _refuse_entity(*_declaration: object) -> None:
    raise CannotRead(
        _("Texten lästes inte: XML-filen definierar egna entiteter, vilket inte tillåts av säkerhetsskäl.")
    )


def _stop_at_root(_name: str, _attributes: dict[str, str]) -> None:
    raise _RootReached
