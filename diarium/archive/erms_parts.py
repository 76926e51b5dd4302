"""The parts of ERMS.xml that cases and records share: agents, disposal, dates, own elements.

Source: E-ARK CITS ERMS 2.1.2 and 3.0; where these differ: `dialects`.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from diarium.archive.dialects import Dialect
from diarium.archive.package_model import (
    PackageClass,
    PackageDisposal,
    PackageParty,
    PackageUnit,
    PackageUser,
)
from diarium.archive.xml_writer import Value, XmlWriter, day_as_moment, text_of
from diarium.classification.models import Retention
from diarium.i18n import gettext as _
from diarium.register.vocabulary import Direction, Medium, PartyKind, PartyRole

Note = tuple[str, str | None, dt.datetime | None]
"""A note: its type, its text, and when it was made, where that is known."""
DIRECTIONS: Final[Mapping[Direction, Mapping[str, Value]]] = {
    Direction.INCOMING: {"directionDefinition": "incoming"},
    Direction.OUTGOING: {"directionDefinition": "outgoing"},
    Direction.DRAWN_UP: {"directionDefinition": "other", "otherDirectionDefinition": "upprättad"},
}
# What a record of that direction has become, and the kind of its official date.
DIRECTION_STATES: Final[Mapping[Direction, str]] = {
    Direction.INCOMING: "received",
    Direction.OUTGOING: "expedited",
    Direction.DRAWN_UP: "prepared",
}
_ROLES: Final[Mapping[PartyRole, Mapping[str, Value]]] = {
    PartyRole.SENDER: {"agentType": "sender"},
    PartyRole.RECIPIENT: {"agentType": "recipient"},
    PartyRole.COUNTERPART: {"agentType": "counterpart"},
    PartyRole.PARTY: {"agentType": "other", "otherAgentType": "part"},
    PartyRole.REPRESENTATIVE: {"agentType": "other", "otherAgentType": "ombud"},
}
_NUMBER_KINDS: Final[Mapping[PartyKind, str]] = {
    PartyKind.PERSON: "personnummer",
    PartyKind.ORGANISATION: "organisationsnummer",
    PartyKind.AUTHORITY: "organisationsnummer",
}


def medium(record_medium: Medium, dialect: Dialect) -> str:
    """What a record is, as an attribute says it."""
    words = {Medium.DIGITAL: dialect.digital, Medium.BOTH: dialect.digital_and_paper}
    return words.get(record_medium, "physical")


def party(xml: XmlWriter, who: PackageParty, dialect: Dialect) -> None:
    """A party as an agent."""
    address = [
        ("postal_address", who.address),
        ("postal_code", who.postal_code),
        ("postal_city", who.city),
        ("country", who.country),
    ]
    contacts = [("email", who.email), ("phonenumber", who.phone)]
    with xml.element("agent", _ROLES[who.role]):
        xml.required("name", who.name)
        with xml.element("agentExtendingInformation"), xml.element("agentExtendingXMLInformation"):
            own_box(xml, _("Uppgifter om parten"), [("uid", str(who.uid)), ("kind", who.kind.value)])
        xml.leaf("organisation", who.organisation)
        xml.leaf("idNumber", who.identity_number, {"idNumberType": _NUMBER_KINDS[who.kind]})
        _contact_information(xml, dialect, address, contacts)
        xml.leaf("protectedIdentity", who.is_protected)


def staff(
    xml: XmlWriter, dialect: Dialect, kind: str, user: PackageUser | None, unit: PackageUnit | None = None
) -> None:
    """Somebody of the staff as an agent of type `kind`; a unit alone where nobody is named."""
    if user is None and unit is None:
        return
    with xml.element("agent", {"agentType": kind}):
        xml.required("name", user.name if user else unit.name if unit else None)
        xml.leaf("unitName", unit.name if unit else None)
        if user is not None:
            xml.leaf("idNumber", user.username, {"idNumberType": "användarnamn"})
            _contact_information(xml, dialect, [], [("email", user.email)])


def named(xml: XmlWriter, kind: str, name: str | None, other_kind: str | None = None) -> None:
    """An agent of whom the register holds no more than a name."""
    if name is not None:
        with xml.element("agent", {"agentType": kind, "otherAgentType": other_kind}):
            xml.required("name", name)


def addressee(xml: XmlWriter, dialect: Dialect, name: str | None, address: str | None, is_protected: bool) -> None:
    """Somebody whom something was sent to."""
    with xml.element("agent", {"agentType": "recipient"}):
        xml.required("name", name or address)
        _contact_information(xml, dialect, [], [("email", address)])
        xml.leaf("protectedIdentity", is_protected)


def user_facts(name: str, user: PackageUser | None) -> list[tuple[str, Value]]:
    """Somebody of the staff where there is no agent for them; `name` is what they did."""
    if user is None:
        return []
    return [
        (f"{name}_uid", str(user.uid)),
        (f"{name}_username", user.username),
        (f"{name}_name", user.name),
        (f"{name}_email", user.email),
    ]


def disposal(xml: XmlWriter, rule: PackageDisposal | None, closed_on: dt.date | None) -> None:
    """How long the case is kept. The schema demands a date: the end of the period, or else its start."""
    if rule is None or closed_on is None:
        return
    disposable = rule.retention is Retention.DISPOSE
    years = rule.years if disposable else None
    counts_from_closing = rule.event in (None, "", "case_closed")
    with xml.element("disposal", {"disposable": disposable}):
        xml.leaf("disposalAction", _("Gallras") if disposable else _("Bevaras"))
        xml.leaf("disposalPeriod", None if years is None else _("%(years)s år", years=years))
        xml.leaf("disposalMandate", rule.basis)
        xml.leaf("disposalDescription", None if not rule.event else f"event: {rule.event}")
        with xml.element("dates"):
            if counts_from_closing:
                start = {"dateType": "retention_period_start"}
            else:
                start = {"dateType": "other_date", "otherDisposalDateType": "avslutat"}
            xml.leaf("disposalDate", day_as_moment(closed_on), start)
            if years is not None and counts_from_closing and closed_on.year + years <= dt.MAXYEAR:
                end = day_as_moment(years_after(closed_on, years))
                xml.leaf("disposalDate", end, {"dateType": "retention_period_end"})


def classification(xml: XmlWriter, item: PackageClass | None) -> None:
    """The class of a case."""
    if item is not None:
        codes = {"classificationCode": item.code, "fullyQualifiedClassificationCode": item.code}
        xml.leaf("classification", item.title, {"classificationId": str(item.uid), **codes})


def dates(xml: XmlWriter, given: Iterable[tuple[str, dt.date | None]], *, element: str = "date") -> None:
    """Dates by their ERMS type; a type that ERMS does not know becomes "other" with its name beside it."""
    known = [(kind, value) for kind, value in given if value is not None]
    if not known:
        return
    with xml.element("dates"):
        for kind, value in known:
            text = text_of(value) if isinstance(value, dt.datetime) else day_as_moment(value)
            kinds = {"dateType": kind} if kind in _DATE_TYPES else {"dateType": "other", "otherDateType": kind}
            xml.leaf(element, text, kinds)


def locations(xml: XmlWriter, place: str | None) -> None:
    """Where the paper lies."""
    if place:
        with xml.element("physicalLocations"), xml.element("physicalLocation"):
            xml.leaf("currentLocation", place)


def notes(xml: XmlWriter, given: Iterable[Note]) -> None:
    """Notes by their type."""
    known = [(kind, text, made_at) for kind, text, made_at in given if text]
    if known:
        with xml.element("notes"):
            for kind, text, made_at in known:
                xml.leaf("note", text, {"noteType": kind, "noteDate": made_at})


def own_box(xml: XmlWriter, description: str, facts: Iterable[tuple[str, Value]]) -> None:
    """A box of own elements, one for each fact that is known."""
    with xml.element("ownElement"):
        xml.leaf("ownElementDescription", description)
        for name, value in facts:
            if value is not None and value != "":
                with xml.element("ownElement", {"name": name, "dataType": _data_type(value)}):
                    xml.leaf("value", value)


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day `years` later; 29 February becomes 28 February where there is none."""
    year = day.year + years
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=year, day=28) if is_leap_day and not calendar.isleap(year) else day.replace(year=year)


