"""Keys for Swedish order, moved records, members of units"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from diarium.db.swedish import sort_key

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
_KEYED = {"case_file": ("title", "title_key"), "record": ("title", "title_key"),
          "party": ("name", "name_key"), "user_account": ("name", "name_key")}  # fmt: skip
_BATCH = 5000


def upgrade() -> None:
    for table, (_text, key) in _KEYED.items():
        op.add_column(table, sa.Column(key, _KEY, nullable=False, server_default=""))
    op.add_column("party", sa.Column("email_key", sa.String(254), nullable=True))
    for table, (text, key) in _KEYED.items():
        _fill(table, text, key, sort_key)
    _fill("party", "email", "email_key", lambda email: email.casefold()[:254])
    op.create_index(op.f("ix_party_name_key"), "party", ["name_key"])
    op.create_index(op.f("ix_party_email_key"), "party", ["email_key"])
    with op.batch_alter_table("record") as record:
        record.add_column(sa.Column("moved_to_id", _BIG, nullable=True))
        record.create_foreign_key(op.f("fk_record_moved_to_id_record"), "record", ["moved_to_id"], ["id"])
    op.add_column("authority", sa.Column("postal_address", sa.String(300), nullable=True))
    op.add_column("unit", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("record_type", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "unit_member",
        sa.Column("unit_id", _BIG, nullable=False),
        sa.Column("user_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_member_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_unit_member_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("unit_id", "user_id", name=op.f("pk_unit_member")),
    )
    op.create_index(op.f("ix_unit_member_user_id"), "unit_member", ["user_id"])


def downgrade() -> None:
    op.drop_table("unit_member")
    op.drop_column("record_type", "is_active")
    op.drop_column("unit", "is_active")
    op.drop_column("authority", "postal_address")
    with op.batch_alter_table("record") as record:
        record.drop_constraint(op.f("fk_record_moved_to_id_record"), type_="foreignkey")
        record.drop_column("moved_to_id")
    op.drop_index(op.f("ix_party_email_key"), "party")
    op.drop_index(op.f("ix_party_name_key"), "party")
    op.drop_column("party", "email_key")
    for table, (_text, key) in _KEYED.items():
        op.drop_column(table, key)


def _fill(table: str, text: str, key: str, made: Callable[[str], str]) -> None:
    """Reckons the keys in batches: Swedish order is not what either database has."""
    rows = sa.table(table, sa.column("id"), sa.column(text), sa.column(key))
    connection, last = op.get_bind(), 0
    while True:
        query = sa.select(rows.c.id, rows.c[text]).where(rows.c.id > last).order_by(rows.c.id).limit(_BATCH)
        found = connection.execute(query).all()
        if not found:
            return
        connection.execute(
            sa.update(rows).where(rows.c.id == sa.bindparam("row")).values({key: sa.bindparam("key")}),
            [{"row": row, "key": made(value) if value else value} for row, value in found],
        )
        last = found[-1][0]
