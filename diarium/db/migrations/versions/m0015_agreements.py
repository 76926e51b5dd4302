"""Delivery agreements"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery_agreement",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("previous_numbers", sa.JSON(), nullable=False),
        sa.Column("reference_code", sa.String(80), nullable=True),
        sa.Column("previous_reference_codes", sa.JSON(), nullable=False),
        sa.Column("receiver_name", sa.String(200), nullable=False),
        sa.Column("receiver_code", sa.String(80), nullable=True),
        sa.Column("profile", sa.String(40), nullable=False),
        sa.Column("archival_name", sa.String(200), nullable=True),
        sa.Column("information_class", sa.String(80), nullable=True),
        sa.Column("creator_name", sa.String(200), nullable=True),
        sa.Column("creator_code", sa.String(80), nullable=True),
        sa.Column("editor_name", sa.String(200), nullable=True),
        sa.Column("editor_code", sa.String(80), nullable=True),
        sa.Column("contact_name", sa.String(200), nullable=True),
        sa.Column("contact_email", sa.String(254), nullable=True),
        sa.Column("contact_phone", sa.String(60), nullable=True),
        sa.Column("max_package_bytes", _BIG, nullable=True),
        sa.Column("max_package_files", _BIG, nullable=True),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("transport_settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("archives_cases", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sent_count", _BIG, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("changed_by_name", sa.String(200), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_delivery_agreement_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_agreement")),
        sa.UniqueConstraint("authority_id", "name", name=op.f("uq_delivery_agreement_authority_id_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_delivery_agreement_uid")),
    )
    op.create_index(
        op.f("ix_delivery_agreement_is_active_delivery_agreement_transport"),
        "delivery_agreement",
        ["is_active", "transport"],
    )


def downgrade() -> None:
    op.drop_table("delivery_agreement")
