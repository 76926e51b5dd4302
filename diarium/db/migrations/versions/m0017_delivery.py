"""Deliveries and receipts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _deliveries()
    _events()
    _receipts()


def downgrade() -> None:
    op.drop_table("package_receipt")
    op.drop_table("package_delivery_event")
    op.drop_table("package_delivery")


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _deliveries() -> None:
    table = "package_delivery"
    op.create_table(
        table,
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("agreement_id", _BIG, nullable=False),
        sa.Column("part_id", _BIG, nullable=False),
        sa.Column("replaces_id", _BIG, nullable=True),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("record_status", sa.String(40), nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("total_bytes", _BIG, nullable=False),
        sa.Column("sent_bytes", _BIG, nullable=False),
        sa.Column("transfer_token", sa.Text(), nullable=True),
        sa.Column("has_leftover", sa.Boolean(), nullable=False),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("proof", sa.String(40), nullable=True),
        sa.Column("remote_place", sa.Text(), nullable=True),
        sa.Column("checked_at", _TIME, nullable=True),
        sa.Column("begun_at", _TIME, nullable=True),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.Column("archives_cases", sa.Boolean(), nullable=False),
        sa.Column("archived_count", _BIG, nullable=False),
        sa.Column("left_count", _BIG, nullable=False),
        sa.Column("archived_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("created_by_id", _BIG, nullable=True),
        sa.Column("created_by_name", sa.String(200), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        _reference(table, "authority_id", "authority.id"),
        _reference(table, "agreement_id", "delivery_agreement.id"),
        _reference(table, "part_id", "export_part.id"),
        _reference(table, "replaces_id", "package_delivery.id"),
        _reference(table, "created_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_delivery")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_package_delivery_agreement_id_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_package_delivery_uid")),
    )
    op.create_index(op.f("ix_package_delivery_part_id"), table, ["part_id"])
    op.create_index(op.f("ix_package_delivery_replaces_id"), table, ["replaces_id"])
    op.create_index(
        op.f("ix_package_delivery_state_package_delivery_next_try_at"), table, ["state", "next_try_at"]
    )
    op.create_index("ix_package_delivery_listing", table, ["authority_id", "state", "id"])


def _events() -> None:
    table = "package_delivery_event"
    op.create_table(
        table,
        sa.Column("id", _BIG, nullable=False),
        sa.Column("delivery_id", _BIG, nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("actor_id", _BIG, nullable=True),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        _reference(table, "delivery_id", "package_delivery.id"),
        _reference(table, "actor_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_delivery_event")),
    )
    op.create_index(op.f("ix_package_delivery_event_delivery_id"), table, ["delivery_id"])


def _receipts() -> None:
    table = "package_receipt"
    op.create_table(
        table,
        sa.Column("agreement_id", _BIG, nullable=False),
        sa.Column("delivery_id", _BIG, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("receiver_reference", sa.String(200), nullable=True),
        sa.Column("receipt_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("file_name", sa.String(255), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("found", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("remote_mark", sa.String(64), nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("settled_by_id", _BIG, nullable=True),
        sa.Column("settled_by_name", sa.String(200), nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        _reference(table, "agreement_id", "delivery_agreement.id"),
        _reference(table, "delivery_id", "package_delivery.id"),
        _reference(table, "sha256", "blob.sha256"),
        _reference(table, "settled_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_receipt")),
        sa.UniqueConstraint(
            "agreement_id", "remote_mark", name=op.f("uq_package_receipt_agreement_id_remote_mark")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_package_receipt_uid")),
    )
    op.create_index(op.f("ix_package_receipt_delivery_id"), table, ["delivery_id"])
    op.create_index(
        op.f("ix_package_receipt_agreement_id_package_receipt_state"), table, ["agreement_id", "state"]
    )
