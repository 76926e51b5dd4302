"""Secrecy as ERMS.xml tells it: markings, their reviews, what other authorities were shown, what left the web.

What has no element of its own stands in a box of own elements each. Source: OSL 5 kap. 5 §, 8 kap. 1–2 §§.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from diarium.archive import erms_parts as parts
from diarium.archive.dialects import Dialect
from diarium.archive.package_model import (
    PackageRestriction,
    PackageReview,
    PackageShare,
    PackageWithdrawal,
)
from diarium.archive.xml_writer import Value, XmlWriter
from diarium.i18n import gettext as _
from diarium.secrecy.models import SCOPE_LABELS


def restriction(xml: XmlWriter, mark: PackageRestriction, dialect: Dialect) -> None:
    """A secrecy marking (provision, date, authority)."""
    scope = _("Omfattar: %(scope)s.", scope=SCOPE_LABELS[mark.scope])
    lifted = [] if mark.is_in_force else [_("Markeringen är hävd.")]
    days: list[tuple[str, dt.date | None]] = [
        ("confidentiality_assessed", mark.made_on),
        ("created", mark.made_at),
        *[("reviewed", review.reviewed_on) for review in mark.reviews],
        ("omprövas", mark.review_on),
        ("end", mark.lifted_at),
    ]
    with xml.element("restriction", {"restrictionType": "confidential"}):
        xml.leaf("explanatoryText", " ".join([scope, *lifted, mark.note or ""]).strip())
        xml.required("regulation", mark.citation)
        if dialect.names_markers:
            _agents(xml, mark)
        parts.dates(xml, days)
        if mark.max_years:
            with xml.element("duration"):
                xml.leaf("calculatedDuration", mark.max_years)


def boxes(xml: XmlWriter, marks: Iterable[PackageRestriction]) -> None:
    """What of markings and their reviews has no element of its own."""
    for mark in marks:
        parts.own_box(xml, _("Uppgifter om sekretessmarkeringen"), _facts(mark))
        for review in mark.reviews:
            parts.own_box(xml, _("Uppgifter om omprövningen"), _review_facts(mark, review))


def share_action(xml: XmlWriter, share: PackageShare) -> None:
    """A case was shown to another authority."""
    kind = "delning med annan myndighet"
    with xml.element("action"):
        xml.required("actionText", share.reason)
        xml.leaf("actionDue", share.legal_ground)
        xml.leaf("actionType", kind if share.revoked_at is None else f"{kind}, avslutad")
        days = [("created", share.made_at), ("expiration", share.until), ("end", share.revoked_at)]
        parts.dates(xml, days, element="actionDate")
        with xml.element("agents"):
            parts.named(xml, "receiver", share.to_authority_code)
            parts.named(xml, "creator", share.made_by_name)
            parts.named(xml, "other", share.revoked_by_name, "avslutad av")


def share_box(xml: XmlWriter, share: PackageShare) -> None:
    """What of a share has no element of its own."""
    facts: list[tuple[str, Value]] = [
        ("uid", str(share.uid)),
        ("shared_with", share.to_authority_code),
        ("with_marked", share.with_marked),
        *parts.user_facts("made_by", share.made_by),
        ("revoke_reason", share.revoke_reason),
    ]
    parts.own_box(xml, _("Uppgifter om delningen"), facts)


def withdrawal_box(xml: XmlWriter, taken: PackageWithdrawal, document: uuid.UUID | None = None) -> None:
    """What was taken from the web: the case or record that it stands in, or one file of it."""
    facts: list[tuple[str, Value]] = [
        ("uid", str(taken.uid)),
        ("document", str(document) if document else None),
        ("withdrawal_reason", taken.reason),
        ("withdrawn_at", taken.made_at),
        ("made_by", taken.made_by_name),
        *parts.user_facts("made_by", taken.made_by),
        ("ended_at", taken.ended_at),
        ("ended_by", taken.ended_by_name),
        ("end_reason", taken.end_reason),
    ]
    parts.own_box(xml, _("Undantagen från webbdiariet"), facts)


def _agents(xml: XmlWriter, mark: PackageRestriction) -> None:
    parts.named(xml, "creator", mark.made_by_name)
    for name in dict.fromkeys(review.reviewed_by_name for review in mark.reviews):
        parts.named(xml, "other", name, "omprövad av")
    parts.named(xml, "other", mark.lifted_by_name, "hävd av")


def _facts(mark: PackageRestriction) -> list[tuple[str, Value]]:
    return [
        ("uid", str(mark.uid)),
        ("scope", mark.scope.value),
        ("document", str(mark.document_uid) if mark.document_uid else None),
        ("provision", mark.citation),
        ("subject", mark.subject),
        ("authority", mark.authority_code),
        ("made_by", mark.made_by_name),
        *parts.user_facts("made_by", mark.made_by),
        ("lifted_by", mark.lifted_by_name),
        ("lift_reason", mark.lift_reason),
    ]


def _review_facts(mark: PackageRestriction, review: PackageReview) -> list[tuple[str, Value]]:
    return [
        ("uid", str(review.uid)),
        ("restriction", str(mark.uid)),
        ("review_outcome", review.outcome.value),
        ("review_occasion", review.occasion.value),
        ("reviewed_on", review.reviewed_on),
        ("made_at", review.made_at),
        ("reviewed_by", review.reviewed_by_name),
        *parts.user_facts("reviewed_by", review.reviewed_by),
        ("review_reason", review.reason),
        ("scope_before", review.scope_before.value),
        ("scope_after", review.scope_after.value),
        ("document", str(review.document_uid) if review.document_uid else None),
        ("next_on", review.next_on),
    ]
