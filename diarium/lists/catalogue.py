"""All lists by name, and which of them somebody has."""

from __future__ import annotations

from collections.abc import Mapping

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.lists.definitions.cases import CASES, OWN_CASES, UNIT_CASES
from diarium.lists.definitions.deadlines import DEADLINES
from diarium.lists.definitions.decisions import DECISIONS
from diarium.lists.definitions.items import UNREGISTERED
from diarium.lists.definitions.records import DAILY, RECORDS
from diarium.lists.definitions.reviews import REVIEWS
from diarium.lists.errors import UnknownList
from diarium.lists.model import ListDefinition

LISTS: Mapping[str, ListDefinition] = {
    item.name: item
    for item in (
        CASES, OWN_CASES, UNIT_CASES, RECORDS, DAILY, DEADLINES, DECISIONS, UNREGISTERED, REVIEWS,
    )
}  # fmt: skip


def find(actor: Actor, name: str) -> ListDefinition:
    """The list with `name`. Raises: UnknownList if there is none, or none for the actor."""
    found = LISTS.get(name)
    if found is None or not _has(actor, found):
        raise UnknownList(_("Listan finns inte."))
    return found


def of(actor: Actor) -> tuple[ListDefinition, ...]:
    """The lists that the actor has."""
    return tuple(item for item in LISTS.values() if _has(actor, item))


def _has(actor: Actor, definition: ListDefinition) -> bool:
    return actor.is_system or bool(actor.authorities(definition.permission))
