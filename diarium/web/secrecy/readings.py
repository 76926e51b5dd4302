"""Who has read this, and what has somebody read? Readings of what is marked, with filters, pages and a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today
from diarium.identity.permissions import Permission
from diarium.lists import exporting
from diarium.lists.export import Form, write_file
from diarium.lists.model import Value
from diarium.register import queries, readings
from diarium.register.readings import Reading, ReadingPage, Subject, Wanted
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.cases import frame
from diarium.web.history import ACTIONS
from diarium.web.secrecy.blueprint import CASE, KINDS, RECORD, Kind, add_rule, blueprint
from diarium.web.secrecy.tabs import tabs

_MOST_ID = 2**63 - 1
_FILTERS = ("reader", "first", "last")


@dataclass(frozen=True)
class _Pages:
    kind: Kind
    find: Callable[[Session, uuid.UUID], Subject]

    def listing(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Who has read the case with its records, or the record."""
        with context.diarium().database.reading() as session:
            subject = self.find(session, uid)
            readers = readings.readers_of(session, subject)
            found, errors = _found(
                lambda wanted: readings.page(session, context.actor(), subject, wanted, before=_before())
            )
            _note(session, found.readings)
        page = context.page(
            "secrecy/readings.html",
            subject=subject,
            subject_url=self.kind.page_of(uid) if subject.title is not None else None,
            readers=readers,
            **_frame(found, errors, self.kind.url("readings", uid=uid), self.kind.url("readings_file", uid=uid)),
        )
        return page, 422 if errors else 200

    def file(self, uid: uuid.UUID) -> ResponseReturnValue:
        """The same as a CSV file, without titles."""
        with context.diarium().database.reading() as session:
            subject = self.find(session, uid)
            return _file(readings.rows(session, context.actor(), subject, _wanted()), subject.number)


def _of_case(session: Session, uid: uuid.UUID) -> Subject:
    return readings.of_case(session, context.actor(), uid)


def _of_record(session: Session, uid: uuid.UUID) -> Subject:
    return readings.of_record(session, context.actor(), uid)


for _kind in KINDS:
    _pages = _Pages(_kind, _of_case if _kind is CASE else _of_record)
    add_rule(_kind, "lasningar", "readings", _pages.listing, ["GET"], Permission.REVIEW_READINGS)
    add_rule(_kind, "lasningar.csv", "readings_file", _pages.file, ["GET"], Permission.REVIEW_READINGS)


@blueprint.get("/sekretess/lasningar")
@context.staff(Permission.ADMINISTER)
def by_person() -> ResponseReturnValue:
    """What a person has read of what is marked, for the administrator."""
    found, errors = ReadingPage((), None), dict[str, str]()
    with context.diarium().database.reading() as session:
        people = readings.people(session, context.actor())
        if "reader" in request.args:
            found, errors = _found(
                lambda wanted: readings.by_person(session, context.actor(), wanted, before=_before())
            )
        _note(session, found.readings)
    page = context.page(
        "secrecy/readings_by_person.html",
        tabs=tabs("by_person"),
        readers=people,
        is_asked="reader" in request.args,
        **_frame(found, errors, url_for("secrecy.by_person"), url_for("secrecy.by_person_file")),
    )
    return page, 422 if errors else 200


@blueprint.get("/sekretess/lasningar.csv")
@context.staff(Permission.ADMINISTER)
def by_person_file() -> ResponseReturnValue:
    """The same as a CSV file, without titles."""
    with context.diarium().database.reading() as session:
        return _file(readings.rows_by_person(session, context.actor(), _wanted()), _("en person"))


def _found(ask: Callable[[Wanted], ReadingPage]) -> tuple[ReadingPage, dict[str, str]]:
    """The page that is asked for, or what is wrong with the filters."""
    try:
        return ask(_wanted()), {}
    except DomainError as error:
        return ReadingPage((), None), frame.mistakes(error)


def _wanted() -> Wanted:
    """The filters of the address. Raises: InvalidFact."""
    reader = whole_number(request.args.get("reader"), 0, _MOST_ID)
    return Wanted(reader or None, frame.typed_day("first", request.args), frame.typed_day("last", request.args))


def _before() -> int | None:
    return whole_number(request.args.get("efter"), 0, _MOST_ID) or None


def _frame(found: ReadingPage, errors: dict[str, str], address: str, file: str) -> dict[str, object]:
    kept = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    older = urlencode({**kept, "efter": found.older}) if found.older is not None else None
    return {
        "rows": [_row(row) for row in found.readings],
        "action": address,
        "older_url": f"{address}?{older}" if older else None,
        "newest_url": f"{address}?{urlencode(kept)}" if "efter" in request.args else None,
        "file_url": f"{file}?{urlencode(kept)}",
        "errors": errors,
        "values": request.args,
    }


def _row(row: Reading) -> list[object]:
    kind = CASE if row.action.startswith("case.") else RECORD
    cell = {"text": row.number, "href": kind.page_of(row.uid) if row.title is not None else None}
    return [show_time(row.at), row.reader, ACTIONS[row.action], {**cell, "note": row.title}, row.file_name or ""]


def _note(session: Session, shown: Sequence[Reading]) -> None:
    """Who sees titles on this page reads them too: of marked things that is noted."""
    with_title = [row for row in shown if row.title is not None]
    cases = {row.uid for row in with_title if row.action.startswith("case.")}
    records = {row.uid for row in with_title} - cases
    found = queries.restricted_shown(session, context.actor(), cases=cases, records=records)
    reading.note_list(found, _("Läsningar"))


def _file(batches: Iterable[Sequence[Reading]], about: str) -> ResponseReturnValue:
    made = write_file(Form.CSV, [_("Tidpunkt"), _("Läst av"), _("Vad"), _("Nummer")], _lines(batches))
    label = _("Läsningar: %(about)s", about=about)
    with context.diarium().database.unit_of_work() as session:
        exporting.note(session, context.actor(), "lasningar", label, dict(request.args), Form.CSV, made)
    name = f"lasningar-{today().isoformat()}.{made.suffix}"
    return send_file(made.file, mimetype=made.mime_type, as_attachment=True, download_name=name)


def _lines(batches: Iterable[Sequence[Reading]]) -> Iterator[Sequence[Value]]:
    for batch in batches:
        for row in batch:
            yield row.at, row.reader, str(ACTIONS[row.action]), row.number
