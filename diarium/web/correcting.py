"""What the two correction pages share: the version that was seen, and what somebody else changed meanwhile."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from diarium.i18n import gettext as _
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


def _plain(value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    return "" if value is None else str(value)
