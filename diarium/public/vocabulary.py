"""The words of the open register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    PARTY_ROLE_LABELS,
    STATUS_LABELS,
    CaseStatus,
    Direction,
    PartyRole,
)

READERS = frozenset({"public"})
"""The token that every entry of the public index carries and every public search brings along."""


class Visibility(StrEnum):
    """How much is shown of a case or record besides number, dates, direction and authority.

    WAITING: number and date until the delay before publishing has passed. WITHDRAWN: taken from the web by staff.
    DISPOSED: nothing else is left of it anywhere.
    """

    FACTS = "facts"
    NUMBER_ONLY = "number_only"
    OMITTED = "omitted"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    DISPOSED = "disposed"


class Work(StrEnum):
    """What has to follow a projection: the entry with a key is indexed anew, a withdrawn text is purged from the
    index's files, a content that nobody refers to any longer is removed."""

    INDEX = "index"
    PURGE = "purge"
    BLOB = "blob"


_Enum = TypeVar("_Enum", bound=StrEnum)
CANCELLED = CaseStatus.CANCELLED.value
_OMITTED = _l("Uppgift utelämnad")
_LIMITED_CASE = _l("Ärende med begränsad insyn")
_LIMITED_RECORD = _l("Handling med begränsad insyn")
_PRIVATE = _l("Privatperson")
_WAITING = _l("Publiceras senare")
_WITHDRAWN = _l("Visas inte på webben")


def case_heading(visibility: Visibility, title: str | None) -> str:
    """The heading of a case in the reader's language."""
    if visibility is Visibility.CANCELLED:
        return _("Makulerat ärende")
    if visibility is Visibility.DISPOSED:
        return _("Gallrat ärende")
    if visibility is Visibility.NUMBER_ONLY:
        return str(_LIMITED_CASE)
    return _unshown(visibility) or title or str(_OMITTED)


def record_heading(visibility: Visibility, title: str | None) -> str:
    """The heading of a record in the reader's language."""
    if visibility is Visibility.CANCELLED:
        return _("Makulerad")
    if visibility is Visibility.DISPOSED:
        return _("Gallrad handling")
    if visibility is Visibility.NUMBER_ONLY:
        return str(_LIMITED_RECORD)
    return _unshown(visibility) or title or str(_OMITTED)


def visibility_note(visibility: Visibility) -> str | None:
    """A sentence for the public on why no facts are shown; None where they are, or are omitted singly."""
    if visibility is Visibility.WAITING:
        return _(
            "Uppgifterna publiceras när myndigheten har hunnit granska dem. Du kan fråga efter handlingarna nu."
        )
    if visibility is Visibility.WITHDRAWN:
        return _("Myndigheten visar inte uppgifterna på webben. Du har ändå rätt att fråga efter handlingarna.")
    if visibility is Visibility.DISPOSED:
        return _(
            "Handlingarna är gallrade: de är förstörda enligt ett beslut och finns inte kvar hos myndigheten. "
            "Numret finns kvar så att serien går att följa."
        )
    return None


def disposal_note(disposed_on: dt.date | None, decision: str | None, *, only_files: bool) -> str | None:
    """When and by which decision a case was disposed of; None for one that was not."""
    if disposed_on is None:
        return None
    facts = {"day": disposed_on.isoformat(), "decision": decision or ""}
    if only_files:
        return _("Filerna är gallrade %(day)s enligt beslut %(decision)s. Uppgifterna står kvar.", **facts)
    return _("Gallrat %(day)s enligt beslut %(decision)s.", **facts)


def party_name(name: str | None) -> str:
    """The name of an organisation or authority; "Privatperson" for everybody else."""
    return name or str(_PRIVATE)


def omitted() -> str:
    """What stands where something is left out."""
    return str(_OMITTED)


def direction_label(value: str) -> str:
    """The label of a direction, such as "Inkommen"; empty where it is not shown."""
    if not value:
        return ""
    return _label(DIRECTION_LABELS, Direction, value)


def status_label(value: str | None) -> str:
    """The label of a case's status, such as "Avslutat"; empty where it is not shown."""
    return _label(STATUS_LABELS, CaseStatus, value) if value else ""


def role_label(value: str) -> str:
    """The label of a party's role, such as "Avsändare"."""
    return _label(PARTY_ROLE_LABELS, PartyRole, value)


def kind_label(value: str) -> str:
    """The label of a kind of hit: "Ärenden" or "Handlingar"."""
    return {"case": _("Ärenden"), "record": _("Handlingar")}[value]


def _unshown(visibility: Visibility) -> str | None:
    return {Visibility.WAITING: str(_WAITING), Visibility.WITHDRAWN: str(_WITHDRAWN)}.get(visibility)


def _label(labels: Mapping[_Enum, str], kind: type[_Enum], value: str) -> str:
    return str(labels[kind(value)])
