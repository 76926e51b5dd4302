"""The work in a case as ERMS.xml tells it: notes, days that were watched, decisions, shares.

Decisions and watched days are actions; what has no element of its own stands in a box of own elements each, in the
same order. Source: E-ARK CITS ERMS 2.1.2 (`actionDue` is the regulation that the action rests on).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from diarium.archive import erms_parts as parts
from diarium.archive import erms_secrecy
from diarium.archive.dialects import Dialect
from diarium.archive.package_model import (
    PackageCase,
    PackageCaseDisposal,
    PackageDeadline,
    PackageDecision,
    PackageNote,
    PackageOrigin,
    PackageRecordReference,
)
from diarium.archive.xml_writer import Value, XmlWriter
from diarium.i18n import gettext as _
from diarium.register.models.disposal import DEPTH_LABELS
from diarium.register.vocabulary import DeadlineState, DecisionKind, DecisionState

_DEADLINE_TYPES: Final[Mapping[DeadlineState, str]] = {
    DeadlineState.OPEN: "bevakning, öppen",
    DeadlineState.DONE: "bevakning",
    DeadlineState.CANCELLED: "bevakning, avbruten",
}
_DECISION_TYPES: Final[Mapping[DecisionKind, str]] = {
    DecisionKind.BOARD: "nämndbeslut",
    DecisionKind.DELEGATION: "delegationsbeslut",
}


def actions(xml: XmlWriter, case: PackageCase, dialect: Dialect) -> None:
    """What was decided in the case, then what was watched, then to whom it was shown."""
    for decision in case.decisions:
        _decision(xml, decision)
    for deadline in case.deadlines:
        _deadline(xml, deadline, dialect)
    for share in case.shares:
        erms_secrecy.share_action(xml, share)


def history(xml: XmlWriter, case: PackageCase) -> None:
    """Where the case comes from, if it was not opened here, and what was disposed of in it."""
    lines = [_disposed(item) for item in case.disposals]
    if case.origin is not None:
        source = {"package": case.origin.package_id, "system": case.origin.system, "creator": case.origin.creator}
        lines.insert(0, _("Övertaget från paketet %(package)s ur %(system)s hos %(creator)s.", **source))
    if lines:
        with xml.element("archivalHistory"):
            for line in lines:
                xml.leaf("historyLine", line)


def notes(case: PackageCase) -> list[parts.Note]:
    """The notes in the case's file, as notes with their time."""
    return [("tjänsteanteckning", note.body, note.made_at) for note in case.notes]


def boxes(xml: XmlWriter, case: PackageCase) -> None:
    """What of notes, decisions and watched days has no element of its own."""
    for note in case.notes:
        parts.own_box(xml, _("Uppgifter om tjänsteanteckningen"), _note_facts(note))
    for decision in case.decisions:
        parts.own_box(xml, _("Uppgifter om beslutet"), _decision_facts(decision))
    for deadline in case.deadlines:
        parts.own_box(xml, _("Uppgifter om bevakningen"), _deadline_facts(deadline))
    for share in case.shares:
        erms_secrecy.share_box(xml, share)
    for taken in case.withdrawals:
        erms_secrecy.withdrawal_box(xml, taken)
    for disposal in case.disposals:
        parts.own_box(xml, _("Uppgifter om gallringen"), _disposal_facts(disposal))
    if case.origin is not None:
        parts.own_box(xml, _("Varifrån ärendet kommer"), _origin_facts(case.origin))


def reference_facts(name: str, record: PackageRecordReference | None) -> list[tuple[str, Value]]:
    """A record that something refers to; `name` is what it is to it."""
    return [] if record is None else [(name, str(record.uid)), (f"{name}_number", record.number_text)]


def _decision(xml: XmlWriter, decision: PackageDecision) -> None:
    """Whoever reads no more than the action must see that a cancelled entry does not count."""
    kind = _DECISION_TYPES[decision.kind]
    with xml.element("action"):
        xml.required("actionText", decision.outcome)
        xml.leaf("actionDue", decision.delegation_point)
        xml.leaf("actionType", f"{kind}, makulerat" if decision.state is DecisionState.CANCELLED else kind)
        moments = [("decision", decision.decided_on), ("captured", decision.registered_at)]
        parts.dates(xml, moments, element="actionDate")
        with xml.element("agents"):
            parts.named(xml, "authorising_person", decision.body)
            parts.named(xml, "creator", decision.registered_by_name)


