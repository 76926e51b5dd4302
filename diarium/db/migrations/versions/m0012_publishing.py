"""When and how the open register shows a case"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("authority", sa.Column("publish_after_days", _BIG, nullable=False, server_default="0"))
    op.add_column("classification", sa.Column("publish_after_days", _BIG, nullable=True))
    op.create_table(
        "web_withdrawal",
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("document_id", _BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_by_name", sa.String(200), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN record_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_web_withdrawal_one_target"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_web_withdrawal_case_id_case_file")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_web_withdrawal_record_id_record")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_web_withdrawal_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_web_withdrawal_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_withdrawal")),
        sa.UniqueConstraint("uid", name=op.f("uq_web_withdrawal_uid")),
    )
    for column in ("case_id", "record_id", "document_id"):
        op.create_index(op.f(f"ix_web_withdrawal_{column}"), "web_withdrawal", [column])
    op.create_table(
        "file_review",
        sa.Column("document_id", _BIG, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("findings", _JSON, nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("approved", _JSON, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _BIG, nullable=True),
        sa.Column("decided_by_name", sa.String(200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_file_review_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_file_review_decided_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_review")),
        sa.UniqueConstraint("document_id", name=op.f("uq_file_review_document_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_file_review_uid")),
    )
    op.create_index(op.f("ix_file_review_state_file_review_id"), "file_review", ["state", "id"])


def downgrade() -> None:
    op.drop_table("file_review")
    op.drop_table("web_withdrawal")
    op.drop_column("classification", "publish_after_days")
    op.drop_column("authority", "publish_after_days")
