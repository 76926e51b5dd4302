"""Packages taken in to be looked at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "received_package",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
        sa.Column("source_path", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("progress", _BIG, nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.Column("profile", sa.String(200), nullable=True),
        sa.Column("is_valid", sa.Boolean(), nullable=True),
        sa.Column("errors", _BIG, nullable=True),
        sa.Column("warnings", _BIG, nullable=True),
        sa.Column("infos", _BIG, nullable=True),
        sa.Column("report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("received_by_id", _BIG, nullable=True),
        sa.Column("received_by_name", sa.String(200), nullable=False),
        sa.Column("checked_at", _TIME, nullable=True),
        sa.Column("kept_until", _TIME, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["user_account.id"], name=op.f("fk_received_package_received_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_package")),
        sa.UniqueConstraint("uid", name=op.f("uq_received_package_uid")),
    )
    op.create_index(op.f("ix_received_package_state"), "received_package", ["state"])
    op.create_index(op.f("ix_received_package_kept_until"), "received_package", ["kept_until"])


def downgrade() -> None:
    op.drop_table("received_package")
