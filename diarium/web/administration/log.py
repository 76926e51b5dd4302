"""The log of administration: filtered by what and by whom, paged by place."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from diarium.audit.models import AuditEvent
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register.administration import log
from diarium.web import context
from diarium.web.administration.frame import address, blueprint
from diarium.web.administration.labels import ACTIONS, FACTS, in_words
from diarium.web.arguments import whole_number
from diarium.web.history import ACTIONS as OTHER_ACTIONS

_MOST_EVENTS = 2**62


@dataclass(frozen=True, slots=True)
class Line:
    """One change: what, about what, when, who, and the facts before and after."""

    title: str
    about: str
    when: str
    datetime: str
    who: str
    changes: tuple[str, ...]
    reason: str | None


@blueprint.get("/logg")
@context.staff(Permission.ADMINISTER)
def change_log() -> ResponseReturnValue:
    """Who changed what of the administration, newest first."""
    args = request.args
    kind = log.LogKind(args["kind"]) if args.get("kind") in list(log.LogKind) else None
    wanted = log.LogFilter(kind=kind, person=args.get("person", "")[:100])
    cursor = whole_number(args.get("before"), 0, _MOST_EVENTS) or None
    with context.diarium().database.reading() as session:
        found = log.page(session, context.actor(), wanted, cursor=cursor)
    kept = {key: args[key] for key in ("kind", "person") if args.get(key)}
    here = "administration.change_log"
    return context.page(
        "administration/log.html",
        lines=[_line(event) for event in found.events],
        wanted=wanted,
        kinds=[(item.value, label) for item, label in log.KIND_LABELS.items()],
        next_url=address(here, kept | {"before": str(found.next_cursor)}) if found.next_cursor else None,
        first_url=address(here, kept) if cursor else None,
    )


def _line(event: AuditEvent) -> Line:
    return Line(
        title=str(ACTIONS.get(event.action) or OTHER_ACTIONS.get(event.action, event.action)),
        about=event.entity_label,
        when=show_time(event.at),
        datetime=event.at.isoformat(),
        who=event.actor_name,
        changes=tuple(_changes(event)),
        reason=event.reason,
    )


def _changes(event: AuditEvent) -> list[str]:
    before, after = event.before or {}, event.after or {}
    found = []
    for name in dict.fromkeys((*before, *after)):
        old, new = in_words(name, before.get(name)), in_words(name, after.get(name))
        if name not in FACTS or old == new or name == "retention_rule":
            continue
        if name in before and name in after:
            found.append(_("%(field)s: ”%(old)s” → ”%(new)s”", field=FACTS[name], old=old or "–", new=new or "–"))
        else:
            found.append(f"{FACTS[name]}: {new or old}")
    return found
