"""What becomes of every table when a case is disposed of. A new table must be given its place here (tested).

docs/disposal.md shows it; `tests/disposal/test_nothing_is_left.py` plants a word in every text of the tables that
may tell of a case and looks for it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class Fate(StrEnum):
    """What becomes of the rows that belong to a case."""

    REMOVED = "removed"
    STRUCK = "struck"
    FOLLOWS = "follows"
    EXPIRES = "expires"
    APART = "apart"


FATE_LABELS: Mapping[Fate, str] = {
    Fate.REMOVED: _l("Raderna tas bort"),
    Fate.STRUCK: _l("Raden står kvar, texterna tas bort"),
    Fate.FOLLOWS: _l("Följer efter genom ändringsflödet"),
    Fate.EXPIRES: _l("Tas bort av sig själv inom kort tid"),
    Fate.APART: _l("Innehåller inget av ärendet"),
}
FATES: Mapping[str, Fate] = {
    # the register
    "case_file": Fate.STRUCK,
    "record": Fate.STRUCK,
    "document": Fate.REMOVED,
    "party": Fate.REMOVED,
    "case_note": Fate.REMOVED,
    "decision": Fate.REMOVED,
    "deadline": Fate.REMOVED,
    "case_origin": Fate.REMOVED,
    "file_review": Fate.REMOVED,
    "web_withdrawal": Fate.STRUCK,
    "restriction": Fate.REMOVED,
    "restriction_review": Fate.REMOVED,
    "access_grant": Fate.REMOVED,
    "case_share": Fate.REMOVED,
    "case_relation": Fate.APART,
    "case_disposal": Fate.APART,
    # files
    "blob": Fate.REMOVED,
    "blob_text": Fate.REMOVED,
    # inbox, letters, requests
    "intake_item": Fate.STRUCK,
    "intake_file": Fate.REMOVED,
    "outgoing_message": Fate.STRUCK,
    "outgoing_recipient": Fate.REMOVED,
    "disclosure_request": Fate.STRUCK,
    "disclosure_item": Fate.STRUCK,
    "disclosure_review": Fate.STRUCK,
    "disclosure_masked_copy": Fate.REMOVED,
    "disclosure_decision": Fate.STRUCK,
    "disclosure_delivery": Fate.STRUCK,
    "disclosure_delivered_part": Fate.STRUCK,
    # packages
    "export_part": Fate.STRUCK,
    "export": Fate.STRUCK,
    "export_item": Fate.APART,
    "package_delivery": Fate.APART,
    "package_delivery_event": Fate.APART,
    "package_receipt": Fate.APART,
    "delivery_agreement": Fate.APART,
    "received_package": Fate.EXPIRES,
    "package_import": Fate.APART,
    # help with registering
    "draft": Fate.REMOVED,
    "usage_source": Fate.FOLLOWS,
    "usage_count": Fate.FOLLOWS,
    "bulk_batch": Fate.APART,
    "bulk_row": Fate.APART,
    "registration_template": Fate.APART,
    # the log, the feed, what is told to others
    "audit_event": Fate.STRUCK,
    "audit_redaction": Fate.APART,
    "audit_seal": Fate.APART,
    "audit_sealed_event": Fate.APART,
    "change": Fate.APART,
    "consumer_position": Fate.APART,
    "parked_change": Fate.STRUCK,
    "repeated_call": Fate.REMOVED,
    "webhook": Fate.APART,
    "webhook_delivery": Fate.APART,
    "subscription": Fate.APART,
    "saved_list": Fate.APART,
    "notice": Fate.APART,
    # disposal itself
    "disposal_proposal": Fate.APART,
    "disposal_item": Fate.APART,
    "disposal_content": Fate.REMOVED,
    "disposal_counter": Fate.APART,
    "legal_hold": Fate.STRUCK,
    "retention_day": Fate.APART,
    # the authority's own order, people and addresses
    "contact": Fate.APART,
    "contact_word": Fate.APART,
    "letter_template": Fate.APART,
    "mailbox": Fate.APART,
    "scan_folder": Fate.APART,
    "intake_collecting": Fate.APART,
    "disclosure_counter": Fate.APART,
    "authority": Fate.APART,
    "authority_set_up": Fate.APART,
    "year_set_up": Fate.APART,
    "unit": Fate.APART,
    "unit_member": Fate.APART,
    "diary_series": Fate.APART,
    "series_counter": Fate.APART,
    "classification_scheme": Fate.APART,
    "classification": Fate.APART,
    "classification_record_type": Fate.APART,
    "record_type": Fate.APART,
    "retention_rule": Fate.APART,
    "provision": Fate.APART,
    "user_account": Fate.APART,
    "membership": Fate.APART,
    "access_token": Fate.APART,
    "login_session": Fate.APART,
    "second_factor": Fate.APART,
    "recovery_code": Fate.APART,
}
KEPT_COLUMNS = frozenset(
    {
        "case_file.number_text",
        "disclosure_request.order_reference",
        "disclosure_request.language",
        "disclosure_request.registered_by_name",
        "disclosure_request.closed_by_name",
        "disclosure_item.added_by_name",
        "disclosure_review.reviewed_by_name",
        "disclosure_decision.decided_by",
        "disclosure_decision.made_by_name",
        "disclosure_delivery.made_by_name",
        "export.requested_by_name",
        "export.held_by",
        "export.criteria",
        "export_part.package_sha256",
        "audit_event.actor_name",
        "audit_event.action",
        "audit_event.authority_code",
        "audit_event.entity_type",
        "audit_event.entity_uid",
        "audit_event.entity_label",
        "audit_event.request_id",
        "legal_hold.made_by_name",
        "legal_hold.ended_by_name",
        "parked_change.consumer",
    }
)
"""Texts that stay in rows whose other texts are removed: numbers, who of the staff did it, what kind of thing."""
