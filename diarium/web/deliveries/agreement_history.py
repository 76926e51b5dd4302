"""The changes of an agreement as lines that staff can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diarium.audit.models import AuditEvent
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time

_TITLES: Mapping[str, str] = {
    "delivery_agreement.created": _l("Överenskommelsen lades upp"),
    "delivery_agreement.changed": _l("Uppgifter ändrades"),
    "delivery_agreement.retired": _l("Överenskommelsen avslutades"),
    "delivery_agreement.restored": _l("Överenskommelsen togs i bruk igen"),
    "delivery_agreement.host_key_accepted": _l("Mottagarens värdnyckel godkändes"),
    "delivery_agreement.probed": _l("Förbindelsen prövades"),
}
_FIELDS: Mapping[str, str] = {
    "name": _l("namn"),
    "number": _l("nummer"),
    "previous_numbers": _l("tidigare nummer"),
    "reference_code": _l("referenskod"),
    "previous_reference_codes": _l("tidigare referenskoder"),
    "receiver_name": _l("mottagare"),
    "receiver_code": _l("mottagarens nummer"),
    "profile": _l("profil"),
    "archival_name": _l("arkivets namn"),
    "information_class": _l("informationsklass"),
    "creator_name": _l("levererande organisation"),
    "creator_code": _l("levererande organisations nummer"),
    "editor_name": _l("den som gör i ordning"),
    "editor_code": _l("nummer på den som gör i ordning"),
    "contact_name": _l("kontakt"),
    "contact_email": _l("kontaktens e-post"),
    "contact_phone": _l("kontaktens telefon"),
    "max_package_bytes": _l("största paket i byte"),
    "max_package_files": _l("flest filer"),
    "transport": _l("sätt att sända"),
    "transport_settings": _l("inställningar för sändning"),
    "archives_cases": _l("ärenden arkiveras"),
    "note": _l("anteckning"),
    "host_keys": _l("värdnyckel"),
}


def lines(events: Iterable[AuditEvent]) -> list[dict[str, object]]:
    """For the timeline, newest first."""
    return [
        {
            "title": str(_TITLES.get(event.action, event.action)),
            "when": show_time(event.at),
            "datetime": event.at.isoformat(),
            "who": event.actor_name,
            "text": _text(event),
        }
        for event in events
    ]


def _text(event: AuditEvent) -> str:
    after, before = event.after or {}, event.before or {}
    if event.action == "delivery_agreement.probed":
        return _("Det gick bra.") if after.get("outcome") == "works" else _("Det gick inte.")
    if event.action == "delivery_agreement.created":
        return ""
    return " · ".join(
        _("%(field)s: %(old)s → %(new)s", field=_FIELDS[name], old=_shown(before.get(name)), new=_shown(new))
        for name, new in after.items()
        if name in _FIELDS
    )


def _shown(value: object) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_shown(item)}" for key, item in value.items() if item not in (None, "", []))
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
