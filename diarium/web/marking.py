"""The form that marks a record or a case, as both pages have it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from diarium.i18n import gettext as _
from diarium.register.commands import RestrictionFacts
from diarium.register.errors import InvalidFact
from diarium.register.schemas import day_or_error
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
    )


def at_marking(errors: Mapping[str, str], restriction: uuid.UUID, act: str) -> dict[str, str]:
    """The messages at the fields of one marking among several: each has its own form."""
    return {f"{act}-{restriction}-{field}" if field else "": text for field, text in errors.items()}
