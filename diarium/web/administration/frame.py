"""What the pages of administration share: reading a form, saving it, and showing it again with what was wrong."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Blueprint, current_app, request, url_for
from sqlalchemy.orm import Session

from diarium.audit.revision import Stale, fingerprint
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.administration.labels import FACTS, in_words
from diarium.web.registration.form import tolerant_date

blueprint = Blueprint("administration", __name__, url_prefix="/intern/administration")
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was saved: messages by the ids of the form's fields. `is_stale`: somebody else was faster."""

    errors: dict[str, str] = field(default_factory=dict)
    is_stale: bool = False


def attempt(change: Callable[[Session], object]) -> Failure | None:
    """Runs `change` in one unit of work; gives what was wrong, or None if all is saved.

    Raises: NotAllowed, NotFound: these are no mistakes in a form.
    """
    try:
        with context.diarium().database.unit_of_work() as session:
            change(session)
    except (NotAllowed, NotFound):
        raise
    except Stale as error:
        return Failure({"": error.message}, is_stale=True)
    except DomainError as error:
        return Failure({error.field or "": error.message})
    return None


def edited(template: str, present: Facts, failure: Failure | None, **more: object) -> tuple[str, int]:
    """A form with the facts as they are now, or as they were typed; where both differ after a change by somebody
    else, the page shows both.
    """
    values = {name: as_typed(value) for name, value in present.items()}
    seen = fingerprint(present)
    conflict: list[tuple[str, str]] = []
    if failure is not None:
        typed = {**request.form.to_dict(), **_lists(present)}
        if failure.is_stale:
            conflict = _differences(present, values, typed)
        else:
            seen = request.form.get("seen", "")
        values = {**values, **_unticked(present), **typed}
    html = context.page(
        template, values=values, seen=seen, conflict=conflict, errors=failure.errors if failure else {}, **more
    )
    return html, 422 if failure is not None and failure.errors else 200


def filled(
    template: str, values: Mapping[str, object], failure: Failure | None, **more: object
) -> tuple[str, int]:
    """A form for something new: with `values`, or as it was typed."""
    shown = {**values, **request.form.to_dict()} if failure is not None else dict(values)
    html = context.page(template, values=shown, errors=failure.errors if failure else {}, **more)
    return html, 422 if failure is not None and failure.errors else 200


def text(name: str) -> str:
    """What was typed in a field."""
    return request.form.get(name, "").strip()


def ticked(name: str) -> bool:
    """Whether a box was ticked."""
    return request.form.get(name) == "1"


def day(name: str) -> dt.date | None:
    """The day that was typed, or nothing. Raises: InvalidFact."""
    return day_or_error(tolerant_date(text(name)), name)


def required_day(name: str, message: str) -> dt.date:
    """The day that was typed. Raises: InvalidFact; DomainError with `message` where there is none."""
    found = day(name)
    if found is None:
        raise DomainError(message, field=name)
    return found


def chosen_uid(name: str) -> uuid.UUID | None:
    """The identifier that was chosen, or nothing. Raises: DomainError at the field."""
    given = text(name)
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise DomainError(_("Välj i listan."), field=name) from None


def link_to(endpoint: str, **values: str) -> str | None:
    """The address of a page, if it is there and the actor may open it."""
    view = current_app.view_functions.get(endpoint)
    permissions = getattr(view, "permissions", ())
    may_open = any(context.actor().authorities(permission) for permission in permissions)
    return address(endpoint, values) if may_open else None


def address(endpoint: str, query: Mapping[str, str]) -> str:
    """The address of a page with a query."""
    return f"{url_for(endpoint)}?{urlencode(query)}" if query else url_for(endpoint)


def as_typed(value: object) -> object:
    """A fact as a form's field holds it."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return "" if value is None else str(value)


def _lists(present: Facts) -> dict[str, object]:
    return {name: request.form.getlist(name) for name, value in present.items() if isinstance(value, list | tuple)}


def _unticked(present: Facts) -> dict[str, object]:
    """Boxes that are not ticked are not sent."""
    return {name: "" for name, value in present.items() if isinstance(value, bool)}


def _differences(present: Facts, values: Facts, typed: Facts) -> list[tuple[str, str]]:
    return [
        (str(FACTS.get(name, name)), in_words(name, present[name]) or _("tomt"))
        for name, value in values.items()
        if (name in typed or isinstance(present[name], bool)) and value != typed.get(name, "")
    ]
