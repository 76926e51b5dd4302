"""Alembic's entry: runs the migrations on the connection that `diarium.db.migrate` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from diarium.db.base import ClosedList, UtcDateTime
from diarium.tables import metadata


def plain_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Writes our own column types as what they are in the database: migrations must not import the product."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, ClosedList):
        return "sa.String(40)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
    compare_type=True,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
