"""The inbox in words: how old, how urgent, what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import url_for

from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import Actor
from diarium.intake.queries import InboxCounts, InboxFilter, ItemRow
from diarium.intake.vocabulary import CHANNEL_LABELS, STATE_LABELS, Channel, ItemState

FILTERS = ("authority", "channel", "who", "state", "overdue")


def filter_of(args: Mapping[str, str], who: Actor) -> InboxFilter:
    """The filter that an address asks for; what is unknown in it asks for nothing."""
    state = args.get("state", "")
    return InboxFilter(
        authority=args.get("authority") or None,
        channel=Channel(args["channel"]) if args.get("channel") in list(Channel) else None,
        assigned_to_id=who.user_id if args.get("who") == "mine" else None,
        unassigned=args.get("who") == "nobody",
        state=ItemState(state) if state in list(ItemState) else ItemState.NEW,
        overdue_only=args.get("overdue") == "1",
    )


def address(args: Mapping[str, str], **changed: str | None) -> str:
    """The list with the same filters and what is changed; the place in the list is not kept."""
    wanted = {name: args.get(name) for name in FILTERS} | changed
    kept = {name: value for name, value in wanted.items() if value}
    return f"{url_for('inbox.listing')}{'?' if kept else ''}{urlencode(kept)}"


def is_filtered(args: Mapping[str, str]) -> bool:
    """Whether anything but the whole of what waits is asked for."""
    return any(args.get(name) for name in FILTERS)


def summary(counts: InboxCounts) -> str:
    """How much waits, in a sentence."""
    parts = [
        ngettext("%(num)s oregistrerad", "%(num)s oregistrerade", counts.unregistered),
        _("%(count)s ska registreras i dag", count=counts.due_today),
        ngettext("%(num)s försenad", "%(num)s försenade", counts.overdue),
        ngettext("%(num)s är din", "%(num)s är dina", counts.mine),
    ]
    return ", ".join(parts) + "."


def age(row: ItemRow) -> str:
    """How long ago it came in, in working days."""
    if row.age == 0:
        return _("Ny")
    return ngettext("%(num)s arbetsdag", "%(num)s arbetsdagar", row.age)


def sender(row: ItemRow) -> tuple[str, str]:
    """Name and address of the sender, each empty where there is none."""
    if row.sender is None:
        return _("Skyddad uppgift"), ""
    name, _mark, email = row.sender.removesuffix(">").partition(" <")
    return name or _("Okänd"), email


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer."""
    return {
        "channels": [(key.value, str(label)) for key, label in CHANNEL_LABELS.items()],
        "states": [(key.value, str(label)) for key, label in STATE_LABELS.items() if key is not ItemState.NEW],
        "people": [("mine", _("Tilldelade mig")), ("nobody", _("Inte tilldelade"))],
    }
