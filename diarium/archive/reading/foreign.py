"""Makes of others' cases what a case is here: what is not told is derived, the same each time the package is read.

Identifiers come of the package's own and those in it. What has no place, does not fit or cannot be understood
stands in the note of the case or record, which is hidden wherever anything of it is.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from diarium.archive.package_model import PackageClass
from diarium.archive.reading import foreign_facts as facts
from diarium.archive.reading import raw
from diarium.archive.reading.facts import Box
from diarium.archive.reading.foreign_facts import Fitting
from diarium.archive.reading.mets_index import MetsIndex
from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _
from diarium.register import numbering
from diarium.register.rules import MAX_TITLE
from diarium.register.vocabulary import CaseStatus, Initiative

UNREADABLE_SERIES: Final = "PAKET"
"""The series of cases whose numbers cannot be read as series, year and number."""
_OPENED: Final = ("opened", "opening_date", "received", "prepared", "created", "originated", "start", "captured")
_CLOSED: Final = ("closed", "archived", "finished")


@dataclass(frozen=True, slots=True)
class Context:
    """The package that cases are read from. `moment`: when it was made, for what nobody has dated.

    `classes`: by code and title; `files`: what METS says.
    """

    namespace: uuid.UUID
    authority_code: str
    default_series: str
    moment: dt.datetime
    classes: Mapping[tuple[str, str], PackageClass]
    files: MetsIndex


@dataclass(slots=True)
class _Case:
    context: Context
    box: Box
    key: str
    remarks: list[str] = field(default_factory=list)

    def uid(self, *parts: object) -> str:
        return str(uuid.uuid5(self.context.namespace, "\x1f".join([self.key, *map(str, parts)])))


def uid_in(namespace: uuid.UUID, *parts: str) -> uuid.UUID:
    """The identifier of something in a package."""
    return uuid.uuid5(namespace, "\x1f".join(parts))


def number_of(box: Box) -> numbering.NumberParts | None:
    """The number of a raw case, where it can be read."""
    found = next(iter(numbering.read(box.text("number_text"))), None)
    is_told = found is not None and found.number > 0 and 1600 <= found.year <= 2199
    return found if is_told else None


def complete(box: Box, place: int, context: Context) -> tuple[Box, tuple[str, ...]]:
    """The raw case as a whole one, and what is uncertain about it. `place`: among the cases of the package."""
    key = box.optional("system_id") or box.optional("number_text") or f"#{place}"
    case = _Case(context, box, f"case {key}")
    records = _records(case)
    fit = Fitting(box)
    box.fill("uid", case.uid())
    box.values["number_text"] = [fit.short(box.optional("number_text") or f"Ärende {place}", 60, "objectId")]
    box.values["title"] = [fit.short(box.optional("title") or _("(utan rubrik)"), MAX_TITLE, "title")]
    fit.optional("foreign_number", 100)
    fit.optional("case_type", 100)
    fit.optional("physical_location", 200)
    _days(case, records)
    _number(case)
    _status(case)
    _people(case)
    _classification(case)
    _parts(case, box, case.uid)
    _attached(case, records)
    box.parts = [part for part in box.parts if part.kind not in ("document", "record")] + records
    box.fill("record_count", str(max((record.number("running_number") for record in records), default=0)))
    box.fill("version", "1")
    _note(case, box, fit)
    return box, tuple(dict.fromkeys(case.remarks))


def _records(case: _Case) -> list[Box]:
    records = case.box.of("record")
    taken: set[int] = set()
    for place, record in enumerate(records, start=1):
        told = facts.whole_number(record.optional("running_number"))
        number = told if told and told not in taken and told < 1_000_000 else None
        if number is None:
            number = next(n for n in range(1, len(records) + len(taken) + 2) if n not in taken)
            if told is not None:
                raw.keep_line(record, f"runningNumber: {record.text('running_number')}")
        taken.add(number)
        record.values["running_number"] = [str(number)]
        _record(case, record, place)
    return sorted(records, key=lambda record: record.number("running_number"))


def _record(case: _Case, record: Box, place: int) -> None:
    key = record.optional("system_id") or f"#{place}"

    def uid(*parts: object) -> str:
        return case.uid("record", key, *parts)

    fit = Fitting(record)
    record.fill("uid", uid())
    named = record.optional("number_text")
    number = f"{case.box.optional('number_text') or ''}-{record.text('running_number')}"
    if named and named != number:
        raw.keep_line(record, f"objectId: {named}")
    record.values["number_text"] = [number]
    record.values["title"] = [
        fit.short(
            record.optional("title") or record.optional("record_type") or _("(utan rubrik)"), MAX_TITLE, "title"
        )
    ]
    fit.optional("record_type", 100)
    fit.optional("physical_location", 200)
    direction = facts.direction(record)
    record.fill("direction", direction.value)
    official = facts.day(record, *facts.OFFICIAL[direction]) or facts.day(record, *facts.ANY_DAY)
    record.fill("official_on", official.isoformat() if official else None)
    record.fill("medium", facts.medium(record).value)
    record.fill("status", facts.record_status(record).value)
    if record.text("status") == "cancelled":
        record.fill("cancel_reason", _("Makulerad enligt paketet."))
    record.fill("version", "1")
    _somebody(case, record, "registered_by", "registrar")
    _parts(case, record, uid)
    _files(case, record, uid)
    for relation in record.of("relation"):
        raw.keep_line(record, f"relation ({relation.text('word')}): {relation.text('case_number')}")
    record.parts = [part for part in record.parts if part.kind != "relation"]
    facts.keep_dates(record)
    _note(case, record, fit)


def _attached(case: _Case, records: list[Box]) -> None:
    """Files of the case itself belong to a record here: one that holds them."""
    files = case.box.of("document")
    if not files:
        return
    record = Box("record")
    record.parts = files
    number = max((item.number("running_number") for item in records), default=0) + 1
    record.fill("running_number", str(number))
    record.fill("title", _("Bilagor till ärendet"))
    record.fill("direction_word", "Upprättad")
    record.fill("date:prepared", case.box.text("opened_on"))
    _record(case, record, number)
    _undated(case, record)
    records.append(record)


def _days(case: _Case, records: list[Box]) -> None:
    """The case's days. A case that was closed before it was opened was opened no later than that."""
    box, context = case.box, case.context
    known = [record.day("official_on") for record in records if record.has("official_on")]
    opened = facts.day(box, *_OPENED) or min(known, default=None) or context.moment.astimezone(STOCKHOLM).date()
    decided, closed = facts.day(box, "decision", "decision_date"), facts.day(box, *_CLOSED)
    first = min(day for day in (opened, decided, closed) if day is not None)
    if first < opened:
        raw.keep_line(box, f"opened: {opened.isoformat()}")
        case.remarks.append(_("Ärendet är enligt paketet avslutat eller beslutat innan det öppnades."))
    box.fill("opened_on", first.isoformat())
    box.fill("decided_on", decided.isoformat() if decided else None)
    box.fill("closed_on", closed.isoformat() if closed else None)
    at = facts.moment(box, "captured", "created") or dt.datetime.combine(first, dt.time(), STOCKHOLM)
    box.fill("registered_at", at.astimezone(dt.UTC).isoformat())
    box.fill("initiative", (Initiative.RECEIVED if box.has("date:received") else Initiative.OWN).value)
    for record in records:
        _undated(case, record)
    facts.keep_dates(box)


