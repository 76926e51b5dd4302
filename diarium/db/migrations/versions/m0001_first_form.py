"""The register's first form"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


# The log and the outbox are only ever added to; a wrong statement is refused by the database itself.
_PROTECTED = {"audit_event": ("UPDATE", "DELETE"), "change": ("UPDATE",)}


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("authority_code", sa.String(length=10), nullable=True),
        sa.Column("entity_type", sa.String(length=40), nullable=False),
        sa.Column("entity_uid", sa.String(length=36), nullable=False),
        sa.Column("entity_label", sa.String(length=300), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        op.f("ix_audit_event_actor_id_audit_event_id"), "audit_event", ["actor_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_event_entity_uid_audit_event_id"), "audit_event", ["entity_uid", "id"], unique=False
    )

    op.create_table(
        "authority",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_number", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("active_to", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.UniqueConstraint("code", name=op.f("uq_authority_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_authority_uid")),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=True),
        sa.Column("puid", sa.String(length=20), nullable=True),
        sa.Column("format_name", sa.String(length=200), nullable=True),
        sa.Column("format_version", sa.String(length=60), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entity_type", sa.String(length=40), nullable=False),
        sa.Column("entity_uid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index("ix_change_order", "change", ["transaction_id", "id"], unique=False)

    op.create_table(
        "classification_scheme",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_scheme")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_classification_scheme_name_version")),
        sa.UniqueConstraint("uid", name=op.f("uq_classification_scheme_uid")),
    )
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "provision",
        sa.Column("law", sa.String(length=10), nullable=False),
        sa.Column("chapter", sa.String(length=6), nullable=False),
        sa.Column("paragraph", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("harm_test", sa.String(length=60), nullable=False),
        sa.Column("max_years", sa.String(length=60), nullable=False),
        sa.Column("typical_use", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provision")),
        sa.UniqueConstraint("law", "chapter", "paragraph", name=op.f("uq_provision_law_chapter_paragraph")),
        sa.UniqueConstraint("uid", name=op.f("uq_provision_uid")),
    )
    op.create_table(
        "record_type",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_type")),
        sa.UniqueConstraint("name", name=op.f("uq_record_type_name")),
    )
    op.create_table(
        "retention_rule",
        sa.Column("retention", sa.String(40), nullable=False),
        sa.Column("years", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event", sa.String(length=60), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint("uid", name=op.f("uq_retention_rule_uid")),
    )
    op.create_table(
        "user_account",
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("uid", name=op.f("uq_user_account_uid")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "access_token",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_access_token_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_access_token_uid")),
    )
    op.create_index(op.f("ix_access_token_user_id"), "access_token", ["user_id"], unique=False)

    op.create_table(
        "blob_text",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_truncated", sa.Boolean(), nullable=False),
        sa.Column("page_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("extracted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_blob_text_sha256_blob")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_text")),
    )
    op.create_table(
        "classification",
        sa.Column("scheme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("sort_key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("publishing", sa.String(40), nullable=False),
        sa.Column("retention_rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["classification.id"], name=op.f("fk_classification_parent_id_classification")
        ),
        sa.ForeignKeyConstraint(
            ["retention_rule_id"],
            ["retention_rule.id"],
            name=op.f("fk_classification_retention_rule_id_retention_rule"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"],
            ["classification_scheme.id"],
            name=op.f("fk_classification_scheme_id_classification_scheme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification")),
        sa.UniqueConstraint("scheme_id", "code", name=op.f("uq_classification_scheme_id_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_classification_uid")),
    )
    op.create_table(
        "diary_series",
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("number_format", sa.String(length=80), nullable=False),
        sa.Column("restarts_yearly", sa.Boolean(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_diary_series_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diary_series")),
        sa.UniqueConstraint("authority_id", "code", name=op.f("uq_diary_series_authority_id_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_diary_series_uid")),
    )
    op.create_table(
        "export",
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requested_by_name", sa.String(length=200), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("progress", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("package_name", sa.String(length=200), nullable=True),
        sa.Column("package_sha256", sa.String(length=64), nullable=True),
        sa.Column("package_size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_export_authority_id_authority")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_export_requested_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("uid", name=op.f("uq_export_uid")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authority_code", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["authority.code"], name=op.f("fk_membership_authority_code_authority")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "authority_code", "role", name="uq_membership_once"),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)

    op.create_table(
        "parked_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_parked_change_change_id_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_change")),
    )
    op.create_index(op.f("ix_parked_change_consumer"), "parked_change", ["consumer"], unique=False)

    op.create_table(
        "unit",
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_unit_authority_id_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("authority_id", "name", name=op.f("uq_unit_authority_id_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_unit_uid")),
    )
    op.create_table(
        "case_file",
        sa.Column("authority_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number_text", sa.String(length=60), nullable=False),
        sa.Column("foreign_number", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("public_title", sa.String(length=500), nullable=True),
        sa.Column("case_type", sa.String(length=100), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("initiative", sa.String(40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closing_reason", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("responsible_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("classification_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("physical_location", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("record_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_case_file_authority_id_authority")
        ),
        sa.ForeignKeyConstraint(
            ["classification_id"],
            ["classification.id"],
            name=op.f("fk_case_file_classification_id_classification"),
        ),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["user_account.id"], name=op.f("fk_case_file_registered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["user_account.id"], name=op.f("fk_case_file_responsible_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["diary_series.id"], name=op.f("fk_case_file_series_id_diary_series")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_file_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("authority_id", "number_text", name=op.f("uq_case_file_authority_id_number_text")),
        sa.UniqueConstraint("series_id", "year", "number", name=op.f("uq_case_file_series_id_year_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_file_uid")),
    )
    op.create_index(
        op.f("ix_case_file_authority_id_case_file_status_case_file_closed_on"),
        "case_file",
        ["authority_id", "status", "closed_on"],
        unique=False,
    )
    op.create_index(op.f("ix_case_file_number_text"), "case_file", ["number_text"], unique=False)
    op.create_index(
        op.f("ix_case_file_responsible_id_case_file_status"),
        "case_file",
        ["responsible_id", "status"],
        unique=False,
    )
    op.create_index(op.f("ix_case_file_year_case_file_number"), "case_file", ["year", "number"], unique=False)

    op.create_table(
        "classification_record_type",
        sa.Column("classification_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["classification_id"],
            ["classification.id"],
            name=op.f("fk_classification_record_type_classification_id_classification"),
        ),
        sa.ForeignKeyConstraint(
            ["record_type_id"],
            ["record_type.id"],
            name=op.f("fk_classification_record_type_record_type_id_record_type"),
        ),
        sa.PrimaryKeyConstraint("classification_id", "record_type_id", name=op.f("pk_classification_record_type")),
    )
    op.create_table(
        "series_counter",
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["diary_series.id"], name=op.f("fk_series_counter_series_id_diary_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "year", name=op.f("pk_series_counter")),
    )
    op.create_table(
        "case_relation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_case_id"], ["case_file.id"], name=op.f("fk_case_relation_from_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["to_case_id"], ["case_file.id"], name=op.f("fk_case_relation_to_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_relation")),
        sa.UniqueConstraint(
            "from_case_id", "to_case_id", "kind", name=op.f("uq_case_relation_from_case_id_to_case_id_kind")
        ),
    )
    op.create_index(op.f("ix_case_relation_to_case_id"), "case_relation", ["to_case_id"], unique=False)

    op.create_table(
        "export_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("export_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_export_item_case_id_case_file")),
        sa.ForeignKeyConstraint(["export_id"], ["export.id"], name=op.f("fk_export_item_export_id_export")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_item")),
        sa.UniqueConstraint("export_id", "case_id", name=op.f("uq_export_item_export_id_case_id")),
    )
    op.create_index(op.f("ix_export_item_case_id"), "export_item", ["case_id"], unique=False)

    op.create_table(
        "record",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("running_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("public_title", sa.String(length=500), nullable=True),
        sa.Column("record_type", sa.String(length=100), nullable=True),
        sa.Column("official_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("medium", sa.String(40), nullable=False),
        sa.Column("physical_location", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_record_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["user_account.id"], name=op.f("fk_record_registered_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("case_id", "running_number", name=op.f("uq_record_case_id_running_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_record_uid")),
    )
    op.create_index(op.f("ix_record_official_on"), "record", ["official_on"], unique=False)
    op.create_index(op.f("ix_record_registered_at"), "record", ["registered_at"], unique=False)

    op.create_table(
        "document",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_document_added_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_document_record_id_record")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_document_sha256_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("record_id", "position", name=op.f("uq_document_record_id_position")),
        sa.UniqueConstraint("uid", name=op.f("uq_document_uid")),
    )
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"], unique=False)

    op.create_table(
        "party",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("identity_number", sa.String(length=20), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("postal_code", sa.String(length=20), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("country", sa.String(length=100), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("is_protected", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name=op.f("ck_party_one_owner")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_party_case_id_case_file")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_party_record_id_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("uid", name=op.f("uq_party_uid")),
    )
    op.create_index(op.f("ix_party_case_id"), "party", ["case_id"], unique=False)
    op.create_index(op.f("ix_party_record_id"), "party", ["record_id"], unique=False)

    op.create_table(
        "restriction",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("provision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority_code", sa.String(length=10), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_by_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_name", sa.String(length=200), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name=op.f("ck_restriction_one_target")),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["authority.code"], name=op.f("fk_restriction_authority_code_authority")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_restriction_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_restriction_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["provision_id"], ["provision.id"], name=op.f("fk_restriction_provision_id_provision")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_restriction_record_id_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
        sa.UniqueConstraint("uid", name=op.f("uq_restriction_uid")),
    )
    op.create_index(op.f("ix_restriction_case_id"), "restriction", ["case_id"], unique=False)
    op.create_index(op.f("ix_restriction_record_id"), "restriction", ["record_id"], unique=False)

    _protect()


def downgrade() -> None:
    _unprotect()
    op.drop_index(op.f("ix_restriction_record_id"), "restriction")
    op.drop_index(op.f("ix_restriction_case_id"), "restriction")

    op.drop_table("restriction")
    op.drop_index(op.f("ix_party_record_id"), "party")
    op.drop_index(op.f("ix_party_case_id"), "party")

    op.drop_table("party")
    op.drop_index(op.f("ix_document_sha256"), "document")

    op.drop_table("document")
    op.drop_index(op.f("ix_record_registered_at"), "record")
    op.drop_index(op.f("ix_record_official_on"), "record")

    op.drop_table("record")
    op.drop_index(op.f("ix_export_item_case_id"), "export_item")

    op.drop_table("export_item")
    op.drop_index(op.f("ix_case_relation_to_case_id"), "case_relation")

    op.drop_table("case_relation")
    op.drop_table("series_counter")
    op.drop_table("classification_record_type")
    op.drop_index(op.f("ix_case_file_year_case_file_number"), "case_file")
    op.drop_index(op.f("ix_case_file_responsible_id_case_file_status"), "case_file")
    op.drop_index(op.f("ix_case_file_number_text"), "case_file")
    op.drop_index(op.f("ix_case_file_authority_id_case_file_status_case_file_closed_on"), "case_file")

    op.drop_table("case_file")
    op.drop_table("unit")
    op.drop_index(op.f("ix_parked_change_consumer"), "parked_change")

    op.drop_table("parked_change")
    op.drop_index(op.f("ix_membership_user_id"), "membership")

    op.drop_table("membership")
    op.drop_table("export")
    op.drop_table("diary_series")
    op.drop_table("classification")
    op.drop_table("blob_text")
    op.drop_index(op.f("ix_access_token_user_id"), "access_token")

    op.drop_table("access_token")
    op.drop_table("user_account")
    op.drop_table("retention_rule")
    op.drop_table("record_type")
    op.drop_table("provision")
    op.drop_table("consumer_position")
    op.drop_table("classification_scheme")
    op.drop_index("ix_change_order", "change")

    op.drop_table("change")
    op.drop_table("blob")
    op.drop_table("authority")
    op.drop_index(op.f("ix_audit_event_entity_uid_audit_event_id"), "audit_event")
    op.drop_index(op.f("ix_audit_event_actor_id_audit_event_id"), "audit_event")

    op.drop_table("audit_event")


def _protect() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE change ALTER COLUMN transaction_id SET DEFAULT pg_current_xact_id()::text::bigint")
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table, verbs in _PROTECTED.items():
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table, verbs in _PROTECTED.items():
        # REPLACE deletes a row without telling the delete trigger.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 (names of ours)
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _unprotect() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, verbs in _PROTECTED.items():
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        else:
            for verb in ("replace", *verbs):
                op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}")
    if postgresql:
        op.execute("DROP FUNCTION refuse_change()")
