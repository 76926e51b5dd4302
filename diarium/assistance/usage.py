"""What a registration is counted for: its clues (what one knows beforehand) and its values (what was chosen)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from diarium.assistance import words
from diarium.assistance.copying import provision_text
from diarium.assistance.models import CLUE_LENGTH, VALUE_LENGTH
from diarium.db.swedish import sort_key
from diarium.register.models import DisposalDepth, Record
from diarium.register.vocabulary import PartyKind, RecordStatus
from diarium.secrecy.models import Restriction

Key = tuple[str, str, str]
"""Clue, field, value."""
PARTY_KIND = "party-0-kind"
UNMARKED = ""
"""The value of the field "provision" of what is not marked: most of what is alike may be open."""


class Clue(StrEnum):
    """By what a new registration is like an earlier one: the beginning of the clue's text in the table."""

    WORD = "w"
    NAME = "n"
    EMAIL = "e"
    ORGANISATION = "o"
    CLASS = "c"
    TYPE = "t"


_CASE_FIELDS = frozenset({"authority", "classification", "case_type", "responsible", "unit"})
LEARNED: dict[Clue, frozenset[str]] = {
    Clue.WORD: _CASE_FIELDS | {"record_type"},
    Clue.NAME: _CASE_FIELDS | {"record_type", PARTY_KIND},
    Clue.EMAIL: _CASE_FIELDS | {"record_type", PARTY_KIND},
    Clue.ORGANISATION: frozenset({"provision"}),
    Clue.CLASS: frozenset({"record_type", "case_type", "responsible", "unit", "provision"}),
    Clue.TYPE: frozenset({"classification", "case_type", "provision"}),
}
"""Which fields are learned by which clue."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one record is counted for."""

    authority_id: int
    day: dt.date
    clues: tuple[str, ...]
    values: dict[str, str]

    def places(self) -> Iterator[Key]:
        """Every clue with every field that is learned by it."""
        for clue in self.clues:
            for field, value in self.values.items():
                if field in LEARNED[Clue(clue[0])]:
                    yield clue, field, value

    def as_json(self) -> dict[str, Any]:
        """As `UsageSource` keeps it."""
        return {
            "authority": self.authority_id,
            "day": self.day.isoformat(),
            "clues": list(self.clues),
            "values": self.values,
        }


def of_json(kept: dict[str, Any]) -> Usage | None:
    """The usage that `as_json` wrote; nothing for a record that counts for nothing."""
    if not kept:
        return None
    day = dt.date.fromisoformat(kept["day"])
    return Usage(kept["authority"], day, tuple(kept["clues"]), dict(kept["values"]))


def of_record(record: Record) -> Usage | None:
    """What `record` counts for: nothing if it is cancelled, disposed of, closed, or about a protected person.

    Of a record that is marked, itself or by its case, neither title nor persons count, only under which provision
    it was, by class, record type and, where an organisation or authority sent it, by that.
    """
    case = record.case
    if record.status is RecordStatus.CANCELLED or any(p.is_protected for p in [*record.parties, *case.parties]):
        return None
    if record.is_closed_circle or case.is_closed_circle or case.disposed is DisposalDepth.EVERYTHING:
        return None
    marks = [mark for mark in [*record.restrictions, *case.restrictions] if mark.is_in_force]
    clues = [*_kind_clues(record), *(clue for p in record.senders for clue in _organisation_clues(p.kind, p.name))]
    if marks:
        values = {"provision": _marking(marks)}
    else:
        clues += title_clues(record.direction, words.learned(record.title))
        clues += [clue for p in record.senders for clue in sender_clues(p.name, p.email)]
        values = {"provision": UNMARKED, **_record_values(record), **_case_values(record)}
    kept = {field: value for field, value in values.items() if len(value) <= VALUE_LENGTH}
    return Usage(case.authority_id, record.official_on, tuple(sorted(set(clues))), kept)


def title_clues(direction: str, terms: Iterable[str]) -> list[str]:
    """The clues of a title's terms."""
    return [_clue(Clue.WORD, direction[0], term) for term in terms]


def class_clue(direction: str, code: str) -> str:
    """The clue of a class."""
    return _clue(Clue.CLASS, direction[0], code)


def type_clue(direction: str, record_type: str) -> str:
    """The clue of a record type."""
    return _clue(Clue.TYPE, direction[0], record_type.strip().lower())


def sender_clues(name: str | None, email: str | None) -> list[str]:
    """The clues of a sender: fingerprints, so that the table does not tell who writes to the authority."""
    clues = [_clue(Clue.NAME, fingerprint(sort_key(name)))] if name and name.strip() else []
    return [*clues, _clue(Clue.EMAIL, fingerprint(email.strip().casefold()))] if email and email.strip() else clues


def organisation_clue(name: str) -> str:
    """The clue of a sender that is no private person."""
    return _clue(Clue.ORGANISATION, fingerprint(sort_key(name)))


def fingerprint(text: str) -> str:
    """A short digest of `text`."""
    return hashlib.sha256(text.encode("utf-8", "ignore")).hexdigest()[:32]


def _clue(kind: Clue, *parts: str) -> str:
    return ":".join((kind.value, *parts))[:CLUE_LENGTH]


def _kind_clues(record: Record) -> Iterator[str]:
    if record.case.classification is not None:
        yield class_clue(record.direction, record.case.classification.code)
    if record.record_type:
        yield type_clue(record.direction, record.record_type)


def _organisation_clues(kind: PartyKind, name: str) -> list[str]:
    return [] if kind is PartyKind.PERSON else [organisation_clue(name)]


def _marking(marks: list[Restriction]) -> str:
    """Provision and scope of the first marking, as the form has one."""
    return f"{provision_text(marks[0].provision)}|{marks[0].scope.value}"


def _record_values(record: Record) -> dict[str, str]:
    values = {"record_type": record.record_type} if record.record_type else {}
    return {**values, PARTY_KIND: record.senders[0].kind.value} if record.senders else values


def _case_values(record: Record) -> dict[str, str]:
    """What was chosen for the case, from the record that it began with: later ones say little of it."""
    case = record.case
    if record.running_number != 1:
        return {}
    values = {
        "authority": case.authority.code,
        "classification": case.classification.code if case.classification else None,
        "case_type": case.case_type,
        "responsible": case.responsible.username if case.responsible else None,
        "unit": case.unit.name if case.unit else None,
    }
    return {field: value for field, value in values.items() if value}
