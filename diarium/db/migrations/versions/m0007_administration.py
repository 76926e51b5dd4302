"""What administration needs: set-ups, the log of changes, retention rules that classes share"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "authority_set_up",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_authority_set_up_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "step", name=op.f("pk_authority_set_up")),
    )
    op.create_table(
        "year_set_up",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_year_set_up_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "year", name=op.f("pk_year_set_up")),
    )
    op.create_index(op.f("ix_audit_event_entity_type_audit_event_id"), "audit_event", ["entity_type", "id"])
    op.create_index(op.f("ix_case_file_classification_id"), "case_file", ["classification_id"])
    for column in ("opens_on", "closes_on"):
        op.add_column("diary_series", sa.Column(column, sa.Date(), nullable=True))
    _share_retention_rules()


def downgrade() -> None:
    for column in ("closes_on", "opens_on"):
        op.drop_column("diary_series", column)
    op.drop_index(op.f("ix_case_file_classification_id"), "case_file")
    op.drop_index(op.f("ix_audit_event_entity_type_audit_event_id"), "audit_event")
    op.drop_table("year_set_up")
    op.drop_table("authority_set_up")


def _share_retention_rules() -> None:
    """Each class had a rule of its own; now those that say the same are one, the oldest of them."""
    op.execute(
        "UPDATE classification SET retention_rule_id = ("
        " SELECT min(kept.id) FROM retention_rule AS kept JOIN retention_rule AS own"
        " ON kept.retention = own.retention AND coalesce(kept.years, -1) = coalesce(own.years, -1)"
        " AND coalesce(kept.event, '') = coalesce(own.event, '') AND kept.basis = own.basis"
        " WHERE own.id = classification.retention_rule_id) WHERE retention_rule_id IS NOT NULL"
    )
    op.execute(
        "DELETE FROM retention_rule WHERE id NOT IN"
        " (SELECT retention_rule_id FROM classification WHERE retention_rule_id IS NOT NULL)"
    )
