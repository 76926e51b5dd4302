"""The way in to administration: a map of what can be set, and the state of the system below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from diarium.changes import state as work
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time, today
from diarium.identity.permissions import Permission
from diarium.register.administration import authorities
from diarium.web import context
from diarium.web.administration.frame import blueprint, link_to

CONSUMERS: Mapping[str, str] = {
    "files": _l("Undersöka filer"),
    "search": _l("Sökindex"),
    "spread": _l("Fördela ändringar på ärenden"),
    "public": _l("Öppna diariet"),
    "assistance": _l("Lära av registreringar"),
    "webhooks": _l("Meddela andra system"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the map, with what one does there."""

    label: str
    url: str
    text: str


@blueprint.get("")
@context.staff(Permission.ADMINISTER)
def overview() -> ResponseReturnValue:
    """What can be set, the authorities, and how far the background work has come."""
    services = context.diarium()
    with services.database.reading() as session:
        rows = authorities.listing(session, context.actor())
        state = work.state(session, list(CONSUMERS))
    return context.page(
        "administration/overview.html",
        groups=_groups(),
        rows=rows,
        year=today().year + 1,
        state=state,
        consumers=CONSUMERS,
        indexed=services.index.document_count(),
        show_time=show_time,
    )


def _groups() -> list[tuple[str, list[Place]]]:
    """The map; what another room has not built, or the actor may not open, is left out."""
    groups = []
    for title, places in _MAP:
        found = [Place(str(label), url, str(text)) for name, label, text in places if (url := link_to(name))]
        groups.append((str(title), found))
    return groups


_MAP = (
    (
        _l("Organisation"),
        (
            (
                "administration.authority_list",
                _l("Myndigheter"),
                _l("Nämnder och bolag, enheter, diarieserier, årsskifte"),
            ),
            (
                "administration.user_list",
                _l("Användare"),
                _l("Konton, roller, lösenord och nycklar till gränssnittet"),
            ),
            (
                "administration.token_list",
                _l("Nycklar till gränssnittet"),
                _l("Vilka program som har en nyckel, till vad och hur länge"),
            ),
            (
                "administration.webhook_list",
                _l("Webhookar"),
                _l("Vilka andra system som får veta när något händer"),
            ),
            (
                "administration.channel_list",
                _l("Brevlådor och inläsningsmappar"),
                _l("Varifrån inkorgen fylls"),
            ),
        ),
    ),
    (
        _l("Gemensamt för alla myndigheter"),
        (
            (
                "administration.scheme_list",
                _l("Klassificeringsstruktur"),
                _l("Versioner, klasser, vad som publiceras, inläsning och uttag"),
            ),
            (
                "publishing.delays",
                _l("Fördröjd publicering"),
                _l("Hur länge det öppna diariet väntar, per myndighet och klass"),
            ),
            ("administration.type_list", _l("Handlingstyper"), _l("Listan som registrator väljer ur")),
            (
                "administration.rule_list",
                _l("Bevarande och gallring"),
                _l("Frister, vad de stöder sig på och vilka klasser de gäller"),
            ),
            ("administration.provision_list", _l("Lagrum"), _l("Sekretessbestämmelser med källa och giltighet")),
        ),
    ),
    (
        _l("Mallar och uppföljning"),
        (
            ("registration_templates.listing", _l("Registreringsmallar"), _l("För ärenden som återkommer")),
            (
                "letter_templates.listing",
                _l("Brevmallar"),
                _l("Bekräftelser, begäran om komplettering, underrättelser"),
            ),
            (
                "secrecy.by_person",
                _l("Läsningar"),
                _l("Vad en person har läst av sekretessmarkerade uppgifter"),
            ),
            (
                "secrecy.circles",
                _l("Begränsade kretsar"),
                _l("Ärenden där bara namngivna personer ser det markerade, och vem som är kvar"),
            ),
            ("administration.change_log", _l("Ändringslogg"), _l("Vem som har ändrat vad i administrationen")),
        ),
    ),
)
