"""Pages of cases and records as views, for programs: the lists' own order, filters and sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.lists import filtering, paging, showing
from diarium.lists.definitions.cases import CASE_LOADS, CASES
from diarium.lists.definitions.records import RECORDS
from diarium.lists.errors import InvalidCursor
from diarium.lists.model import ListDefinition
from diarium.register import following
from diarium.register.models import Case, Record
from diarium.register.queries import Shown
from diarium.register.views import CaseView, RecordView, case_view, record_view

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class ViewPage(Generic[V]):
    """A page of views. `shown`: the restricted things whose content it shows, to be noted."""

    views: tuple[V, ...]
    next_cursor: str | None
    shown: tuple[Shown, ...]


def case_views(
    session: Session, actor: Actor, wanted: Mapping[str, str], *, sort: str, cursor: str | None, size: int
) -> ViewPage[CaseView]:
    """A page of the cases that the actor may know of. Constant number of queries.

    `wanted`: the filters of the list of cases. Raises: InvalidFilter, InvalidCursor.
    """
    ids, following_cursor, shown = _page(session, actor, CASES, wanted, sort, cursor, size)
    loads = (*CASE_LOADS, joinedload(Case.unit), joinedload(Case.classification))
    found = session.scalars(select(Case).where(Case.id.in_(ids)).options(*loads))
    views = {case.id: case_view(actor, case) for case in found}
    return ViewPage(tuple(views[key] for key in ids), following_cursor, shown)


def record_views(
    session: Session, actor: Actor, wanted: Mapping[str, str], *, sort: str, cursor: str | None, size: int
) -> ViewPage[RecordView]:
    """A page of the records that the actor may know of, without their files. Constant number of queries.

    `wanted`: the filters of the list of records. Raises: InvalidFilter, InvalidCursor.
    """
    ids, following_cursor, shown = _page(session, actor, RECORDS, wanted, sort, cursor, size)
    of_case = (joinedload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
    loads = (
        selectinload(Record.parties),
        selectinload(Record.restrictions),
        joinedload(Record.case).options(*of_case),
    )
    found = session.scalars(select(Record).where(Record.id.in_(ids)).options(*loads)).all()
    following.load(session, found)
    views = {record.id: record_view(actor, record, with_documents=False) for record in found}
    return ViewPage(tuple(views[key] for key in ids), following_cursor, shown)


def _page(
    session: Session,
    actor: Actor,
    definition: ListDefinition,
    wanted: Mapping[str, str],
    sort: str,
    cursor: str | None,
    size: int,
) -> tuple[Sequence[int], str | None, tuple[Shown, ...]]:
    criteria = filtering.read(definition.filters, wanted)
    try:
        found = paging.page(session, actor, definition, criteria, sort=sort, cursor=cursor, size=size)
    except InvalidCursor:
        message = _("Platsen går inte att läsa, eller hör till en annan sortering. Börja om från listans början.")
        raise InvalidCursor(message, field="cursor") from None
    if cursor is not None and found.previous_cursor is None:
        # All that lay behind the place is gone and the list began anew: a program would go round in circles.
        return (), None, ()
    ids = [row.id for row in found.rows]
    return ids, found.next_cursor, showing.restricted_of(session, actor, found.rows)
