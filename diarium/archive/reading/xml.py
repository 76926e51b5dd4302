"""XML of packages from anywhere: streamed, without entities, document types, network or giant nodes.

Names are compared without namespace: others write those of earlier versions, or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from lxml import etree

from diarium.archive.reading.errors import UnreadablePackage
from diarium.archive.validation.mets import has_doctype
from diarium.i18n import gettext as _

Element = etree._Element


def stream(path: Path, name: str) -> Iterator[Element]:
    """Each element with the local `name` when it has ended, then freed. Its ancestors are there as far as read.

    Raises: UnreadablePackage for what is no XML, or has a document type.
    """
    for event, element in _events(path):
        if event == "end" and local(element) == name:
            yield element
            free(element)


def walk(path: Path, keep: frozenset[str]) -> Iterator[Element]:
    """Every element when it has ended, freed at once unless it lies in one whose local name is in `keep`.

    Raises: UnreadablePackage.
    """
    inside = 0
    for event, element in _events(path):
        is_kept = local(element) in keep
        if event == "start":
            inside += is_kept
            continue
        inside -= is_kept
        yield element
        if not inside:
            free(element)


def root_name(path: Path) -> str | None:
    """The local name of the root element; None for what is no XML."""
    try:
        for _event, element in _events(path):
            return local(element)
    except UnreadablePackage:
        return None
    return None


def free(element: Element) -> None:
    """Forgets what an element holds, and the like ones before it. The element itself belongs to the parser."""
    element.clear()
    previous = element.getprevious()
    parent = element.getparent()
    if previous is not None and parent is not None and previous.tag == element.tag:
        parent.remove(previous)


def local(element: Element) -> str:
    """The name without namespace."""
    return etree.QName(element).localname


def children(element: Element | None, name: str) -> list[Element]:
    """The children with a local name."""
    return [] if element is None else [item for item in element if local(item) == name]


def child(element: Element | None, *names: str) -> Element | None:
    """The first child with the first of `names`, of that the first child with the second …"""
    for name in names:
        element = next(iter(children(element, name)), None)
    return element


def text(element: Element | None, *names: str) -> str | None:
    """The text at the end of that way; an element without text has an empty one."""
    found = child(element, *names) if names else element
    return None if found is None else (found.text or "")


def attribute(element: Element, *names: str) -> str | None:
    """The value of the first of the attributes `names` that is there, whatever their namespaces."""
    for name in names:
        for key, value in element.attrib.items():
            if etree.QName(str(key)).localname == name:
                return str(value)
    return None


def _events(path: Path) -> Iterator[tuple[str, Element]]:
    try:
        found = etree.iterparse(
            str(path),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for number, (event, element) in enumerate(cast("Iterator[tuple[str, Element]]", found)):
            if number == 0 and has_doctype(element.getroottree()):
                raise UnreadablePackage(_("%(file)s har en dokumenttyp (DOCTYPE) och läses inte.", file=path.name))
            yield event, element
    except (OSError, etree.LxmlError, ValueError, LookupError) as error:
        raise UnreadablePackage(
            _("%(file)s kan inte läsas som XML: %(reason)s", file=path.name, reason=error)
        ) from None
