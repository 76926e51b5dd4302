"""What the elements of ERMS.xml tell of agents, markings, actions and files: fills the boxes that lack it."""

from __future__ import annotations

from functools import cache
from typing import Final

from diarium.archive.reading import xml
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.register.vocabulary import PartyRole
from diarium.secrecy.models import SCOPE_LABELS, Scope

_ROLES: Final = {
    ("sender", None): PartyRole.SENDER,
    ("recipient", None): PartyRole.RECIPIENT,
    ("counterpart", None): PartyRole.COUNTERPART,
    ("other", "part"): PartyRole.PARTY,
    ("other", "ombud"): PartyRole.REPRESENTATIVE,
}
_LINES: Final = {"postal_address": "address", "postal_code": "postal_code", "postal_city": "city"}
_WAYS: Final = {"email": "email", "phonenumber": "phone"}


def day_of(element: Element | None, kind: str, *, item: str = "date", other: str | None = None) -> str | None:
    """The date of a type, as it is written, in the `dates` of an element."""
    dates = xml.child(element, "dates")
    for date in xml.children(dates, item):
        if other is None and xml.attribute(date, "dateType") == kind:
            return date.text
        if other is not None and xml.attribute(date, "otherDateType") == other:
            return date.text
    return None


def agents(element: Element | None) -> list[Element]:
    """The agents of an element."""
    return xml.children(xml.child(element, "agents"), "agent")


def agent(element: Element | None, kind: str, other: str | None = None) -> Element | None:
    """The first agent of a type."""
    for item in agents(element):
        if xml.attribute(item, "agentType") == kind and xml.attribute(item, "otherAgentType") == other:
            return item
    return None


def role_of(item: Element) -> PartyRole | None:
    """What a party the agent is, if it is one."""
    return _ROLES.get((xml.attribute(item, "agentType") or "", xml.attribute(item, "otherAgentType")))


def fill_user(box: Box, name: str, element: Element | None) -> None:
    """Somebody of the staff, whose identifier the box tells as the fact `name`."""
    uid = box.optional(name)
    if uid is None or element is None:
        return
    box.fill(f"{name}_uid", uid)
    box.fill(f"{name}_username", xml.text(element, "idNumber"))
    box.fill(f"{name}_name", xml.text(element, "name"))
    box.fill(f"{name}_email", _contact(element, "email"))


def fill_party(box: Box, item: Element) -> None:
    """A party."""
    role = role_of(item)
    box.fill("role", role.value if role else None)
    box.fill("name", xml.text(item, "name"))
    box.fill("organisation", xml.text(item, "organisation"))
    box.fill("identity_number", xml.text(item, "idNumber"))
    box.fill("is_protected", xml.text(item, "protectedIdentity"))
    lines = xml.child(item, "addressContactInformation")
    for line in xml.children(lines, "addressLine"):
        kind = xml.attribute(line, "adressType", "addressType") or ""
        box.fill(_LINES.get(kind, kind), line.text)
    for line in xml.children(lines, "contactLine"):
        kind = xml.attribute(line, "contactType") or ""
        box.fill(_WAYS.get(kind, kind), line.text)


def fill_restriction(box: Box, element: Element) -> None:
    """A marking of ours."""
    box.fill("made_on", day_of(element, "confidentiality_assessed"))
    box.fill("made_at", day_of(element, "created"))
    box.fill("review_on", day_of(element, "", other="omprövas"))
    box.fill("lifted_at", day_of(element, "end"))
    box.fill("max_years", xml.text(element, "duration", "calculatedDuration"))
    told = xml.text(element, "explanatoryText") or ""
    start = _explanation(box.one_of("scope", Scope), is_lifted=box.has("lifted_at"))
    box.fill("note", told.removeprefix(start).removeprefix(" ") or None)


def fill_decision(box: Box, element: Element) -> None:
    """A decision."""
    box.fill("outcome", xml.text(element, "actionText"))
    box.fill("registered_at", day_of(element, "captured", item="actionDate"))
    box.fill("registered_by", xml.text(agent(element, "creator"), "name"))


def fill_deadline(box: Box, element: Element) -> None:
    """A watched day."""
    box.fill("text", xml.text(element, "actionText"))
    box.fill("made_at", day_of(element, "created", item="actionDate"))
    settled = day_of(element, "finished", item="actionDate") or day_of(element, "end", item="actionDate")
    box.fill("settled_at", settled)
    box.fill("made_by", xml.text(agent(element, "creator"), "name"))
    box.fill("settled_by", xml.text(agent(element, "other", "avslutad av"), "name"))
    officer = agent(element, "responsible_person")
    fill_user(box, "responsible", officer)
    box.fill("unit_name", xml.text(officer, "unitName"))


def fill_share(box: Box, element: Element) -> None:
    """What another authority was shown."""
    box.fill("reason", xml.text(element, "actionText"))
    box.fill("legal_ground", xml.text(element, "actionDue"))
    box.fill("made_at", day_of(element, "created", item="actionDate"))
    box.fill("until", day_of(element, "expiration", item="actionDate"))
    box.fill("revoked_at", day_of(element, "end", item="actionDate"))
    box.fill("made_by", xml.text(agent(element, "creator"), "name"))
    box.fill("revoked_by", xml.text(agent(element, "other", "avslutad av"), "name"))


def notes_of(element: Element, kind: str) -> list[str]:
    """The texts of the notes of a type."""
    notes = xml.children(xml.child(element, "notes"), "note")
    return [item.text or "" for item in notes if xml.attribute(item, "noteType") == kind]


def message_of(dispatch: Box) -> Box | None:
    """The dispatched message as a file, where the dispatch's box tells of one."""
    if not dispatch.has("content_size"):
        return None
    box = Box("message")
    for name, values in dispatch.values.items():
        if name.startswith("content_") and name != "content_sha256":
            box.values[name.removeprefix("content_")] = values
    same = {"uid": "uid", "sha256": "content_sha256", "added_at": "queued_at"}
    same |= {f"added_by_{part}": f"queued_by_{part}" for part in ("uid", "username", "name", "email")}
    for name, of_dispatch in same.items():
        box.fill(name, dispatch.optional(of_dispatch))
    box.fill("position", "0")
    box.fill("is_released", "false")
    return box


def _contact(element: Element, kind: str) -> str | None:
    lines = xml.children(xml.child(element, "addressContactInformation"), "contactLine")
    return next((line.text for line in lines if xml.attribute(line, "contactType") == kind), None)


@cache
def _explanation(scope: Scope, *, is_lifted: bool) -> str:
    """What our packages write before the note of a marking, in the language in which they are written."""
    with use_locale(SOURCE_LOCALE):
        told = _("Omfattar: %(scope)s.", scope=SCOPE_LABELS[scope])
        return f"{told} {_('Markeringen är hävd.')}" if is_lifted else told
