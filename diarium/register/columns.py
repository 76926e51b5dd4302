"""Texts that fit the column they go to: the table says how long, on both databases."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy import inspect as mapping_of

from diarium.db.base import Base
from diarium.register import rules


def is_text(kind: type[Base], name: str) -> bool:
    """Whether the column `name` of `kind` holds free text (closed lists don't)."""
    return isinstance(mapping_of(kind).columns[name].type, String)


def text(kind: type[Base], name: str, value: str | None, field: str | None = None) -> str | None:
    """`value` in one line, or nothing, as the column `name` of `kind` takes it.

    Raises: InvalidFact at `field` (the column's name, if not given) where it is too long for the column. SQLite
    would take any length and PostgreSQL fail.
    """
    column = mapping_of(kind).columns[name].type
    if not isinstance(column, String) or column.length is None:
        raise TypeError(f"{kind.__name__}.{name} is no text of a given length")
    return rules.short_text(value, column.length, field or name)
