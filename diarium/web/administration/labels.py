"""What facts and changes of administration are called."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from diarium.classification.models import PublishingRule, Retention
from diarium.classification.queries import event_in_words
from diarium.classification.vocabulary import PUBLISHING_LABELS, RETENTION_LABELS
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import ROLE_LABELS, Role

FACTS: Mapping[str, str] = {
    "name": _l("namn"),
    "code": _l("kod"),
    "username": _l("användarnamn"),
    "email": _l("e-post"),
    "phone": _l("telefon"),
    "postal_address": _l("postadress"),
    "organisation_number": _l("organisationsnummer"),
    "active_from": _l("verksam från"),
    "active_to": _l("verksam till"),
    "units": _l("enheter"),
    "members": _l("medlemmar"),
    "moved_to": _l("ärenden flyttade till"),
    "cases": _l("antal ärenden"),
    "number_format": _l("nummerformat"),
    "restarts_yearly": _l("börjar om varje år"),
    "is_restricted": _l("bara nummer utåt"),
    "is_active": _l("används"),
    "opens_on": _l("ger nummer från"),
    "closes_on": _l("ger nummer till"),
    "roles": _l("roller"),
    "title": _l("rubrik"),
    "description": _l("beskrivning"),
    "publishing": _l("publicering"),
    "publish_after_days": _l("arbetsdagar till publicering"),
    "record_types": _l("handlingstyper"),
    "retention": _l("bevarande eller gallring"),
    "retention_years": _l("frist i år"),
    "retention_event": _l("fristen räknas från"),
    "retention_basis": _l("stöd"),
    "retention_rule": _l("gallringsregel"),
    "version": _l("version"),
    "valid_from": _l("gäller från"),
    "valid_to": _l("gäller till"),
    "classes": _l("antal klasser"),
    "added": _l("nya klasser"),
    "removed": _l("borttagna klasser"),
    "changed": _l("ändrade klasser"),
    "law": _l("lag"),
    "chapter": _l("kapitel"),
    "paragraph": _l("paragraf"),
    "subject": _l("vad det gäller"),
    "harm_test": _l("skaderekvisit"),
    "max_years": _l("längsta tid"),
    "typical_use": _l("vanlig användning"),
    "source": _l("källa"),
    "host": _l("e-postserver"),
    "path": _l("mapp"),
    "year": _l("år"),
    "series_ended": _l("avslutade serier"),
    "series_begun": _l("ny serie"),
    "scopes": _l("får användas till"),
    "url": _l("adress"),
    "kinds": _l("händelser"),
}
ACTIONS: Mapping[str, str] = {
    "authority.added": _l("Myndighet lades upp"),
    "authority.changed": _l("Myndighet ändrades"),
    "authority.taken_over": _l("Myndighet lades upp ur ett arkivpaket"),
    "unit.added": _l("Enhet lades upp"),
    "unit.changed": _l("Enhet bytte namn"),
    "unit.taken_over": _l("Enhet lades upp ur ett arkivpaket"),
    "unit.retired": _l("Enhet avvecklades"),
    "unit.reopened": _l("Enhet togs i bruk igen"),
    "unit.members_set": _l("Enhetens medlemmar ändrades"),
    "series.added": _l("Diarieserie lades upp"),
    "series.changed": _l("Diarieserie ändrades"),
    "series.taken_over": _l("Diarieserie lades upp ur ett arkivpaket"),
    "series.closed": _l("Diarieserie stängdes"),
    "series.opened": _l("Diarieserie öppnades"),
    "user.changed": _l("Användares uppgifter ändrades"),
    "user.taken_over": _l("Användare utan inloggning lades upp ur ett arkivpaket"),
    "scheme.added": _l("Version av klassificeringen lades upp"),
    "scheme.imported": _l("Version av klassificeringen lästes in"),
    "scheme.changed": _l("Version av klassificeringen ändrades"),
    "scheme.taken_over": _l("Klassificering lades upp ur ett arkivpaket"),
    "scheme.discarded": _l("Planerad version togs bort"),
    "classification.added": _l("Klass lades till"),
    "classification.changed": _l("Klass ändrades"),
    "classification.publishing_changed": _l("Klassens fördröjning av publicering ändrades"),
    "authority.publishing_changed": _l("Myndighetens fördröjning av publicering ändrades"),
    "classification.removed": _l("Klass togs bort"),
    "record_type.added": _l("Handlingstyp lades till"),
    "record_type.changed": _l("Handlingstyp bytte namn"),
    "record_type.retired": _l("Handlingstyp avvecklades"),
    "record_type.reopened": _l("Handlingstyp togs i bruk igen"),
    "retention_rule.added": _l("Gallringsregel lades till"),
    "retention_rule.changed": _l("Gallringsregel ändrades"),
    "provision.added": _l("Lagrum lades till"),
    "provision.changed": _l("Lagrum ändrades"),
    "provision.taken_over": _l("Lagrum lades upp ur ett arkivpaket"),
    "set_up.finished": _l("Uppsättningen av myndigheten blev klar"),
    "set_up.year_prepared": _l("Nytt år förbereddes"),
    "webhook.added": _l("Webhook lades upp"),
    "webhook.changed": _l("Webhook ändrades"),
    "webhook.stopped": _l("Webhook stoppades"),
    "webhook.resumed": _l("Webhook startades igen"),
    "webhook.secret_renewed": _l("Webhook fick ny hemlighet"),
    "webhook.replayed": _l("Leveranser till webhook skickades om"),
}


def in_words(name: str, value: object) -> str:
    """A fact as staff read it; `value` as the register has it or as an event keeps it."""
    if value is None or value == "":
        return ""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if isinstance(value, dt.date):
        return value.isoformat()
    if name == "roles" and isinstance(value, Mapping):
        return "; ".join(
            f"{code}: {', '.join(str(ROLE_LABELS[Role(role)]) for role in roles) or _('ingen')}"
            for code, roles in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    written = str(value)
    if name == "publishing" and written in list(PublishingRule):
        return str(PUBLISHING_LABELS[PublishingRule(written)])
    if name == "retention" and written in list(Retention):
        return str(RETENTION_LABELS[Retention(written)])
    return event_in_words(written) if name == "retention_event" else written
