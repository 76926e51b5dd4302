"""The form for an export: what it holds, and what was typed as a selection."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.archive import queries as exports
from diarium.archive.criteria import (
    EXPORTABLE,
    MIB,
    PACKAGE_STATUS_LABELS,
    Criteria,
    PackageLimits,
    PackageStatus,
)
from diarium.archive.profiles.codes import PROFILE_LABELS, ProfileCode
from diarium.classification import queries as classes
from diarium.classification import retention
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register.schemas import day_or_error
from diarium.register.vocabulary import STATUS_LABELS, CaseStatus
from diarium.web.registration.form import tolerant_date

FIELDS = (
    "authority",
    "period_from",
    "period_to",
    "class_codes",
    "class_text",
    "retention_rules",
    "statuses",
    "without_protected",
    "profile",
    "agreement",
    "record_status",
    "max_megabytes",
    "max_files",
    "max_cases",
)
# What opens the part of the form that is seldom used.
_SELDOM = frozenset(FIELDS[3:])
MOST = 10**9
Values = MultiDict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that could be read."""

    criteria: Criteria
    profile: ProfileCode
    agreement_uid: uuid.UUID | None
    record_status: PackageStatus
    limits: PackageLimits


class FormErrors(Exception):
    """What could not be read, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def first_values() -> Values:
    """The form as it is opened: last year."""
    last_year = today().year - 1
    return MultiDict({"period_from": f"{last_year}-01-01", "period_to": f"{last_year}-12-31"})


def read(values: Values) -> Asked:
    """What was typed. Raises: FormErrors."""
    reading = _Reading(values)
    start, end = reading.day("period_from"), reading.day("period_to")
    rules = reading.of("retention_rules", lambda: tuple(map(uuid.UUID, values.getlist("retention_rules"))))
    statuses = reading.of("statuses", lambda: tuple(map(CaseStatus, values.getlist("statuses"))))
    profile = reading.of("profile", lambda: ProfileCode(values.get("profile") or ProfileCode.FGS2))
    agreement = reading.of("agreement", lambda: [uuid.UUID(text) for text in values.getlist("agreement") if text])
    status = reading.of("record_status", lambda: PackageStatus(values.get("record_status") or PackageStatus.NEW))
    megabytes, files, cases = (reading.number(field) for field in ("max_megabytes", "max_files", "max_cases"))
    if reading.errors or start is None or end is None:
        raise FormErrors(reading.errors)
    criteria = Criteria(
        authority_code=values.get("authority", ""),
        period_from=start,
        period_to=end,
        class_codes=_codes(values),
        retention_rule_uids=rules or (),
        statuses=statuses or (CaseStatus.CLOSED,),
        with_protected=not values.get("without_protected"),
    )
    limits = PackageLimits(megabytes * MIB if megabytes else None, files, cases)
    return Asked(
        criteria,
        profile or ProfileCode.FGS2,
        agreement[0] if agreement else None,
        status or PackageStatus.NEW,
        limits,
    )


def choices(session: Session, actor: Actor, values: Values) -> dict[str, object]:
    """What the form can be filled with, and whether its seldom used part is to be open."""
    found = classes.options(session, today())
    return {
        "authorities": exports.exportable_authorities(session, actor),
        "top_classes": [(code, title) for code, title in found if "." not in code],
        "classes": found,
        "rules": retention.options(session),
        "statuses": [(status.value, STATUS_LABELS[status]) for status in EXPORTABLE],
        "profiles": list(PROFILE_LABELS.items()),
        "agreements": exports.agreement_options(session, actor),
        "record_statuses": list(PACKAGE_STATUS_LABELS.items()),
        "is_open": any(values.get(field) for field in _SELDOM),
    }


def asked_for(values: Values) -> list[tuple[str, str]]:
    """The fields that were filled in, for an address."""
    return [(field, text) for field in FIELDS for text in values.getlist(field) if text]


class _Reading:
    """Reads field after field and gathers what can't be read."""

    def __init__(self, values: Values) -> None:
        self.errors: dict[str, str] = {}
        self._values = values

    def of(self, field: str, read_field: Callable[[], T]) -> T | None:
        """What `read_field` gives; its ValueError is a choice that the list does not have."""
        try:
            return read_field()
        except ValueError:
            self.errors[field] = _("Välj ur listan.")
            return None

    def day(self, field: str) -> dt.date | None:
        """A day that must be given."""
        try:
            day = day_or_error(tolerant_date(self._values.get(field, "")), field)
        except DomainError as error:
            self.errors[field] = error.message
            return None
        if day is None:
            self.errors[field] = _("Skriv datumet som 2024-05-01.")
        return day

    def number(self, field: str) -> int | None:
        """A whole number, or nothing."""
        plain = re.sub(r"\s", "", self._values.get(field, ""))
        if not plain:
            return None
        if not plain.isdecimal() or not 1 <= int(plain) <= MOST:
            self.errors[field] = _("Skriv ett helt tal som är minst 1, eller lämna fältet tomt.")
            return None
        return int(plain)


def _codes(values: Values) -> tuple[str, ...]:
    """Ticked and typed, each once; typed ones between commas or spaces."""
    typed = re.split(r"[\s,;]+", values.get("class_text", ""))
    return tuple(dict.fromkeys(code for code in (*values.getlist("class_codes"), *typed) if code))
