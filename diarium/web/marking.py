"""The form that marks a record or a case, as both pages have it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from diarium.i18n import gettext as _
from diarium.register.commands import RestrictionFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import Case, Record
from diarium.register.schemas import day_or_error
from diarium.secrecy.access import Sight
from diarium.secrecy.models import Scope
from diarium.web.registration.form import tolerant_date


def facts_of(values: Mapping[str, str]) -> RestrictionFacts:
    """The marking that the form asks for. Raises: InvalidFact."""
    scope = values.get("scope", "whole")
    if scope not in list(Scope):
        raise InvalidFact(_("Välj vad markeringen omfattar."), field="scope")
    return RestrictionFacts(
        provision=values.get("provision", ""),
        scope=Scope(scope),
        note=values.get("restriction_note", "").strip() or None,
        review_on=day_or_error(tolerant_date(values.get("review_on", "")), "review_on"),
        document=chosen_file(values),
    )


def chosen_file(values: Mapping[str, str]) -> uuid.UUID | None:
    """The one file that was chosen, or none for all of them. Raises: InvalidFact."""
    text = values.get("document", "").strip()
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise InvalidFact(_("Välj en av handlingens filer."), field="document") from None


def chosen_from(target: Case | Record, seen: Sight) -> list[tuple[str, str]]:
    """(identifier, name) of the files of a record that can be marked one by one: those that the actor sees."""
    files = target.documents if isinstance(target, Record) else []
    return [(str(item.uid), item.file_name) for item in files if seen.shows(item.id)]


def at_marking(errors: Mapping[str, str], restriction: uuid.UUID, act: str) -> dict[str, str]:
    """The messages at the fields of one marking among several: each has its own form."""
    return {f"{act}-{restriction}-{field}" if field else "": text for field, text in errors.items()}
