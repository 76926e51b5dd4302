"""Facts of a package in the words of the pages."""

from __future__ import annotations

import re

from diarium.archive.reading_room.catalogue import Header
from diarium.archive.reading_room.labels import LABELS
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.views import ItemRow, Person, Restriction
from diarium.i18n import gettext as _
from diarium.i18n import today

Pair = tuple[str, str]
_SCHEMAS = frozenset({"schemaLocation", "noNamespaceSchemaLocation"})
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


def facts_of(header: Header, days: Pair) -> list[Pair]:
    """What METS says of the package, with the days of its cases."""
    first, last = days
    period = f"{first} – {last}" if first or last else ""
    told = [
        (LABELS.attribute(name), _with_meaning(moment(value), LABELS.attribute_value("mets", name, value)))
        for name, value in header.attributes.items()
        if name not in _SCHEMAS
    ]
    return [(_("Ärendenas tid"), period), *told]


def agents_of(header: Header) -> list[Pair]:
    """Who has a part in the package: (role, name with notes)."""
    return [(_role(agent), _named(agent)) for agent in header.agents]


def references_of(header: Header) -> list[Pair]:
    """Agreements and reference codes."""
    return [
        (LABELS.attribute_value("altRecordID", "TYPE", kind) or kind or _("Annan identitet"), text)
        for kind, text in header.references
    ]


def status(code: str) -> str:
    """A status as people say it."""
    return LABELS.attribute_value("status", "value", code) or code


def summary(item: ItemRow) -> list[Pair]:
    """What stands first on the page of a case or record."""
    hidden = _("Rubriken visas inte: skyddade personuppgifter") if item.is_title_hidden else ""
    return [
        (_("Nummer"), item.number or ""),
        (_("Rubrik"), item.title or hidden),
        (_("Status"), status(item.status) if item.status else ""),
        (_("Klass"), ", ".join(item.classes)),
        *((_date_label(kind), moment(text)) for kind, text in item.dates),
        *dict.fromkeys((_capital(person.role), _shown(person)) for person in item.people),
    ]


def title_of(item: ItemRow) -> str:
    """The heading of an item's page."""
    if item.kind is ItemKind.DOCUMENT:
        return LABELS.element(item.name)
    return item.number or item.kind_label


def restriction_kind(code: str) -> str:
    """What kind of restriction it is."""
    return LABELS.attribute_value("restriction", "restrictionType", code) or code


def premis_label(item: ItemRow) -> str:
    """An object or event of PREMIS: what happened, or what it is called."""
    if item.title:
        return LABELS.value("eventType", item.title) or item.title
    return item.kind_label if item.is_title_hidden else item.label


def moment(text: str) -> str:
    """A moment as XML writes it in a form to read: the day alone where the time says nothing."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return text
    day, time = match[1], match[2]
    return day if time == "00:00" else f"{day} {time}"


def has_ended(restriction: Restriction) -> bool:
    """Whether a marking no longer counts."""
    return bool(restriction.ends) and restriction.ends[:10] <= today().isoformat()


def _date_label(kind: str) -> str:
    return _capital(LABELS.attribute_value("date", "dateType", kind) or LABELS.element(kind))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shown(person: Person) -> str:
    if person.name is None:
        return _("Skyddad identitet, visas inte")
    return f"{person.name} ({_('skyddad identitet')})" if person.is_protected else person.name or _("Namn saknas")


def _role(agent: dict[str, object]) -> str:
    other = str(agent.get("OTHERROLE") or "")
    role = str(agent.get("ROLE") or "")
    kind = str(agent.get("OTHERTYPE") or agent.get("TYPE") or "")
    told = LABELS.attribute_value("agent", "OTHERROLE", other) or other
    told = told or LABELS.attribute_value("agent", "ROLE", role) or role
    meaning = LABELS.attribute_value("agent", "OTHERTYPE", kind) or LABELS.attribute_value("agent", "TYPE", kind)
    return f"{told} ({(meaning or kind).lower()})" if kind else told


def _named(agent: dict[str, object]) -> str:
    notes = agent.get("notes")
    listed = [str(note) for note in notes if note] if isinstance(notes, list) else []
    return " · ".join([str(agent.get("name") or _("Namn saknas")), *listed])


def _with_meaning(value: str, meaning: str) -> str:
    return f"{meaning} ({value})" if meaning else value
