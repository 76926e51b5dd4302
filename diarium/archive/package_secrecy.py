"""Secrecy in a package: markings and their reviews, what was shown to other authorities or taken from the web."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.archive.package_people import PackageUser
from diarium.secrecy.models import Scope
from diarium.secrecy.work_models import Occasion, Outcome


@dataclass(frozen=True, slots=True)
class PackageReview:
    """A marking was looked at anew. `document_uid`: the one file that it was narrowed to."""

    uid: uuid.UUID
    reviewed_on: dt.date
    made_at: dt.datetime
    reviewed_by: PackageUser | None
    reviewed_by_name: str
    occasion: Occasion
    outcome: Outcome
    reason: str
    scope_before: Scope
    scope_after: Scope
    document_uid: uuid.UUID | None
    next_on: dt.date | None


@dataclass(frozen=True, slots=True)
class PackageRestriction:
    """A secrecy marking, also one that was lifted. `citation`: the provision; `max_years`: of secrecy, as text.

    `document_uid`: the one file that it covers. `reviews`: the times that it was looked at anew.
    """

    uid: uuid.UUID
    scope: Scope
    document_uid: uuid.UUID | None
    citation: str
    subject: str
    max_years: str
    made_on: dt.date
    made_at: dt.datetime
    authority_code: str
    made_by: PackageUser | None
    made_by_name: str
    note: str | None
    review_on: dt.date | None
    lifted_at: dt.datetime | None
    lifted_by_name: str | None
    lift_reason: str | None
    reviews: tuple[PackageReview, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """Whether the marking still stands."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class PackageShare:
    """A case was shown to another authority, with what is marked or without (OSL 8 kap. 1–2 §§)."""

    uid: uuid.UUID
    to_authority_code: str
    with_marked: bool
    legal_ground: str | None
    reason: str
    until: dt.date | None
    made_at: dt.datetime
    made_by: PackageUser | None
    made_by_name: str
    revoked_at: dt.datetime | None
    revoked_by_name: str | None
    revoke_reason: str | None


@dataclass(frozen=True, slots=True)
class PackageWithdrawal:
    """A case, record or file was taken from the web register, perhaps only for a time."""

    uid: uuid.UUID
    reason: str
    made_at: dt.datetime
    made_by: PackageUser | None
    made_by_name: str
    ended_at: dt.datetime | None
    ended_by_name: str | None
    end_reason: str | None