def _undated(case: _Case, record: Box) -> None:
    """A record that nobody dated is of the day when its case was opened."""
    record.fill("official_on", case.box.text("opened_on"))
    day = record.day("official_on")
    at = facts.moment(record, "captured", "created") or dt.datetime.combine(day, dt.time(), STOCKHOLM)
    record.fill("registered_at", at.astimezone(dt.UTC).isoformat())
    for document in record.of("document"):
        document.fill("added_at", record.text("registered_at"))


def _number(case: _Case) -> None:
    """Series, year and number, where the written number can be read; else it gets a number when it comes."""
    box = case.box
    found = number_of(box)
    if found is None:
        box.fill("series", UNREADABLE_SERIES)
        box.fill("year", str(box.day("opened_on").year))
        box.fill("number", "0")
        return
    box.fill("series", (found.series or case.context.default_series)[:10])
    box.fill("year", str(found.year))
    box.fill("number", str(found.number))


def _status(case: _Case) -> None:
    box = case.box
    status = facts.case_status(box)
    box.fill("status", status.value)
    if status is CaseStatus.CANCELLED:
        box.fill("cancel_reason", _("Makulerat enligt paketet."))
    if status is CaseStatus.CLOSED and not box.has("closed_on"):
        days = [item.day("official_on") for item in box.of("record")]
        box.fill("closed_on", max([box.day("opened_on"), *days]).isoformat())
        case.remarks.append(_("Paketet säger inte när ärendet avslutades. Dagen är den sista handlingens."))


