"""Dispatches of a record as ERMS.xml tells them: an action each, and boxes for what has no element of its own."""

from __future__ import annotations

from diarium.archive import erms_parts as parts
from diarium.archive.dialects import Dialect
from diarium.archive.package_model import PackageDispatch, PackageDocument, PackageRecipient, PackageRecord
from diarium.archive.xml_writer import Value, XmlWriter
from diarium.correspondence.vocabulary import MEANS_LABELS, MESSAGE_STATE_LABELS, MessageState
from diarium.i18n import gettext as _


def actions(xml: XmlWriter, record: PackageRecord, dialect: Dialect) -> None:
    """Each dispatch with its recipients."""
    for sent in record.dispatches:
        with xml.element("action"):
            xml.required("actionText", sent.subject or sent.note or str(MEANS_LABELS[sent.means]))
            kind = "expediering"
            if sent.state not in (MessageState.SENT, MessageState.NOTED):
                kind = f"{kind}, {str(MESSAGE_STATE_LABELS[sent.state]).lower()}"
            xml.leaf("actionType", kind)
            days = [("created", sent.queued_at), ("dispatch", sent.dispatched_on), ("sent", sent.sent_at)]
            parts.dates(xml, days, element="actionDate")
            with xml.element("agents"):
                parts.named(xml, "dispatcher", sent.queued_by_name)
                for who in sent.recipients:
                    parts.addressee(xml, dialect, who.name, who.address, who.is_protected)


def mode(xml: XmlWriter, record: PackageRecord) -> None:
    """The ways in which the record left."""
    means = dict.fromkeys(str(MEANS_LABELS[sent.means]) for sent in record.dispatches)
    xml.leaf("dispatchMode", ", ".join(means))


def boxes(xml: XmlWriter, record: PackageRecord) -> None:
    """What of the dispatches has no element of its own."""
    for sent in record.dispatches:
        parts.own_box(xml, _("Uppgifter om utskicket"), _facts(sent))
        for who in sent.recipients:
            parts.own_box(xml, _("Uppgifter om mottagaren av utskicket"), _recipient_facts(sent, who))


def _facts(sent: PackageDispatch) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = [
        ("uid", str(sent.uid)),
        ("dispatch_means", sent.means.value),
        ("dispatch_state", sent.state.value),
        ("letter_kind", sent.kind.value),
        ("message_id", sent.message_id),
        ("sender_email", sent.sender_email),
        ("subject", sent.subject),
        *[("attachment", name) for name in sent.attachment_names],
        ("secrecy_reason", sent.secrecy_reason),
        ("note", sent.note),
        ("last_error", sent.last_error),
        ("is_settled", sent.is_settled),
        ("answer", sent.answer),
        ("dispatched_on", sent.dispatched_on),
        ("sent_at", sent.sent_at),
        ("queued_at", sent.queued_at),
        ("queued_by", sent.queued_by_name),
        *parts.user_facts("queued_by", sent.queued_by),
        ("content_sha256", sent.content_sha256),
    ]
    return facts + (_content_facts(sent.content) if sent.content else [])


def _content_facts(item: PackageDocument) -> list[tuple[str, Value]]:
    """The message as a file; what else a file has is the dispatch's own."""
    facts: list[tuple[str, Value]] = [
        ("content_file_name", item.file_name),
        ("content_size", item.size),
        ("content_mime", item.mime),
        ("content_puid", item.puid),
        ("content_format_name", item.format_name),
        ("content_format_version", item.format_version),
        ("content_stored_at", item.stored_at),
        ("content_examined_at", item.examined_at),
    ]
    return facts + [("content_warning", warning) for warning in item.warnings]


def _recipient_facts(sent: PackageDispatch, who: PackageRecipient) -> list[tuple[str, Value]]:
    return [
        ("uid", str(who.uid)),
        ("dispatch", str(sent.uid)),
        ("recipient_state", who.state.value),
        ("name", who.name),
        ("address", who.address),
        ("is_protected", who.is_protected),
        ("answer", who.answer),
        ("report", who.report),
        ("reported_at", who.reported_at),
    ]