def _contact_information(
    xml: XmlWriter,
    dialect: Dialect,
    address: Iterable[tuple[str, str | None]],
    contacts: Iterable[tuple[str, str | None]],
) -> None:
    """ERMS 2.1 wants at least one line of each kind: an empty one says that nothing is known."""
    lines = [(kind, text) for kind, text in address if text]
    ways = [(kind, text) for kind, text in contacts if text]
    if not lines and not ways:
        return
    with xml.element("addressContactInformation"):
        for kind, text in lines:
            xml.leaf("addressLine", text, {dialect.address_type: kind})
        if not lines and dialect.needs_both_lines:
            xml.empty("addressLine", {dialect.address_type: "other", "otherAddressLineType": "uppgift saknas"})
        for kind, text in ways:
            xml.leaf("contactLine", text, {"contactType": kind})
        if not ways and dialect.needs_both_lines:
            xml.empty("contactLine", {"contactType": "other", "otherContactLineType": "uppgift saknas"})


def _data_type(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dt.datetime):
        return "dateTime"
    if isinstance(value, dt.date):
        return "date"
    return "integer" if isinstance(value, int) else "string"


_DATE_TYPES = frozenset(
    {"captured", "closed", "confidentiality_assessed", "created", "decision", "dispatch", "end", "expedited"}
    | {"expiration", "finished", "opened", "originated", "prepared", "received", "reviewed", "sent", "start"}
)
