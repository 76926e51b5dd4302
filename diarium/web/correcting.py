"""What the two correction pages share: the version that was seen, and what somebody else changed meanwhile."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.public import warning
from diarium.register.models import Case, Record
from diarium.web.arguments import whole_number
from diarium.web.history import FIELDS

_MOST_VERSIONS = 2**31 - 1


def version_of(form: Mapping[str, str]) -> int:
    """The version that the form was made of; 0, which no version is, if it says none."""
    return whole_number(form.get("version"), 0, _MOST_VERSIONS)


def differences(
    present: Mapping[str, object],
    typed: Mapping[str, object],
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> list[tuple[str, str]]:
    """(field's name, present value) of each fact that now reads otherwise than what was typed.

    `labels`: what the values of a field with a closed list are called.
    """
    return [
        (
            str(FIELDS.get(name, name)),
            str((labels or {}).get(name, {}).get(_plain(value), _plain(value))) or _("tomt"),
        )
        for name, value in present.items()
        if name in FIELDS and _plain(value) != _plain(typed.get(name)).strip()
    ]


def unseen_warning(
    session: Session, target: Case | Record, present: Mapping[str, object], typed: Mapping[str, str]
) -> dict[str, str]:
    """A new text for the public with a personal number, a name or the like is stopped once, at its field.

    Ticking the box lets it pass.
    """
    if typed.get("confirm_public") == "1":
        return {}
    field = "public_title" if typed.get("public_title", "").strip() else "title"
    before = _plain(present.get("public_title")) or _plain(present.get("title"))
    if typed.get(field, "").strip() == before:
        return {}
    case = target if isinstance(target, Case) else target.case
    message = warning.of_title(typed.get(field, ""), warning.names_in_case(session, case))
    return {field: message} if message else {}


def confirms_public(errors: Mapping[str, str], typed: Mapping[str, object]) -> bool:
    """Whether the form offers the box that lets a stopped title pass."""
    return typed.get("confirm_public") == "1" or not {"title", "public_title"}.isdisjoint(errors)


def _plain(value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    return "" if value is None else str(value)
