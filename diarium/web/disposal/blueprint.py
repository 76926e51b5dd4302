"""The blueprint of all pages about disposal, and what they share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask import Blueprint
from sqlalchemy.orm import Session

from diarium.disposal import due
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("disposal", __name__, url_prefix="/intern/arkiv/gallring")


def authorities(session: Session) -> list[tuple[str, str]]:
    """Where the actor disposes."""
    return due.disposable_authorities(session, context.actor())


def chosen(values: Mapping[str, str], offered: list[tuple[str, str]]) -> str:
    """The authority that a form or an address names, else the first one offered."""
    named = values.get("authority", "").strip().upper()
    return named or (offered[0][0] if offered else "")


def mistakes(error: DomainError) -> dict[str, str]:
    """The message by field. Raises `error` again where no form can mend it."""
    if isinstance(error, NotAllowed) or (isinstance(error, NotFound) and error.field is None):
        raise error
    return {error.field or "": error.message}


def day(values: Mapping[str, str], field: str) -> dt.date | None:
    """The day that was typed, or nothing. Raises: InvalidFact."""
    return day_or_error(tolerant_date(values.get(field, "")), field)


def needed_day(values: Mapping[str, str], field: str) -> dt.date:
    """The day that was typed. Raises: InvalidFact, DomainError if there is none."""
    found = day(values, field)
    if found is None:
        raise DomainError(_("Skriv datumet som 2024-05-01."), field=field)
    return found
