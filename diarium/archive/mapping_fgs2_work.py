"""Which fact of the work in cases goes where in a package of the 2.x family: see `mapping_fgs2`."""

from __future__ import annotations

from typing import Final

from diarium.archive.mapping_places import Place, Places, own, owns

_CASE = "aggregations/aggregation"
_RECORD = f"{_CASE}/record"
_MARK = f"{_CASE}/restriction"
_WATCHED = f"{_CASE}/action[actionType='bevakning']"
_DECIDED = f"{_CASE}/action[actionType='delegationsbeslut']"
_SHARED = f"{_CASE}/action[starts-with(actionType, 'delning')]"
_SENT = f"{_RECORD}/action[starts-with(actionType, 'expediering')]"

MAPPING_WORK: Final[Places] = {
    "PackageReview": (
        Place("uid", own(_CASE, "uid")),
        Place("reviewed_on", f"{_MARK}/dates/date[@dateType='reviewed']"),
        *owns(_CASE, "made_at"),
        Place("reviewed_by", own(_CASE, "reviewed_by_username")),
        Place(
            "reviewed_by_name",
            own(_CASE, "reviewed_by"),
            newer=f"{_MARK}/agent[@otherAgentType='omprövad av']/name",
        ),
        Place("occasion", own(_CASE, "review_occasion")),
        Place("outcome", own(_CASE, "review_outcome")),
        Place("reason", own(_CASE, "review_reason")),
        *owns(_CASE, "scope_before", "scope_after"),
        Place("document_uid", own(_RECORD, "document")),
        *owns(_CASE, "next_on"),
    ),
    "PackageShare": (
        Place("uid", own(_CASE, "uid")),
        Place("to_authority_code", f"{_SHARED}/agents/agent[@agentType='receiver']/name"),
        *owns(_CASE, "with_marked"),
        Place("legal_ground", f"{_SHARED}/actionDue"),
        Place("reason", f"{_SHARED}/actionText"),
        Place("until", f"{_SHARED}/dates/actionDate[@dateType='expiration']"),
        Place("made_at", f"{_SHARED}/dates/actionDate[@dateType='created']"),
        Place("made_by", own(_CASE, "made_by_username")),
        Place("made_by_name", f"{_SHARED}/agents/agent[@agentType='creator']/name"),
        Place("revoked_at", f"{_SHARED}/dates/actionDate[@dateType='end']"),
        Place("revoked_by_name", f"{_SHARED}/agents/agent[@otherAgentType='avslutad av']/name"),
        *owns(_CASE, "revoke_reason"),
    ),
    "PackageWithdrawal": (
        Place("uid", own(_CASE, "uid")),
        Place("reason", own(_CASE, "withdrawal_reason")),
        Place("made_at", own(_CASE, "withdrawn_at")),
        Place("made_by", own(_CASE, "made_by_username")),
        Place("made_by_name", own(_CASE, "made_by")),
        *owns(_CASE, "ended_at"),
        Place("ended_by_name", own(_CASE, "ended_by")),
        *owns(_CASE, "end_reason"),
    ),
    "PackageNote": (
        Place("uid", own(_CASE, "uid")),
        Place("body", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']"),
        Place("made_at", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']/@noteDate"),
        Place("made_by", own(_CASE, "made_by_username")),
        Place("made_by_name", own(_CASE, "made_by")),
        Place("corrects", own(_CASE, "corrects")),
    ),
    "PackageDeadline": (
        Place("uid", own(_CASE, "uid")),
        Place("kind", own(_CASE, "deadline_kind")),
        Place("due_on", f"{_WATCHED}/dates/actionDate[@otherDateType='bevakningsdag']"),
        Place("text", f"{_WATCHED}/actionText"),
        Place("responsible", f"{_WATCHED}/agents/agent[@agentType='responsible_person']/name"),
        Place("unit", f"{_WATCHED}/agents/agent[@agentType='responsible_person']/unitName"),
        Place("record", own(_CASE, "record")),
        Place("state", own(_CASE, "deadline_state"), "actionType: bevakning, öppen; bevakning, avbruten"),
        Place("outcome", own(_CASE, "outcome")),
        Place("made_at", f"{_WATCHED}/dates/actionDate[@dateType='created']"),
        Place("made_by_name", f"{_WATCHED}/agents/agent[@agentType='creator']/name"),
        Place("settled_at", f"{_WATCHED}/dates/actionDate[@dateType='finished']", "cancelled: end"),
        Place("settled_by_name", f"{_WATCHED}/agents/agent[@otherAgentType='avslutad av']/name"),
        *owns(_CASE, "version"),
    ),
    "PackageDecision": (
        Place("uid", own(_CASE, "uid")),
        Place("kind", f"{_CASE}/action/actionType", "nämndbeslut, delegationsbeslut; ownElement decision_kind"),
        Place("decided_on", f"{_DECIDED}/dates/actionDate[@dateType='decision']"),
        Place("body", f"{_DECIDED}/agents/agent[@agentType='authorising_person']/name"),
        *owns(_CASE, "paragraph"),
        Place("delegation_point", f"{_DECIDED}/actionDue"),
        Place("outcome", f"{_DECIDED}/actionText"),
        *owns(_CASE, "is_final", "record"),
        Place("state", own(_CASE, "decision_state"), "actionType of a cancelled one: …, makulerat"),
        *owns(_CASE, "cancel_reason"),
        Place("registered_at", f"{_DECIDED}/dates/actionDate[@dateType='captured']"),
        Place("registered_by", own(_CASE, "registered_by_username")),
        Place("registered_by_name", f"{_DECIDED}/agents/agent[@agentType='creator']/name"),
        *owns(_CASE, "version"),
    ),
    "PackageDispatch": (
        Place("uid", own(_RECORD, "uid")),
        Place("means", f"{_RECORD}/dispatchMode", "ownElement dispatch_means"),
        Place("state", own(_RECORD, "dispatch_state"), "actionType"),
        Place("kind", own(_RECORD, "letter_kind")),
        *owns(_RECORD, "message_id", "sender_email"),
        Place("subject", f"{_SENT}/actionText"),
        Place("content_sha256", own(_RECORD, "content_sha256")),
        Place(
            "content",
            f"{_RECORD}/additionalInformation/appendix/@path",
            "METS file; PREMIS object; ownElements content_…",
        ),
        Place("attachment_names", own(_RECORD, "attachment")),
        *owns(_RECORD, "secrecy_reason", "note", "last_error", "is_settled", "answer"),
        Place("dispatched_on", f"{_SENT}/dates/actionDate[@dateType='dispatch']"),
        Place("sent_at", f"{_SENT}/dates/actionDate[@dateType='sent']"),
        Place("queued_at", f"{_SENT}/dates/actionDate[@dateType='created']"),
        Place("queued_by", own(_RECORD, "queued_by_username")),
        Place("queued_by_name", f"{_SENT}/agents/agent[@agentType='dispatcher']/name"),
        Place("recipients", f"{_SENT}/agents/agent[@agentType='recipient']/name"),
    ),
    "PackageRecipient": (
        Place("uid", own(_RECORD, "uid")),
        Place("name", f"{_SENT}/agents/agent[@agentType='recipient']/name"),
        Place("address", f"{_SENT}/agents/agent/addressContactInformation/contactLine[@contactType='email']"),
        Place("is_protected", f"{_SENT}/agents/agent/protectedIdentity", "additionalPackageInfo accessRestrict"),
        Place("state", own(_RECORD, "recipient_state")),
        *owns(_RECORD, "answer", "report", "reported_at"),
    ),
    "PackageCaseDisposal": (
        Place("uid", own(_CASE, "uid")),
        Place("depth", own(_CASE, "disposal_depth"), "archivalHistory/historyLine"),
        *owns(_CASE, "rule", "basis", "decision", "decided_on"),
        Place("decided_by_name", own(_CASE, "decided_by")),
        *owns(_CASE, "certificate", "certificate_uid", "disposed_at", "record_count", "file_count"),
        Place("files", own(_CASE, "files_of_record"), "running number: number of files"),
    ),
    "PackageOrigin": (
        Place("package_id", own(_CASE, "origin_package"), "archivalHistory/historyLine"),
        *owns(_CASE, "creator", "system", "status", "is_read_only", "taken_over_at"),
        Place("taken_over_by_name", own(_CASE, "taken_over_by")),
    ),
}