def _deadline(xml: XmlWriter, deadline: PackageDeadline, dialect: Dialect) -> None:
    ended = "end" if deadline.state is DeadlineState.CANCELLED else "finished"
    with xml.element("action"):
        xml.required("actionText", deadline.text)
        xml.leaf("actionType", _DEADLINE_TYPES[deadline.state])
        parts.dates(
            xml,
            [("bevakningsdag", deadline.due_on), ("created", deadline.made_at), (ended, deadline.settled_at)],
            element="actionDate",
        )
        with xml.element("agents"):
            parts.staff(xml, dialect, "responsible_person", deadline.responsible, deadline.unit)
            parts.named(xml, "creator", deadline.made_by_name)
            parts.named(xml, "other", deadline.settled_by_name, "avslutad av")


def _note_facts(note: PackageNote) -> list[tuple[str, Value]]:
    return [
        ("uid", str(note.uid)),
        ("made_at", note.made_at),
        ("made_by", note.made_by_name),
        *parts.user_facts("made_by", note.made_by),
        ("corrects", str(note.corrects) if note.corrects else None),
    ]


def _decision_facts(decision: PackageDecision) -> list[tuple[str, Value]]:
    return [
        ("uid", str(decision.uid)),
        ("decision_kind", decision.kind.value),
        ("decision_state", decision.state.value),
        ("decided_on", decision.decided_on),
        ("body", decision.body),
        ("paragraph", decision.paragraph),
        ("delegation_point", decision.delegation_point),
        ("is_final", decision.is_final),
        ("cancel_reason", decision.cancel_reason),
        *reference_facts("record", decision.record),
        *parts.user_facts("registered_by", decision.registered_by),
        ("version", decision.version),
    ]


def _deadline_facts(deadline: PackageDeadline) -> list[tuple[str, Value]]:
    unit = deadline.unit
    responsible = deadline.responsible
    return [
        ("uid", str(deadline.uid)),
        ("deadline_kind", deadline.kind.value),
        ("deadline_state", deadline.state.value),
        ("due_on", deadline.due_on),
        ("outcome", deadline.outcome),
        ("responsible", str(responsible.uid) if responsible else None),
        ("unit", str(unit.uid) if unit else None),
        *reference_facts("record", deadline.record),
        ("version", deadline.version),
    ]


def _disposed(item: PackageCaseDisposal) -> str:
    return _(
        "Gallrat: %(what)s, %(files)s filer i %(records)s handlingar, enligt %(decision)s %(day)s (%(proof)s).",
        what=str(DEPTH_LABELS[item.depth]).lower(),
        files=item.file_count,
        records=item.record_count,
        decision=item.decision,
        day=item.decided_on,
        proof=item.certificate,
    )


def _disposal_facts(item: PackageCaseDisposal) -> list[tuple[str, Value]]:
    return [
        ("uid", str(item.uid)),
        ("disposal_depth", item.depth.value),
        ("rule", item.rule),
        ("basis", item.basis),
        ("decision", item.decision),
        ("decided_on", item.decided_on),
        ("decided_by", item.decided_by_name),
        ("certificate", item.certificate),
        ("certificate_uid", str(item.certificate_uid)),
        ("disposed_at", item.disposed_at),
        ("record_count", item.record_count),
        ("file_count", item.file_count),
        *[("files_of_record", f"{number}: {count}") for number, count in item.files],
    ]


def _origin_facts(origin: PackageOrigin) -> list[tuple[str, Value]]:
    return [
        ("origin_package", origin.package_id),
        ("creator", origin.creator),
        ("system", origin.system),
        ("status", origin.status.value),
        ("is_read_only", origin.is_read_only),
        ("taken_over_at", origin.taken_over_at),
        ("taken_over_by", origin.taken_over_by_name),
    ]
