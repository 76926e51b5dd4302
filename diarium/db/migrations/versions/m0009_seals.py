"""Seals over the audit events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("audit_seal", "audit_sealed_event")


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("event_count", _BIG, nullable=False),
        sa.Column("last_event_id", _BIG, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(88), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "audit_sealed_event",
        sa.Column("event_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("seal_number", _BIG, nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_audit_sealed_event_event_id_audit_event")
        ),
        sa.ForeignKeyConstraint(
            ["seal_number"], ["audit_seal.number"], name=op.f("fk_audit_sealed_event_seal_number_audit_seal")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_sealed_event")),
    )
    op.create_index(
        op.f("ix_audit_sealed_event_seal_number_audit_sealed_event_position"),
        "audit_sealed_event",
        ["seal_number", "position"],
        unique=True,
    )
    _protect()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _TABLES:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        else:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
    op.drop_table("audit_sealed_event")
    op.drop_table("audit_seal")


def _protect() -> None:
    """As the events themselves: only ever added to."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _TABLES:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
