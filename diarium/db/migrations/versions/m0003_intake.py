"""The inbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _mailbox()
    _scan_folder()
    _collecting()
    _item()
    _file()


def downgrade() -> None:
    for table in ("intake_file", "intake_item", "intake_collecting", "scan_folder", "mailbox"):
        op.drop_table(table)


def _mailbox() -> None:
    op.create_table(
        "mailbox",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("port", _BIG, nullable=False),
        sa.Column("security", sa.String(40), nullable=False),
        sa.Column("username", sa.String(254), nullable=False),
        sa.Column("password_variable", sa.String(100), nullable=False),
        sa.Column("folder", sa.String(200), nullable=False),
        sa.Column("uid_validity", _BIG, nullable=True),
        sa.Column("last_uid", _BIG, nullable=False),
        sa.Column("failed_uids", sa.JSON(), nullable=False),
        *_collected(),
        *_identified("mailbox"),
        _reference("mailbox", "authority_id", "authority"),
        sa.UniqueConstraint(
            "host", "port", "username", "folder", name=op.f("uq_mailbox_host_port_username_folder")
        ),
    )
    _index("mailbox", "authority_id")


def _scan_folder() -> None:
    op.create_table(
        "scan_folder",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("path", sa.String(1000), nullable=False),
        *_collected(),
        *_identified("scan_folder"),
        _reference("scan_folder", "authority_id", "authority"),
        sa.UniqueConstraint("path", name=op.f("uq_scan_folder_path")),
    )
    _index("scan_folder", "authority_id")


def _collecting() -> None:
    op.create_table(
        "intake_collecting",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("mailbox_id", _BIG, nullable=True),
        sa.Column("scan_folder_id", _BIG, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        *(sa.Column(name, _BIG, nullable=False) for name in ("fetched", "new", "duplicates", "known", "failed")),
        sa.Column("error", sa.Text(), nullable=True),
        _reference("intake_collecting", "mailbox_id", "mailbox"),
        _reference("intake_collecting", "scan_folder_id", "scan_folder"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_collecting")),
    )
    _index("intake_collecting", "mailbox_id", "id")
    _index("intake_collecting", "scan_folder_id", "id")


def _item() -> None:
    op.create_table(
        "intake_item",
        sa.Column("authority_id", _BIG, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("mailbox_id", _BIG, nullable=True),
        sa.Column("scan_folder_id", _BIG, nullable=True),
        sa.Column("reference_key", sa.String(300), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=True),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("official_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("sender_name", sa.String(200), nullable=True),
        sa.Column("sender_email", sa.String(254), nullable=True),
        sa.Column("sender_email_key", sa.String(254), nullable=True),
        sa.Column("sender_kind", sa.String(40), nullable=True),
        sa.Column("record_type", sa.String(100), nullable=True),
        sa.Column("case_number", sa.String(60), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(500), nullable=True),
        sa.Column("in_reply_to", sa.String(500), nullable=True),
        sa.Column("message_references", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("duplicate_of_id", _BIG, nullable=True),
        sa.Column("merged_into_id", _BIG, nullable=True),
        sa.Column("split_from_id", _BIG, nullable=True),
        sa.Column("record_id", _BIG, nullable=True),
        sa.Column("assigned_to_id", _BIG, nullable=True),
        sa.Column("set_aside_reason", sa.String(40), nullable=True),
        sa.Column("settled_note", sa.Text(), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("settled_by_id", _BIG, nullable=True),
        sa.Column("version", _BIG, nullable=False),
        *_identified("intake_item"),
        _reference("intake_item", "authority_id", "authority"),
        _reference("intake_item", "mailbox_id", "mailbox"),
        _reference("intake_item", "scan_folder_id", "scan_folder"),
        _reference("intake_item", "duplicate_of_id", "intake_item"),
        _reference("intake_item", "merged_into_id", "intake_item"),
        _reference("intake_item", "split_from_id", "intake_item"),
        _reference("intake_item", "record_id", "record"),
        _reference("intake_item", "assigned_to_id", "user_account"),
        _reference("intake_item", "settled_by_id", "user_account"),
        sa.UniqueConstraint(
            "authority_id", "reference_key", name=op.f("uq_intake_item_authority_id_reference_key")
        ),
    )
    _index("intake_item", "authority_id", "state", "deadline_on", "received_at", "id")
    _index("intake_item", "assigned_to_id", "state")
    for column in (
        "message_id",
        "content_hash",
        "sender_email_key",
        "record_id",
        "duplicate_of_id",
        "merged_into_id",
        "split_from_id",
    ):
        _index("intake_item", column)


def _file() -> None:
    op.create_table(
        "intake_file",
        sa.Column("item_id", _BIG, nullable=False),
        sa.Column("from_item_id", _BIG, nullable=True),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        *_identified("intake_file"),
        _reference("intake_file", "item_id", "intake_item"),
        _reference("intake_file", "from_item_id", "intake_item"),
        _reference("intake_file", "sha256", "blob", "sha256"),
        sa.UniqueConstraint("item_id", "position", name=op.f("uq_intake_file_item_id_position")),
    )
    _index("intake_file", "sha256")
    _index("intake_file", "from_item_id")


def _identified(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", _BIG, nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uid", name=op.f(f"uq_{table}_uid")),
    ]


def _collected() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_collected_at", _MOMENT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("failures", _BIG, nullable=False),
        sa.Column("next_try_at", _MOMENT, nullable=True),
        sa.Column("claimed_until", _MOMENT, nullable=True),
    ]


def _reference(table: str, column: str, target: str, key: str = "id") -> sa.schema.SchemaItem:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=name)


def _index(table: str, *columns: str) -> None:
    name = "_".join(f"{table}_{column}" for column in columns)
    op.create_index(op.f(f"ix_{name}"), table, list(columns))
