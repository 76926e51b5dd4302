"""The parts of a Leveransobjekt that cases and records share: agents, parties, restrictions, disposal, days.

Source: FGS Ärendehantering 1.0. Times there are without zone: they are written as Swedish clocks showed them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

from diarium.archive.erms_parts import years_after
from diarium.archive.package_model import (
    PackageClass,
    PackageParty,
    PackageRestriction,
    PackageUnit,
    PackageUser,
)
from diarium.archive.xml_writer import Value, XmlWriter, text_of
from diarium.classification.models import Retention
from diarium.i18n import STOCKHOLM
from diarium.register.vocabulary import PartyKind, PartyRole, RelationKind
from diarium.secrecy.models import Scope

NAMELESS: Final = "-"
"""What is written where the format demands a name and there is none."""
HANDLER: Final = "Handläggare"
REGISTRAR: Final = "Registrator"
LARGEST_INT: Final = 2**31 - 1
"""Lopnummer and Storlek hold no more (xs:int)."""
ROLES: Final[Mapping[PartyRole, str]] = {
    PartyRole.SENDER: "Avsändare",
    PartyRole.RECIPIENT: "Mottagare",
    PartyRole.PARTY: "Part",
    PartyRole.COUNTERPART: "Motpart",
    PartyRole.REPRESENTATIVE: "Ombud",
}
RELATIONS: Final[Mapping[tuple[RelationKind, bool], tuple[str, str | None]]] = {
    (RelationKind.REFERS_TO, True): ("Referens", None),
    (RelationKind.REFERS_TO, False): ("Refereras av", None),
    (RelationKind.REPLACES, True): ("Ersätter", None),
    (RelationKind.REPLACES, False): ("Är ersatt med", None),
    (RelationKind.PART_OF, True): ("Egen relationsdefinition", "ingår i"),
    (RelationKind.PART_OF, False): ("Egen relationsdefinition", "innehåller"),
    (RelationKind.CONTINUES, True): ("Egen relationsdefinition", "fortsätter"),
    (RelationKind.CONTINUES, False): ("Egen relationsdefinition", "fortsätts av"),
}
"""Type, and its own definition, of a relation by kind and direction."""
_SCOPES: Final[Mapping[Scope, str]] = {
    Scope.WHOLE: "Omfattar allt.",
    Scope.TITLE: "Omfattar rubriken.",
    Scope.PARTIES: "Omfattar avsändare, mottagare och parter.",
    Scope.FILES: "Omfattar filerna.",
}
_ORDINARY_NUMBER: Final = "1"
_COORDINATION_NUMBER: Final = "2"
_DAYS_ADDED: Final = 60  # to the day of birth in a coordination number


def clock(moment: dt.datetime) -> str:
    """A moment as the format writes it: local time in whole seconds."""
    return moment.astimezone(STOCKHOLM).replace(tzinfo=None).isoformat(timespec="seconds")


def staff(xml: XmlWriter, role: str, user: PackageUser | None, unit: PackageUnit | None = None) -> None:
    """Somebody of the staff, or a unit alone, as Agent."""
    if user is not None or unit is not None:
        with xml.element("Agent"):
            xml.required("Roll", role)
            xml.leaf("Namn", user.name if user else None)
            xml.leaf("Enhetsnamn", unit.name if unit else None)


def agent(xml: XmlWriter, who: PackageParty) -> None:
    """A party as Agent, where no element of its own is left for its role."""
    with xml.element("Agent"):
        xml.required("Roll", ROLES[who.role])
        xml.leaf("Namn", _name(who))
        xml.leaf("Organisationsnamn", _organisation(who))


def party(xml: XmlWriter, element: str, who: PackageParty) -> None:
    """A party as Motpart, Avsandare or Mottagare."""
    with xml.element(element):
        xml.required("Namn", _name(who))
        xml.leaf("Organisation", _organisation(who))
        xml.leaf("Postadress", who.address)
        xml.leaf("Postnummer", who.postal_code)
        xml.leaf("Postort", who.city)
        xml.leaf("Land", who.country)
        number, kind = _identity(who)
        xml.leaf("IDnummer", number, {"Typ": kind})
        xml.leaf("Telefon", who.phone)
        xml.leaf("EPost", who.email)
        xml.leaf("SkyddadIdentitet", who.is_protected)


def restriction(xml: XmlWriter, mark: PackageRestriction) -> None:
    """A secrecy marking; its day is that of its end. Source: OSL 5 kap. 5 §."""
    lifted = [] if mark.is_in_force else ["Markeringen är hävd."]
    with xml.element("Restriktion", {"Typ": "Sekretess"}):
        xml.leaf("ForklarandeText", " ".join([_SCOPES[mark.scope], *lifted, mark.note or ""]).strip())
        xml.leaf("Lagrum", mark.citation)
        xml.leaf("RestriktionsDatum", None if mark.lifted_at is None else clock(mark.lifted_at))


def disposal(xml: XmlWriter, item: PackageClass | None, closed_on: dt.date | None) -> None:
    """How long a case of the class is kept, counted from its closing where the rule counts so."""
    rule = item.disposal if item else None
    if rule is None:
        return
    disposable = rule.retention is Retention.DISPOSE
    years = rule.years if disposable else None
    end = None
    if years is not None and closed_on is not None and rule.event in (None, "", "case_closed"):
        end = years_after(closed_on, years) if closed_on.year + years <= dt.MAXYEAR else None
    with xml.element("Gallring", {"Gallras": disposable}):
        xml.leaf("GallringsFrist", None if years is None else f"{years} år")
        xml.leaf("GallringsForklaring", rule.basis)
        xml.leaf("GallringsPeriodSlut", end)


def relation(xml: XmlWriter, element: str, kinds: tuple[str, str | None], number: str) -> None:
    """A relation to the case or record with `number`; `kinds`: as in `RELATIONS`."""
    kind, own_kind = kinds
    attributes: dict[str, Value] = {"Typ": kind, "AnnanTyp": own_kind}
    xml.leaf(element, number, attributes)


def _name(who: PackageParty) -> str:
    return who.name if text_of(who.name).strip() else NAMELESS


def _organisation(who: PackageParty) -> str | None:
    """An organisation that is the party itself is named as one too: receivers search there."""
    return who.organisation or (None if who.kind is PartyKind.PERSON else who.name)


def _identity(who: PackageParty) -> tuple[str | None, str]:
    """The number without hyphen, and its kind; a number that has no digits is left as it is."""
    digits = re.sub(r"[^0-9]", "", who.identity_number or "")
    day = digits[-6:-4]
    is_coordination = who.kind is PartyKind.PERSON and len(digits) in (10, 12) and int(day) > _DAYS_ADDED
    return digits or who.identity_number, _COORDINATION_NUMBER if is_coordination else _ORDINARY_NUMBER
