"""Which column of the register's tables stands in which field of the package model, and what is left out and why.

The tables are those of the rooms `register`, `secrecy`, `correspondence`, `classification` and `files`, and the
table of users. A test demands that each of their columns is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Held:
    """A table whose rows are `owner`s. Columns have fields of their own name, but for those in `renamed`."""

    owner: str
    renamed: Mapping[str, str] = field(default_factory=dict)


HELD: Final[Mapping[str, Held]] = {
    "authority": Held("PackageAuthority"),
    "unit": Held("PackageUnit", {"authority_id": "PackageInfo.units"}),
    "diary_series": Held("PackageSeries", {"authority_id": "PackageInfo.series"}),
    "classification_scheme": Held("PackageScheme"),
    "classification": Held(
        "PackageClass",
        {"parent_id": "parent_code", "scheme_id": "scheme_uid", "retention_rule_id": "disposal"},
    ),
    "classification_record_type": Held(
        "PackageClass", {"classification_id": "record_types", "record_type_id": "record_types"}
    ),
    "record_type": Held("PackageClass", {"name": "record_types"}),
    "retention_rule": Held("PackageDisposal"),
    "user_account": Held("PackageUser"),
    "party": Held("PackageParty", {"case_id": "PackageCase.parties", "record_id": "PackageRecord.parties"}),
    "provision": Held("PackageRestriction", {"law": "citation", "chapter": "citation", "paragraph": "citation"}),
    "restriction": Held(
        "PackageRestriction",
        {
            "case_id": "PackageCase.restrictions",
            "record_id": "PackageRecord.restrictions",
            "document_id": "document_uid",
            "provision_id": "citation",
            "made_by_id": "made_by",
        },
    ),
    "restriction_review": Held(
        "PackageReview",
        {
            "restriction_id": "PackageRestriction.reviews",
            "reviewed_by_id": "reviewed_by",
            "document_id": "document_uid",
        },
    ),
    "case_share": Held("PackageShare", {"case_id": "PackageCase.shares", "made_by_id": "made_by"}),
    "web_withdrawal": Held(
        "PackageWithdrawal",
        {
            "case_id": "PackageCase.withdrawals",
            "record_id": "PackageRecord.withdrawals",
            "document_id": "PackageDocument.withdrawals",
            "made_by_id": "made_by",
        },
    ),
    "case_file": Held(
        "PackageCase",
        {
            "authority_id": "PackageInfo.authority",
            "series_id": "series_code",
            "unit_id": "unit",
            "responsible_id": "responsible",
            "registered_by_id": "registered_by",
            "classification_id": "classification",
            "disposed": "disposals",
        },
    ),
    "case_relation": Held("PackageRelation", {"from_case_id": "is_outgoing", "to_case_id": "other_uid"}),
    "case_origin": Held(
        "PackageOrigin",
        {"case_id": "PackageCase.origin", "loose_references": "PackageCase.relations"},
    ),
    "case_disposal": Held("PackageCaseDisposal", {"case_id": "PackageCase.disposals"}),
    "case_note": Held(
        "PackageNote",
        {"case_id": "PackageCase.notes", "made_by_id": "made_by", "corrects_id": "corrects"},
    ),
    "deadline": Held(
        "PackageDeadline",
        {
            "case_id": "PackageCase.deadlines",
            "record_id": "record",
            "responsible_id": "responsible",
            "unit_id": "unit",
        },
    ),
    "decision": Held(
        "PackageDecision",
        {"case_id": "PackageCase.decisions", "record_id": "record", "registered_by_id": "registered_by"},
    ),
    "record": Held(
        "PackageRecord",
        {"case_id": "PackageCase.records", "registered_by_id": "registered_by", "moved_to_id": "moved_to"},
    ),
    "document": Held("PackageDocument", {"record_id": "PackageRecord.documents", "added_by_id": "added_by"}),
    "blob": Held("PackageDocument"),
    "outgoing_message": Held(
        "PackageDispatch",
        {
            "authority_id": "PackageInfo.authority",
            "case_id": "PackageCase.records",
            "record_id": "PackageRecord.dispatches",
            "queued_by_id": "queued_by",
        },
    ),
    "outgoing_recipient": Held("PackageRecipient", {"message_id": "PackageDispatch.recipients"}),
}
_OF_THE_REGISTER = "a key of this register's tables; things are known by their uid"
_DERIVED = "made of what is exported, for sorting and finding"
_HOW_IT_IS_SENT = "how the sending goes about it, nothing of what became of it"
_WEB = "how the web register goes about it, nothing of the case"
_WITHIN = "who within the authority may see it: ends when the case is handed over; the log keeps it"
_LAW = "of the provision itself, which the citation names"
_LOGIN = "how somebody logs in"

LEFT_OUT: Final[Mapping[str, str]] = {
    "*.id": _OF_THE_REGISTER,
    "*.title_key": _DERIVED,
    "*.name_key": _DERIVED,
    "*.email_key": _DERIVED,
    "access_grant": _WITHIN,
    "authority.publish_after_days": _WEB,
    "authority_set_up": "how far the set-up of an authority has come",
    "blob_text": "made of the file's content, whenever it is needed",
    "case_file.is_closed_circle": _WITHIN,
    "case_origin.earlier": "told by the package that the case came from",
    "case_origin.fingerprint": "to know the case again, if the same package comes once more",
    "case_origin.import_uid": "the import, which this register keeps and its log tells of",
    "case_origin.loose_count": _DERIVED,
    "classification.publish_after_days": _WEB,
    "classification.sort_key": _DERIVED,
    "file_review": "made anew of the file's text wherever it is to be published; until then it is kept back",
    "letter_template": "texts for letters to come; those that were sent are records",
    "outgoing_message.attempts": _HOW_IT_IS_SENT,
    "outgoing_message.give_up_at": _HOW_IT_IS_SENT,
    "outgoing_message.lease_until": _HOW_IT_IS_SENT,
    "outgoing_message.next_try_at": _HOW_IT_IS_SENT,
    "provision.harm_test": _LAW,
    "provision.source": _LAW,
    "provision.typical_use": "advice to whoever marks",
    "provision.uid": _LAW,
    "provision.valid_from": _LAW,
    "provision.valid_to": _LAW,
    "record.is_closed_circle": _WITHIN,
    "record_type.is_active": "whether forms offer it",
    "series_counter": "the last number given; the numbers of the cases tell it",
    "unit_member": "who works in a unit today, for lists of what there is to do",
    "user_account.created_at": _LOGIN,
    "user_account.is_active": _LOGIN,
    "user_account.password_hash": _LOGIN,
    "user_account.session_epoch": _LOGIN,
    "year_set_up": "which new years have been prepared",
}
"""Reasons by `table.column`, `table`, or `*.column` for a column of every table."""


def unplaced(table: str, columns: Iterable[str], fields: Mapping[str, frozenset[str]]) -> list[str]:
    """Columns of `table` that are neither in a field nor left out; `fields`: of the model, by class."""
    if table in LEFT_OUT:
        return []
    held = HELD.get(table)
    missing = []
    for column in columns:
        if f"{table}.{column}" in LEFT_OUT or f"*.{column}" in LEFT_OUT:
            continue
        place = held.renamed.get(column, column) if held else ""
        owner, _dot, name = place.rpartition(".")
        if held is None or name not in fields.get(owner or held.owner, frozenset()):
            missing.append(f"{table}.{column}")
    return missing
