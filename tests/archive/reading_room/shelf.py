"""Packages read into catalogues, and what their pages would show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from diarium.archive.reading_room.building import build
from diarium.archive.reading_room.catalogue import Catalogue, opened
from diarium.archive.reading_room.limits import LIMITS, ReadingLimits
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.showing import steps_of
from diarium.archive.reading_room.views import ItemRow


@contextmanager
def read(root: Path, *, sees_protected: bool = True, limits: ReadingLimits = LIMITS) -> Iterator[Catalogue]:
    """The catalogue of the package in folder `root`."""
    target = root.parent / f"{root.name}.sqlite"
    build(root, target, limits=limits)
    with opened(target, sees_protected=sees_protected) as catalogue:
        yield catalogue


def all_items(catalogue: Catalogue) -> Iterator[ItemRow]:
    """Everything in the catalogue, page by page as lists do."""
    for kind in ItemKind:
        after: int | None = 0
        while after is not None:
            page = catalogue.items(kind, after=after)
            yield from page.rows
            after = page.following


def told(catalogue: Catalogue, item: ItemRow) -> list[str]:
    """Every text that an item's pages write of its elements, part after part."""
    texts = []
    for part in range(item.parts):
        _within, lines = catalogue.part(item, part)
        for step in steps_of(lines, sees_protected=catalogue.sees_protected):
            if step.node is not None:
                texts += [step.node.label, step.node.value, *(one.value for one in step.node.attributes)]
    return texts


def values_of(path: Path) -> set[str]:
    """Every text and attribute value of a document, but what only concerns schemas."""
    found: set[str] = set()
    for element in etree.parse(str(path)).iter(etree.Element):
        found.add((element.text or "").strip())
        found.add((element.tail or "").strip())
        found |= {str(value) for name, value in element.attrib.items() if not _is_technical(str(name))}
    return found - {""}


def stands_in(text: str, page: str) -> bool:
    """Whether `text` stands in `page` as whole words: asa@… does not tell of a@…."""
    return re.search(rf"(?<!\w){re.escape(text)}", page) is not None


def _is_technical(attribute: str) -> bool:
    return "XMLSchema-instance" in attribute or attribute in ("dataType", "DataTyp")
