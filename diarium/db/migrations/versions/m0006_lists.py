"""Saved lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
# What the lists are sorted by and narrowed on: each page is read from an index.
_INDEXES = (
    ("case_file", "title_key", "id"),
    ("case_file", "opened_on", "id"),
    ("case_file", "closed_on", "id"),
    ("case_file", "unit_id", "status"),
    ("case_file", "responsible_id", "id"),
    ("record", "title_key", "id"),
    ("record", "record_type", "official_on"),
    ("restriction", "review_on"),
    ("user_account", "name_key", "id"),
)


def upgrade() -> None:
    _create_saved_list()
    _create_notice()
    for table, *columns in _INDEXES:
        op.create_index(_name(table, columns), table, columns)


def downgrade() -> None:
    for table, *columns in reversed(_INDEXES):
        op.drop_index(_name(table, columns), table)
    op.drop_table("notice")
    op.drop_table("saved_list")


def _create_saved_list() -> None:
    op.create_table(
        "saved_list",
        sa.Column("owner_id", _BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("parameters", _JSON, nullable=False),
        sa.Column("sort", sa.String(60), nullable=True),
        sa.Column("shared_with_id", _BIG, nullable=True),
        sa.Column("subscription", sa.String(40), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("last_checked", _MOMENT, nullable=True),
        sa.Column("seen", _JSON, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_saved_list_owner_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["shared_with_id"], ["authority.id"], name=op.f("fk_saved_list_shared_with_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_list")),
        sa.UniqueConstraint("uid", name=op.f("uq_saved_list_uid")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_list_owner_id_name")),
    )
    for columns in (["shared_with_id"], ["subscription", "last_checked"]):
        op.create_index(_name("saved_list", columns), "saved_list", columns)


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("user_id", _BIG, nullable=False),
        sa.Column("saved_list_id", _BIG, nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("emailed_at", _MOMENT, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id_user_account")),
        sa.ForeignKeyConstraint(
            ["saved_list_id"], ["saved_list.id"], name=op.f("fk_notice_saved_list_id_saved_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("uid", name=op.f("uq_notice_uid")),
    )
    for columns in (["user_id", "read_at"], ["saved_list_id"]):
        op.create_index(_name("notice", columns), "notice", columns)


def _name(table: str, columns: list[str]) -> str:
    return op.f("ix_" + "_".join(f"{table}_{column}" for column in columns))
