"""Requests to see documents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_counter()
    _create_request()
    _create_decision()
    _create_delivery()
    _create_item()
    _create_review()
    _create_delivered_part()
    _create_masked_copy()


def downgrade() -> None:
    for name in (
        "masked_copy",
        "delivered_part",
        "review",
        "item",
        "delivery",
        "decision",
        "request",
        "counter",
    ):
        op.drop_table(f"disclosure_{name}")


def _create_counter() -> None:
    op.create_table(
        "disclosure_counter",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("last_number", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_disclosure_counter_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "year", name=op.f("pk_disclosure_counter")),
    )


def _create_request() -> None:
    op.create_table(
        "disclosure_request",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("year", _BIG, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("order_reference", sa.String(40), nullable=True),
        sa.Column("letter_uid", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("contact_way", sa.String(40), nullable=True),
        sa.Column("contact", sa.String(500), nullable=True),
        sa.Column("asker_name", sa.String(200), nullable=True),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("handler_id", _BIG, nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.Column("registered_by_id", _BIG, nullable=True),
        sa.Column("registered_by_name", sa.String(200), nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_by_name", sa.String(200), nullable=True),
        sa.Column("close_reason", sa.String(40), nullable=True),
        sa.Column("close_note", sa.Text(), nullable=True),
        sa.Column("erased_at", _TIME, nullable=True),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_disclosure_request_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["user_account.id"], name=op.f("fk_disclosure_request_handler_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"],
            ["user_account.id"],
            name=op.f("fk_disclosure_request_registered_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_request")),
        sa.UniqueConstraint(
            "authority_id", "letter_uid", name=op.f("uq_disclosure_request_authority_id_letter_uid")
        ),
        sa.UniqueConstraint(
            "authority_id", "year", "number", name=op.f("uq_disclosure_request_authority_id_year_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_request_uid")),
    )
    op.create_index(
        op.f("ix_disclosure_request_queue"), "disclosure_request", ["authority_id", "state", "received_at", "id"]
    )
    op.create_index(op.f("ix_disclosure_request_closed_at"), "disclosure_request", ["closed_at"])
    op.create_index(
        op.f("ix_disclosure_request_handler_id_disclosure_request_state"),
        "disclosure_request",
        ["handler_id", "state"],
    )
    op.create_index(op.f("ix_disclosure_request_order_reference"), "disclosure_request", ["order_reference"])


def _create_decision() -> None:
    op.create_table(
        "disclosure_decision",
        sa.Column("request_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("delegation_point", sa.String(40), nullable=True),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("receipt_on", sa.Date(), nullable=True),
        sa.Column("appealed_on", sa.Date(), nullable=True),
        sa.Column("appeal_ended_on", sa.Date(), nullable=True),
        sa.Column("appeal_outcome", sa.Text(), nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_disclosure_decision_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["disclosure_request.id"],
            name=op.f("fk_disclosure_decision_request_id_disclosure_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_decision")),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_decision_uid")),
    )
    op.create_index(op.f("ix_disclosure_decision_request_id"), "disclosure_decision", ["request_id"])


def _create_delivery() -> None:
    op.create_table(
        "disclosure_delivery",
        sa.Column("request_id", _BIG, nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("pages", _BIG, nullable=True),
        sa.Column("fee", _BIG, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("subject", sa.String(200), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("sender_email", sa.String(254), nullable=True),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("next_try_at", _TIME, nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_disclosure_delivery_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["disclosure_request.id"],
            name=op.f("fk_disclosure_delivery_request_id_disclosure_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_delivery")),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_delivery_uid")),
    )
    op.create_index(op.f("ix_disclosure_delivery_request_id"), "disclosure_delivery", ["request_id"])
    op.create_index(
        op.f("ix_disclosure_delivery_state_disclosure_delivery_next_try_at"),
        "disclosure_delivery",
        ["state", "next_try_at"],
    )


def _create_item() -> None:
    op.create_table(
        "disclosure_item",
        sa.Column("request_id", _BIG, nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("added_by_name", sa.String(200), nullable=False),
        sa.Column("withdrawn_at", _TIME, nullable=True),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "record_id IS NOT NULL OR case_id IS NOT NULL OR description IS NOT NULL",
            name=op.f("ck_disclosure_item_names_something"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_disclosure_item_case_id_case_file")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_disclosure_item_record_id_record")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["disclosure_request.id"],
            name=op.f("fk_disclosure_item_request_id_disclosure_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_item")),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_item_uid")),
    )
    op.create_index(op.f("ix_disclosure_item_case_id"), "disclosure_item", ["case_id"])
    op.create_index(op.f("ix_disclosure_item_record_id"), "disclosure_item", ["record_id"])
    op.create_index(op.f("ix_disclosure_item_request_id"), "disclosure_item", ["request_id"])


def _create_review() -> None:
    op.create_table(
        "disclosure_review",
        sa.Column("item_id", _BIG, nullable=False),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("document_ids", sa.JSON(), nullable=False),
        sa.Column("withheld_ids", sa.JSON(), nullable=False),
        sa.Column("knew_protected", sa.Boolean(), nullable=False),
        sa.Column("reviewed_at", _TIME, nullable=False),
        sa.Column("reviewed_by_id", _BIG, nullable=True),
        sa.Column("reviewed_by_name", sa.String(200), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["disclosure_item.id"], name=op.f("fk_disclosure_review_item_id_disclosure_item")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_disclosure_review_record_id_record")),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["user_account.id"], name=op.f("fk_disclosure_review_reviewed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_review")),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_review_uid")),
    )
    op.create_index(op.f("ix_disclosure_review_item_id"), "disclosure_review", ["item_id"])
    op.create_index(
        op.f("ix_disclosure_review_record_id_disclosure_review_id"), "disclosure_review", ["record_id", "id"]
    )


def _create_delivered_part() -> None:
    op.create_table(
        "disclosure_delivered_part",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("delivery_id", _BIG, nullable=False),
        sa.Column("item_id", _BIG, nullable=False),
        sa.Column("review_id", _BIG, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("file_name", sa.String(255), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["disclosure_delivery.id"],
            name=op.f("fk_disclosure_delivered_part_delivery_id_disclosure_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["disclosure_item.id"], name=op.f("fk_disclosure_delivered_part_item_id_disclosure_item")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["disclosure_review.id"],
            name=op.f("fk_disclosure_delivered_part_review_id_disclosure_review"),
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["blob.sha256"], name=op.f("fk_disclosure_delivered_part_sha256_blob")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_delivered_part")),
    )
    op.create_index(op.f("ix_disclosure_delivered_part_delivery_id"), "disclosure_delivered_part", ["delivery_id"])
    op.create_index(op.f("ix_disclosure_delivered_part_item_id"), "disclosure_delivered_part", ["item_id"])


def _create_masked_copy() -> None:
    op.create_table(
        "disclosure_masked_copy",
        sa.Column("review_id", _BIG, nullable=False),
        sa.Column("document_id", _BIG, nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("added_by_name", sa.String(200), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_disclosure_masked_copy_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["disclosure_review.id"],
            name=op.f("fk_disclosure_masked_copy_review_id_disclosure_review"),
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_disclosure_masked_copy_sha256_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_masked_copy")),
        sa.UniqueConstraint("uid", name=op.f("uq_disclosure_masked_copy_uid")),
    )
    op.create_index(op.f("ix_disclosure_masked_copy_document_id"), "disclosure_masked_copy", ["document_id"])
    op.create_index(op.f("ix_disclosure_masked_copy_review_id"), "disclosure_masked_copy", ["review_id"])
    op.create_index(op.f("ix_disclosure_masked_copy_sha256"), "disclosure_masked_copy", ["sha256"])
