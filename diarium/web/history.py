"""Audit events as lines that staff can read, without what the reader may not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diarium.audit.models import AuditEvent
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time
from diarium.identity.permissions import Actor
from diarium.register import queries
from diarium.register.models import Case
from diarium.register.vocabulary import DIRECTION_LABELS, RECORD_STATUS_LABELS, STATUS_LABELS
from diarium.secrecy.models import SCOPE_LABELS

ACTIONS: Mapping[str, str] = {
    "case.opened": _l("Ärendet öppnades"),
    "case.related": _l("Kopplades till ett annat ärende"),
    "case.assigned": _l("Ny handläggare"),
    "case.decided": _l("Beslut noterades"),
    "case.closed": _l("Ärendet avslutades"),
    "case.reopened": _l("Ärendet öppnades igen"),
    "case.cancelled": _l("Ärendet makulerades"),
    "case.corrected": _l("Uppgift rättades"),
    "case.marked": _l("Sekretessmarkering gjordes"),
    "case.mark_lifted": _l("Sekretessmarkering hävdes"),
    "case.read": _l("Läste markerat ärende"),
    "record.registered": _l("Handling registrerades"),
    "record.documents_added": _l("Filer lades till"),
    "record.corrected": _l("Uppgift rättades"),
    "record.cancelled": _l("Handling makulerades"),
    "record.marked": _l("Sekretessmarkering gjordes"),
    "record.mark_lifted": _l("Sekretessmarkering hävdes"),
    "record.document_released": _l("Fil släpptes för det öppna diariet"),
    "record.document_withdrawn": _l("Fil drogs tillbaka från det öppna diariet"),
    "record.read": _l("Läste markerad handling"),
    "record.file_opened": _l("Öppnade en fil i en markerad handling"),
    "search.restricted_shown": _l("Markerade uppgifter visades i en lista"),
    "export.requested": _l("Uttag till e-arkiv begärdes"),
    "export.cancelled": _l("Uttag till e-arkiv avbröts"),
    "export.validated": _l("Uttag till e-arkiv blev klart och godkänt"),
    "export.invalid": _l("Uttag till e-arkiv underkändes i kontrollen"),
    "export.failed": _l("Uttag till e-arkiv misslyckades"),
    "export.downloaded": _l("Paket till e-arkiv hämtades"),
    "user.created": _l("Användare lades upp"),
    "user.logged_in": _l("Loggade in"),
    "user.logged_out": _l("Loggades ut överallt"),
    "user.login_failed": _l("Misslyckad inloggning"),
    "user.login_refused": _l("Inloggning vägrades efter många försök"),
    "user.password_set": _l("Lösenord sattes"),
    "user.roles_set": _l("Behörighet ändrades"),
    "user.disabled": _l("Användare spärrades"),
    "user.enabled": _l("Användare öppnades igen"),
    "token.created": _l("Nyckel till gränssnittet skapades"),
    "token.revoked": _l("Nyckel till gränssnittet drogs in"),
    "authority.added": _l("Myndighet lades upp"),
}
FIELDS: Mapping[str, str] = {
    "title": _l("rubrik"),
    "public_title": _l("offentlig rubrik"),
    "record_type": _l("handlingstyp"),
    "case_type": _l("ärendetyp"),
    "classification": _l("klass"),
    "official_on": _l("datum"),
    "document_date": _l("handlingens datum"),
    "direction": _l("riktning"),
    "physical_location": _l("förvaringsplats"),
    "responsible": _l("handläggare"),
    "unit": _l("enhet"),
    "closed_on": _l("avslutat"),
    "decided_on": _l("beslutat"),
    "status": _l("status"),
    "provision": _l("lagrum"),
    "scope": _l("omfattning"),
    "file_name": _l("fil"),
    "is_released": _l("släppt"),
}
# Kept apart from what was done: on a marked case they are the many.
READINGS = frozenset({"case.read", "record.read", "record.file_opened"})
_TITLES = {"title", "public_title", "file_name"}


@dataclass(frozen=True, slots=True)
class Line:
    """One event: what, when, who, about which number, and old → new."""

    title: str
    when: str
    datetime: str
    who: str
    text: str
    is_reading: bool


def told(actor: Actor, case: Case, events: Sequence[AuditEvent]) -> list[Line]:
    """The events as lines; former titles and the like are left out where the actor may not see the present one."""
    visible = {str(case.uid): queries.sight_of_case(actor, case).everything}
    visible |= {str(record.uid): queries.sight_of_record(actor, record).everything for record in case.records}
    return [_line(event, visible.get(event.entity_uid, False)) for event in events]


def _line(event: AuditEvent, visible: bool) -> Line:
    parts = [event.entity_label]
    if event.before is not None and event.after is not None:
        parts += [
            _(
                "%(field)s: ”%(old)s” → ”%(new)s”",
                field=FIELDS.get(key, key),
                old=_shown(key, old),
                new=_shown(key, event.after.get(key)),
            )
            for key, old in event.before.items()
            if key in FIELDS and key in event.after and (visible or key not in _TITLES)
        ]
    if event.reason and visible:
        parts.append(_("Skäl: %(reason)s", reason=event.reason))
    return Line(
        title=str(ACTIONS.get(event.action, event.action)),
        when=show_time(event.at),
        datetime=event.at.isoformat(),
        who=event.actor_name,
        text=" · ".join(parts),
        is_reading=event.action in READINGS,
    )


def _shown(field: str, value: object) -> str:
    """A kept value in words: codes of closed lists by their labels."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    return str(_CODES.get(field, {}).get(str(value), value))


_CODES: Mapping[str, Mapping[str, str]] = {
    "status": {key.value: label for key, label in [*STATUS_LABELS.items(), *RECORD_STATUS_LABELS.items()]},
    "direction": {key.value: label for key, label in DIRECTION_LABELS.items()},
    "scope": {key.value: label for key, label in SCOPE_LABELS.items()},
}
