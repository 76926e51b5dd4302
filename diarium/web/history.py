"""Audit events as lines that staff can read, without what the reader may not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time
from diarium.register import timeline
from diarium.register.vocabulary import (
    DEADLINE_KIND_LABELS,
    DIRECTION_LABELS,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
    RELATION_LABELS,
    STATUS_LABELS,
)
from diarium.register.work_views import SeenEvent
from diarium.secrecy.models import SCOPE_LABELS
from diarium.secrecy.work_models import OCCASION_LABELS

ACTIONS: Mapping[str, str] = {
    "case.opened": _l("Ärendet öppnades"),
    "case.taken_over": _l("Ärendet togs över från ett arkivpaket"),
    "case.related": _l("Kopplades till ett annat ärende"),
    "case.unrelated": _l("Koppling till ett annat ärende togs bort"),
    "case.paused": _l("Ärendet lades vilande"),
    "case.resumed": _l("Ärendet togs upp igen"),
    "case.note_added": _l("Anteckning skrevs"),
    "case.note_corrected": _l("Anteckning rättades med en ny"),
    "case.deadline_added": _l("Bevakning lades till"),
    "case.deadline_changed": _l("Bevakning ändrades"),
    "case.deadline_done": _l("Bevakning blev klar"),
    "case.deadline_cancelled": _l("Bevakning avbröts"),
    "case.deadline_moved": _l("Bevakning flyttades med sin handling"),
    "case.decision_recorded": _l("Beslut skrevs in"),
    "case.decision_corrected": _l("Beslut rättades"),
    "case.decision_cancelled": _l("Beslut makulerades"),
    "case.record_moved_away": _l("Handling flyttades härifrån"),
    "case.record_moved_here": _l("Handling flyttades hit"),
    "case.party_added": _l("Part lades till"),
    "case.party_corrected": _l("Part rättades"),
    "case.mark_reviewed": _l("Sekretessmarkering omprövades"),
    "case.mark_narrowed": _l("Sekretessmarkering omprövades och omfattar mindre"),
    "case.access_granted": _l("Åtkomst till det markerade gavs"),
    "case.access_revoked": _l("Åtkomst till det markerade avslutades"),
    "case.circle_closed": _l("Kretsen begränsades"),
    "case.circle_opened": _l("Begränsningen av kretsen upphävdes"),
    "case.shared": _l("Ärendet delades med en annan myndighet"),
    "case.share_ended": _l("Delningen med en annan myndighet avslutades"),
    "case.assigned": _l("Ny handläggare"),
    "case.decided": _l("Beslut noterades"),
    "case.closed": _l("Ärendet avslutades"),
    "case.reopened": _l("Ärendet öppnades igen"),
    "case.cancelled": _l("Ärendet makulerades"),
    "case.disposed": _l("Ärendet gallrades"),
    "case.hold_set": _l("Gallringsstopp sattes"),
    "case.hold_ended": _l("Gallringsstopp hävdes"),
    "case.retention_day": _l("Dag som gallringsfristen räknas från antecknades"),
    "disposal.proposed": _l("Gallringsförslag lades"),
    "disposal.case_left_out": _l("Ärende undantogs från gallringsförslag"),
    "disposal.withdrawn": _l("Gallringsförslag återkallades"),
    "disposal.declined": _l("Gallringsförslag avslogs"),
    "disposal.decided": _l("Gallring beslutades"),
    "disposal.held": _l("Gallring av ett ärende stoppades"),
    "disposal.done": _l("Gallring genomfördes"),
    "case.archived": _l("Ärendet arkiverades: mottagaren har godkänt leveransen"),
    "case.corrected": _l("Uppgift rättades"),
    "case.marked": _l("Sekretessmarkering gjordes"),
    "case.mark_lifted": _l("Sekretessmarkering hävdes"),
    "case.read": _l("Läste markerat ärende"),
    "record.registered": _l("Handling registrerades"),
    "record.moved": _l("Handling flyttades till ett annat ärende"),
    "record.moved_here": _l("Handling flyttades från ett annat ärende"),
    "record.party_added": _l("Part lades till"),
    "record.party_corrected": _l("Part rättades"),
    "record.mark_reviewed": _l("Sekretessmarkering omprövades"),
    "record.mark_narrowed": _l("Sekretessmarkering omprövades och omfattar mindre"),
    "record.access_granted": _l("Åtkomst till det markerade gavs"),
    "record.access_revoked": _l("Åtkomst till det markerade avslutades"),
    "record.circle_closed": _l("Kretsen begränsades"),
    "record.circle_opened": _l("Begränsningen av kretsen upphävdes"),
    "record.documents_added": _l("Filer lades till"),
    "record.corrected": _l("Uppgift rättades"),
    "record.cancelled": _l("Handling makulerades"),
    "record.marked": _l("Sekretessmarkering gjordes"),
    "record.mark_lifted": _l("Sekretessmarkering hävdes"),
    "record.document_released": _l("Fil släpptes för det öppna diariet"),
    "record.document_withdrawn": _l("Fil drogs tillbaka från det öppna diariet"),
    "case.web_withdrawn": _l("Ärendet drogs tillbaka från webben"),
    "case.web_published_again": _l("Ärendet publicerades igen"),
    "record.web_withdrawn": _l("Handlingen drogs tillbaka från webben"),
    "record.web_published_again": _l("Handlingen publicerades igen"),
    "record.file_web_withdrawn": _l("Fil drogs tillbaka från webben"),
    "record.file_web_published_again": _l("Fil publicerades igen"),
    "record.file_approved": _l("Fil granskades och godkändes för publicering"),
    "record.file_declined": _l("Fil granskades och ska inte publiceras"),
    "record.read": _l("Läste markerad handling"),
    "record.file_opened": _l("Öppnade en fil i en markerad handling"),
    "record.dispatch_queued": _l("Lades i kö för att skickas"),
    "record.dispatched": _l("Handlingen skickades"),
    "record.dispatch_failed": _l("Handlingen kunde inte skickas"),
    "record.dispatch_uncertain": _l("Oklart om handlingen skickades"),
    "record.dispatch_cancelled": _l("Utskicket avbröts"),
    "record.dispatch_settled": _l("Utskick som misslyckades åtgärdades"),
    "record.dispatch_delivered": _l("Leverans bekräftades"),
    "letter_template.created": _l("Brevmall lades upp"),
    "letter_template.changed": _l("Brevmall ändrades"),
    "letter_template.retired": _l("Brevmall togs ur bruk"),
    "letter_template.restored": _l("Brevmall togs i bruk igen"),
    "record.disclosure_released": _l("Prövades vid begäran om utlämnande: lämnas ut helt"),
    "record.disclosure_masked": _l("Prövades vid begäran om utlämnande: lämnas ut i en del"),
    "record.disclosure_reservation": _l("Prövades vid begäran om utlämnande: lämnas ut med förbehåll"),
    "record.disclosure_refused": _l("Prövades vid begäran om utlämnande: lämnas inte ut"),
    "record.disclosure_not_held": _l("Prövades vid begäran om utlämnande: finns inte här"),
    "record.disclosed": _l("Handlingen lämnades ut"),
    "disclosure.received": _l("Begäran kom in"),
    "disclosure.taken": _l("Togs av en handläggare"),
    "disclosure.assigned": _l("Tilldelades"),
    "disclosure.waits": _l("Väntar på svar utifrån"),
    "disclosure.resumed": _l("Togs upp igen"),
    "disclosure.contact_changed": _l("Sättet att svara ändrades"),
    "disclosure.item_added": _l("En del lades till"),
    "disclosure.item_identified": _l("Det bestämdes vad som avses"),
    "disclosure.item_withdrawn": _l("En del ströks"),
    "disclosure.case_spread": _l("Ärendet delades upp i handlingar"),
    "disclosure.reviewed_released": _l("Prövad: lämnas ut helt"),
    "disclosure.reviewed_masked": _l("Prövad: lämnas ut i en del"),
    "disclosure.reviewed_reservation": _l("Prövad: lämnas ut med förbehåll"),
    "disclosure.reviewed_refused": _l("Prövad: lämnas inte ut"),
    "disclosure.reviewed_not_held": _l("Prövad: finns inte här"),
    "disclosure.decided_notice": _l("Besked skrevs"),
    "disclosure.decided_refusal": _l("Myndighetens beslut skrevs in"),
    "disclosure.decided_reservation": _l("Beslut om förbehåll skrevs in"),
    "disclosure.decision_followed": _l("Noterades vad som har hänt med ett besked eller beslut"),
    "disclosure.given_on_spot": _l("Lästes på plats"),
    "disclosure.given_handed_over": _l("Kopia lämnades över"),
    "disclosure.given_post": _l("Kopia skickades med post"),
    "disclosure.given_email": _l("Skickades med e-post"),
    "disclosure.given_by_phone": _l("Uppgift lämnades på telefon"),
    "disclosure.mail_queued": _l("Lades i kö för att skickas"),
    "disclosure.mail_failed": _l("Brevet kunde inte skickas"),
    "disclosure.mail_uncertain": _l("Oklart om brevet skickades"),
    "disclosure.mail_settled": _l("Bestämdes vad som gäller för brevet"),
    "disclosure.closed": _l("Begäran avslutades"),
    "disclosure.reopened": _l("Begäran öppnades igen"),
    "disclosure.erased": _l("Kontaktuppgifterna raderades"),
    "search.restricted_shown": _l("Markerade uppgifter visades i en lista"),
    "export.requested": _l("Uttag till e-arkiv begärdes"),
    "export.cancelled": _l("Uttag till e-arkiv avbröts"),
    "export.repeated": _l("Uttag till e-arkiv gjordes om"),
    "export.continued": _l("Uttag till e-arkiv togs upp igen"),
    "export.part_validated": _l("Paket blev klart och godkänt"),
    "export.part_invalid": _l("Paket underkändes i kontrollen"),
    "export.validated": _l("Uttag till e-arkiv blev klart och godkänt"),
    "export.invalid": _l("Uttag till e-arkiv underkändes i kontrollen"),
    "export.failed": _l("Uttag till e-arkiv misslyckades"),
    "export.downloaded": _l("Paket till e-arkiv hämtades"),
    "import.requested": _l("Övertagande av ett paket begärdes"),
    "import.stopped": _l("Övertagande av ett paket stoppades"),
    "import.resumed": _l("Övertagande av ett paket fortsatte"),
    "import.done": _l("Övertagande av ett paket blev klart"),
    "import.failed": _l("Övertagande av ett paket misslyckades"),
    "package.received": _l("Arkivpaket togs emot för kontroll"),
    "package.checked": _l("Arkivpaket kontrollerades"),
    "package.failed": _l("Kontroll av arkivpaket avbröts"),
    "package.removed": _l("Mottaget arkivpaket togs bort"),
    "package.read": _l("Läste i arkivpaket"),
    "user.created": _l("Användare lades upp"),
    "user.logged_in": _l("Loggade in"),
    "user.session_ended": _l("Loggade ut"),
    "user.logged_out": _l("Loggades ut överallt"),
    "user.confirmed": _l("Bekräftade sin identitet"),
    "user.factor_added": _l("Inloggningsmetod lades till"),
    "user.factor_removed": _l("Inloggningsmetod togs bort"),
    "user.factors_reset": _l("Inloggningsmetoder togs bort av administratör"),
    "user.recovery_codes_made": _l("Nya reservkoder"),
    "user.recovery_code_used": _l("Reservkod användes"),
    "user.login_failed": _l("Misslyckad inloggning"),
    "user.login_refused": _l("Inloggning vägrades efter många försök"),
    "user.password_set": _l("Lösenord sattes"),
    "user.login_reset": _l("Lösenord, nycklar och inloggningar upphörde när första rollen gavs"),
    "user.roles_set": _l("Behörighet ändrades"),
    "user.disabled": _l("Användare spärrades"),
    "user.enabled": _l("Användare öppnades igen"),
    "token.created": _l("Nyckel till gränssnittet skapades"),
    "token.revoked": _l("Nyckel till gränssnittet drogs in"),
    "authority.added": _l("Myndighet lades upp"),
    "list.exported": _l("Lista hämtades som fil"),
    "saved_list.created": _l("Sökning sparades"),
    "saved_list.changed": _l("Sparad sökning ändrades"),
    "saved_list.removed": _l("Sparad sökning togs bort"),
    "contact.added": _l("Kontakten lades till"),
    "contact.changed": _l("Kontakten ändrades"),
    "contact.retired": _l("Kontakten togs ur bruk"),
    "contact.brought_back": _l("Kontakten togs i bruk igen"),
    "contact.protected": _l("Kontaktens uppgifter togs bort: skyddade personuppgifter"),
    "contact.merged": _l("En annan kontakt slogs ihop med den här"),
    "contact.merged_into": _l("Slogs ihop med en annan kontakt"),
    "template.created": _l("Registreringsmallen skapades"),
    "template.changed": _l("Registreringsmallen ändrades"),
    "template.retired": _l("Registreringsmallen togs ur bruk"),
    "template.brought_back": _l("Registreringsmallen togs i bruk igen"),
    "intake.received": _l("Kom in till inkorgen"),
    "intake.assigned": _l("Posten tilldelades"),
    "intake.registered": _l("Posten registrerades"),
    "intake.set_aside": _l("Posten registreras inte"),
    "intake.returned": _l("Posten återsändes"),
    "intake.split": _l("Posten delades upp"),
    "intake.merged": _l("Poster slogs ihop"),
    "intake.taken_back": _l("Posten togs tillbaka till inkorgen"),
    "intake.read": _l("Läste en post vars handling är markerad"),
    "mailbox.added": _l("E-postlåda lades till"),
    "mailbox.disabled": _l("E-postlåda stängdes av"),
    "scan_folder.added": _l("Skannermapp lades till"),
    "scan_folder.disabled": _l("Skannermapp stängdes av"),
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
    "occasion": _l("anledning"),
    "let_in": _l("får åtkomst"),
    "shut_out": _l("har inte längre åtkomst"),
    "until": _l("till och med"),
    "shared_with": _l("myndighet"),
    "with_marked": _l("även det markerade"),
    "legal_ground": _l("sekretessbrytande bestämmelse"),
    "scope": _l("omfattning"),
    "file_name": _l("fil"),
    "is_released": _l("släppt"),
    "review": _l("granskning"),
    "is_active": _l("i bruk"),
    "contact_note": _l("anteckning om kontakten"),
    "merged_name": _l("den andra kontakten"),
    "due_on": _l("bevakas till"),
    "text": _l("text"),
    "outcome": _l("utfall"),
    "watched_by": _l("bevakas av"),
    "watched_by_unit": _l("bevakas av enhet"),
    "decision_day": _l("beslutsdag"),
    "body": _l("beslutat av"),
    "paragraph": _l("paragraf"),
    "delegation_point": _l("delegationspunkt"),
    "is_final": _l("avgör ärendet"),
    "related": _l("ärende"),
    "moved_from": _l("från"),
    "moved_to": _l("till"),
    "review_on": _l("prövas igen"),
    "name": _l("namn"),
    "role": _l("roll"),
    "kind": _l("slag"),
    "identity_number": _l("person- eller organisationsnummer"),
    "organisation": _l("organisation"),
    "address": _l("adress"),
    "postal_code": _l("postnummer"),
    "city": _l("ort"),
    "country": _l("land"),
    "email": _l("e-postadress"),
    "phone": _l("telefon"),
    "is_protected": _l("skyddade personuppgifter"),
    "delivery": _l("leverans"),
    "decision": _l("gallringsbeslut"),
    "certificate": _l("gallringsbevis"),
    "happened_on": _l("dag"),
    "receiver": _l("mottagande arkiv"),
}
READINGS = timeline.READINGS
# Free texts, which may tell what is marked.
_TEXTS = frozenset({"title", "public_title", "file_name", "text", "outcome", "let_in", "shut_out"})
_OF_PARTIES = frozenset(
    {"name", "identity_number", "organisation", "address", "postal_code", "city", "country", "email", "phone"}
)
# Told from what an event has added, where there is nothing that it replaced.
_ADDED = ("due_on", "text", "outcome", "related", "moved_from", "moved_to", "provision", "scope", "review_on",
    "occasion", "let_in", "shut_out", "until", "shared_with", "with_marked", "legal_ground", "delivery",
    "receiver")  # fmt: skip
_PARTY_EVENTS = ("party_added", "party_corrected")


@dataclass(frozen=True, slots=True)
class Line:
    """One event: what, when, who, about which number, and old → new."""

    title: str
    when: str
    datetime: str
    who: str
    text: str


def told(seen: SeenEvent) -> Line:
    """The event as a line; what its reader may not see is left out."""
    event = seen.event
    # On the page of a case its own number says nothing.
    label = [] if event.entity_type == "case" else [event.entity_label]
    parts = [*label, *_replaced(seen), *_added(seen)]
    if event.reason and seen.shows_texts:
        parts.append(_("Skäl: %(reason)s", reason=event.reason))
    if seen.struck_out_by:
        parts.append(_("Uppgifterna är strukna genom gallring: %(decision)s", decision=seen.struck_out_by))
    return Line(
        title=str(ACTIONS.get(event.action, event.action)),
        when=show_time(event.at),
        datetime=event.at.isoformat(),
        who=event.actor_name,
        text=" · ".join(parts),
    )


def _replaced(seen: SeenEvent) -> list[str]:
    before, after = seen.event.before or {}, seen.event.after or {}
    return [
        _(
            "%(field)s: ”%(old)s” → ”%(new)s”",
            field=FIELDS[key],
            old=_shown(key, old),
            new=_shown(key, after.get(key)),
        )
        for key, old in before.items()
        if key in after and old != after[key] and _is_told(seen, key)
    ]


def _added(seen: SeenEvent) -> list[str]:
    """What an event says that replaced nothing; of a party that was added, only the name."""
    before, after = seen.event.before or {}, seen.event.after or {}
    keys = ("name",) if seen.event.action.endswith(_PARTY_EVENTS) else _ADDED
    facts = {**before, **after} if seen.event.action == "case.unrelated" else after
    return [
        f"{FIELDS[key]}: {_shown(key, facts[key])}"
        for key in keys
        if facts.get(key) and _is_told(seen, key) and not _is_replaced(seen, key)
    ]


def _is_replaced(seen: SeenEvent, field: str) -> bool:
    before, after = seen.event.before or {}, seen.event.after or {}
    return field in before and field in after and before[field] != after[field]


def _is_told(seen: SeenEvent, field: str) -> bool:
    if field in _OF_PARTIES:
        return seen.shows_parties
    return field in FIELDS and (seen.shows_texts or field not in _TEXTS)


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
    "occasion": {key.value: label for key, label in OCCASION_LABELS.items()},
    "role": {key.value: label for key, label in PARTY_ROLE_LABELS.items()},
    "kind": {
        key.value: label
        for key, label in [*PARTY_KIND_LABELS.items(), *DEADLINE_KIND_LABELS.items(), *RELATION_LABELS.items()]
    },
}