def _people(case: _Case) -> None:
    box = case.box
    _somebody(case, box, "responsible", "officer")
    _somebody(case, box, "registered_by", "registrar")
    unit = box.optional("unit_name")
    if unit is not None:
        box.fill("unit", str(uid_in(case.context.namespace, "unit", unit.casefold()[:200])))
        box.values["unit_name"] = [unit[:200]]


def _somebody(case: _Case, box: Box, name: str, word: str) -> None:
    """Somebody of the staff, known by their name alone."""
    who = box.optional(word)
    if who is not None:
        box.fill(f"{name}_uid", str(uid_in(case.context.namespace, "user", who.casefold())))
        box.fill(f"{name}_username", facts.username(box.optional(f"{word}_username") or who))
        box.fill(f"{name}_name", who[:200])


def _classification(case: _Case) -> None:
    code, title = facts.class_of(case.box)
    found = case.context.classes.get((code, title)) if code else None
    case.box.fill("classification", str(found.uid) if found else None)


def _parts(case: _Case, box: Box, uid: facts.Uid) -> None:
    for place, party in enumerate(box.of("party"), start=1):
        facts.complete_party(party, uid("party", place), box)
    for place, mark in enumerate(box.of("restriction"), start=1):
        unknown = facts.complete_restriction(
            mark, uid("restriction", place), case.context.authority_code, case.context.moment
        )
        if unknown:
            case.remarks.append(
                _("Ett lagrum kunde inte tolkas. Markeringen gäller allt, och lagrummet står i den.")
            )
    if box.kind == "case":
        for relation in box.of("relation"):
            other = relation.optional("case_number")
            if other is None:
                box.parts.remove(relation)
                continue
            facts.complete_relation(relation, box)
            relation.fill("case", str(uid_in(case.context.namespace, "case number", other)))
            relation.fill("authority", case.context.authority_code)


def _files(case: _Case, record: Box, uid: facts.Uid) -> None:
    for place, document in enumerate(record.of("document"), start=1):
        path = document.optional("path")
        listed = case.context.files.get(path) if path else None
        document.fill("uid", uid("document", place))
        facts.complete_document(document, place, listed, case.context.moment)
        link = document.optional("link")
        if path is None and link:
            raw.keep_line(record, f"path: {link}")


def _note(case: _Case, box: Box, fit: Fitting) -> None:
    """The notes of the package, then the lines of what has no place."""
    fit.keep()
    told = list(dict.fromkeys(box.many("note")))
    extra = box.many(raw.EXTRA)
    if extra:
        told += [_("Ur det mottagna paketet:"), *extra]
    box.values.pop("note", None)
    box.fill("note", "\n".join(told) or None)
    if len(extra) >= raw.MOST_LINES:
        case.remarks.append(_("Paketet har fler uppgifter än som fick plats i anteckningen."))
