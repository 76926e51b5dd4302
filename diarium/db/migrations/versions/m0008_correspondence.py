"""Letters that leave by e-mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "letter_template",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("shipped_key", sa.String(40), nullable=True),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("changed_by_name", sa.String(200), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_letter_template_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
        sa.UniqueConstraint("authority_id", "name", name=op.f("uq_letter_template_authority_id_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_letter_template_uid")),
    )
    _create_messages()
    op.create_table(
        "outgoing_recipient",
        sa.Column("message_id", _BIG, nullable=False),
        sa.Column("name", sa.String(200), nullable=True),
        sa.Column("address", sa.String(254), nullable=True),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("reported_at", _TIME, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outgoing_message.id"], name=op.f("fk_outgoing_recipient_message_id_outgoing_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_recipient")),
        sa.UniqueConstraint("uid", name=op.f("uq_outgoing_recipient_uid")),
    )
    op.create_index(op.f("ix_outgoing_recipient_message_id"), "outgoing_recipient", ["message_id"])


def downgrade() -> None:
    op.drop_table("outgoing_recipient")
    op.drop_table("outgoing_message")
    op.drop_table("letter_template")


def _create_messages() -> None:
    op.create_table(
        "outgoing_message",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("record_id", _BIG, nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("message_id", sa.String(200), nullable=True),
        sa.Column("sender_email", sa.String(254), nullable=True),
        sa.Column("subject", sa.String(200), nullable=True),
        sa.Column("content_sha256", sa.String(64), nullable=True),
        sa.Column("attachment_names", sa.JSON(), nullable=False),
        sa.Column("secrecy_reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("give_up_at", _TIME, nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("dispatched_on", sa.Date(), nullable=True),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("queued_at", _TIME, nullable=False),
        sa.Column("queued_by_id", _BIG, nullable=True),
        sa.Column("queued_by_name", sa.String(200), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_outgoing_message_{column}_{target.split('.')[0]}")
            )
            for column, target in (
                ("authority_id", "authority.id"),
                ("case_id", "case_file.id"),
                ("record_id", "record.id"),
                ("content_sha256", "blob.sha256"),
                ("queued_by_id", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_message_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_outgoing_message_uid")),
    )
    op.create_index(op.f("ix_outgoing_message_case_id"), "outgoing_message", ["case_id"])
    op.create_index(op.f("ix_outgoing_message_record_id"), "outgoing_message", ["record_id"])
    op.create_index(
        op.f("ix_outgoing_message_state_outgoing_message_next_try_at"),
        "outgoing_message",
        ["state", "next_try_at"],
    )
    op.create_index(
        "ix_outgoing_message_listing",
        "outgoing_message",
        ["authority_id", "state", "id"],
    )
