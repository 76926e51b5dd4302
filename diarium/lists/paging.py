"""One page of a list, found by the place of its first or last row: as fast in the middle as at the beginning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import cast

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from diarium.db.base import UtcDateTime
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.lists import cursor as cursors
from diarium.lists import filtering
from diarium.lists.cursor import Cursor
from diarium.lists.errors import UnknownList
from diarium.lists.filtering import Criteria
from diarium.lists.model import ListDefinition, ListRow, Order

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page: its rows, its order ("-" before the column's key for falling), and the places before and after."""

    rows: tuple[ListRow, ...]
    sort: str
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A row as the order sees it."""

    id: int
    values: tuple[cursors.Key, ...]
    is_missing: bool


@dataclass(frozen=True, slots=True)
class _Walk:
    """A list in an order, to be walked from any place in both directions."""

    session: Session
    query: Select[int]
    scope: Select[int]
    definition: ListDefinition
    order: Order
    is_falling: bool

    def places(self, start: Cursor | None, limit: int, *, is_backward: bool = False) -> list[_Place]:
        """At most `limit` places after (or before) `start`, in the order of the walk."""
        parts = [False] if self.order.missing is None else [False, True]
        if is_backward:
            parts.reverse()
        if start is not None:
            if start.is_missing not in parts:
                raise cursors.bad()
            parts = parts[parts.index(start.is_missing) :]
        found: list[_Place] = []
        for part in parts:
            if len(found) < limit:
                begin = start if start is not None and start.is_missing == part else None
                found += self._part(part, begin, limit - len(found), is_backward)
        return found

    def _part(self, is_missing: bool, start: Cursor | None, limit: int, is_backward: bool) -> list[_Place]:
        key = self.definition.key
        by = [] if is_missing else [item.expression for item in self.order.by]
        columns: list[ColumnElement[object]] = [*by, cast("ColumnElement[object]", key.expression)]
        query = self.query
        if self.order.joins is not None and not is_missing:
            query = query.join(*self.order.joins)  # where it joins, nothing is missing
        elif self.order.missing is not None:
            query = query.where(self.order.missing if is_missing else self._present(self.order.missing))
        falls = self.is_falling != is_backward
        if start is not None:
            query = query.where(*_beyond(columns, (*self._values(start, is_missing), start.id), falls=falls))
        ordered = query.order_by(*(column.desc() if falls else column.asc() for column in columns))
        rows = self.session.execute(ordered.with_only_columns(key, *by).limit(limit))
        return [_Place(row[0], cast("tuple[cursors.Key, ...]", tuple(row)[1:]), is_missing) for row in rows]

    def _present(self, missing: ColumnElement[bool]) -> ColumnElement[bool]:
        return self.order.present if self.order.present is not None else ~missing

    def _values(self, start: Cursor, is_missing: bool) -> Sequence[cursors.Key]:
        if is_missing:
            cursors.check_kinds(start, [])
            return ()
        if not self.order.is_private:
            cursors.check_kinds(start, [_kind(item) for item in self.order.by])
            return start.values
        # Read anew, with the actor's own eyes: a place made up by hand tells nothing.
        visible = self.scope.where(self.definition.key == start.id)
        if self.order.missing is not None:
            visible = visible.where(self._present(self.order.missing))
        row = self.session.execute(visible.with_only_columns(*self.order.by)).first()
        if row is None:
            raise cursors.bad()
        return cast("tuple[cursors.Key, ...]", tuple(row))


def page(
    session: Session,
    actor: Actor,
    definition: ListDefinition,
    criteria: Criteria,
    *,
    sort: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> ListPage:
    """A page of the list as the actor may see it. Constant number of queries.

    An unknown `sort` is the list's own. Raises: InvalidFilter, InvalidCursor, UnknownList without permission.
    """
    _require(actor, definition)
    size = min(max(1, size), MAX_PAGE_SIZE)
    sort = known_sort(definition, sort)
    start = cursors.read(cursor, definition.name, sort) if cursor else None
    walk = _walk(session, actor, definition, criteria, sort)
    is_backward = start is not None and start.is_backward
    places = walk.places(start, size + 1, is_backward=is_backward)
    has_more, places = len(places) > size, places[:size]
    if is_backward:
        places.reverse()
    if not places and start is not None:
        # What lay there is gone from the list: better its beginning than an empty page.
        return page(session, actor, definition, criteria, sort=sort, size=size)
    rows = definition.rows(session, actor, [place.id for place in places])
    before = has_more if is_backward else start is not None
    after = start is not None if is_backward else has_more
    return ListPage(
        rows=tuple(rows),
        sort=sort,
        next_cursor=_cursor(walk, sort, places[-1]) if after else None,
        previous_cursor=_cursor(walk, sort, places[0], is_backward=True) if before else None,
    )


def walk_rows(
    session: Session,
    actor: Actor,
    definition: ListDefinition,
    criteria: Criteria,
    *,
    sort: str | None = None,
    most: int,
    batch: int = 500,
) -> Iterator[Sequence[ListRow]]:
    """All rows of the list up to `most`, a batch at a time, in no more memory than a batch takes.

    Raises: InvalidFilter; UnknownList without permission.
    """
    _require(actor, definition)
    sort = known_sort(definition, sort)
    walk = _walk(session, actor, definition, criteria, sort)
    start: Cursor | None = None
    while most > 0:
        places = walk.places(start, min(batch, most))
        if not places:
            return
        yield definition.rows(session, actor, [place.id for place in places])
        session.expunge_all()
        most -= len(places)
        start = replace(_place_cursor(walk, sort, places[-1]), is_backward=False)


def newest_ids(
    session: Session, actor: Actor, definition: ListDefinition, criteria: Criteria, *, most: int
) -> list[int]:
    """The numbers of the list's rows, those that came into the register last first, at most `most`.

    Raises: InvalidFilter; UnknownList without permission.
    """
    _require(actor, definition)
    query = definition.base(session, actor)
    query = query.where(*filtering.conditions(definition.filters, actor, criteria))
    return list(session.scalars(query.order_by(definition.key.desc()).limit(most)))


def known_sort(definition: ListDefinition, sort: str | None) -> str:
    """`sort` if the list can be sorted so, else the list's own."""
    return sort if sort and definition.column(sort.removeprefix("-")) is not None else definition.default_sort


