"""The rules of FGS Ärendehantering 1.0 for parts of a case or record: parties, agents, restrictions, relations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from diarium.archive.validation import legacy_values as values
from diarium.archive.validation.legacy_items import Told
from diarium.i18n import gettext as _

_PARTY: Final = (
    "Namn",
    "Organisation",
    "Postadress",
    "Postnummer",
    "Postort",
    "Land",
    "IDnummer",
    "Telefon",
    "Fax",
    "EPost",
    "SkyddadIdentitet",
)
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Motpart": _PARTY,
    "Avsandare": _PARTY,
    "Mottagare": _PARTY,
    "Agent": ("Roll", "Namn", "Organisationsnamn", "Enhetsnamn"),
    "Restriktion": ("ForklarandeText", "Lagrum", "RestriktionsDatum"),
    "Gallring": ("GallringsFrist", "GallringsForklaring", "GallringsPeriodSlut"),
    "ArendeRelation": (),
    "HandlingRelation": (),
}
"""Elements that are parts, each with its children: they must be kept until the part ends."""
_ORDINARY: Final = ("1", "2")  # kinds of number with a check digit


def part_faults(element: etree._Element, name: str) -> Iterator[Told]:
    """What is wrong with a part; `name`: one of `PARTS`."""
    return _RULES[name](element)


def _text(element: etree._Element, child: str) -> str:
    namespace = str(element.tag).rpartition("}")[0]
    return (element.findtext(f"{namespace}}}{child}") or "").strip()


def _party(element: etree._Element) -> Iterator[Told]:
    if not _text(element, "Namn"):
        yield "ARENDE-NAMN", _("Namn är tomt.")
    number = _text(element, "IDnummer")
    namespace = str(element.tag).rpartition("}")[0]
    kind = element.find(f"{namespace}}}IDnummer")
    if number and kind is not None and kind.get("Typ", "1") in _ORDINARY and not _is_identity(number):
        yield "ARENDE-IDNUMMER", _("IDnummer är inget giltigt person- eller organisationsnummer.")


def _is_identity(number: str) -> bool:
    return (
        number.isascii() and number.isdigit() and len(number) in (10, 12) and values.has_check_digit(number[-10:])
    )


def _agent(element: etree._Element) -> Iterator[Told]:
    if not _text(element, "Roll"):
        yield "ARENDE-ROLL", _("Agentens roll är tom.")


def _restriction(element: etree._Element) -> Iterator[Told]:
    if element.get("Typ") == "Annan typ" and not element.get("AnnanTyp", "").strip():
        yield "ARENDE-RESTRIKTION", _("Restriktionen har Typ ”Annan typ” men saknar AnnanTyp.")
    if element.get("Typ") == "Sekretess" and not _text(element, "Lagrum"):
        yield "ARENDE-LAGRUM", _("Sekretessmarkeringen saknar lagrum.")


def _disposal(element: etree._Element) -> Iterator[Told]:
    is_disposable = element.get("Gallras", "").strip() in ("true", "1")
    if is_disposable and not _text(element, "GallringsFrist") and not _text(element, "GallringsPeriodSlut"):
        yield "ARENDE-GALLRING", _("Uppgifterna ska gallras, men det framgår inte när.")


def _relation(element: etree._Element) -> Iterator[Told]:
    if element.get("Typ") == "Egen relationsdefinition" and not element.get("AnnanTyp", "").strip():
        yield "ARENDE-RELATION", _("Relationen har Typ ”Egen relationsdefinition” men saknar AnnanTyp.")


_RULES: Final[Mapping[str, Callable[[etree._Element], Iterator[Told]]]] = {
    "Motpart": _party,
    "Avsandare": _party,
    "Mottagare": _party,
    "Agent": _agent,
    "Restriktion": _restriction,
    "Gallring": _disposal,
    "ArendeRelation": _relation,
    "HandlingRelation": _relation,
}
