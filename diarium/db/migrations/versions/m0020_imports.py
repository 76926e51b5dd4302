"""Registers taken over"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _make_package_import()
    _make_case_origin()


def downgrade() -> None:
    op.drop_table("case_origin")
    op.drop_table("package_import")


def _make_package_import() -> None:
    op.create_table(
        "package_import",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("received_uid", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("package_id", sa.String(255), nullable=False),
        sa.Column("profile", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("authority_id", _BIG, nullable=True),
        sa.Column("choices", _JSON, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("total", _BIG, nullable=False),
        sa.Column("progress", _BIG, nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("conflicts", _JSON, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", _BIG, nullable=True),
        sa.Column("requested_by_name", sa.String(200), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_package_import_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_package_import_requested_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_import")),
        sa.UniqueConstraint("uid", name=op.f("uq_package_import_uid")),
    )
    op.create_index(op.f("ix_package_import_state_package_import_id"), "package_import", ["state", "id"])
    op.create_index(op.f("ix_package_import_received_uid"), "package_import", ["received_uid"])
    op.create_index(op.f("ix_package_import_package_id"), "package_import", ["package_id"])


def _make_case_origin() -> None:
    op.create_table(
        "case_origin",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("import_uid", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.String(255), nullable=False),
        sa.Column("creator", sa.String(200), nullable=False),
        sa.Column("system", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("is_read_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("loose_references", _JSON, nullable=False),
        sa.Column("loose_count", _BIG, nullable=False),
        sa.Column("earlier", _JSON, nullable=False),
        sa.Column("taken_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_over_by_name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_origin_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_origin")),
    )
    op.create_index(op.f("ix_case_origin_import_uid"), "case_origin", ["import_uid"])
    op.create_index(op.f("ix_case_origin_loose_count"), "case_origin", ["loose_count"])
