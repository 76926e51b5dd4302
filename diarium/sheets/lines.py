"""The entries of a case as the lines of its register sheet, for paper and for the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.i18n import local_date, ngettext, show_time
from diarium.register.timeline import Entry
from diarium.register.views import PartyView, RecordView
from diarium.register.vocabulary import (
    DEADLINE_STATE_LABELS,
    DECISION_KIND_LABELS,
    DIRECTION_LABELS,
    PARTY_ROLE_LABELS,
    DeadlineState,
    DecisionState,
    RecordStatus,
)
from diarium.register.work_views import DeadlineView, DecisionView, NoteView, SeenEvent

Told = Callable[[SeenEvent], tuple[str, str]]
"""Says an event in words: what happened, and its details."""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of the sheet. `number`: of a record. `is_struck`: cancelled; `details` then say why."""

    day: str
    number: str
    what: str
    text: str
    details: tuple[str, ...] = ()
    is_struck: bool = False


def lines_of(entries: Iterable[Entry], told: Told) -> tuple[SheetLine, ...]:
    """One line an entry, in their order."""
    return tuple(line for entry in entries if (line := _line(entry, told)) is not None)


def hidden() -> str:
    """What stands where something is not shown."""
    return _("Sekretessmarkerad uppgift")


def _line(entry: Entry, told: Told) -> SheetLine | None:
    if entry.record is not None:
        return _record(entry.record)
    if entry.decision is not None:
        return _decision(entry.decision)
    if entry.deadline is not None:
        return _deadline(entry.deadline)
    if entry.note is not None:
        return _note(entry.note)
    if entry.event is not None:
        what, details = told(entry.event)
        text = ", ".join((entry.event.event.actor_name, show_time(entry.event.event.at)))
        return SheetLine(local_date(entry.at).isoformat(), "", what, text, (details,))
    return None


def _record(record: RecordView) -> SheetLine:
    struck = record.status is RecordStatus.CANCELLED
    kind = ", ".join(item for item in (str(DIRECTION_LABELS[record.direction]), record.record_type) if item)
    details = [_party(party) for party in record.parties]
    if record.documents:
        details.append(ngettext("%(num)s fil", "%(num)s filer", len(record.documents)))
    details += [
        _("Sekretessmarkering: %(what)s", what=mark.citation) for mark in record.restrictions if mark.is_in_force
    ]
    if struck:
        details.append(_("Makulerad: %(why)s", why=record.cancel_reason or hidden()))
    return SheetLine(
        record.official_on.isoformat(), record.number, kind, record.title or hidden(), tuple(details), struck
    )


def _party(party: PartyView) -> str:
    return f"{PARTY_ROLE_LABELS[party.role]}: {party.name or _('Skyddad uppgift')}"


def _decision(item: DecisionView) -> SheetLine:
    struck = item.state is DecisionState.CANCELLED
    place = ", ".join(part for part in (item.body, item.paragraph, item.delegation_point) if part)
    details = [item.outcome or hidden()]
    if item.record is not None:
        details.append(_("Handling %(number)s", number=item.record[0]))
    if struck:
        details.append(_("Makulerat: %(why)s", why=item.cancel_reason or hidden()))
    what = str(DECISION_KIND_LABELS[item.kind])
    return SheetLine(item.decided_on.isoformat(), "", what, place, tuple(details), struck)


def _deadline(item: DeadlineView) -> SheetLine:
    watched_by = ", ".join(name for name in (item.responsible, item.unit) if name)
    state = (
        f"{DEADLINE_STATE_LABELS[item.state]}, {watched_by}"
        if watched_by
        else str(DEADLINE_STATE_LABELS[item.state])
    )
    details = [state, *([item.outcome] if item.outcome else [])]
    return SheetLine(
        local_date(item.made_at).isoformat(),
        "",
        _("Bevakning till %(day)s", day=item.due_on.isoformat()),
        item.text or hidden(),
        tuple(details),
        item.state is DeadlineState.CANCELLED,
    )


def _note(note: NoteView) -> SheetLine:
    what = _("Anteckning")
    if note.corrects is not None:
        moment, name = note.corrects
        what = _("Rättelse av anteckning %(when)s, %(who)s", when=show_time(moment), who=name)
    details = (note.made_by,)
    return SheetLine(local_date(note.made_at).isoformat(), "", what, note.body or hidden(), details)
