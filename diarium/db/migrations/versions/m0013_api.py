"""Scopes of tokens, repeated calls, webhooks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_READING = ("register:read", "search:read")
_OFFICE = (*_READING, "register:write", "secrecy:write", "intake:read", "intake:write")
_SCOPES = {
    "registrar": _OFFICE,
    "case_officer": _OFFICE,
    "archivist": _READING,
    "administrator": ("webhooks:manage",),
}


def upgrade() -> None:
    op.add_column("access_token", sa.Column("scopes", sa.String(500), nullable=False, server_default=""))
    op.add_column("access_token", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    _give_scopes()
    with op.batch_alter_table("access_token") as batch:
        batch.alter_column("scopes", server_default=None)
    _make_repeated_call()
    _make_webhook()
    _make_webhook_delivery()


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
    op.drop_table("repeated_call")
    with op.batch_alter_table("access_token") as batch:
        batch.drop_column("last_used_at")
        batch.drop_column("scopes")


def _give_scopes() -> None:
    """Programs go on as before: each token may do what its user may today."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT t.id, m.role FROM access_token t JOIN membership m ON m.user_id = t.user_id")
    )
    scopes: dict[int, set[str]] = {}
    for token_id, role in rows:
        scopes.setdefault(token_id, set()).update(_SCOPES.get(role, ()))
    for token_id, some in scopes.items():
        connection.execute(
            sa.text("UPDATE access_token SET scopes = :scopes WHERE id = :id"),
            {"id": token_id, "scopes": " ".join(sorted(some))},
        )


def _make_repeated_call() -> None:
    op.create_table(
        "repeated_call",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("token_id", _BIG, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_committed", sa.Boolean(), nullable=False),
        sa.Column("status", _BIG, nullable=True),
        sa.Column("headers", _JSON, nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["token_id"], ["access_token.id"], name=op.f("fk_repeated_call_token_id_access_token")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeated_call")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_repeated_call_token_id_key")),
    )
    op.create_index(op.f("ix_repeated_call_begun_at"), "repeated_call", ["begun_at"])


def _make_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("authority_code", sa.String(10), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(200), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["authority.code"], name=op.f("fk_webhook_authority_code_authority")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("uid", name=op.f("uq_webhook_uid")),
    )
    op.create_index(op.f("ix_webhook_authority_code"), "webhook", ["authority_code"])


def _make_webhook_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", _BIG, nullable=False),
        sa.Column("change_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("attempts", _BIG, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", _BIG, nullable=True),
        sa.Column("last_error", sa.String(300), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook")
        ),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_webhook_delivery_change_id_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("uid", name=op.f("uq_webhook_delivery_uid")),
        sa.UniqueConstraint("webhook_id", "change_id", name=op.f("uq_webhook_delivery_webhook_id_change_id")),
    )
    op.create_index(
        op.f("ix_webhook_delivery_state_webhook_delivery_next_try_at"),
        "webhook_delivery",
        ["state", "next_try_at"],
    )
