"""What the pages of a case share: their blueprint, loading the case once, noting who looked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from flask import Blueprint, request
from sqlalchemy.orm import Session

from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.register import case_sheet
from diarium.register.case_sheet import CaseFront
from diarium.register.errors import InvalidFact
from diarium.register.models import Case
from diarium.register.schemas import day_or_error
from diarium.register.vocabulary import STATUS_LABELS
from diarium.web import context, correcting, reading
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("cases", __name__, url_prefix="/intern")


def open_case(session: Session, uid: uuid.UUID) -> tuple[Case, CaseFront]:
    """The case and what its page shows of it. Raises: CaseNotFound."""
    who = context.actor()
    case = case_sheet.load(session, who, uid)
    return case, case_sheet.front(session, who, case)


def note(front: CaseFront) -> None:
    """Notes that the actor looks at the case, where that is noted."""
    if front.needs_note:
        reading.note_case(front.view)


def mistakes(error: DomainError) -> dict[str, str]:
    """The messages of a form by field. Raises `error` again where no form can mend it."""
    if isinstance(error, NotAllowed) or (isinstance(error, NotFound) and error.field is None):
        raise error  # the page's own object; what a field names is told at the field
    return {error.field or "": error.message}


def seen_version() -> int | None:
    """The version that the form was made of; None for a form that says none."""
    return correcting.version_of(request.form) if "version" in request.form else None


def typed_day(field: str, values: Mapping[str, str] | None = None) -> dt.date | None:
    """The day in the form's field, or nothing. Raises: InvalidFact."""
    return day_or_error(tolerant_date((request.form if values is None else values).get(field, "")), field)


def needed_day(field: str, values: Mapping[str, str] | None = None) -> dt.date:
    """The day in the form's field. Raises: InvalidFact if there is none."""
    day = day_or_error(tolerant_date((values or request.form).get(field, "")), field)
    if day is None:
        raise InvalidFact(_("Ange dagen, till exempel 2024-05-01."), field=field)
    return day


def standing(front: CaseFront) -> list[tuple[str, str]]:
    """How the case stands now, for a page whose form was overtaken by somebody else's change."""
    view = front.view
    facts = [
        (_("Status"), str(STATUS_LABELS[view.status])),
        (_("Handläggare"), view.responsible or _("Ingen")),
        (_("Enhet"), view.unit or _("Ingen")),
        (_("Beslutat"), view.decided_on.isoformat() if view.decided_on else ""),
        (_("Avslutat"), view.closed_on.isoformat() if view.closed_on else ""),
    ]
    return [(label, value) for label, value in facts if value]
