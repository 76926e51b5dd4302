"""The form for saving a list or a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diarium.lists.models import Subscription
from diarium.lists.saving import SavedFacts


@dataclass(frozen=True, slots=True)
class SaveForm:
    """What was typed to save a list or a search, and what was wrong with it, by the id of the field."""

    values: Mapping[str, str]
    errors: Mapping[str, str]


def facts_of(values: Mapping[str, str]) -> SavedFacts:
    """What the forms for saving and changing say."""
    subscription = values.get("subscription", "")
    return SavedFacts(
        name=values.get("name", ""),
        subscription=Subscription(subscription) if subscription in list(Subscription) else Subscription.NONE,
        by_email=values.get("by_email") == "1",
        shared_with=values.get("shared_with") or None,
    )
