"""Reviews, access by name and sharing of what is marked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("case_file", "record"):
        op.add_column(
            table, sa.Column("is_closed_circle", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("restriction") as restriction:
        restriction.add_column(sa.Column("document_id", _BIG, nullable=True))
        restriction.create_foreign_key(
            op.f("fk_restriction_document_id_document"), "document", ["document_id"], ["id"]
        )
        restriction.create_check_constraint(
            op.f("ck_restriction_one_file"),
            "document_id IS NULL OR (record_id IS NOT NULL AND scope = 'files')",
        )
    op.create_index(op.f("ix_restriction_document_id"), "restriction", ["document_id"])
    _create_review()
    _create_grant()
    _create_share()


def downgrade() -> None:
    op.drop_table("case_share")
    op.drop_table("access_grant")
    op.drop_table("restriction_review")
    op.drop_index(op.f("ix_restriction_document_id"), "restriction")
    with op.batch_alter_table("restriction") as restriction:
        restriction.drop_constraint(op.f("ck_restriction_one_file"), type_="check")
        restriction.drop_constraint(op.f("fk_restriction_document_id_document"), type_="foreignkey")
        restriction.drop_column("document_id")
    op.drop_column("record", "is_closed_circle")
    op.drop_column("case_file", "is_closed_circle")


def _create_review() -> None:
    op.create_table(
        "restriction_review",
        sa.Column("restriction_id", _BIG, nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("reviewed_by_id", _BIG, nullable=True),
        sa.Column("reviewed_by_name", sa.String(200), nullable=False),
        sa.Column("occasion", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scope_before", sa.String(40), nullable=False),
        sa.Column("scope_after", sa.String(40), nullable=False),
        sa.Column("document_id", _BIG, nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        *_identified("restriction_review"),
        _key("restriction_review", "restriction_id", "restriction"),
        _key("restriction_review", "reviewed_by_id", "user_account"),
        _key("restriction_review", "document_id", "document"),
    )
    op.create_index(op.f("ix_restriction_review_restriction_id"), "restriction_review", ["restriction_id"])


def _create_grant() -> None:
    op.create_table(
        "access_grant",
        sa.Column("case_id", _BIG, nullable=True),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("authority_code", sa.String(10), nullable=False),
        sa.Column("user_id", _BIG, nullable=True),
        sa.Column("role", sa.String(40), nullable=True),
        *_decided(),
        *_identified("access_grant"),
        sa.CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name=op.f("ck_access_grant_one_target")),
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name=op.f("ck_access_grant_one_grantee")),
        _key("access_grant", "case_id", "case_file"),
        _key("access_grant", "record_id", "record"),
        _key("access_grant", "authority_code", "authority", "code"),
        _key("access_grant", "user_id", "user_account"),
        _key("access_grant", "made_by_id", "user_account"),
    )
    for column in ("case_id", "record_id", "user_id"):
        op.create_index(op.f(f"ix_access_grant_{column}"), "access_grant", [column])
    op.create_index(
        op.f("ix_access_grant_authority_code_access_grant_role"), "access_grant", ["authority_code", "role"]
    )


def _create_share() -> None:
    op.create_table(
        "case_share",
        sa.Column("case_id", _BIG, nullable=False),
        sa.Column("to_authority_code", sa.String(10), nullable=False),
        sa.Column("with_marked", sa.Boolean(), nullable=False),
        sa.Column("legal_ground", sa.String(200), nullable=True),
        *_decided(),
        *_identified("case_share"),
        sa.CheckConstraint("NOT with_marked OR legal_ground IS NOT NULL", name=op.f("ck_case_share_ground")),
        _key("case_share", "case_id", "case_file"),
        _key("case_share", "to_authority_code", "authority", "code"),
        _key("case_share", "made_by_id", "user_account"),
    )
    for column in ("case_id", "to_authority_code"):
        op.create_index(op.f(f"ix_case_share_{column}"), "case_share", [column])


def _decided() -> tuple[sa.Column[object], ...]:
    """Why, by whom, until when, and how it ended."""
    return (
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by_id", _BIG, nullable=True),
        sa.Column("made_by_name", sa.String(200), nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("revoked_by_name", sa.String(200), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
    )


def _identified(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uid", name=op.f(f"uq_{table}_uid")),
    )


def _key(table: str, column: str, to: str, to_column: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{to_column}"], name=op.f(f"fk_{table}_{column}_{to}"))
