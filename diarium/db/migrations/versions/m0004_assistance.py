"""Drafts, templates, contacts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
_EMAIL_KEY = sa.String(254).with_variant(sa.String(254, collation="C"), "postgresql")
_NUMBER_KEY = sa.String(20).with_variant(sa.String(20, collation="C"), "postgresql")


def upgrade() -> None:
    _add_learning()
    _add_drafts_and_templates()
    _add_bulk()
    _add_contacts()
    op.create_index(op.f("ix_party_identity_number"), "party", ["identity_number"])


def downgrade() -> None:
    op.drop_index(op.f("ix_party_identity_number"), "party")
    for table in (
        "contact_word",
        "contact",
        "bulk_row",
        "bulk_batch",
        "registration_template",
        "draft",
        "usage_source",
        "usage_count",
    ):
        op.drop_table(table)


def _add_learning() -> None:
    op.create_table(
        "usage_count",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("clue", sa.String(130), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_usage_count_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "clue", "field", "value", name=op.f("pk_usage_count")),
    )
    op.create_table(
        "usage_source",
        sa.Column("record_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("counted", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_usage_source_record_id_record")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_usage_source")),
    )


def _add_drafts_and_templates() -> None:
    op.create_table(
        "draft",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("user_id", _BIG, nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("form", _JSON, nullable=False),
        sa.Column("files", _JSON, nullable=False),
        sa.Column("item_uid", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_spent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_draft_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("uid", name=op.f("uq_draft_uid")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_draft_user_id_key")),
    )
    op.create_index(op.f("ix_draft_updated_at"), "draft", ["updated_at"])
    op.create_table(
        "registration_template",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("form", _JSON, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_registration_template_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_template")),
        sa.UniqueConstraint("uid", name=op.f("uq_registration_template_uid")),
    )
    op.create_index(
        op.f("ix_registration_template_authority_id_registration_template_name_key"),
        "registration_template",
        ["authority_id", "name_key"],
    )


def _add_bulk() -> None:
    op.create_table(
        "bulk_batch",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("user_id", _BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_bulk_batch_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_batch")),
        sa.UniqueConstraint("uid", name=op.f("uq_bulk_batch_uid")),
    )
    op.create_table(
        "bulk_row",
        sa.Column("batch_id", _BIG, nullable=False),
        sa.Column("row", _BIG, autoincrement=False, nullable=False),
        sa.Column("record_id", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["bulk_batch.id"], name=op.f("fk_bulk_row_batch_id_bulk_batch")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_bulk_row_record_id_record")),
        sa.PrimaryKeyConstraint("batch_id", "row", name=op.f("pk_bulk_row")),
    )


def _add_contacts() -> None:
    op.create_table(
        "contact",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("match_key", sa.String(150), nullable=True),
        sa.Column("identity_number", _NUMBER_KEY, nullable=True),
        sa.Column("organisation", sa.String(200), nullable=True),
        sa.Column("address", sa.String(300), nullable=True),
        sa.Column("postal_code", sa.String(20), nullable=True),
        sa.Column("city", sa.String(100), nullable=True),
        sa.Column("country", sa.String(100), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("email_key", _EMAIL_KEY, nullable=True),
        sa.Column("phone", sa.String(40), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", _BIG, nullable=True),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_contact_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["contact.id"], name=op.f("fk_contact_merged_into_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("uid", name=op.f("uq_contact_uid")),
    )
    for column in ("name_key", "email_key", "identity_number", "match_key"):
        op.create_index(op.f(f"ix_contact_authority_id_contact_{column}"), "contact", ["authority_id", column])
    op.create_index(op.f("ix_contact_merged_into_id"), "contact", ["merged_into_id"])
    op.create_table(
        "contact_word",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("word", _KEY, nullable=False),
        sa.Column("contact_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_contact_word_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_word_contact_id_contact")),
        sa.PrimaryKeyConstraint("authority_id", "word", "contact_id", name=op.f("pk_contact_word")),
    )
    op.create_index(op.f("ix_contact_word_contact_id"), "contact_word", ["contact_id"])
