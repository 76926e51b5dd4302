"""Lists of records: all, and the daily list (*postlista*)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Actor
from diarium.lists import sight
from diarium.lists.definitions import options
from diarium.lists.filtering import Choice, Day, Options, Period, Text
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order
from diarium.register import following, queries
from diarium.register.models import Case, Document, Record
from diarium.register.views import RecordView, record_view, sight_of_record
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    RECORD_STATUS_LABELS,
    Direction,
    RecordStatus,
)

OFFICIAL = "official"


def _by_number(_actor: Actor) -> Order:
    return Order((Case.year, Case.number, Case.id, Record.running_number))


def _by_day(_actor: Actor) -> Order:
    return Order((Record.official_on,))


def _by_registration(_actor: Actor) -> Order:
    return Order((Record.registered_at,))


def _by_title(actor: Actor) -> Order:
    titles = sight.record_titles(actor)
    missing, present = (titles.hidden, titles.shown) if titles else (None, None)
    return Order((Record.title_key,), missing, is_private=True, present=present)


_COLUMNS = (
    Column("number", _l("Nummer"), _by_number, is_code=True),
    Column("date", _l("Datum"), _by_day, is_code=True),
    Column("direction", _l("Riktning")),
    Column("title", _l("Rubrik"), _by_title, is_wide=True),
    Column("parties", _l("Avsändare, mottagare"), on_page=False),
    Column("type", _l("Typ")),
    Column("registered", _l("Registrerad"), _by_registration, is_code=True),
    Column("status", _l("Status"), on_page=False),
    Column("files", _l("Filer"), on_page=False),
)


def _directions(_session: Session, _actor: Actor) -> Options:
    return options.labelled(DIRECTION_LABELS)


def _with_direction(_actor: Actor, text: str) -> ColumnElement[bool]:
    return Record.direction == options.of_closed_list(Direction, text, "direction")


def _of_day(day: dt.date, values: Mapping[str, str]) -> ColumnElement[bool]:
    """Registered on the day in Sweden, or dated on it."""
    if values.get("basis") == OFFICIAL:
        return Record.official_on == day
    first = dt.datetime.combine(day, dt.time(), STOCKHOLM)
    # The next midnight by the clock: a day may have 23 or 25 hours.
    last = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), STOCKHOLM)
    return and_(Record.registered_at >= first, Record.registered_at < last)


def _bases(_session: Session, _actor: Actor) -> Options:
    return [(OFFICIAL, _("Inkomna, utgångna eller upprättade den dagen"))]


_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)
_DIRECTION = Choice("direction", _l("Riktning"), _with_direction, _directions)
_TYPE = Choice("type", _l("Handlingstyp"), lambda _actor, text: Record.record_type == text, options.record_types)
_TITLE = Text("title", _l("Rubriken innehåller"), sight.record_title_holds)
_PARTY = Text("party", _l("Avsändare eller mottagare"), sight.record_party_named, help=_l("Början av namnet."))
_RESPONSIBLE = Choice(
    "responsible",
    _l("Ärendets handläggare"),
    lambda _actor, text: options.by_officer(Case.responsible_id, text),
    options.officers,
)
_DATED = Period("date", _l("Datum"), lambda: Record.official_on.expression)


def rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    """The records as the actor may see them."""
    found = session.scalars(
        select(Record)
        .where(Record.id.in_(ids))
        .options(
            selectinload(Record.parties),
            selectinload(Record.restrictions),
            joinedload(Record.case).options(
                joinedload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties)
            ),
        )
    ).all()
    following.load(session, found)
    counts = _file_counts(session, ids)
    made = {}
    for record in found:
        files = counts.get(record.id, 0) if sight_of_record(actor, record).files else 0
        view = record_view(actor, record, with_documents=False)
        made[record.id] = _row(record, view, files, queries.shown_record(actor, record))
    return [made[key] for key in ids]


def _file_counts(session: Session, ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(Document.record_id, func.count().label("files"))
        .where(Document.record_id.in_(ids))
        .group_by(Document.record_id)
    )
    return {row.record_id: row.files for row in session.execute(query)}


def _row(record: Record, view: RecordView, files: int, shown: queries.Shown | None) -> ListRow:
    names = [party.name or _("Skyddad uppgift") for party in view.parties]
    marks = [item.citation for item in view.restrictions if item.is_in_force]
    return ListRow(
        id=record.id,
        goes=Goes.RECORD,
        uid=view.uid,
        values=(
            view.number,
            view.official_on,
            str(DIRECTION_LABELS[view.direction]),
            view.title or options.hidden(),
            "; ".join(names),
            view.record_type or "",
            view.registered_at,
            str(RECORD_STATUS_LABELS[view.status]),
            files,
        ),
        note=" · ".join([*names[:3], *marks]),
        is_struck=view.status is RecordStatus.CANCELLED,
        shown=shown,
    )


def _all(session: Session, actor: Actor) -> Select[int]:
    return select(Record.id).join(Case, Case.id == Record.case_id).where(sight.readable(session, actor))


RECORDS = ListDefinition(
    name="handlingar",
    label=_l("Handlingar"),
    about=_l("Alla registrerade handlingar vid de myndigheter vars diarier du läser."),
    empty=_l("Ändra urvalet, eller registrera en handling."),
    columns=_COLUMNS,
    filters=(_AUTHORITY, _DIRECTION, _TYPE, _TITLE, _PARTY, _DATED, _RESPONSIBLE),
    default_sort="-registered",
    key=Record.id,
    base=_all,
    rows=rows,
)
DAILY = ListDefinition(
    name="postlista",
    label=_l("Postlista"),
    about=_l("Vad som registrerades, eller kom in, gick ut och upprättades, en viss dag."),
    empty=_l("Inget den dagen. Välj en annan dag, en annan myndighet eller vad som ska räknas."),
    columns=_COLUMNS,
    filters=(
        Day("day", _l("Dag"), _of_day, help=_l("Skriv som 2024-05-01. Utan dag visas i dag.")),
        _AUTHORITY,
        Choice("basis", _l("Visa"), lambda _a, _text: true(), _bases, nothing=_l("Registrerade den dagen")),
        _DIRECTION,
    ),
    default_sort="number",
    key=Record.id,
    base=_all,
    rows=rows,
)