def _beyond(
    columns: Sequence[ColumnElement[object]], values: Sequence[cursors.Key], *, falls: bool
) -> Iterator[ColumnElement[bool]]:
    """Rows that lie behind these values; and not before them by the first table alone, for its index."""
    there = [literal(value, column.type) for value, column in zip(values, columns, strict=True)]
    mine, place = tuple_(*columns), tuple_(*there)
    yield mine < place if falls else mine > place
    first = list(takewhile(lambda column: _table(column) is _table(columns[0]), columns))
    if len(first) < len(columns):
        mine, place = tuple_(*first), tuple_(*there[: len(first)])
        yield mine <= place if falls else mine >= place


def _table(column: ColumnElement[object]) -> object:
    return next(iter(column.base_columns)).table


def _kind(column: InstrumentedAttribute[object]) -> type:
    # A type of ours does not tell by itself what it gives.
    return dt.datetime if isinstance(column.expression.type, UtcDateTime) else column.expression.type.python_type


def _require(actor: Actor, definition: ListDefinition) -> None:
    if not actor.is_system and not actor.authorities(definition.permission):
        raise UnknownList(_("Listan finns inte."))


def _walk(session: Session, actor: Actor, definition: ListDefinition, criteria: Criteria, sort: str) -> _Walk:
    column = definition.column(sort.removeprefix("-"))
    if column is None or column.order is None:
        raise ValueError(f"{definition.name} can't be sorted by {sort}")
    base = definition.base(session, actor)
    return _Walk(
        session=session,
        query=base.where(*filtering.conditions(definition.filters, actor, criteria)),
        scope=base,
        definition=definition,
        order=column.order(actor),
        is_falling=sort.startswith("-"),
    )


def _cursor(walk: _Walk, sort: str, place: _Place, *, is_backward: bool = False) -> str:
    return cursors.write(replace(_place_cursor(walk, sort, place), is_backward=is_backward))


def _place_cursor(walk: _Walk, sort: str, place: _Place) -> Cursor:
    return Cursor(
        name=walk.definition.name,
        sort=sort,
        id=place.id,
        values=() if walk.order.is_private else place.values,
        is_missing=place.is_missing,
    )
