"""What a list is: columns, filters, order, and the rows as an actor may see them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from diarium.db.base import Base
from diarium.identity.permissions import Actor, Permission
from diarium.lists.filtering import Filter
from diarium.register.queries import Shown

Value = str | int | dt.date | dt.datetime | None


class Goes(StrEnum):
    """What the first cell of a row leads to."""

    CASE = "case"
    RECORD = "record"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Order:
    """What rows are sorted by: `by`, then their own number, all rising or all falling.

    `missing`: where it is true, the row has nothing to be sorted by that the actor may see (no value, or a hidden
    title); such rows come last either way. Elsewhere nothing in `by` is null. `is_private`: the values may tell
    what is secret and are never written into an address. `joins`: a table that only the sorting needs, and how.
    `present`: the opposite of `missing`, where it is better not said by NOT.
    """

    by: tuple[InstrumentedAttribute[object], ...]
    missing: ColumnElement[bool] | None = None
    is_private: bool = False
    joins: tuple[type[Base], ColumnElement[bool]] | None = None
    present: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `order` gives what it is sorted by for an actor; without it the column is not sortable.

    `on_page`: whether it is shown on the page too, and not only in exports. `is_code`: numbers and dates, never
    broken; `is_wide`: titles.
    """

    key: str
    label: str
    order: Callable[[Actor], Order] | None = None
    on_page: bool = True
    is_code: bool = False
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row as the actor may see it: one value a column, in the columns' order; nothing hidden in it.

    `note`: small print below the widest cell. `is_struck`: cancelled. `shown`: the restricted thing whose content
    the row shows, so that it is noted; where the list does not know, `marked_case` and `marked_record` say what is
    restricted.
    """

    id: int
    goes: Goes
    uid: uuid.UUID
    values: tuple[Value, ...]
    note: str = ""
    is_struck: bool = False
    marked_case: uuid.UUID | None = None
    marked_record: uuid.UUID | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """A list of the register, by name.

    `key`: the column that numbers its rows. `base`: the rows that the actor may know of, as a select of `key`.
    `rows`: the rows with these numbers, in their order. `default_sort`: a column's key, "-" before it for falling.
    `empty`: what to do when nothing is there. `permission`: what it takes, at some authority.
    """

    name: str
    label: str
    about: str
    empty: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    default_sort: str
    key: InstrumentedAttribute[int]
    base: Callable[[Session, Actor], Select[int]]
    rows: Callable[[Session, Actor, Sequence[int]], Sequence[ListRow]]
    permission: Permission = Permission.READ

    def column(self, key: str) -> Column | None:
        """The column with `key` if rows can be sorted by it."""
        return next((column for column in self.columns if column.key == key and column.order is not None), None)
